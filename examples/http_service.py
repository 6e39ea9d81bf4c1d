"""An HTTP service: requests, latency, queue depth, one alert on each, one dashboard."""

from metricloom import (
    Alert, Counter, Example, Gauge, Histogram, Label, Registry, Subsystem, Threshold, TimeSeries, Triple, samples, total,
)

ROUTE = Label("route", "Route template, not the path", max_values=50)

REQUESTS = Counter("http_requests_total", "Requests that ended, whatever the status", labels=[ROUTE])
FAILURES = Counter("http_request_failures_total", "Requests answered 5xx", labels=[ROUTE], subset_of=REQUESTS)
SECONDS = Histogram(
    "http_request_seconds", "Time to the last byte", labels=[ROUTE], buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30), timeout=30
)
QUEUE_DEPTH = Gauge("http_queue_depth", "Requests that wait for a worker", minimum=0)

http = Subsystem(
    "http",
    title="HTTP",
    owner="web",
    triples=[
        Triple(
            "record_request",
            "HTTPMetrics",
            calls=REQUESTS,
            failures=FAILURES,
            seconds=SECONDS,
            nouns="requests",
            failing="HighRequestErrorRate",
            error_ratio=Threshold(0.05),
            slow="SlowRequests",
            p95=Threshold(1),
            next_steps="Look at the last deploy, then at the database.",
        )
    ],
    metrics=[QUEUE_DEPTH],
    alerts=[
        Alert(
            "QueueBacklog",
            total(QUEUE_DEPTH) > Threshold(100),
            for_="10m",
            severity="warning",
            summary="$value requests wait",
            description="More than $threshold requests have waited for a worker for ten minutes.",
            next_steps="Add workers, or shed load.",
            examples=lambda limit: [
                Example("twice as many wait", [samples(QUEUE_DEPTH, f"{limit * 2}x30")], fires_at=["15m"]),
                Example("half as many wait", [samples(QUEUE_DEPTH, f"{limit / 2}x30")], silent_at=["15m"]),
            ],
        )
    ],
    panels=[TimeSeries("Queue depth", total(QUEUE_DEPTH), "Requests that wait. Normal is near 0.", alert="QueueBacklog")],
)
REGISTRY = Registry("http_service", subsystems=[http])
