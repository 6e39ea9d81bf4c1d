"""The types of functions that read a range of samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from metricloom.monitoring.units import ONE, SECONDS, Unit
from metricloom.promql.nodes import Call
from metricloom.promql.types import Inferred, Kind, Shape, times

_OF_GROWTH: Final = {
    Kind.BUCKETS: Kind.BUCKET_RATE,
    Kind.BUCKET_RATE: Kind.BUCKET_RATE,
    Kind.NATIVE: Kind.NATIVE,
    Kind.UNKNOWN: Kind.UNKNOWN,
}
"""What grows of what, where it is not simply a rate or an increase."""


def rate(inner: Inferred) -> Inferred:
    unit = None if inner.unit is None else inner.unit / SECONDS
    return _grown(inner, _OF_GROWTH.get(inner.kind, Kind.RATE), unit)


def increase(inner: Inferred) -> Inferred:
    return _grown(inner, _OF_GROWTH.get(inner.kind, Kind.INCREASE), inner.unit)


def _grown(inner: Inferred, kind: Kind, unit: Unit | None) -> Inferred:
    """Return by how much samples grew. It is extrapolated, so below 0 where they are."""
    return Inferred(
        Shape.VECTOR,
        kind,
        unit,
        inner.labels,
        0.0 if inner.low >= 0 else -math.inf,
        histogram=inner.histogram,
        buckets=inner.buckets,
        observed=inner.observed,
        aggregated=inner.aggregated,
        additive=inner.additive,
    )


def delta(inner: Inferred) -> Inferred:
    if inner.kind is Kind.NATIVE:
        return inner._replace(shape=Shape.VECTOR)
    return Inferred(Shape.VECTOR, Kind.GAUGE, inner.unit, inner.labels)


def slope(inner: Inferred) -> Inferred:
    unit = None if inner.unit is None else inner.unit / SECONDS
    return Inferred(Shape.VECTOR, Kind.GAUGE, unit, inner.labels)


def forecast(inner: Inferred) -> Inferred:
    kind = Kind.GAUGE if inner.kind in (Kind.BOOLEAN, Kind.RATIO, Kind.CONSTANT) else inner.kind
    return inner._replace(shape=Shape.VECTOR, kind=kind, low=-math.inf, high=math.inf, value=None)


def of_samples(inner: Inferred) -> Inferred:
    """One of the samples in the range."""
    return inner._replace(shape=Shape.VECTOR)


def mean_of_samples(inner: Inferred) -> Inferred:
    """Return the share of the time for which something was so, where the samples are 0 or 1."""
    kind = Kind.RATIO if inner.kind is Kind.BOOLEAN else inner.kind
    return inner._replace(shape=Shape.VECTOR, kind=kind)


_SUMMED_OVER_TIME: Final = {
    Kind.BOOLEAN: Kind.GAUGE,
    **{kind: kind for kind in (Kind.INCREASE, Kind.GAUGE, Kind.BUCKET_RATE, Kind.NATIVE)},
}


def sum_of_samples(inner: Inferred) -> Inferred:
    low, high = (inner.low if inner.low >= 0 else -math.inf), (inner.high if inner.high <= 0 else math.inf)
    kind = _SUMMED_OVER_TIME.get(inner.kind, Kind.UNKNOWN)
    return inner._replace(shape=Shape.VECTOR, kind=kind, low=low, high=high, value=None)


def quantile_of_samples(_node: Call, args: Sequence[Inferred]) -> Inferred:
    return at_quantile(args[0], args[1])._replace(shape=Shape.VECTOR)


def integral(inner: Inferred) -> Inferred:
    """The area below the samples: bytes per second are bytes again."""
    kind = {Kind.RATE: Kind.INCREASE, Kind.UNKNOWN: Kind.UNKNOWN}.get(inner.kind, Kind.GAUGE)
    low, high = 0.0 if inner.low >= 0 else -math.inf, 0.0 if inner.high <= 0 else math.inf
    return Inferred(Shape.VECTOR, kind, times(inner.unit, SECONDS), inner.labels, low, high)


def at_quantile(quantile: Inferred, inner: Inferred) -> Inferred:
    """Return the type of a quantile of values; outside of 0 to 1 it is infinite."""
    kind = Kind.QUANTILE if inner.is_known else Kind.UNKNOWN
    low = inner.low if quantile.low >= 0 else -math.inf
    high = inner.high if quantile.high <= 1 else math.inf
    return inner._replace(kind=kind, low=low, high=high, value=None)


def spread(inner: Inferred) -> Inferred:
    return Inferred(Shape.VECTOR, Kind.GAUGE, inner.unit, inner.labels, low=0.0)


def variance(inner: Inferred) -> Inferred:
    return Inferred(Shape.VECTOR, Kind.GAUGE, times(inner.unit, inner.unit), inner.labels, low=0.0)


def number_of(inner: Inferred) -> Inferred:
    return Inferred(Shape.VECTOR, Kind.GAUGE, ONE, inner.labels, low=0.0)


def number_of_samples(inner: Inferred) -> Inferred:
    return Inferred(Shape.VECTOR, Kind.GAUGE, ONE, inner.labels, low=1.0)


def presence(inner: Inferred) -> Inferred:
    return Inferred(Shape.VECTOR, Kind.BOOLEAN, ONE, inner.labels, low=1.0, high=1.0)
