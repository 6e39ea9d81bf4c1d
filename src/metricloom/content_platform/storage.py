"""Artifacts stored, read and deleted."""

from __future__ import annotations

from math import inf

from metricloom import (
    Alert,
    Counter,
    Example,
    Failures,
    Gauge,
    Histogram,
    Label,
    Operation,
    Query,
    RecordingRule,
    Samples,
    Stat,
    Subsystem,
    Table,
    Threshold,
    TimeSeries,
    enough_failures,
    increase,
    quantile,
    rate,
    samples,
)

# --- what is measured ---

ARTIFACT_TYPE = Label("artifact_type", "What is stored", values=["voiceover", "audio", "image", "video"], max_values=20)
OPERATION = Label("operation", "What was attempted", values=["put", "get", "delete"])

PUTS = Counter("storage_put_total", "Writes attempted, whatever the outcome", labels=[ARTIFACT_TYPE])
GETS = Counter("storage_get_total", "Reads attempted, whatever the outcome", labels=[ARTIFACT_TYPE])
DELETES = Counter("storage_delete_total", "Deletions attempted, whatever the outcome", labels=[ARTIFACT_TYPE])
ATTEMPTS = {"put": PUTS, "get": GETS, "delete": DELETES}
BYTES_WRITTEN = Counter(
    "storage_bytes_written_total", "Bytes written by writes that succeeded", labels=[ARTIFACT_TYPE], unit="bytes"
)
BYTES_READ = Counter(
    "storage_bytes_read_total", "Bytes read by reads that succeeded", labels=[ARTIFACT_TYPE], unit="bytes"
)
BYTES_DELETED = Counter(
    "storage_bytes_deleted_total", "Bytes deleted by deletions that succeeded", labels=[ARTIFACT_TYPE], unit="bytes"
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
    subset_of=ATTEMPTS,
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

# --- when somebody must act ---

BY_OPERATION = [ARTIFACT_TYPE, OPERATION]
HELD = RecordingRule(
    "artifact_type:storage_used_bytes:max",
    f"max by ($identity, artifact_type) (avg_over_time({USED_BYTES}[5m]))",
    "Bytes held: every replica sees the same store",
)


def attempts(window: str) -> list[RecordingRule]:
    """Return one record of the three counters of attempts, told apart by the operation."""
    return [
        RecordingRule(
            f"artifact_type_operation:storage_attempts:increase{window}",
            increase(counter, [ARTIFACT_TYPE], window),
            f"Operations attempted in {window}",
            labels={"operation": operation},
        )
        for operation, counter in ATTEMPTS.items()
    ]


def failed(window: str) -> Failures:
    """Return the failures of each operation, and their share of its attempts."""
    stem = "artifact_type_operation:storage_failures"
    count = RecordingRule(f"{stem}:increase{window}", increase(FAILURES, BY_OPERATION, window), f"Failures in {window}")
    share = Query(f"{count} / artifact_type_operation:storage_attempts:increase{window}", unit="ratio")
    return Failures(count, RecordingRule(f"{stem}:ratio_rate{window}", share, f"Share of failures in {window}"))


FAILURE_RATE = RecordingRule(
    "artifact_type_operation:storage_failures:rate5m", rate(FAILURES, BY_OPERATION, "5m"), "Failures per second"
)
FAILED = {window: failed(window) for window in ("10m", "30m")}
VIDEO_GET = {"artifact_type": "video", "operation": "get"}


def reads(each_minute: float, failures: float) -> list[Samples]:
    """Return reads of videos, and how many of them fail, for an hour."""
    return [
        samples(GETS, f"0+{each_minute}x60", artifact_type="video"),
        samples(FAILURES, f"0+{failures}x60", **VIDEO_GET),
    ]


failure_rate = Alert(
    "HighStorageFailureRate",
    FAILURE_RATE > Threshold(10),
    for_="5m",
    severity="critical",
    summary="Storage operations fail, $value per second: $labels.operation of $labels.artifact_type",
    description=(
        "Operations ($labels.operation of $labels.artifact_type) have failed at more than $threshold for 5 minutes."
    ),
    next_steps=(
        "See Failures by operation: one artifact type is a matter of permissions or quota, all are the store itself. "
        "Read one failed operation's error, and the store's status page."
    ),
    examples=lambda limit: [
        Example("twice as many fail", reads(6000, 120 * limit), fires_at=["15m"], firing=[VIDEO_GET]),
        Example("half as many fail", reads(6000, 30 * limit), silent_at=["15m", "1h"]),
    ],
)
failure_ratio = Alert(
    "StorageFailureRatio",
    FAILED["10m"].ratio > Threshold(0.05),
    for_="10m",
    severity="critical",
    guard=enough_failures(FAILED["10m"], FAILED["30m"]),
    summary="$value of storage operations fail: $labels.operation of $labels.artifact_type",
    description=(
        "More than $threshold of the operations ($labels.operation of $labels.artifact_type) have failed for 10"
        " minutes, however few there are."
    ),
    next_steps=(
        "See Operations by artifact type for what still works. If nothing does, the store or our credentials are gone."
    ),
    examples=lambda limit: [
        Example("all fail, 9 a second", reads(540, 540), fires_at=["25m"], firing=[VIDEO_GET]),
        Example("more fail than may", reads(100, 100 * (1 + limit) / 2), fires_at=["45m"], firing=[VIDEO_GET]),
        Example("half of what may fail does", reads(100, 100 * limit / 2), silent_at=["30m", "1h"]),
        Example(
            "the only operation of a quiet hour fails",
            [samples(GETS, "0x20 1x40", artifact_type="video"), samples(FAILURES, "0x20 1x40", **VIDEO_GET)],
            silent_at=["25m", "32m", "50m"],
        ),
    ],
)

# --- what is shown ---

panels = [
    Stat(
        "Total storage used",
        {"held": f"sum({HELD})", "in a day": f"sum(delta({HELD}[1d]))"},
        "Bytes held now, as the store reports it, and how many more than a day ago (negative: more was deleted than"
        " written). Normal grows by what is written less what retention deletes. When the growth doubles, see which"
        " type, and Retention.",
        units={"held": "decbytes", "in a day": "decbytes"},
        minimum=-inf,
    ),
    TimeSeries(
        "Bytes written",
        rate(BYTES_WRITTEN, by=[ARTIFACT_TYPE]),
        "Bytes written per second by writes that succeeded. Normal follows content generation. When it falls and"
        " operations do not, writes fail.",
        stacked=True,
    ),
    TimeSeries(
        "Bytes read",
        rate(BYTES_READ, by=[ARTIFACT_TYPE]),
        "Bytes read per second by reads that succeeded: what leaves the provider is billed as bandwidth. Normal follows"
        " the audience. A sudden rise is a client that loops, or a scraper.",
        stacked=True,
    ),
    TimeSeries(
        "Failures by operation",
        rate(FAILURES, by=[ARTIFACT_TYPE, OPERATION]),
        "Operations that fail per second. Normal is 0. When it rises, see whether it is one type (permissions, quota)"
        " or all (the store itself), and the provider's status page.",
        alert="HighStorageFailureRate",
    ),
    TimeSeries(
        "Operation p95",
        quantile(0.95, SECONDS, by=[OPERATION]),
        "95 % of operations take no longer, where the caller gives the duration. Normal is a steady course. A rise"
        " before failures is a store that throttles.",
        no_value="No durations given, no traffic, or target down",
    ),
    Table(
        "Operations by artifact type",
        {
            "Writes": increase(PUTS, by=[ARTIFACT_TYPE]),
            "Reads": increase(GETS, by=[ARTIFACT_TYPE]),
            "Deletions": increase(DELETES, by=[ARTIFACT_TYPE]),
            "Failed": increase(FAILURES, by=[ARTIFACT_TYPE]),
            "Written": increase(BYTES_WRITTEN, by=[ARTIFACT_TYPE]),
            "Read": increase(BYTES_READ, by=[ARTIFACT_TYPE]),
            "Held": f"sum by ({ARTIFACT_TYPE}) ({HELD})",
        },
        "What happened to each type in the time shown, and what is held of it now. Normal has few failures beside many "
        "operations. A type that is written and never deleted grows for ever: give it a retention plan.",
        units={"Held": "decbytes"},
    ),
]

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
    recordings=[
        *attempts("10m"),
        *attempts("30m"),
        *FAILED["10m"].rules,
        *FAILED["30m"].rules,
        FAILURE_RATE,
    ],
    alerts=[failure_rate, failure_ratio],
    panels=panels,
)
