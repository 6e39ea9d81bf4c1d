"""The type of `a op b`."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Final

from metricloom.monitoring.units import ONE, SECONDS, Unit
from metricloom.promql.gaps import GREATEST_POWER
from metricloom.promql.gaps_of_operators import either_gaps, of_binary
from metricloom.promql.labels import Step
from metricloom.promql.matching import matched_labels
from metricloom.promql.nodes import COMPARISONS, TRIMS, Binary
from metricloom.promql.shares import filtered, is_share
from metricloom.promql.types import RAW, Inferred, Kind, Labels, Shape

MIRRORED: Final = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
"""What turned-round comparisons say: `5 < x` is `x > 5`."""
EVENT_UNITS: Final = (ONE, ONE / SECONDS)
_BOOLEAN: Final = Inferred(Shape.VECTOR, Kind.BOOLEAN, ONE, low=0.0, high=1.0)


def binary(node: Binary, left: Inferred, right: Inferred) -> Inferred:
    """Return the type of *node*, given those of its sides."""
    if node.op == "or":
        return either(left, right)
    left, right = _filled(left, node.fill_left), _filled(right, node.fill_right)
    found = of_binary(node, left, right)
    if node.op in ("and", "unless"):
        return filtered(left)._replace(gaps=found)
    labels = _labels(node, left, right)
    if node.op in COMPARISONS:
        return _comparison(node, left, right)._replace(labels=labels, gaps=found)
    shape = Shape.SCALAR if left.shape is right.shape is Shape.SCALAR else Shape.VECTOR
    if node.many == "right" and left.terms:  # the left side is then read once for each series on the right
        left = left._replace(terms=())
    return _value(node, left, right)._replace(
        shape=shape,
        labels=labels,
        sources=left.sources | right.sources,
        aggregated=left.aggregated or right.aggregated,
        gaps=found,
        additive=left.additive and right.additive,
        nonzero=False,
    )


def _filled(side: Inferred, fill: float | None) -> Inferred:
    """Return the type of one side where a number stands for the series that it lacks."""
    if fill is None:
        return side
    terms = side.terms if fill == 0 else ()
    return side._replace(
        low=min(side.low, fill), high=max(side.high, fill), terms=terms, value=None, nonzero=side.nonzero and fill != 0
    )


def either(left: Inferred, right: Inferred) -> Inferred:
    """Return the type of what may be one or the other."""
    labels = _union(left.labels, right.labels)
    if left.kind is Kind.CONSTANT and right.kind is not Kind.CONSTANT:
        left, right = right, left
    constant = right.kind is Kind.CONSTANT
    return left._replace(
        kind=left.kind if constant or left.kind is right.kind else Kind.UNKNOWN,
        unit=left.unit if constant or left.unit == right.unit else None,
        labels=labels,
        low=min(left.low, right.low),
        high=max(left.high, right.high),
        histogram=left.histogram if constant or left.histogram == right.histogram else "",
        buckets=left.buckets if constant or left.buckets == right.buckets else (),
        observed=left.observed if constant or left.observed == right.observed else None,
        sources=left.sources | right.sources,
        terms=left.terms if left.terms == right.terms or right.value == 0 else (),
        value=left.value if left.value == right.value else None,
        aggregated=left.aggregated or right.aggregated,
        gaps=either_gaps(left.gaps, right.gaps),
        additive=left.additive and right.additive,
        nonzero=not (left.may_be_zero or right.may_be_zero),
    )


def _union(left: Labels, right: Labels) -> Labels:
    sure = left.sure & right.sure
    step = Step((left, right), possible="only one side of `or` has it")
    return Labels(sure, (left.known | right.known) - sure, left.open or right.open, step)


def _labels(node: Binary, left: Inferred, right: Inferred) -> Labels:
    if right.shape is Shape.SCALAR:
        return left.labels
    return right.labels if left.shape is Shape.SCALAR else matched_labels(node, left.labels, right.labels)


# --- values -----------------------------------------------------------------------------------------


def _value(node: Binary, left: Inferred, right: Inferred) -> Inferred:
    if node.op in TRIMS:
        return left
    if Kind.NATIVE in (left.kind, right.kind):
        return _of_histograms(node.op, left, right)
    return _ARITHMETIC[node.op](left, right)


def _of_histograms(op: str, left: Inferred, right: Inferred) -> Inferred:
    """Histograms are added to histograms, and multiplied and divided by numbers."""
    kept, other = (left, right) if left.kind is Kind.NATIVE else (right, left)
    if op in ("+", "-") and left.kind is right.kind:
        unit = left.unit if left.unit == right.unit else None
        observed = left.observed if left.observed == right.observed else None
        return left._replace(unit=unit, observed=observed, low=-math.inf, high=math.inf)
    return kept._replace(unit=kept.unit if other.value == 1 else None, low=-math.inf, high=math.inf, value=None)


def _comparison(node: Binary, left: Inferred, right: Inferred) -> Inferred:
    """Return the type of a filter, whose value is that of the vector, or of a `bool`, which is 0 or 1."""
    if node.returns_bool:
        shape = Shape.SCALAR if left.shape is right.shape is Shape.SCALAR else Shape.VECTOR
        return _BOOLEAN._replace(shape=shape, sources=left.sources | right.sources)
    kept, other, op = (left, right, node.op) if left.shape is Shape.VECTOR else (right, left, MIRRORED[node.op])
    return _narrowed(filtered(kept), op, other)


def _narrowed(kept: Inferred, op: str, limit: Inferred) -> Inferred:
    low, high = kept.low, kept.high
    if op in (">", ">=", "=="):
        low = max(low, limit.low)
    if op in ("<", "<=", "=="):
        high = min(high, limit.high)
    return kept._replace(low=low, high=high, value=None, nonzero=kept.nonzero or _without_zero(op, limit))


def _without_zero(op: str, limit: Inferred) -> bool:
    """Whether a filter lets no 0 pass."""
    return (
        (op == ">" and limit.low >= 0)
        or (op == "<" and limit.high <= 0)
        or (op == "!=" and limit.value == 0)
        or (op == "==" and not limit.may_be_zero)
    )


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
        return Kind.GAUGE if right.kind is Kind.TIMESTAMP else Kind.TIMESTAMP
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
    if left.unit == right.unit and is_share(left.terms, right.terms):
        return Inferred(left.shape, Kind.RATIO, ONE, low=0.0, high=1.0)
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


_ARITHMETIC: Final[dict[str, Callable[[Inferred, Inferred], Inferred]]] = {
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
