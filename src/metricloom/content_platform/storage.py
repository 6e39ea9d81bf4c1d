"""Artifacts stored, read and deleted."""

from __future__ import annotations

from metricloom import Counter, Gauge, Histogram, Label, Operation, Subsystem

# --- what is measured ---

ARTIFACT_TYPE = Label("artifact_type", "What is stored", values=["voiceover", "audio", "image", "video"], max_values=20)
OPERATION = Label("operation", "What was attempted", values=["put", "get", "delete"])

PUTS = Counter("storage_put_total", "Writes attempted, whatever the outcome", labels=[ARTIFACT_TYPE])
GETS = Counter("storage_get_total", "Reads attempted, whatever the outcome", labels=[ARTIFACT_TYPE])
DELETES = Counter("storage_delete_total", "Deletions attempted, whatever the outcome", labels=[ARTIFACT_TYPE])
BYTES_WRITTEN = Counter("storage_bytes_written_total", "Bytes written by writes that succeeded", labels=[ARTIFACT_TYPE])
BYTES_READ = Counter("storage_bytes_read_total", "Bytes read by reads that succeeded", labels=[ARTIFACT_TYPE])
BYTES_DELETED = Counter(
    "storage_bytes_deleted_total", "Bytes deleted by deletions that succeeded", labels=[ARTIFACT_TYPE]
)
USED_BYTES = Gauge(
    "storage_used_bytes",
    "Bytes held now, as the store reports it",
    labels=[ARTIFACT_TYPE],
    copies="shared",
    initial=None,
    minimum=0,
)
FAILURES = Counter(
    "storage_failures_total",
    "Operations that failed",
    labels=[ARTIFACT_TYPE, OPERATION],
    subset_of={"put": PUTS, "get": GETS, "delete": DELETES},
)
SECONDS = Histogram(
    "storage_operation_seconds",
    "Duration of an operation, where the caller gives it",
    labels=[ARTIFACT_TYPE, OPERATION],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)


def _record(operation: str, attempts: Counter, moved: Counter) -> Operation:
    return Operation(
        f"record_{operation}",
        "StorageMetrics",
        help=f"Record one {operation} that ended. One that failed moves no bytes.",
        labels=[ARTIFACT_TYPE],
        arguments=["bytes", "success"],
        effects=[
            attempts.inc(),
            moved.inc("bytes", on="success"),
            FAILURES.inc(on="failure", operation=operation),
            SECONDS.observe("duration", operation=operation),
        ],
    )


set_used = Operation(
    "set_used",
    "StorageMetrics",
    help="Say how many bytes the store holds now.",
    labels=[ARTIFACT_TYPE],
    arguments=["bytes"],
    effects=[USED_BYTES.set("bytes")],
)

storage = Subsystem(
    "storage",
    title="Storage",
    owner="platform",
    service="content-platform",
    operations=[
        _record("put", PUTS, BYTES_WRITTEN),
        _record("get", GETS, BYTES_READ),
        _record("delete", DELETES, BYTES_DELETED),
        set_used,
    ],
)
