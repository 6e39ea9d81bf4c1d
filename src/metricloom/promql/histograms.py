"""The types of functions that read histograms: classic ones by their buckets, and native ones."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from metricloom.monitoring.units import ONE
from metricloom.promql.nodes import Call, Text
from metricloom.promql.types import Inferred, Kind, Shape, main_argument, times


def histogram_quantile(node: Call, args: Sequence[Inferred]) -> Inferred:
    inner = main_argument(args)
    labels = inner.labels.without(["le"], f"{node.function} uses it up")
    kind = Kind.QUANTILE if inner.histogram else Kind.UNKNOWN
    low, high = _bounds(inner, [each for each in args if each.shape is Shape.SCALAR])
    result = Inferred(
        Shape.VECTOR, kind, inner.observed, labels, low, high, inner.histogram, inner.buckets,
        aggregated=inner.aggregated
    )  # fmt: skip
    if node.function == "histogram_quantiles" and isinstance(node.args[1], Text):
        return result._replace(labels=labels.adding([node.args[1].value], reason="histogram_quantiles writes it"))
    return result


def _bounds(inner: Inferred, quantiles: Iterable[Inferred]) -> tuple[float, float]:
    """Return between what quantiles of buckets lie: what is above the last finite one is taken to be on it."""
    if not inner.buckets or not all(0 <= each.low and each.high <= 1 for each in quantiles):
        return -math.inf, math.inf
    return min(0.0, inner.buckets[0]), inner.buckets[-1]


def histogram_fraction(inner: Inferred) -> Inferred:
    labels = inner.labels.without(["le"], "histogram_fraction uses it up")
    return Inferred(Shape.VECTOR, Kind.RATIO, ONE, labels, low=0.0, high=1.0)


def histogram_count(inner: Inferred) -> Inferred:
    """The unit of a native histogram is that of its count: one, or one a second."""
    kind = Kind.GAUGE if inner.kind is Kind.NATIVE else Kind.UNKNOWN
    return Inferred(Shape.VECTOR, kind, inner.unit, inner.labels)


def histogram_sum(inner: Inferred) -> Inferred:
    kind = Kind.GAUGE if inner.kind is Kind.NATIVE else Kind.UNKNOWN
    return Inferred(Shape.VECTOR, kind, times(inner.unit, inner.observed), inner.labels)


def histogram_mean(inner: Inferred) -> Inferred:
    kind = Kind.MEAN if inner.kind is Kind.NATIVE else Kind.UNKNOWN
    return Inferred(Shape.VECTOR, kind, inner.observed, inner.labels)


def histogram_spread(node: Call, args: Sequence[Inferred]) -> Inferred:
    unit = args[0].observed if node.function == "histogram_stddev" else times(args[0].observed, args[0].observed)
    return Inferred(Shape.VECTOR, Kind.GAUGE, unit, args[0].labels, low=0.0)
