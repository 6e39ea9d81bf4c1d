"""The world in which the examples of checks are read: a few series, scraped every 15 s, and where alerts go."""

from __future__ import annotations

import math
from dataclasses import replace

from metricloom.monitoring.units import BYTES, ONE, SECONDS, Unit
from metricloom.promql.nodes import Matcher
from metricloom.promql.types import NO_GAPS, Gaps, Kind, SeriesType
from metricloom.sources.model import World

TARGET = frozenset({"job", "instance"})
OTHERS = frozenset({"cluster", "namespace", "pod"})
BUCKETS = (0.5, 1.0, 5.0, 60.0, 600.0)


def counter(name: str, *labels: str, unit: Unit = ONE, part_of: str = "", histogram: str = "") -> SeriesType:
    return SeriesType(
        name, Kind.COUNTER, TARGET | {*labels}, OTHERS, unit, low=0.0, histogram=histogram, observed=SECONDS,
        part_of=frozenset({part_of} if part_of else ()),
        values={"kind": ("audio", "video")} if "kind" in labels else {},
    )  # fmt: skip


def gauge(name: str, *labels: str, unit: Unit = ONE, kind: Kind = Kind.GAUGE) -> SeriesType:
    return SeriesType(name, kind, TARGET | {*labels}, OTHERS, unit, low=0.0)


TABLE = {
    series.name: series
    for series in (
        counter("calls_total", "model"),
        counter("failures_total", "model", part_of="calls_total"),
        counter("tokens_total", "model", "kind"),
        counter("written_bytes_total", "kind", unit=BYTES),
        replace(counter("rare_total", "model"), gaps=Gaps("a model has no series before it is first used")),
        replace(counter("started_total", "model"), gaps=NO_GAPS, initialised=True),
        counter("cpu_seconds_total", unit=SECONDS),
        gauge("used_bytes", "kind", unit=BYTES),
        gauge("limit_bytes", unit=BYTES),
        gauge("queue_items", "model"),
        gauge("last_success_timestamp_seconds", unit=SECONDS, kind=Kind.TIMESTAMP),
        gauge("last_success_seconds", unit=SECONDS),
        SeriesType("call_seconds", Kind.HISTOGRAM, TARGET | {"model"}, OTHERS, SECONDS, buckets=BUCKETS,
                   histogram="call_seconds", observed=SECONDS),
        SeriesType("call_seconds_bucket", Kind.BUCKETS, TARGET | {"model", "le"}, OTHERS, ONE, low=0.0, buckets=BUCKETS,
                   histogram="call_seconds", observed=SECONDS),
        counter("call_seconds_sum", "model", unit=SECONDS, histogram="call_seconds"),
        counter("call_seconds_count", "model", histogram="call_seconds"),
        SeriesType("wait_seconds", Kind.NATIVE, TARGET | {"model"}, OTHERS, ONE, low=0.0, histogram="wait_seconds",
                   observed=SECONDS),
        replace(gauge("temperature_celsius", "model", unit=Unit.named("celsius")), additive=False, low=-math.inf),
        replace(gauge("jobs_waiting"), scope=frozenset({Matcher("job", "=~", "content-.*")})),
        gauge("response_seconds", "quantile", unit=SECONDS),
        counter("response_seconds_sum", unit=SECONDS),
        counter("response_seconds_count"),
        SeriesType("model:failures:ratio_rate5m", Kind.RATIO, frozenset({"model", "job"}), OTHERS, ONE,
                   low=0.0, high=1.0, record=True),
        SeriesType("model:calls:sum", Kind.COUNTER, frozenset({"model", "job"}), low=0.0, record=True, aggregated=True),
    )
}  # fmt: skip

REPLICA = ("instance", "pod")
WORLD = World(
    TABLE,
    replica=REPLICA,
    identity=("job", *sorted(OTHERS - {*REPLICA})),
    scrape_seconds=15,
    evaluation_seconds=60,
    retention_seconds=15 * 86400,
    min_prometheus=(2, 42),
    severities=frozenset({"critical", "warning", "info"}),
)
