"""Expired data deleted on time, and proof that it is."""

from __future__ import annotations

from collections.abc import Sequence

from metricloom import (
    Alert,
    Argument,
    Counter,
    Example,
    Gauge,
    Histogram,
    Label,
    Operation,
    Query,
    RecordingRule,
    Samples,
    Stat,
    Subsystem,
    Threshold,
    TimeSeries,
    increase,
    rate,
    samples,
    steps,
)

# --- what is measured ---

PLAN = Label("plan", "Retention plan", values=["gdpr"], max_values=50)

DELETES = Counter("retention_deletes_total", "Items deleted under a retention plan", labels=[PLAN])
BYTES_FREED = Counter("retention_bytes_freed_total", "Bytes freed under a retention plan", labels=[PLAN], unit="bytes")
RUNS = Counter("retention_cleanup_runs_total", "Clean-up runs that ended, whatever the outcome")
RUN_FAILURES = Counter("retention_cleanup_failures_total", "Clean-up runs that failed", subset_of=RUNS)
RUN_ITEMS = Counter("retention_cleanup_items_total", "Items deleted by clean-up runs that succeeded")
RUN_BYTES = Counter("retention_cleanup_bytes_total", "Bytes freed by clean-up runs that succeeded", unit="bytes")
RUN_SECONDS = Histogram(
    "retention_cleanup_seconds",
    "Duration of a clean-up run",
    buckets=(1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14400),
    timeout=14400,
)
LAST_SUCCESS = Gauge(
    "retention_cleanup_last_success_timestamp_seconds",
    "Unix time of the last clean-up run that succeeded; 0 before there was one",
    copies="shared",
    minimum=0,
)
OVERDUE_ITEMS = Gauge(
    "retention_overdue_items", "Items past their date and not yet deleted", labels=[PLAN], copies="shared", minimum=0
)
OLDEST_OVERDUE = Gauge(
    "retention_oldest_overdue_timestamp_seconds",
    "When the oldest item that is past its date was due; absent when there is none",
    labels=[PLAN],
    copies="shared",
    initial=None,
    minimum=0,
)

operations = [
    Operation(
        "record_cleanup_run",
        "RetentionMetrics",
        help="Record one clean-up run that ended; a success sets the time of the last one.",
        arguments=["duration", "total_items", "total_bytes"],
        effects=[
            RUNS.inc(),
            RUN_FAILURES.inc(on="failure"),
            RUN_ITEMS.inc("total_items", on="success"),
            RUN_BYTES.inc("total_bytes", on="success"),
            RUN_SECONDS.observe("duration"),
            LAST_SUCCESS.set_to_now(on="success"),
        ],
    ),
    Operation(
        "restore_last_success",
        "RetentionMetrics",
        help="At start, say when the last run succeeded, as the application itself remembers it.",
        arguments=["timestamp"],
        effects=[LAST_SUCCESS.set("timestamp")],
    ),
    Operation(
        "record_delete",
        "RetentionMetrics",
        help="Record items deleted under a plan.",
        labels=[PLAN],
        arguments=["count", "bytes"],
        effects=[DELETES.inc("count"), BYTES_FREED.inc("bytes")],
    ),
    Operation(
        "set_overdue",
        "RetentionMetrics",
        help="Say how many items are past their date, and when the oldest was due (None: there is none).",
        labels=[PLAN],
        arguments=["items", Argument("oldest_due", default=None)],
        effects=[OVERDUE_ITEMS.set("items"), OLDEST_OVERDUE.set("oldest_due")],
    ),
]

# --- when somebody must act ---

HOUR = 3600
MEMORY = "4d:10m"
"""How far back the last success is remembered: past restarts, and well past the alert's threshold."""

SUCCESS = RecordingRule(
    "job:retention_cleanup_last_success_timestamp_seconds:max",
    # An hour, so that a success that was scraped once before a restart is not missed between two evaluations.
    f"max by ($identity) (max_over_time({LAST_SUCCESS}[1h])) > 0",
    "When the last clean-up run succeeded, over all replicas",
)
SEEN = RecordingRule(
    "job:retention_cleanup_seen_timestamp_seconds:max",
    f"max by ($identity) (timestamp({RUNS}) or timestamp({LAST_SUCCESS}))",
    "When clean-up metrics were last scraped; the least of it over days is when the deployment was first seen",
)

SCRAPED = "277s"
"""The scrape interval of the examples: not a divisor of any window, so no sample falls on an edge."""
Hours = float


def at(hours: Hours) -> str:
    """Return a time after the example's begin."""
    return f"{round(hours * 60)}m"


def cleaning(
    successes: list[Hours],
    until: Hours,
    restarts: Sequence[Hours] = (),
    before: float | None = 0,
    **target: str,
) -> list[Samples]:
    """Return what a process exposes whose runs succeed at some hours, and which restarts at others.

    *before* is what the gauge shows before the first success of a process: 0, or nothing (None).
    """
    shown = {0.0: before, **dict.fromkeys(restarts, before), **{hour: hour * HOUR for hour in successes}}
    runs = {0.0: 0.0, **dict.fromkeys(restarts, 0.0), **dict.fromkeys(successes, 1.0)}
    return [
        samples(series, steps(SCRAPED, at(until), *((at(hour), values[hour]) for hour in sorted(values))), **target)
        for series, values in ((LAST_SUCCESS, shown), (RUNS, runs))
    ]


def cleanup_examples(limit: float) -> list[Example]:
    """Return what clean-up must and must not fire on, where a success may be *limit* seconds old."""
    late = limit / HOUR
    early, due = late - 0.4, late + 0.4
    period = late - 2  # between two runs: what is left is the grace

    def example(title: str, series: list[Samples], fires: list[Hours], silent: list[Hours]) -> Example:
        return Example(
            title,
            series,
            fires_at=[at(hour) for hour in fires],
            silent_at=[at(hour) for hour in silent],
            interval=SCRAPED,
        )

    daily = [2 + period * number for number in range(int(192 / period) + 1)]
    found = [
        example("it succeeds every day for a week", cleaning(daily, 192), [], [1, 25, 49.5, 97.5, 145.5, 180]),
        example(
            "the day that is 25 hours long, and a run that takes longer",
            cleaning([2, 2 + period, 3.5 + 2 * period], 2 * late + 28),
            [],
            [2 + late, 2 * late + 1.4],
        ),
        example(
            "it stops, and goes on firing", cleaning([2], 240), [2 + due, late + 34, late + 94, 239], [1, 2 + early]
        ),
        example("it succeeds again", cleaning([2, late + 12], 2 * late + 12), [late + 11], [late + 13, 2 * late + 11]),
        example(
            "it stops in one cluster, and goes on in another",
            [*cleaning([2], late + 34), *cleaning(daily, late + 34, cluster="cluster-2")],
            [2 + due, late + 33],
            [2 + early],
        ),
        example(
            "the series vanish: MetricsAbsent tells, and this alert is silent",
            _shown(late + 44, (0, 0, 0), (2, 2, 1), (5, None, None)),
            [],
            [4, 2 + early, max(late + 4, 30), late + 43],  # seen within a day: till the 29th hour
        ),
        example(
            "the store begins empty, and the gauge shows an old success",
            _shown(late + 34, (late - 6, 2, 1)),
            [2 + due, late + 33],
            [late - 5.5, 2 + early],
        ),
        example(
            "the store begins empty two hours before the next run",
            _shown(32 + 2 * period, (30, 0, 0), (32, 32, 1), (32 + period, 32 + period, 2)),
            [],
            [31, 33, 31 + period, 33 + period, 29 + 2 * period],
        ),
        example(
            "runs go on, and each one fails",
            _shown(late + 34, (0, 0, 0), (2, 2, 1), *((hour, 2, hour / 6 + 1) for hour in range(6, int(late + 34), 6))),
            [2 + due, late + 33],
            [1, 2 + early],
        ),
    ]
    for before, shows in ((0.0, "0"), (None, "nothing")):
        others = [
            one for replica in ("b", "c") for one in cleaning([], 100, before=before, instance=replica, pod=replica)
        ]
        found += [
            example(
                f"it stops and the process restarts (the gauge shows {shows})",
                cleaning([2], late + 94, [6, late + 24], before),
                [2 + due, late + 23, late + 25, late + 93],
                [5, 7, 2 + early],
            ),
            example(
                f"the process restarts an hour after a success (the gauge shows {shows})",
                cleaning([2, 2 + period], 2 * period + 2, [3], before),
                [],
                [2.5, 4, period - 4, period + 1.5, period + 3, 2 * period + 1],
            ),
            example(
                f"the first run comes later than the first deployment (the gauge shows {shows})",
                cleaning([period - 4], 2 * period - 8, [], before),
                [],
                [1, period - 5, period - 3, period + 1, 2 * period - 9],
            ),
            example(
                f"the first run never comes (the gauge shows {shows})",
                cleaning([], late + 124, [], before),
                [due, late + 34, late + 123],
                [1, period - 4, early],
            ),
            example(
                f"one replica of three cleans, the others show {shows}",
                [*cleaning(daily, 100), *others],
                [],
                [5, 30, 60, 99],
            ),
        ]
    return found


def _shown(until: Hours, *changes: tuple[Hours, Hours | None, float | None]) -> list[Samples]:
    """Return what is exposed from some hours on: the hour of the last success, and how many runs there were."""
    successes = [(at(hour), success and success * HOUR) for hour, success, _ in changes]
    counts = [(at(hour), count) for hour, _, count in changes]
    return [
        samples(metric, steps(SCRAPED, at(until), *shown))
        for metric, shown in ((LAST_SUCCESS, successes), (RUNS, counts))
    ]


cleanup_failed = Alert(
    "RetentionCleanupFailed",
    Query(
        f"time() - (max_over_time({SUCCESS}[{MEMORY}])\nor\n"
        # No success in memory: as if the last had been when the deployment was first seen.
        f"min_over_time({SEEN}[{MEMORY}]))"
    )
    > Threshold(26 * HOUR, at_most=72 * HOUR),  # a day, and a grace for the long day and for the spread of durations
    for_="2m",
    severity="warning",
    guard=f"last_over_time({SEEN}[1d])",
    summary="No clean-up run has succeeded for $value",
    description=(
        "The last clean-up that succeeded, or the first sight of this deployment, is more than $threshold ago. A run "
        "between a restart and the first scrape after it is seen by no rule: it looks like no run."
    ),
    next_steps=(
        "Read the log of the last run: did it start, and what did it fail on? Start one by hand. Data past its date "
        "is kept meanwhile: see Overdue, and tell who answers for data protection."
    ),
    examples=cleanup_examples,
)
overdue = Alert(
    "RetentionOverdue",
    Query(f"time() - max by ($identity, plan) ({OLDEST_OVERDUE} > 0)") > Threshold(24 * HOUR),
    for_="1h",
    severity="warning",
    summary="Items of plan $labels.plan are past their date for $value",
    description=(
        "The oldest item past its date under plan $labels.plan has stayed for more than $threshold: runs succeed, and "
        "delete nothing of it."
    ),
    next_steps="See Deletes by plan: does any run delete under this plan? Look for an item that cannot be deleted.",
    examples=lambda limit: [
        Example(
            "an item stays",
            [samples(OLDEST_OVERDUE, steps(SCRAPED, "60h", ("0h", None), ("2h", HOUR)), plan="gdpr")],
            fires_at=[at(1 + limit / HOUR + 1.5)],
            silent_at=[at(1 + limit / HOUR - 0.5), at(1 + limit / HOUR + 0.5)],
            firing=[{"plan": "gdpr"}],
            interval=SCRAPED,
        ),
        Example(
            "a replica that knows of none shows 0",
            [samples(OLDEST_OVERDUE, steps(SCRAPED, "60h", ("0h", 0)), plan="gdpr")],
            silent_at=["3h", "59h"],
            interval=SCRAPED,
        ),
    ],
)

# --- what is shown ---

panels = [
    Stat(
        "Last clean-up run",
        f"max(time() - {SUCCESS})",
        "How long ago the last run succeeded: of several deployments, the one that waits longest. Normal is less than a"
        " day. When it is more, read the run's log and start one by hand.",
        alert="RetentionCleanupFailed",
        unit="s",
        minimum=0,
        no_value="No run seen yet, or target down",
    ),
    Stat(
        "Items cleaned today",
        increase(RUN_ITEMS, window="24h"),
        "Items deleted by clean-up runs in the last 24 hours. Normal is near what was stored as long ago as the plan"
        " keeps it. 0 after a run that succeeded is a run that found nothing: see Overdue.",
        time_from="7d",
    ),
    Stat(
        "Overdue",
        {
            "oldest": f"max(time() - max by (cluster, namespace, job, plan) ({OLDEST_OVERDUE} > 0))",
            "items": f"sum(max by (cluster, namespace, job, plan) ({OVERDUE_ITEMS}))",
        },
        "How long the oldest item past its date has been waiting, and how many wait. Normal is less than a day, and"
        " near 0 items after each run. When they stay, runs succeed and delete nothing: see which plan, before the law"
        " does.",
        alert="RetentionOverdue",
        units={"oldest": "s", "items": "short"},
        minimum=0,
        no_value="Nothing is overdue, or not instrumented",
    ),
    TimeSeries(
        "Bytes freed",
        rate(BYTES_FREED, by=[PLAN]),
        "Bytes freed per second under each plan. Normal is a peak at each run. No peak at the usual time is a run that"
        " did not come, or found nothing.",
    ),
    TimeSeries(
        "Deletes by plan",
        rate(DELETES, by=[PLAN]),
        "Items deleted per second under each plan. Normal is a peak at each run, as high as the day's load. A plan"
        " without a peak is not carried out.",
    ),
    TimeSeries(
        "Runs and their duration",
        {
            "ended": increase(RUNS, window="24h"),
            "failed": increase(RUN_FAILURES, window="24h"),
            "mean duration": f"{increase(RUN_SECONDS.sum, window='24h')} / {increase(RUN_SECONDS.count, window='24h')}",
            "p95 duration": f"histogram_quantile(0.95, {increase(RUN_SECONDS.bucket, by=['le'], window='24h')})",
        },
        "Clean-up runs of the 24 hours before each moment, those that failed, and how long they took. Normal is one run"
        " a day and none failed. When the duration nears the time between runs, delete in smaller parts.",
        colours={"failed": "bad"},
        time_from="7d",
    ),
]

retention = Subsystem(
    "retention",
    title="Retention",
    owner="data-protection",
    service="content-platform",
    proven_every="10m",
    operations=operations,
    recordings=[SUCCESS, SEEN],
    alerts=[cleanup_failed, overdue],
    panels=panels,
)
