"""Values that can't be, and averages that mean nothing."""

from __future__ import annotations

from collections.abc import Iterator

from metricloom.checks.model import Example, Finding, Reading, check
from metricloom.errors import Severity
from metricloom.promql.comparisons import Compared, against_number
from metricloom.promql.nodes import COMPARISONS, Aggregation, Binary, Call, Node
from metricloom.promql.shares import LATE_SHARE
from metricloom.promql.types import Inferred, Kind
from metricloom.sources.model import Use


@check(
    "Q213",
    "threshold-out-of-domain",
    visits=Binary,
    of=COMPARISONS,
    bad=(
        "sum(rate(failures_total[5m])) / sum(rate(calls_total[5m])) > 5",
        "5 < model:failures:ratio_rate5m",
        "queue_items < 0",
        "up > 1",
        "count(queue_items) == 0",
    ),
    good=(
        "sum(rate(failures_total[5m])) / sum(rate(calls_total[5m])) > 0.05",
        "queue_items < 1",
        "up == 0",
        Example("up > $limit * 5", Use.PANEL),
    ),
)
def threshold_out_of_domain(reading: Reading, node: Binary) -> Iterator[Finding]:
    """The value never reaches the threshold, so this is never true. The share of a part that may begin later than its
    whole can be above 1, for a rate over few samples is extrapolated further: there it is a warning.
    """
    compared = against_number(node, reading.typing)
    if compared is None or compared.is_above_buckets:  # of these, H301 says more
        return
    found, limit = compared.found, compared.limit
    hint = f"write {limit / 100:g} for {limit:g} %" if _is_percent(found, limit) else "compare with a value it can have"
    if compared.is_never:
        shown = f"this is never {compared.op} {limit:g}: it lies between {found.low:g} and {found.high:g}"
        yield Finding(shown, hint, reading.span(node))
    elif _is_beyond_share(compared):
        shown = f"a share is {compared.op} {limit:g} only while some series of the part are newer than the window"
        yield Finding(shown, hint, reading.span(node), Severity.WARNING)


def _is_beyond_share(compared: Compared) -> bool:
    """Whether a share had to be above 1, as it is only by extrapolation."""
    share = compared.found.kind is Kind.RATIO and compared.found.high == LATE_SHARE
    return share and compared.op in (">", ">=", "==") and compared.limit > 1


def _is_percent(found: Inferred, limit: float) -> bool:
    return found.kind is Kind.RATIO and 1 < limit <= 100


@check(
    "Q214",
    "always-true-by-domain",
    visits=Binary,
    of=COMPARISONS,
    severity=Severity.WARNING,
    bad=("queue_items >= 0", "0 <= rate(calls_total[5m])", "up <= 1"),
    good=("queue_items > 0", "rate(calls_total[5m]) == 0", "queue_items > 0 < +Inf", "count(up == 0) >= 1"),
)
def always_true_by_domain(reading: Reading, node: Binary) -> Iterator[Finding]:
    """Every value passes, so the comparison says nothing."""
    compared = against_number(node, reading.typing)
    if compared is None:
        return
    found, op, limit = compared.found, compared.op, compared.limit
    if found.low == limit == 1:  # `count(…) >= 1` says in words what being there says
        return
    if (op == ">=" and found.low >= limit) or (op == "<=" and found.high <= limit):
        yield Finding(
            f"this is always {op} {limit:g}: it lies between {found.low:g} and {found.high:g}",
            f"write {op[0]} {limit:g}, or leave the comparison out",
            reading.places.operator(node),
        )


@check(
    "Q215",
    "average-of-ratios-or-quantiles",
    visits=Aggregation,
    of={"avg", "sum"},
    severity=Severity.WARNING,
    bad=(
        "avg(histogram_quantile(0.99, sum by (job, le) (rate(call_seconds_bucket[5m])))) > 1",
        "avg by (job) (model:failures:ratio_rate5m) > 0.1",
    ),
    good=(
        "histogram_quantile(0.99, sum by (le) (rate(call_seconds_bucket[5m]))) > 1",
        "max(model:failures:ratio_rate5m) > 0.1",
        "avg(queue_items) > 1",
        "avg by (job) (avg_over_time(up[1h])) < 0.9",
    ),
)
def average_of_ratios_or_quantiles(reading: Reading, node: Aggregation) -> Iterator[Finding]:
    """A series with one event counts as much as one with a thousand, so the average is nobody's: a warning, for
    where all have about as many it may do.
    """
    inner = reading.type_of(node.expr)
    if inner.kind is Kind.QUANTILE and inner.histogram:
        yield Finding(
            f"{node.op} of quantiles: a quantile of all can't be had from quantiles of parts",
            f"sum the buckets first: histogram_quantile(…, sum by (…, le) (rate({inner.histogram}_bucket[…])))",
            reading.span(node),
        )
    elif inner.kind in (Kind.RATIO, Kind.MEAN) and not _is_share_of_time(node.expr):
        yield Finding(
            f"{node.op} of {inner.kind}s: one with few events counts as much as one with many",
            "sum both sides, and divide after that; or take max or min",
            reading.span(node),
        )


def _is_share_of_time(node: Node) -> bool:
    """Whether a ratio is the part of a window in which something was so: each series then counts alike."""
    return isinstance(node, Call) and node.function == "avg_over_time"
