"""The type of an expression step by step, in words, so that a person sees why it is what it is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from metricloom.monitoring.units import ONE, Unit
from metricloom.promql.infer import Typing
from metricloom.promql.nodes import Node
from metricloom.promql.places import places
from metricloom.promql.text import Span
from metricloom.promql.types import Inferred, Kind, Labels, Presence, Shape


@dataclass(frozen=True, slots=True)
class LabelWords:
    """One label of a step: whether it is there, and why."""

    name: str
    presence: Presence
    why: str


@dataclass(frozen=True, slots=True)
class Step:
    """What one part of an expression is.

    Attributes:
        span: Its columns in the expression, the window included; None where they are not known.
        text: The part as it was written.
        depth: How many parts it stands in: 0 for the whole.
        shape: "an instant vector", "a scalar", ….
        kind: What its values mean.
        unit: What they are measured in.
        values: Which values there can be.
        labels: Those that its series have, may have, and have no more; in this order, and by name.
        open: Whether they may have any other label, too.
        absent: Why there may be no series; nothing where there surely is one.
        nan: Why a value may be NaN; nothing where none can.
        infinite: Why a value may be infinite; nothing where none can.
    """

    span: Span | None
    text: str
    depth: int
    shape: str
    kind: str
    unit: str
    values: str
    labels: tuple[LabelWords, ...] = ()
    open: bool = False
    absent: str = ""
    nan: str = ""
    infinite: str = ""


def steps(typing: Typing) -> tuple[Step, ...]:
    """Return a step for each part of an expression, each after those it is made of; none where it is no PromQL."""
    where, depths = places(typing.parsed.text), _depths(typing)
    found = []
    for node in typing.parsed.nodes:
        span = where.whole(node)
        text = "" if span is None else typing.parsed.text[slice(*span)]
        found.append(_step(typing.of(node), span, text, depths[node]))
    return tuple(found)


def _depths(typing: Typing) -> dict[Node, int]:
    depths: dict[Node, int] = {}
    for node in reversed(typing.parsed.nodes):  # each before its children
        depths.setdefault(node, 0)
        depths.update((child, depths[node] + 1) for child in node.children())
    return depths


def _step(found: Inferred, span: Span | None, text: str, depth: int) -> Step:
    if found.shape is Shape.STRING:
        return Step(span, text, depth, _SHAPES[found.shape], "", "", "")
    return Step(
        span,
        text,
        depth,
        _SHAPES[found.shape],
        _KINDS[found.kind],
        unit_words(found.unit),
        value_words(found),
        _labels(found.labels),
        found.labels.open,
        found.absent,
        found.nan,
        found.infinite,
    )


_SHAPES: Final = {
    Shape.VECTOR: "an instant vector: a value now for each series",
    Shape.RANGE: "a range vector: the samples of a window for each series",
    Shape.SCALAR: "a scalar: one number, without labels",
    Shape.STRING: "a string",
}
_KINDS: Final = {
    Kind.COUNTER: "a raw counter: it grows, and begins again at 0 with its process",
    Kind.BUCKETS: "raw buckets of a histogram: counters by `le`",
    Kind.HISTOGRAM: "the bare name of a classic histogram, which has no series",
    Kind.NATIVE: "a native histogram, or native histograms added up or per second",
    Kind.GAUGE: "a value that goes up and down",
    Kind.TIMESTAMP: "a Unix time",
    Kind.INCREASE: "how much was counted in a window",
    Kind.RATE: "how much was counted per second",
    Kind.BUCKET_RATE: "buckets per second or per window: what histogram_quantile reads",
    Kind.RATIO: "a ratio: a part of a whole, or two values of one unit",
    Kind.MEAN: "a mean: a total by the number of observations",
    Kind.QUANTILE: "a quantile",
    Kind.BOOLEAN: "yes or no: 1 or 0",
    Kind.CONSTANT: "a number that was written down, in whichever unit suits",
    Kind.UNKNOWN: "nothing that is known",
}


def unit_words(unit: Unit | None) -> str:
    """Return what values are measured in."""
    if unit is None:
        return "unknown"
    return "none: a count, or a share" if unit == ONE else str(unit)


def value_words(found: Inferred) -> str:
    """Return which values there can be."""
    low, high = found.low + 0, found.high + 0  # never -0
    if found.value is not None:
        return f"{found.value:g}"
    if low == high:
        return f"always {low:g}"
    if low > high:
        return "none: no value lies between the bounds"
    without = ", but not 0" if found.nonzero and low <= 0 <= high else ""
    if math.isinf(low) and math.isinf(high):
        return f"any number{without}"
    if math.isinf(high):
        return "above 0" if without and low == 0 else f"{low:g} or more{without}"
    return f"{high:g} or less{without}" if math.isinf(low) else f"{low:g} to {high:g}{without}"


def _labels(labels: Labels) -> tuple[LabelWords, ...]:
    groups = (
        (Presence.SURELY, labels.sure),
        (Presence.POSSIBLY, labels.possible),
        (Presence.NEVER, frozenset(labels.lost)),
    )
    return tuple(LabelWords(name, presence, labels.why(name)) for presence, names in groups for name in sorted(names))
