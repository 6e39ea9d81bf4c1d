"""The type of `a op b`."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from metricloom.monitoring.units import ONE, SECONDS, Unit
from metricloom.promql.nodes import COMPARISONS, Binary
from metricloom.promql.shares import filtered, is_share, with_terms
from metricloom.promql.types import RAW, Inferred, Kind, Labels, Presence, Shape

MIRRORED: Final = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
"""What turned-round comparisons say: `5 < x` is `x > 5`."""
EVENT_UNITS: Final = (ONE, ONE / SECONDS)
_BOOLEAN: Final = Inferred(Shape.VECTOR, Kind.BOOLEAN, ONE, low=0.0, high=1.0)


def binary(node: Binary, left: Inferred, right: Inferred) -> Inferred:
    """Return the type of *node*, given those of its sides."""
    if node.op in ("and", "unless"):
        return filtered(left)
    if node.op == "or":
        return either(left, right)
    if node.op in COMPARISONS:
        return _comparison(node, left, right)
    shape = Shape.SCALAR if left.shape is right.shape is Shape.SCALAR else Shape.VECTOR
    if node.many == "right":  # the left side is then read once for each series on the right
        left = with_terms(left, ())
    value = _ANGLE if node.op == "atan2" else _ARITHMETIC[node.op](left, right)
    sources, aggregated = left.sources | right.sources, left.aggregated or right.aggregated
    return replace(value, shape=shape, labels=_labels(node, left, right), sources=sources, aggregated=aggregated)


def either(left: Inferred, right: Inferred) -> Inferred:
    """Return the type of what may be one or the other."""
    if left.kind is Kind.CONSTANT and right.kind is not Kind.CONSTANT:
        left, right = right, left
    constant = right.kind is Kind.CONSTANT
    return replace(
        left,
        kind=left.kind if constant or left.kind is right.kind else Kind.UNKNOWN,
        unit=left.unit if constant or left.unit == right.unit else None,
        labels=_union(left.labels, right.labels),
        low=min(left.low, right.low),
        high=max(left.high, right.high),
        histogram=left.histogram if constant or left.histogram == right.histogram else "",
        buckets=left.buckets if constant or left.buckets == right.buckets else (),
        sources=left.sources | right.sources,
        terms=left.terms if left.terms == right.terms or right.value == 0 else (),
        value=left.value if left.value == right.value else None,
    )


def _union(left: Labels, right: Labels) -> Labels:
    sure = left.sure & right.sure
    lost = {**{name: why for name, why in left.lost.items() if name not in right.known}}
    return Labels(sure, (left.known | right.known) - sure, left.open or right.open, lost)


# --- labels -----------------------------------------------------------------------------------------


def _labels(node: Binary, left: Inferred, right: Inferred) -> Labels:
    if left.shape is Shape.SCALAR or right.shape is Shape.SCALAR:
        return left.labels if right.shape is Shape.SCALAR else right.labels
    if node.many:
        many, one = (left, right) if node.many == "left" else (right, left)
        return _grouped(node, many.labels, one.labels)
    return _matched(node, left.labels, right.labels)


def _grouped(node: Binary, many: Labels, one: Labels) -> Labels:
    presence = {name: one.presence(name) for name in node.included}
    equal = one.sure & frozenset(node.labels) if node.matching == "on" else one.sure - frozenset(node.labels)
    kept = many.adding(equal).without(
        node.included, "group_left or group_right takes it from the other side, which lacks it"
    )
    return kept.adding(
        (name for name, found in presence.items() if found is Presence.SURELY),
        (name for name, found in presence.items() if found is Presence.POSSIBLY),
    )


def _matched(node: Binary, left: Labels, right: Labels) -> Labels:
    """Return the labels of a one-to-one match: the labels matched on, which are equal on both sides."""
    if node.matching == "on":
        shown = f"the match on ({', '.join(node.labels)}) keeps only these"
        left, right = left.keeping(node.labels, shown), right.keeping(node.labels, shown)
    elif node.matching == "ignoring":
        shown = "the match ignores it"
        left, right = left.without(node.labels, shown), right.without(node.labels, shown)
    sure = left.sure | right.sure
    if left.open or right.open:
        known, unknown = (right, left) if left.open else (left, right)
        possible = known.possible | unknown.possible
        return Labels(sure, possible - sure, left.open and right.open, {**left.lost, **right.lost})
    return Labels(sure, (left.possible & right.possible) - sure, lost={**left.lost, **right.lost})


# --- values -----------------------------------------------------------------------------------------


def _comparison(node: Binary, left: Inferred, right: Inferred) -> Inferred:
    """Return the type of a filter, whose value is that of the vector, or of a `bool`, which is 0 or 1."""
    labels = _labels(node, left, right)
    if node.returns_bool:
        shape = Shape.SCALAR if left.shape is right.shape is Shape.SCALAR else Shape.VECTOR
        return replace(_BOOLEAN, shape=shape, labels=labels, sources=left.sources | right.sources)
    kept, other, op = (left, right, node.op) if left.shape is Shape.VECTOR else (right, left, MIRRORED[node.op])
    return _narrowed(filtered(replace(kept, labels=labels, value=None)), op, other)


def _narrowed(kept: Inferred, op: str, limit: Inferred) -> Inferred:
    if op in (">", ">=", "=="):
        kept = replace(kept, low=max(kept.low, limit.low))
    if op in ("<", "<=", "=="):
        kept = replace(kept, high=min(kept.high, limit.high))
    return kept


def _sum(left: Inferred, right: Inferred) -> Inferred:
    if left.kind is Kind.CONSTANT:
        left, right = right, left
    kind = _kind_of_sum(left, right)
    unit = left.unit if right.kind is Kind.CONSTANT or left.unit == right.unit else None
    if kind is Kind.TIMESTAMP:
        unit = SECONDS
    return replace(
        left, kind=kind, unit=unit, low=_add(left.low, right.low), high=_add(left.high, right.high),
        terms=(*left.terms, *right.terms) if left.terms and right.terms else (),
        value=_folded(operator.add, left, right),
    )  # fmt: skip


def _kind_of_sum(left: Inferred, right: Inferred) -> Kind:
    if Kind.TIMESTAMP in (left.kind, right.kind):
        return Kind.TIMESTAMP if left.kind is not right.kind else Kind.UNKNOWN
    if left.kind is right.kind and left.kind is not Kind.QUANTILE:
        return left.kind
    return left.kind if right.kind is Kind.CONSTANT and left.kind in RAW else Kind.GAUGE


def _difference(left: Inferred, right: Inferred) -> Inferred:
    kind, unit = _kind_of_difference(left, right), _unit_of_difference(left, right)
    low, high = _add(left.low, -right.high), _add(left.high, -right.low)
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


def _product(left: Inferred, right: Inferred) -> Inferred:
    if left.kind is Kind.CONSTANT:
        left, right = right, left
    if right.kind is Kind.CONSTANT:
        return _scaled(left, right, operator.mul)
    unit = None if left.unit is None or right.unit is None else left.unit * right.unit
    kind = left.kind if right.kind is Kind.BOOLEAN else right.kind if left.kind is Kind.BOOLEAN else Kind.GAUGE
    if left.kind is right.kind is Kind.RATIO:
        kind = Kind.RATIO
    return Inferred(left.shape, kind, unit, low=_low_of_product(left, right))


def _scaled(left: Inferred, right: Inferred, apply: Callable[[float, float], float]) -> Inferred:
    """Multiply or divide by a number: it may bring a unit (`* 100`: percent, `* 0.1`: dollars), so the unit is open."""
    value = _folded(apply, left, right)
    if right.value == 1:
        return replace(left, value=value)
    kind = left.kind if left.kind in RAW or left.kind in (Kind.CONSTANT, Kind.BUCKET_RATE) else Kind.GAUGE
    unit = ONE if left.kind is Kind.CONSTANT else None
    return Inferred(
        left.shape,
        kind,
        unit,
        low=_low_of_product(left, right),
        histogram=left.histogram,
        buckets=left.buckets,
        observed=left.observed,
        value=value,
    )


def _low_of_product(left: Inferred, right: Inferred) -> float:
    return 0.0 if left.low >= 0 and right.low >= 0 else -math.inf


def _quotient(left: Inferred, right: Inferred) -> Inferred:
    if right.kind is Kind.CONSTANT:
        return _scaled(left, right, _divide)
    low = _low_of_product(left, right)
    if left.unit is None or right.unit is None or left.kind is Kind.CONSTANT:
        return Inferred(left.shape, Kind.GAUGE, None, low=low)
    unit = left.unit / right.unit
    if left.unit == right.unit and is_share(left.terms, right.terms):
        return Inferred(left.shape, Kind.RATIO, ONE, low=0.0, high=1.0)
    return Inferred(left.shape, _kind_of_quotient(left, right), unit, low=low)


def _kind_of_quotient(left: Inferred, right: Inferred) -> Kind:
    """Tell a ratio from a number per event: bytes of bytes are a ratio, tokens per call are not."""
    if left.unit == right.unit and (left.unit not in EVENT_UNITS or left.sources == right.sources):
        return Kind.RATIO
    return Kind.MEAN if left.histogram and left.histogram == right.histogram else Kind.GAUGE


def _remainder(left: Inferred, right: Inferred) -> Inferred:
    positive = left.low >= 0
    high = right.high if positive and right.low > 0 else math.inf
    return Inferred(left.shape, Kind.GAUGE, left.unit, low=0.0 if positive else -math.inf, high=high)


def _power(left: Inferred, right: Inferred) -> Inferred:
    return Inferred(left.shape, Kind.CONSTANT if left.kind is right.kind is Kind.CONSTANT else Kind.GAUGE)


_ANGLE: Final = Inferred(Shape.VECTOR, Kind.GAUGE, ONE, low=-math.pi, high=math.pi)
_ARITHMETIC: Final[dict[str, Callable[[Inferred, Inferred], Inferred]]] = {
    "+": _sum,
    "-": _difference,
    "*": _product,
    "/": _quotient,
    "%": _remainder,
    "^": _power,
}


def _add(left: float, right: float) -> float:
    return -math.inf if math.isnan(left + right) else left + right


def _divide(left: float, right: float) -> float:
    return left / right if right else math.nan


def _folded(apply: Callable[[float, float], float], left: Inferred, right: Inferred) -> float | None:
    return None if left.value is None or right.value is None else apply(left.value, right.value)
