"""A registry with one of everything that the guide and registry.json show, and one that is all hostile texts."""

from __future__ import annotations

import math
from datetime import date

from metricloom import (
    GB,
    MILLION,
    Alert,
    Budget,
    Counter,
    Dashboard,
    Example,
    External,
    FiringAlerts,
    Gauge,
    Given,
    Histogram,
    Label,
    Operation,
    Price,
    RecordingRule,
    Registry,
    Site,
    Stat,
    Subsystem,
    Table,
    Text,
    Threshold,
    TimeSeries,
    increase,
    quantile,
    rate,
    ratio,
    samples,
    total,
)
from metricloom.monitoring.operations import Argument
from metricloom.monitoring.timers import Outcomes, Timer

HOSTILE = (
    """`a` | **b** <script>alert("x")</script> {{ evil }} ${HOME} $x$ \\ "'\n\n"""
    "# _c_ [d](javascript:e) &amp; <!-- ~~f~~ é\x07"
)

QUEUE = Label("queue", "Which queue", values=("fast", "slow"), max_values=5, aliases={"quick": "fast"})
KIND = Label("kind", "What is done", values=("put", "get"))
OUTCOME = Label("outcome", "How a job ended", values=("ok", "cancelled", "other"))
PAID_BY = Label("paid_by", "How it is billed", values=("table", "report"))

JOBS = Counter("jobs_total", "Jobs that ended, whatever the outcome", labels=[QUEUE])
JOBS_FAILED = Counter("jobs_failed_total", "Jobs that failed", labels=[QUEUE], subset_of=JOBS)
OUTCOMES = Counter("job_outcomes_total", "Jobs by outcome", labels=[QUEUE, OUTCOME], subset_of=JOBS)
SECONDS = Histogram("job_seconds", "Duration of a job", labels=[QUEUE], buckets=(1, 10, 60), timeout=60)
BATCH = Histogram("batch_seconds", "Duration of a batch", buckets=(60, 3600), timeout=3600)
FIRST = Histogram("job_first_seconds", "Time to the first line", labels=[QUEUE], buckets=(1, 10))
WORDS = Counter("job_words_total", "Words read", labels=[QUEUE, PAID_BY])
OPEN = Gauge("jobs_open", "Jobs under way", labels=[QUEUE])
OLDEST = Gauge(
    "job_oldest_timestamp_seconds", "When the oldest job began", labels=[QUEUE], copies="min", initial=math.inf
)
DONE = Gauge("job_last_success_timestamp_seconds", "When a job last succeeded", copies="shared")
BUSY = Counter("job_busy_seconds_total", "Time spent on jobs")
PUTS = Counter("puts_total", "Puts")
GETS = Counter("gets_total", "Gets")
ERRORS = Counter("store_errors_total", "Failures", labels=[KIND], subset_of={"put": PUTS, "get": GETS})
HELD = Gauge("held_bytes", "Bytes held", labels=[KIND], copies="shared", minimum=0)
FILL = Gauge("fill", "How full", unit="ratio", initial=None, minimum=0, maximum=1)
UP = External("up", "Whether a target answers", labels=["job", "instance"])

RUN = Operation(
    "record_job",
    "JobMetrics",
    labels=[QUEUE],
    arguments=[Argument("duration", help="seconds from begin to end"), "success"],
    effects=[
        JOBS.inc(),
        JOBS_FAILED.inc(on="failure"),
        OUTCOMES.inc(),
        SECONDS.observe("duration"),
        WORDS.inc("words", paid_by=Given("words", "report", "table")),
        DONE.set_to_now(on="success"),
    ],
    outcomes=Outcomes(OUTCOME),
    timer=Timer(in_flight=OPEN, oldest=OLDEST, first=FIRST),
    help="Records one job that ended.",
)

FAILURES = RecordingRule(
    "queue:jobs:failure_ratio_rate5m", ratio(JOBS_FAILED, JOBS, by=[QUEUE], window="5m"), "Share that failed"
)
SPENT = RecordingRule(
    "queue:job_cost_dollars:increase1h",
    f"sum by ($identity, queue) (increase({WORDS}[1h]) * $price_words)",
    "US$ of an hour",
)


def failing(threshold: float) -> list[Example]:
    """More fail than *threshold*, and none."""
    queue = {"queue": "fast"}
    begun = samples(JOBS, "0+100x30", **queue)
    return [
        Example(
            "many fail",
            [begun, samples(JOBS_FAILED, f"0+{100 * threshold + 5:g}x30", **queue)],
            fires_at=["20m"],
            firing=[queue],
        ),
        Example("none fails", [begun, samples(JOBS_FAILED, "0x30", **queue)], silent_at=["20m", "30m"]),
    ]


jobs = Subsystem(
    "jobs",
    "Jobs & queues",
    "team-a",
    service="worker",
    about="What a **job** costs:\n\n## By queue\n\n```sh\na <b> c\n```\n\n"
    "See `<b>` and <https://example.org/>, not <script>.",
    metrics=[UP],
    operations=[RUN],
    prices=[
        Price(
            "words", 2.5, per=MILLION, unit="words", source="price list", checked=date(2026, 1, 2), note="no batches"
        ),
        Price("space", 0.02, per=GB, unit="bytes", changes={date(2026, 3, 1): 0.01}),
        Price("unknown", None, per=1, unit="things"),
    ],
    budgets=[Budget("daily", 100, "day"), Budget("monthly", None, "month")],
    recordings=[FAILURES, SPENT],
    alerts=[
        Alert(
            "JobsFail",
            FAILURES > Threshold(0.1, label=QUEUE, by_value={"slow": 0.25}),
            "5m",
            "warning",
            summary="$value of $labels.queue fail",
            description="More than $threshold.\nSince a while.",
            next_steps="1. Look at the queue.\n2. Ask the owner.",
            examples=failing,
        ),
        Alert(
            "SlowJobs",
            quantile(0.95, SECONDS, by=[QUEUE], window="5m") > Threshold(60),
            "",
            "critical",
            summary="Jobs are slow",
            description="p95 is above $threshold",
            next_steps="Wait",
            keep_firing_for="15m",
        ),
    ],
    panels=[
        Stat("Failing", FAILURES, "What fails.", alert="JobsFail", no_value="nothing ran"),
        TimeSeries("Jobs by queue", rate(JOBS, by=[QUEUE]), "How many.", colours={"slow": "warning"}),
        Table("Today", {"Jobs": increase(JOBS, by=[QUEUE], window="24h")}, "A table."),
        Text("Note", content="Read *this*."),
    ],
)
store = Subsystem(
    "store",
    "Store",
    "team-b",
    metrics=[BATCH, BUSY, PUTS, GETS, ERRORS, HELD, FILL],
    panels=[
        Stat("Held", total(HELD), "Bytes."),
        Stat("This month", f"sum_over_time({SPENT}[31d:1h])", "US$.", filters=False),
    ],
)
REGISTRY = Registry(
    "working",
    [jobs, store],
    title="Working",
    docs_url="https://docs.example.org/monitoring",
    dashboards=[Dashboard("Working", band=[FiringAlerts("Firing", "Now.", about=[QUEUE])], variables=[QUEUE])],
    sites=[Site("north", scope='cluster="north", job=~"w.*"', target={"job": "worker"}, thresholds={"SlowJobs": 120})],
)

_ODD = Label(
    "odd",
    HOSTILE,
    values=("`x`", "a|b", 'q"', "{{y}}", "back\\slash", "two\nlines"),
    max_values=10,
    aliases={HOSTILE: "a|b"},
)
_EVENTS = Counter("events_total", HOSTILE, labels=[_ODD])
HOSTILE_REGISTRY = Registry(
    "hostile",
    [
        Subsystem(
            "odd",
            HOSTILE,
            HOSTILE,
            service=HOSTILE,
            about=HOSTILE,
            metrics=[_EVENTS, External("foreign", HOSTILE)],
            operations=[Operation("record", "OddMetrics", labels=[_ODD], effects=[_EVENTS.inc()], help=HOSTILE)],
            prices=[Price("odd", 1, per=1, unit=HOSTILE, source=HOSTILE, note=HOSTILE)],
            budgets=[Budget("odd", 1, HOSTILE)],
            recordings=[RecordingRule("odd:events:rate5m", rate(_EVENTS, [_ODD], "5m"), HOSTILE, {"note": HOSTILE})],
            alerts=[
                Alert(
                    "Odd",
                    rate(_EVENTS, [_ODD], "5m", 'odd="a|b```"')
                    > Threshold(1, label=_ODD, by_value={"a|b": 2, "`x`": 3}),
                    "5m",
                    HOSTILE,
                    HOSTILE,
                    HOSTILE,
                    HOSTILE,
                    examples=lambda _threshold: [
                        Example(HOSTILE, [samples(_EVENTS, "0x9", odd="a|b")], silent_at=["5m"])
                    ],
                )
            ],
        )
    ],
    title=HOSTILE,
)
