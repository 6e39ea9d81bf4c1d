"""The type of what two values make when they are added, multiplied, divided …: kind, unit and range."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Final

from metricloom.monitoring.units import ONE, SECONDS, Unit
from metricloom.promql.gaps import GREATEST_POWER
from metricloom.promql.shares import greatest_share
from metricloom.promql.types import RAW, Inferred, Kind

EVENT_UNITS: Final = (ONE, ONE / SECONDS)

# --- sums -------------------------------------------------------------------------------------------

_SUMMED: Final = frozenset(
    {*RAW, Kind.GAUGE, Kind.INCREASE, Kind.RATE, Kind.BUCKET_RATE, Kind.RATIO, Kind.CONSTANT, Kind.UNKNOWN}
)
"""Kinds of which two together are of the same kind."""


def _sum(left: Inferred, right: Inferred) -> Inferred:
    if left.kind is Kind.CONSTANT:
        left, right = right, left
    kind = _kind_of_sum(left, right)
    unit = left.unit if right.kind is Kind.CONSTANT or left.unit == right.unit else None
    return left._replace(
        kind=kind, unit=unit, low=_or(left.low + right.low, -math.inf), high=_or(left.high + right.high, math.inf),
        terms=(*left.terms, *right.terms) if left.terms and right.terms else (),
        value=_folded(operator.add, left, right),
    )  # fmt: skip


def _kind_of_sum(left: Inferred, right: Inferred) -> Kind:
    if Kind.TIMESTAMP in (left.kind, right.kind):
        return Kind.TIMESTAMP if left.kind is not right.kind else Kind.UNKNOWN
    if left.kind is right.kind and left.kind in _SUMMED:
        return left.kind
    return left.kind if right.kind is Kind.CONSTANT and left.kind in RAW else Kind.GAUGE


def _difference(left: Inferred, right: Inferred) -> Inferred:
    kind, unit = _kind_of_difference(left, right), _unit_of_difference(left, right)
    low, high = _or(left.low - right.high, -math.inf), _or(left.high - right.low, math.inf)
    return Inferred(left.shape, kind, unit, low=low, high=high, value=_folded(operator.sub, left, right))


def _kind_of_difference(left: Inferred, right: Inferred) -> Kind:
    if left.kind is Kind.TIMESTAMP:
        return {Kind.TIMESTAMP: Kind.GAUGE, Kind.UNKNOWN: Kind.UNKNOWN}.get(right.kind, Kind.TIMESTAMP)
    if left.kind is Kind.CONSTANT:
        return right.kind if right.kind in (Kind.RATIO, Kind.CONSTANT) else Kind.GAUGE
    if (left.kind in RAW and right.kind is Kind.CONSTANT) or left.kind is Kind.RATIO:
        return left.kind
    return left.kind if left.kind is right.kind and left.kind in (Kind.RATE, Kind.INCREASE) else Kind.GAUGE


def _unit_of_difference(left: Inferred, right: Inferred) -> Unit | None:
    if left.kind is Kind.CONSTANT:
        return right.unit
    return left.unit if right.kind is Kind.CONSTANT or left.unit == right.unit else None


# --- products -----------------------------------------------------------------------------------------


def _product(left: Inferred, right: Inferred) -> Inferred:
    if left.kind is Kind.CONSTANT:
        left, right = right, left
    low, high = _bounds_of_product(left, right)
    if right.kind is Kind.CONSTANT:
        return _scaled(left, right, operator.mul, low, high)
    unit = None if left.unit is None or right.unit is None else left.unit * right.unit
    kind = left.kind if right.kind is Kind.BOOLEAN else right.kind if left.kind is Kind.BOOLEAN else Kind.GAUGE
    if left.kind is right.kind is Kind.RATIO:
        kind = Kind.RATIO
    return Inferred(left.shape, kind, unit, low=low, high=high)


def _scaled(
    left: Inferred, right: Inferred, apply: Callable[[float, float], float], low: float, high: float
) -> Inferred:
    """Multiply or divide by a number: it may bring a unit (`* 100`: percent, `* 0.1`: dollars), so the unit is open."""
    value = _folded(apply, left, right)
    if right.value == 1:
        return left._replace(value=value)
    kind = left.kind if left.kind in RAW or left.kind in (Kind.CONSTANT, Kind.BUCKET_RATE) else Kind.GAUGE
    return Inferred(
        left.shape,
        kind,
        ONE if left.kind is Kind.CONSTANT else None,
        low=low,
        high=high,
        histogram=left.histogram,
        buckets=left.buckets,
        observed=left.observed,
        value=value,
    )


def _bounds_of_product(left: Inferred, right: Inferred) -> tuple[float, float]:
    if left.low < 0 or right.low < 0:
        return -math.inf, math.inf
    return _or(left.low * right.low, 0.0), _or(left.high * right.high, math.inf)


def _quotient(left: Inferred, right: Inferred) -> Inferred:
    low, high = _bounds_of_quotient(left, right)
    if right.kind is Kind.CONSTANT:
        return _scaled(left, right, _divide, low, high)
    if left.unit is None or right.unit is None or left.kind is Kind.CONSTANT:
        return Inferred(left.shape, Kind.GAUGE, None, low=low, high=high)
    unit = left.unit / right.unit
    if left.unit == right.unit and (share := greatest_share(left.terms, right.terms)) is not None:
        return Inferred(left.shape, Kind.RATIO, ONE, low=0.0, high=share)
    return Inferred(left.shape, _kind_of_quotient(left, right), unit, low=low, high=high)


def _bounds_of_quotient(left: Inferred, right: Inferred) -> tuple[float, float]:
    if left.low < 0 or right.low < 0:
        return -math.inf, math.inf
    low = left.low / right.high if right.high else 0.0
    high = left.high / right.low if right.low else math.inf
    return _or(low, 0.0), _or(high, math.inf)


def _kind_of_quotient(left: Inferred, right: Inferred) -> Kind:
    """Tell a ratio from a number per event: bytes of bytes are a ratio, tokens per call are not."""
    same = bool(left.sources) and left.sources == right.sources
    if left.unit == right.unit and (left.unit not in EVENT_UNITS or same):
        return Kind.RATIO
    return Kind.MEAN if left.histogram and left.histogram == right.histogram else Kind.GAUGE


def _remainder(left: Inferred, right: Inferred) -> Inferred:
    positive = left.low >= 0
    high = min(right.high, left.high) if positive and right.low > 0 else left.high if positive else math.inf
    unit = left.unit if right.kind is Kind.CONSTANT or left.unit == right.unit else None
    return Inferred(left.shape, Kind.GAUGE, unit, low=0.0 if positive else -math.inf, high=high)


def _power(left: Inferred, right: Inferred) -> Inferred:
    kind = Kind.CONSTANT if left.kind is right.kind is Kind.CONSTANT else Kind.GAUGE
    even = right.value is not None and right.value % 2 == 0
    low = 0.0 if even or left.low >= 0 else -math.inf
    return Inferred(left.shape, kind, _unit_of_power(left.unit, right), low=low)


def _unit_of_power(unit: Unit | None, exponent: Inferred) -> Unit | None:
    if unit is None or exponent.unit != ONE:
        return None
    if unit == ONE:
        return ONE
    times = exponent.value
    if times is None or not times.is_integer() or abs(times) > GREATEST_POWER:
        return None
    return Unit(tuple((name, power * int(times)) for name, power in unit.powers if times))


def _angle(left: Inferred, right: Inferred) -> Inferred:
    unit = ONE if left.unit == right.unit and left.unit is not None else None
    return Inferred(left.shape, Kind.GAUGE, unit, low=-math.pi, high=math.pi)


ARITHMETIC: Final[dict[str, Callable[[Inferred, Inferred], Inferred]]] = {
    "+": _sum,
    "-": _difference,
    "*": _product,
    "/": _quotient,
    "%": _remainder,
    "^": _power,
    "atan2": _angle,
}


def _or(bound: float, unknown: float) -> float:
    """Return a bound, or another where it came out as none: 0 times infinity."""
    return unknown if math.isnan(bound) else bound


def _divide(left: float, right: float) -> float:
    return left / right if right else math.nan


def _folded(apply: Callable[[float, float], float], left: Inferred, right: Inferred) -> float | None:
    return None if left.value is None or right.value is None else apply(left.value, right.value)
