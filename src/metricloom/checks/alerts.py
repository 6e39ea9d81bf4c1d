"""Conditions of alerts."""

from __future__ import annotations

from collections.abc import Iterator

from metricloom.checks.model import Finding, Reading, check
from metricloom.errors import Severity
from metricloom.promql.nodes import COMPARISONS, Aggregation, Binary, Call, Negation, Node, Selector, bottom_up
from metricloom.promql.types import Inferred, Kind, Shape
from metricloom.sources.model import Use


@check(
    "A501",
    "no-condition",
    visits=Node,
    bad=("up", "queue_items > bool 1", "sum(rate(calls_total[5m])) or vector(0)", "time()"),
    good=(
        "up == 0",
        "absent(up)",
        "vector(1)",
        "queue_items > 1 or absent(queue_items)",
        "queue_items unless on (job) used_bytes",
        "sum by (job) (queue_items > 1)",
        'ALERTS{alertstate="firing"}',
        "rate(calls_total[5m]) and queue_items > 1",
        'queue_items and on (job) calls_total{model="bad"}',
    ),
)
def no_condition(reading: Reading, root: Node) -> Iterator[Finding]:
    """An alert fires for each series of its result, whatever the value: without a comparison it always fires. Where a
    record or a matcher may have chosen the series, being there may be the condition, and it is a warning.
    """
    found = reading.type_of(root)
    if reading.site.use is not Use.ALERT or _deliberate(found) or _filters(reading, root):
        return
    if isinstance(root, Binary) and root.returns_bool:
        yield Finding(
            "a comparison with `bool` gives 0 or 1, and the alert fires for either",
            "leave `bool` out",
            reading.places.operator(root),
        )
        return
    yield Finding(
        "there is no condition: the alert fires as long as there are series",
        f"compare with a threshold: {reading.text_of(root)} > …",
        reading.span(root),
        Severity.WARNING if _may_be_condition(reading, root) else None,
    )


def _may_be_condition(reading: Reading, root: Node) -> bool:
    """Whether being there may say enough: a record has a condition of its own, matchers pick out what is rare.

    How many there are, or were within a window, says as much.
    """
    while isinstance(root, Aggregation) or (isinstance(root, Call) and root.function.endswith("_over_time")):
        root = root.expr if isinstance(root, Aggregation) else root.args[-1]
    if not isinstance(root, Selector):
        return False
    series = reading.series(root)
    return (series is not None and series.record) or any(
        matcher.label not in reading.world.targets for matcher in root.matchers
    )


def _deliberate(found: Inferred) -> bool:
    """Whether an alert that always fires is meant (`vector(1)`), or nothing is known of it."""
    return (found.kind is Kind.CONSTANT and found.shape is Shape.VECTOR) or found.kind in (Kind.UNKNOWN, Kind.HISTOGRAM)


def _filters(reading: Reading, root: Node) -> bool:
    """Whether a result is empty at times, because of its values or because series are there or not."""
    if isinstance(root, Binary) and root.op in COMPARISONS and not root.returns_bool:
        return True  # as most alerts do
    filters: dict[Node, bool] = {}
    for node in bottom_up(root):  # a chain of a thousand operators is as deep
        below = [filters[child] for child in node.children()]
        match node:
            case Binary(op="or"):
                filters[node] = all(below)
            case Binary(op="and" | "unless") | Call(function="absent" | "absent_over_time"):
                filters[node] = True
            case Binary() if node.op in COMPARISONS and not node.returns_bool:
                filters[node] = True
            case Selector():
                filters[node] = _is_presence(reading.type_of(node))
            case Aggregation() | Binary() | Call() | Negation():
                filters[node] = any(below)
            case _:
                filters[node] = False
    return filters[root]


def _is_presence(found: Inferred) -> bool:
    """Whether the series being there says it all, as with ALERTS, which is always 1."""
    return found.low == found.high == 1
