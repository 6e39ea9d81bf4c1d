"""The type of `sum by (…) (x)` and its kin."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from metricloom.monitoring.units import ONE
from metricloom.promql.nodes import Aggregation, Text
from metricloom.promql.shares import added_up, filtered, with_terms
from metricloom.promql.types import NO_LABELS, Inferred, Kind, Labels, Shape, Term

SELECTING: Final = frozenset({"topk", "bottomk", "limitk", "limit_ratio"})
"""Aggregations that pass series through instead of combining them."""

_ADDITIVE: Final = frozenset(
    {Kind.COUNTER, Kind.BUCKETS, Kind.GAUGE, Kind.INCREASE, Kind.RATE, Kind.BUCKET_RATE, Kind.BOOLEAN, Kind.HISTOGRAM}
)


def aggregation(node: Aggregation, inner: Inferred) -> Inferred:
    """Return the type of *node*, given that of what it aggregates."""
    if node.op in SELECTING:
        return filtered(inner)
    value = with_terms(_FIXED.get(node.op) or _VALUES[node.op](inner), _terms(node.op, inner))
    labels = grouped_labels(node, inner.labels)
    if node.op == "count_values" and isinstance(node.param, Text):
        labels = labels.adding([node.param.value])
    return replace(value, shape=Shape.VECTOR, labels=labels, aggregated=True)


def _terms(op: str, inner: Inferred) -> tuple[Term, ...]:
    """Return what is added up: of something that is 0 or 1, a sum is at most its count."""
    counts = op == "sum" or (op == "count" and inner.kind is Kind.BOOLEAN)
    return added_up(inner.terms) if counts else ()


def grouped_labels(node: Aggregation, labels: Labels) -> Labels:
    """Return which of *labels* an aggregation keeps."""
    if node.grouping == "by":
        return labels.keeping(node.labels, f"{node.op} by ({', '.join(node.labels)}) drops it")
    if node.grouping == "without":
        return labels.without(node.labels, f"{node.op} without ({', '.join(node.labels)}) drops it")
    return replace(NO_LABELS, lost={**labels.lost, **dict.fromkeys(labels.known, f"{node.op} without `by` drops it")})


def _sum(inner: Inferred) -> Inferred:
    """Sums of what cannot be added (ratios, means, quantiles, times) are of no known kind."""
    low, high = 0.0 if inner.low >= 0 else -math.inf, 0.0 if inner.high <= 0 else math.inf
    kind = Kind.GAUGE if inner.kind is Kind.BOOLEAN else inner.kind if inner.kind in _ADDITIVE else Kind.UNKNOWN
    return replace(inner, kind=kind, low=low, high=high, value=None)


def _one_of(inner: Inferred) -> Inferred:
    return inner


def _average(inner: Inferred) -> Inferred:
    return replace(inner, kind=Kind.RATIO) if inner.kind is Kind.BOOLEAN else inner


def _spread(inner: Inferred) -> Inferred:
    return Inferred(Shape.VECTOR, Kind.GAUGE, inner.unit, low=0.0)


def _variance(inner: Inferred) -> Inferred:
    return Inferred(Shape.VECTOR, Kind.GAUGE, None if inner.unit is None else inner.unit * inner.unit, low=0.0)


def _quantile(inner: Inferred) -> Inferred:
    return replace(inner, kind=Kind.QUANTILE if inner.is_known else Kind.UNKNOWN, value=None)


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
    "quantile": _quantile,
    "stddev": _spread,
    "stdvar": _variance,
}
