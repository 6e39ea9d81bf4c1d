"""The type of `sum by (…) (x)` and its kin."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from metricloom.monitoring.units import ONE
from metricloom.promql.gaps import of_aggregation
from metricloom.promql.nodes import Aggregation, Text
from metricloom.promql.over_time import at_quantile
from metricloom.promql.shares import added_up, filtered
from metricloom.promql.text import NAME_LABEL
from metricloom.promql.types import Inferred, Kind, Labels, Shape, Term
from metricloom.promql.variables import VARIABLE

SELECTING: Final = frozenset({"topk", "bottomk", "limitk", "limit_ratio"})
"""Aggregations that pass series through instead of combining them."""

_ADDITIVE: Final = frozenset(
    {Kind.COUNTER, Kind.BUCKETS, Kind.GAUGE, Kind.INCREASE, Kind.RATE, Kind.BUCKET_RATE, Kind.HISTOGRAM, Kind.NATIVE}
)


def aggregation(node: Aggregation, inner: Inferred, param: Inferred | None = None) -> Inferred:
    """Return the type of *node*, given that of what it aggregates."""
    gaps = of_aggregation(node, inner, param)
    if node.op in SELECTING:
        return inner._replace(terms=filtered(inner.terms), gaps=gaps)
    value = _combined(node.op, inner, param)
    labels = grouped_labels(node, inner.labels)
    if node.op == "count_values" and isinstance(node.param, Text):
        labels = labels.adding([node.param.value], reason="count_values writes it")
    return value.of(
        labels,
        inner.sources,
        _terms(node.op, inner),
        gaps,
        aggregated=True,
        additive=inner.additive or node.op in ("min", "max", "count", "group"),
        nonzero=inner.nonzero and node.op in ("min", "max"),
    )


def _combined(op: str, inner: Inferred, param: Inferred | None) -> Inferred:
    if op == "quantile" and param is not None:
        return at_quantile(param, inner)
    return _FIXED.get(op) or _VALUES[op](inner)


def _terms(op: str, inner: Inferred) -> tuple[Term, ...]:
    """Return what is added up: of something that is 0 or 1, a sum is at most its count."""
    counts = op == "sum" or (op == "count" and inner.kind is Kind.BOOLEAN)
    return added_up(inner.terms) if counts else ()


def grouped_labels(node: Aggregation, labels: Labels) -> Labels:
    """Return which of *labels* an aggregation keeps."""
    if VARIABLE in node.labels:
        return labels.doubted("a variable in the list may name it")
    if node.grouping == "by":
        return labels.keeping(node.labels, f"{node.op} by ({', '.join(node.labels)}) drops it")
    if node.grouping == "without":
        reason = f"{node.op} without ({', '.join(node.labels)}) drops it"
        return labels.without((*node.labels, NAME_LABEL), reason)
    return labels.keeping((), f"{node.op} without `by` drops it")


def _sum(inner: Inferred) -> Inferred:
    """Sums of what cannot be added (ratios, means, quantiles, times) are of no known kind."""
    low, high = (inner.low if inner.low >= 0 else -math.inf), (inner.high if inner.high <= 0 else math.inf)
    kind = Kind.GAUGE if inner.kind is Kind.BOOLEAN else inner.kind if inner.kind in _ADDITIVE else Kind.UNKNOWN
    if (kind, low, high, None) == (inner.kind, inner.low, inner.high, inner.value):
        return inner
    return inner._replace(kind=kind, low=low, high=high, value=None)


def _one_of(inner: Inferred) -> Inferred:
    return inner


def _average(inner: Inferred) -> Inferred:
    return inner._replace(kind=Kind.RATIO) if inner.kind is Kind.BOOLEAN else inner


def _spread(inner: Inferred) -> Inferred:
    return Inferred(Shape.VECTOR, Kind.GAUGE, inner.unit, low=0.0)


def _variance(inner: Inferred) -> Inferred:
    return Inferred(Shape.VECTOR, Kind.GAUGE, None if inner.unit is None else inner.unit * inner.unit, low=0.0)


_COUNT: Final = Inferred(Shape.VECTOR, Kind.GAUGE, ONE, low=1.0)
_FIXED: Final = {
    "count": _COUNT,
    "count_values": _COUNT,
    "group": Inferred(Shape.VECTOR, Kind.BOOLEAN, ONE, low=1.0, high=1.0),
}
_VALUES: Final[dict[str, Callable[[Inferred], Inferred]]] = {
    "sum": _sum,
    "avg": _average,
    "min": _one_of,
    "max": _one_of,
    "stddev": _spread,
    "stdvar": _variance,
}
