"""What the deletion of expired data exposes, and what the application calls."""

from __future__ import annotations

from metricloom import Argument, Counter, Gauge, Histogram, Label, Operation

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
