"""Expired data deleted on time, and proof that it is."""

from __future__ import annotations

from metricloom import (
    HOUR,
    Alert,
    Example,
    Query,
    RecordingRule,
    Stat,
    Subsystem,
    Threshold,
    TimeSeries,
    increase,
    rate,
    samples,
    steps,
)
from metricloom.content_platform.cleanup_examples import SCRAPED, at, cleanup_examples
from metricloom.content_platform.retention_metrics import (
    BYTES_FREED,
    DELETES,
    LAST_SUCCESS,
    OLDEST_OVERDUE,
    OVERDUE_ITEMS,
    PLAN,
    RUN_FAILURES,
    RUN_ITEMS,
    RUN_SECONDS,
    RUNS,
    operations,
)

# --- when somebody must act ---

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
            "oldest": f"max(time() - max by ($deployment, plan) ({OLDEST_OVERDUE} > 0))",
            "items": f"sum(max by ($deployment, plan) ({OVERDUE_ITEMS}))",
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
