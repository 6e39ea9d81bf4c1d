"""Sums, counts and quantiles of what was observed: of histograms, native ones, and summaries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from metricloom.checks.model import Finding, Reading, check
from metricloom.errors import Severity
from metricloom.promql.durations import shown_seconds
from metricloom.promql.functions import OF_COUNTERS
from metricloom.promql.nodes import Aggregation, Binary, Call, Matcher, Node, Selector
from metricloom.promql.variables import VARIABLE

_SUFFIXES: Final = ("_bucket", "_sum", "_count")


class _Read(NamedTuple):
    """A series, the function and window that it is read with, and whether several are added up."""

    selector: Selector
    function: str
    summed: bool

    @property
    def window(self) -> float:
        return self.selector.range_seconds or 0.0

    @property
    def matchers(self) -> frozenset[Matcher]:
        """Those that leave something out; how a variable is matched is Grafana's affair."""
        some = (each for each in self.selector.matchers if (each.op, each.value) != ("=~", ".*"))
        return frozenset(Matcher(each.label, "=", each.value) if VARIABLE in each.value else each for each in some)


@check(
    "H308",
    "mean-mixes-series",
    visits=Binary,
    of={"/"},
    severity=Severity.WARNING,
    bad=(
        "sum(rate(call_seconds_sum[5m])) / sum(rate(call_seconds_count[1m])) > 1",
        "sum(rate(call_seconds_sum[5m])) / sum(increase(call_seconds_count[5m])) > 1",
        'sum(rate(call_seconds_sum{model="a"}[5m])) / sum(rate(call_seconds_count[5m])) > 1',
        "sum(rate(call_seconds_sum[5m])) / sum(rate(response_seconds_count[5m])) > 1",
    ),
    good=(
        "sum(rate(call_seconds_sum[5m])) / sum(rate(call_seconds_count[5m])) > 1",
        "sum(increase(call_seconds_sum[5m])) / sum(increase(call_seconds_count[5m])) > 1",
    ),
)
def mean_mixes_series(reading: Reading, node: Binary) -> Iterator[Finding]:
    """A mean is the sum over the count of the same observations: of the same series, over the same window."""
    above, below = _read(node.lhs), _read(node.rhs)
    if above is None or below is None or not (above.selector.name or "").endswith("_sum"):
        return
    if not (below.selector.name or "").endswith("_count"):
        return
    for severity, difference in _differences(above, below):
        yield Finding(
            f"the mean of {_stem(above)} is taken of two things: {difference}",
            f"divide {above.selector.name} by {_stem(above)}_count, both with the same function, window and matchers",
            reading.span(node),
            severity,
        )


def _differences(above: _Read, below: _Read) -> Iterator[tuple[Severity | None, str]]:
    if _stem(above) != _stem(below):
        yield None, f"{above.selector.name} is not of {_stem(below)}, which is counted"
    elif above.function != below.function:
        mixed = "increase" in (above.function, below.function)
        yield (
            Severity.ERROR if mixed else None,
            f"{above.function}() of the sum, {below.function}() of the count",
        )
    elif above.window != below.window:
        yield None, f"windows of {shown_seconds(above.window)} and {shown_seconds(below.window)}"
    elif above.summed and below.summed and above.matchers != below.matchers:
        yield None, "their matchers differ"


def _stem(read: _Read) -> str:
    return (read.selector.name or "").rpartition("_")[0]


def _read(node: Node) -> _Read | None:
    """Return the one series that is summed up in *node*, if it is a rate or an increase."""
    summed = False
    while isinstance(node, Aggregation) and node.op == "sum":
        node, summed = node.expr, True
    if isinstance(node, Call) and node.function in OF_COUNTERS and isinstance(node.args[0], Selector):
        return _Read(node.args[0], node.function, summed)
    return None


@check(
    "H309",
    "classic-use-of-native",
    visits=Selector,
    bad=(
        "histogram_quantile(0.9, sum by (le) (rate(wait_seconds_bucket[5m]))) > 1",
        "rate(wait_seconds_count[5m]) > 1",
    ),
    good=("histogram_quantile(0.9, sum(rate(wait_seconds[5m]))) > 1",
          "histogram_count(sum(rate(wait_seconds[5m]))) > 1"),
)  # fmt: skip
def classic_use_of_native(reading: Reading, node: Selector) -> Iterator[Finding]:
    """A native histogram is one series under its own name: there is no `_bucket`, `_sum` or `_count`."""
    if native := native_of(reading, node):
        suffix = (node.name or "").removeprefix(native)
        form = {
            "_bucket": f"histogram_quantile(0.9, sum(rate({native}[5m])))",
            "_sum": f"histogram_sum(rate({native}[5m]))",
            "_count": f"histogram_count(rate({native}[5m]))",
        }[suffix]
        yield Finding(
            f"{native} is a native histogram: no series is called {node.name}",
            f"write {form}",
            reading.places.name(node),
        )


def native_of(reading: Reading, node: Selector) -> str:
    """Return the native histogram of which a selector names the part of a classic one; nothing where it does not."""
    name = node.name or ""
    stem = next((name.removesuffix(each) for each in _SUFFIXES if name.endswith(each)), "")
    series = reading.world.table.get(stem)
    return stem if series is not None and series.native and name not in reading.world.table else ""


@check(
    "H310",
    "summary-quantile-aggregated",
    visits=Aggregation,
    severity=Severity.WARNING,
    bad=(
        'avg by (job) (response_seconds{quantile="0.99"}) > 1',
        'sum(response_seconds{quantile=~"0.9.*"}) > 1',
    ),
    good=('max by (job) (response_seconds{quantile="0.99"}) > 1', "avg(queue_items) > 1"),
)
def summary_quantile_aggregated(reading: Reading, node: Aggregation) -> Iterator[Finding]:
    """A summary computes its quantiles in each process: what they would be together can't be had from them."""
    if node.op not in ("avg", "sum") or not isinstance(node.expr, Selector):
        return
    if (node.expr.name or "").endswith(("_sum", "_count")):
        return
    if any(each.label == "quantile" and each.op in ("=", "=~") and each.value for each in node.expr.matchers):
        yield Finding(
            f"{node.op} of the quantiles of a summary is no quantile: an idle process counts as much as a busy one",
            f"take max, or the mean rate({node.expr.name}_sum[5m]) / rate({node.expr.name}_count[5m]), or a histogram",
            reading.span(node),
        )
