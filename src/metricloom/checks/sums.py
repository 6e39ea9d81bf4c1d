"""Sums of what is no part of a whole, and values that spoil whatever they are added to."""

from __future__ import annotations

from collections.abc import Iterator

from metricloom.checks.model import Example, Finding, Reading, check
from metricloom.errors import Severity
from metricloom.promql.nodes import COMPARISONS, Aggregation, Binary, Call, Negation, Node
from metricloom.promql.operators import MIRRORED
from metricloom.promql.types import Inferred, Kind, Shape
from metricloom.sources.model import Use


@check(
    "Q217",
    "non-additive-sum",
    visits=Aggregation,
    of={"sum"},
    severity=Severity.WARNING,
    bad=("sum by (model) (temperature_celsius) > 90", "sum(last_success_timestamp_seconds) > 1"),
    good=("max by (model) (temperature_celsius) > 90", "sum(used_bytes) > 1e12"),
)
def non_additive_sum(reading: Reading, node: Aggregation) -> Iterator[Finding]:
    """Copies that all show the same thing, and times, are no parts of a whole: their sum is a number of nothing."""
    times = is_time(reading, node.expr)
    if times or not reading.type_of(node.expr).additive:
        of = "times" if times else "copies that each show the whole"
        yield Finding(
            f"this adds up {of}: with three replicas it shows three times what there is",
            "write max, min or avg in place of sum",
            reading.span(node),
        )


def is_time(reading: Reading, node: Node) -> bool:
    """Whether a value surely is a Unix time: `time() - x` may be one or a duration, where x is not known."""
    if reading.type_of(node).kind is not Kind.TIMESTAMP:
        return False
    return reading.selector_below(node, lambda found: not found.is_known) is None


# --- 0 / 0 --------------------------------------------------------------------------------------------


@check(
    "Q231",
    "nan-in-sum",
    visits=Aggregation,
    of={"sum", "avg"},
    severity=Severity.WARNING,
    bad="sum by (job) (rate(failures_total[5m]) / rate(calls_total[5m])) > 1",
    good=(
        "sum by (job) (rate(failures_total[5m])) / sum by (job) (rate(calls_total[5m])) > 0.1",
        "sum(sum by (model) (rate(tokens_total[5m])) / (sum by (model) (rate(calls_total[5m])) > 0)) > 1",
    ),
)
def nan_in_sum(reading: Reading, node: Aggregation) -> Iterator[Finding]:
    """Where both sides of a division are 0 the quotient is NaN, and one NaN makes the whole sum NaN: idle series hide
    all others.
    """
    if not reading.type_of(node.expr).nan:
        return
    division = _unguarded(reading, node.expr)
    if division is not None:
        yield Finding(
            f"{reading.text_of(division)} is NaN where both sides are 0, and so is then the whole {node.op}",
            f"sum both sides before the division, or divide by ({reading.text_of(division.rhs)} > 0)",
            reading.span(division),
        )


@check(
    "Q216",
    "nan-compare-silent",
    visits=Node,
    severity=Severity.NOTE,
    bad="1 - sum(rate(failures_total[5m])) / sum(rate(calls_total[5m])) < 0.9",
    good=(
        "sum(rate(failures_total[5m])) / sum(rate(calls_total[5m])) > 0.1",
        "1 - sum(rate(failures_total[5m])) / sum(rate(calls_total[5m])) < 0.9 or sum(rate(calls_total[5m])) == 0",
        "1 - sum(rate(failures_total[5m])) / sum(rate(calls_total[5m])) < 0.9 and sum(increase(calls_total[5m])) > 10",
        Example("1 - sum(rate(failures_total[5m])) / sum(rate(calls_total[5m])) < 0.9", Use.PANEL),
    ),
)
def nan_compare_silent(reading: Reading, root: Node) -> Iterator[Finding]:
    """Where both sides of a division are 0 the quotient is NaN, and no comparison lets NaN pass: an alert on too little
    success is silent when there is nothing at all. Above a threshold that silence is wanted, and nothing is said.
    """
    if reading.site.use is not Use.ALERT or not isinstance(root, Binary):
        return
    for node in _unguarded_comparisons(reading, root):
        turned = reading.type_of(node.lhs).value is not None
        op, compared = (MIRRORED[node.op], node.rhs) if turned else (node.op, node.lhs)
        division = _unguarded(reading, compared) if op in ("<", "<=") else None
        if division is not None:
            yield Finding(
                f"{reading.text_of(division)} is NaN where both sides are 0, and {node.op} lets no NaN pass",
                f"say what is meant then: … or {reading.text_of(division.rhs)} == 0",
                reading.span(division),
            )


def _unguarded_comparisons(reading: Reading, root: Node) -> Iterator[Binary]:
    """Yield comparisons that alone decide: not those beside a condition on one of the series that they read."""
    pending = [root]
    while pending:
        node = pending.pop()
        if not isinstance(node, Binary):
            continue
        if node.op in COMPARISONS:
            yield node
        elif node.op in ("and", "or", "unless") and not _share_series(reading, node):
            pending += [node.lhs, node.rhs]


def _share_series(reading: Reading, node: Binary) -> bool:
    return bool(reading.type_of(node.lhs).sources & reading.type_of(node.rhs).sources)


def _unguarded(reading: Reading, node: Node) -> Binary | None:
    """Return the division that gives NaN to what *node* shows."""
    while reading.type_of(node).nan:
        match node:
            case Binary(op="/") if _may_be_0_of_0(reading.type_of(node.lhs), reading.type_of(node.rhs)):
                return node
            case Binary(op="+" | "-" | "*" | "/"):
                node = node.lhs if reading.type_of(node.lhs).nan else node.rhs
            case Negation(expr=inner) | Aggregation(expr=inner):
                node = inner
            case Call(args=[only]):
                node = only
            case _:
                return None
    return None


def _may_be_0_of_0(left: Inferred, right: Inferred) -> bool:
    """Whether both are vectors that are known, and 0 at times."""
    known = left.is_known and right.is_known and left.may_be_zero and right.may_be_zero
    return known and left.shape is right.shape is Shape.VECTOR
