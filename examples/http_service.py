"""An HTTP service: requests, latency, queue depth, one alert on each, one dashboard."""

import metricloom as ml

ROUTE = ml.Label("route", "Route template, not the path", max_values=50)

REQUESTS = ml.Counter("http_requests_total", "Requests that ended, whatever the status", labels=[ROUTE])
FAILURES = ml.Counter("http_request_failures_total", "Requests answered 5xx", labels=[ROUTE], subset_of=REQUESTS)
SECONDS = ml.Histogram(
    "http_request_seconds",
    "Time to the last byte",
    labels=[ROUTE],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    timeout=30,
)
QUEUE_DEPTH = ml.Gauge("http_queue_depth", "Requests that wait for a worker", minimum=0)

http = ml.Subsystem(
    "http",
    title="HTTP",
    owner="web",
    triples=[
        ml.Triple(
            "record_request",
            "HTTPMetrics",
            calls=REQUESTS,
            failures=FAILURES,
            seconds=SECONDS,
            nouns="requests",
            failing="HighRequestErrorRate",
            error_ratio=ml.Threshold(0.05),
            slow="SlowRequests",
            p95=ml.Threshold(1),
            next_steps="Look at the last deploy, then at the database.",
        )
    ],
    metrics=[QUEUE_DEPTH],
    alerts=[
        ml.Alert(
            "QueueBacklog",
            ml.total(QUEUE_DEPTH) > ml.Threshold(100),
            for_="10m",
            severity="warning",
            summary="$value requests wait",
            description="More than $threshold requests have waited for a worker for ten minutes.",
            next_steps="Add workers, or shed load.",
            examples=lambda limit: [
                ml.Example("twice as many wait", [ml.samples(QUEUE_DEPTH, f"{limit * 2}x30")], fires_at=["15m"]),
                ml.Example("half as many wait", [ml.samples(QUEUE_DEPTH, f"{limit / 2}x30")], silent_at=["15m"]),
            ],
        )
    ],
    panels=[
        ml.TimeSeries(
            "Queue depth", ml.total(QUEUE_DEPTH), "Requests that wait. Normal is near 0.", alert="QueueBacklog"
        )
    ],
)
REGISTRY = ml.Registry("http_service", subsystems=[http], docs_url="https://docs.example.com/http-service/monitoring")
