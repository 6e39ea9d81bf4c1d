"""Values that can't be, and averages that mean nothing."""

from __future__ import annotations

from collections.abc import Iterator

from metricloom.checks.model import Finding, Reading, check
from metricloom.errors import Severity
from metricloom.promql.nodes import COMPARISONS, Aggregation, Binary
from metricloom.promql.operators import MIRRORED
from metricloom.promql.types import Inferred, Kind, Shape


def _compared(reading: Reading, node: Binary) -> tuple[Inferred, str, float] | None:
    """Return a value, the comparison, and the number that it is compared with."""
    left, right = reading.type_of(node.lhs), reading.type_of(node.rhs)
    if node.op not in COMPARISONS or node.returns_bool or left.kind is right.kind:
        return None
    if right.value is not None and left.shape is Shape.VECTOR:
        return left, node.op, right.value
    if left.value is not None and right.shape is Shape.VECTOR:
        return right, MIRRORED[node.op], left.value
    return None


@check(
    "Q213",
    "threshold-out-of-domain",
    visits=Binary,
    bad=(
        "sum(rate(failures_total[5m])) / sum(rate(calls_total[5m])) > 5",
        "5 < model:failures:ratio_rate5m",
        "queue_items < 0",
        "up > 1",
        "count(queue_items) == 0",
    ),
    good=("sum(rate(failures_total[5m])) / sum(rate(calls_total[5m])) > 0.05", "queue_items < 1", "up == 0"),
)
def threshold_out_of_domain(reading: Reading, node: Binary) -> Iterator[Finding]:
    """The value never reaches the threshold, so this is never true."""
    compared = _compared(reading, node)
    if compared is None or not _never(*compared):
        return
    found, op, number = compared
    yield Finding(
        f"this is never {op} {number:g}: it lies between {found.low:g} and {found.high:g}",
        f"write {number / 100:g} for {number:g} %"
        if _is_percent(found, number)
        else "compare with a value it can have",
        reading.span(node),
    )


def _is_percent(found: Inferred, number: float) -> bool:
    return found.kind is Kind.RATIO and 1 < number <= 100


def _never(found: Inferred, op: str, number: float) -> bool:
    # Rates of a part and of its whole are extrapolated each by itself: their ratio can be a little above 1.
    high = found.high * 1.1 if found.kind is Kind.RATIO else found.high
    match op:
        case ">":
            return number >= high
        case ">=":
            return number > high
        case "<":
            return number <= found.low
        case "<=":
            return number < found.low
        case "==":
            return not found.low <= number <= high
    return False


@check(
    "Q214",
    "always-true-by-domain",
    visits=Binary,
    severity=Severity.WARNING,
    bad=("queue_items >= 0", "0 <= rate(calls_total[5m])", "up <= 1"),
    good=("queue_items > 0", "rate(calls_total[5m]) == 0", "queue_items > 0 < +Inf"),
)
def always_true_by_domain(reading: Reading, node: Binary) -> Iterator[Finding]:
    """Every value passes, so the comparison says nothing."""
    compared = _compared(reading, node)
    if compared is None:
        return
    found, op, number = compared
    if (op == ">=" and found.low >= number) or (op == "<=" and found.high <= number):
        yield Finding(
            f"this is always {op} {number:g}: it lies between {found.low:g} and {found.high:g}",
            f"write {op[0]} {number:g}, or leave the comparison out",
            reading.places.operator(node),
        )


@check(
    "Q215",
    "average-of-ratios-or-quantiles",
    visits=Aggregation,
    bad=(
        "avg(histogram_quantile(0.99, sum by (job, le) (rate(call_seconds_bucket[5m])))) > 1",
        "avg by (job) (model:failures:ratio_rate5m) > 0.1",
    ),
    good=(
        "histogram_quantile(0.99, sum by (le) (rate(call_seconds_bucket[5m]))) > 1",
        "max(model:failures:ratio_rate5m) > 0.1",
        "avg(queue_items) > 1",
    ),
)
def average_of_ratios_or_quantiles(reading: Reading, node: Aggregation) -> Iterator[Finding]:
    """A series with one event counts as much as one with a thousand, so the average is nobody's."""
    inner = reading.type_of(node.expr)
    if node.op not in ("avg", "sum"):
        return
    if inner.kind is Kind.QUANTILE and inner.histogram:
        yield Finding(
            f"{node.op} of quantiles: a quantile of all can't be had from quantiles of parts",
            f"sum the buckets first: histogram_quantile(…, sum by (…, le) (rate({inner.histogram}_bucket[…])))",
            reading.span(node),
        )
    elif inner.kind in (Kind.RATIO, Kind.MEAN):
        yield Finding(
            f"{node.op} of {inner.kind}s: one with few events counts as much as one with many",
            "sum both sides, and divide after that; or take max or min",
            reading.span(node),
            Severity.WARNING,
        )
