"""The type of `a op b`."""

from __future__ import annotations

import math
from typing import Final

from metricloom.monitoring.units import ONE
from metricloom.promql.arithmetic import ARITHMETIC, EVENT_UNITS
from metricloom.promql.gaps_of_operators import either_gaps, of_binary
from metricloom.promql.labels import Step, either_presence
from metricloom.promql.matching import matched_labels
from metricloom.promql.nodes import COMPARISONS, TRIMS, Binary
from metricloom.promql.shares import filtered
from metricloom.promql.text import NAME_LABEL
from metricloom.promql.types import Gaps, Inferred, Kind, Labels, Presence, Shape

__all__ = ["EVENT_UNITS", "MIRRORED", "binary", "either"]

MIRRORED: Final = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
"""What turned-round comparisons say: `5 < x` is `x > 5`."""
_BOOLEAN: Final = Inferred(Shape.VECTOR, Kind.BOOLEAN, ONE, low=0.0, high=1.0)


def binary(node: Binary, left: Inferred, right: Inferred) -> Inferred:
    """Return the type of *node*, given those of its sides."""
    if node.op == "or":
        return either(left, right)
    if node.fill_left is not None:
        left = _filled(left, node.fill_left)
    if node.fill_right is not None:
        right = _filled(right, node.fill_right)
    found = of_binary(node, left, right)
    if node.op in ("and", "unless"):
        return left._replace(terms=filtered(left.terms), gaps=found)
    labels = _labels(node, left, right)
    if node.op in COMPARISONS:
        return _comparison(node, left, right, labels, found)
    return _computed(node, left, right, labels, found)


def _computed(node: Binary, left: Inferred, right: Inferred, labels: Labels, gaps: Gaps) -> Inferred:
    """Return the type of arithmetic."""
    if node.many == "right":  # the left side is then read once for each series on the right, and its `le` is lost
        left = left._replace(terms=(), histogram="", buckets=())
    value = _value(node, left, right)
    if gaps.infinite and -math.inf < value.low and value.high < math.inf:  # a share, an angle
        gaps = gaps._replace(infinite="")
    shape = Shape.SCALAR if left.shape is right.shape is Shape.SCALAR else Shape.VECTOR
    if value.shape is not shape:
        value = value._replace(shape=shape)
    return value.of(
        labels,
        left.sources | right.sources,
        value.terms,
        gaps,
        aggregated=left.aggregated or right.aggregated,
        additive=left.additive and right.additive,
    )


def _filled(side: Inferred, fill: float) -> Inferred:
    """Return the type of one side where a number stands for the series that it lacks."""
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
    known = left.known | right.known
    gone = frozenset(label for label in left.gone | right.gone if _in_neither(label, left, right))
    named = either_presence(left.named, right.named)
    return Labels(sure, known - sure, left.open or right.open, step, gone, named)


def _in_neither(label: str, left: Labels, right: Labels) -> bool:
    return left.presence(label) is right.presence(label) is Presence.NEVER


def _labels(node: Binary, left: Inferred, right: Inferred) -> Labels:
    """Return the labels of a comparison or of arithmetic. Only a comparison that filters keeps the name."""
    if right.shape is Shape.SCALAR:
        return _named(node, left.labels)
    if left.shape is Shape.SCALAR:
        return _named(node, right.labels)
    # Before the match, for group_left (__name__) may take the name from the other side.
    one, other = left.labels, right.labels
    one, other = (one, _named(node, other)) if node.many == "right" else (_named(node, one), other)
    found = matched_labels(node, one, other)
    return _named(node, found) if node.returns_bool else found


def _named(node: Binary, labels: Labels) -> Labels:
    """Return *labels* with the name or without it."""
    if node.op in COMPARISONS and not node.returns_bool:
        return labels
    if node.op == "atan2" and labels.named is not Presence.NEVER:
        return labels.doubting(NAME_LABEL, "atan2 drops it since Prometheus 3")
    return labels.nameless(f"{node.op} drops it")


# --- values -----------------------------------------------------------------------------------------


def _value(node: Binary, left: Inferred, right: Inferred) -> Inferred:
    if node.op in TRIMS:
        return left
    if Kind.NATIVE in (left.kind, right.kind):
        return _of_histograms(node.op, left, right)
    return ARITHMETIC[node.op](left, right)


def _of_histograms(op: str, left: Inferred, right: Inferred) -> Inferred:
    """Histograms are added to histograms, and multiplied and divided by numbers."""
    kept, other = (left, right) if left.kind is Kind.NATIVE else (right, left)
    if op in ("+", "-") and left.kind is right.kind:
        unit = left.unit if left.unit == right.unit else None
        observed = left.observed if left.observed == right.observed else None
        return left._replace(unit=unit, observed=observed, low=-math.inf, high=math.inf)
    return kept._replace(unit=kept.unit if other.value == 1 else None, low=-math.inf, high=math.inf, value=None)


def _comparison(node: Binary, left: Inferred, right: Inferred, labels: Labels, gaps: Gaps) -> Inferred:
    """Return the type of a filter, whose value is that of the vector, or of a `bool`, which is 0 or 1."""
    if node.returns_bool:
        shape = Shape.SCALAR if left.shape is right.shape is Shape.SCALAR else Shape.VECTOR
        return _BOOLEAN._replace(shape=shape, labels=labels, gaps=gaps, sources=left.sources | right.sources)
    kept, limit, op = (left, right, node.op) if left.shape is Shape.VECTOR else (right, left, MIRRORED[node.op])
    low = max(kept.low, limit.low) if op in (">", ">=", "==") else kept.low
    high = min(kept.high, limit.high) if op in ("<", "<=", "==") else kept.high
    value = Inferred(kept.shape, kept.kind, kept.unit, labels, low, high, kept.histogram, kept.buckets, kept.observed)
    return value.of(
        labels,
        kept.sources,
        filtered(kept.terms),
        gaps,
        aggregated=kept.aggregated,
        additive=kept.additive,
        nonzero=kept.nonzero or _without_zero(op, limit),
    )


def _without_zero(op: str, limit: Inferred) -> bool:
    """Whether a filter lets no 0 pass."""
    return (
        (op == ">" and limit.low >= 0)
        or (op == "<" and limit.high <= 0)
        or (op == "!=" and limit.value == 0)
        or (op == "==" and not limit.may_be_zero)
    )
