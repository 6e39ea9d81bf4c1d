"""Names of metrics: what is not declared does not exist."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from metricloom.checks.model import Finding, Reading, check
from metricloom.checks.observations import native_of
from metricloom.errors import Severity, did_you_mean, nearest
from metricloom.promql.infer import PROMETHEUS_SERIES
from metricloom.promql.nodes import Selector
from metricloom.promql.parse import Parsed
from metricloom.promql.types import Kind
from metricloom.promql.variables import VARIABLE


@check(
    "Q200",
    "parse-error",
    visits=Parsed,
    bad=("sum(rate(calls_total[5m]) > 1", "calls_total >"),
    good="sum(rate(calls_total[5m])) > 1",
)
def parse_error(_reading: Reading, parsed: Parsed) -> Iterator[Finding]:
    """Prometheus refuses the whole file that holds the expression, and Grafana shows an error in its place. What
    Prometheus may read and metricloom cannot is a note.
    """
    if parsed.fault:
        severity = Severity.NOTE if parsed.unsupported else None
        yield Finding(parsed.fault, "write an expression that Prometheus can parse", parsed.fault_span, severity)


OF_PROCESSES: Final = frozenset(
    {
        "process_cpu_seconds_total",
        "process_max_fds",
        "process_open_fds",
        "process_resident_memory_bytes",
        "process_start_time_seconds",
        "process_virtual_memory_bytes",
        "process_virtual_memory_max_bytes",
    }
)
"""What client libraries expose of the process by themselves: a registry need not declare it."""


@check(
    "Q201",
    "unknown-metric",
    visits=Selector,
    bad="rate(call_total[5m]) > 1",
    good=("rate(calls_total[5m]) > 1", "changes(process_start_time_seconds[1h]) > 3"),
)
def unknown_metric(reading: Reading, node: Selector) -> Iterator[Finding]:
    """Nothing exposes or records the name, so the selector matches nothing, for ever. A page of metrics shows what is
    there now: what it lacks may come later, so that is a warning.
    """
    if node.name is None or reading.world.open or VARIABLE in node.name or reading.series(node) is not None:
        return
    if node.name in OF_PROCESSES or native_of(reading, node):  # of a native histogram, H309 says more
        return
    table = reading.world.table
    close = nearest(node.name, [*table, *PROMETHEUS_SERIES])
    yield Finding(
        f"no metric or recording rule is called {node.name}",
        did_you_mean(node.name, [close] if close else (name for name, series in table.items() if not series.record)),
        reading.places.name(node),
        Severity.WARNING if reading.world.sampled else None,
    )


@check(
    "Q224",
    "histogram-without-suffix",
    visits=Selector,
    bad=('call_seconds{quantile="0.95"} > 60', "rate(call_seconds[5m]) > 1"),
    good="histogram_quantile(0.95, sum by (model, le) (rate(call_seconds_bucket[5m]))) > 60",
)
def histogram_without_suffix(reading: Reading, node: Selector) -> Iterator[Finding]:
    """A histogram is stored as `_bucket`, `_sum` and `_count`: its bare name has no series, nor a `quantile` label."""
    series = reading.series(node)
    if series is None or series.kind is not Kind.HISTOGRAM:
        return
    quantile = next((each.value for each in node.matchers if each.label == "quantile"), "0.95")
    labels = sorted(series.labels - set(reading.world.replica) - {"job"}) or ["job"]
    form = f"histogram_quantile({quantile}, sum by ({', '.join([*labels, 'le'])}) (rate({series.name}_bucket[5m])))"
    yield Finding(
        f"{series.name} is a histogram: no series has its bare name, so this matches nothing",
        f"write {form}, or read {series.name}_count or {series.name}_sum",
        reading.span(node),
    )
