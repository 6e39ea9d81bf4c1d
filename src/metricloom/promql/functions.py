"""The type of a call: one small rule for each sort of function, and a table of them by name."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from metricloom.monitoring.units import ONE, SECONDS
from metricloom.promql.nodes import Call, Selector, Text
from metricloom.promql.shares import after, with_terms
from metricloom.promql.types import NO_LABELS, Inferred, Kind, Labels, Presence, Shape

RuleOfOne: TypeAlias = "Callable[[Inferred], Inferred]"
"""From the type of the vector or range that a function reads to that of its result."""
Rule: TypeAlias = "Callable[[Call, Sequence[Inferred]], Inferred]"
"""The same where other arguments matter too."""


def call(node: Call, args: Sequence[Inferred]) -> Inferred:
    """Return the type of *node*, given those of its arguments. A function that is not known has an unknown value."""
    if constant := _CONSTANTS.get(node.function):
        return constant
    read = main_argument(args)
    rule = _OF_CALL.get(node.function)
    result = rule(node, args) if rule else _OF_ONE.get(node.function, _unknown)(read)
    return with_terms(result, after(node.function, read.terms))


def main_argument(args: Sequence[Inferred]) -> Inferred:
    """Return the vector or range that a function reads: the labels of its result come from it."""
    read = (each for each in args if each.shape in (Shape.VECTOR, Shape.RANGE))
    return next(read, args[0] if args else Inferred(Shape.VECTOR))


def _unknown(inner: Inferred) -> Inferred:
    return Inferred(Shape.VECTOR, labels=replace(inner.labels, open=True))


# --- over a range -----------------------------------------------------------------------------------


def _rate(inner: Inferred) -> Inferred:
    unit = None if inner.unit is None else inner.unit / SECONDS
    kind = {Kind.BUCKETS: Kind.BUCKET_RATE, Kind.UNKNOWN: Kind.UNKNOWN}.get(inner.kind, Kind.RATE)
    return replace(inner, shape=Shape.VECTOR, kind=kind, unit=unit, low=_growth(inner), high=math.inf)


def _increase(inner: Inferred) -> Inferred:
    kind = {Kind.BUCKETS: Kind.BUCKET_RATE, Kind.UNKNOWN: Kind.UNKNOWN}.get(inner.kind, Kind.INCREASE)
    return replace(inner, shape=Shape.VECTOR, kind=kind, low=_growth(inner), high=math.inf)


def _growth(inner: Inferred) -> float:
    """Return the lower bound of a rate: it is extrapolated, so below 0 where the samples are."""
    return 0.0 if inner.low >= 0 else -math.inf


def _delta(inner: Inferred) -> Inferred:
    return Inferred(Shape.VECTOR, Kind.GAUGE, inner.unit, inner.labels, sources=inner.sources)


def _slope(inner: Inferred) -> Inferred:
    unit = None if inner.unit is None else inner.unit / SECONDS
    return Inferred(Shape.VECTOR, Kind.GAUGE, unit, inner.labels, sources=inner.sources)


def _forecast(inner: Inferred) -> Inferred:
    return replace(inner, shape=Shape.VECTOR, low=-math.inf, high=math.inf)


def _of_samples(inner: Inferred) -> Inferred:
    """One of the samples in the range, or something between them."""
    return replace(inner, shape=Shape.VECTOR)


def _sum_of_samples(inner: Inferred) -> Inferred:
    kind = inner.kind if inner.kind in (Kind.INCREASE, Kind.GAUGE, Kind.BUCKET_RATE, Kind.BOOLEAN) else Kind.UNKNOWN
    low, high = 0.0 if inner.low >= 0 else -math.inf, 0.0 if inner.high <= 0 else math.inf
    kind = Kind.GAUGE if kind is Kind.BOOLEAN else kind
    return replace(inner, shape=Shape.VECTOR, kind=kind, low=low, high=high)


def _quantile_of_samples(inner: Inferred) -> Inferred:
    return replace(inner, shape=Shape.VECTOR, kind=Kind.QUANTILE if inner.is_known else Kind.UNKNOWN)


def _spread(inner: Inferred) -> Inferred:
    return Inferred(Shape.VECTOR, Kind.GAUGE, inner.unit, inner.labels, low=0.0)


def _variance(inner: Inferred) -> Inferred:
    unit = inner.unit
    return Inferred(Shape.VECTOR, Kind.GAUGE, None if unit is None else unit * unit, inner.labels, low=0.0)


def _number_of(inner: Inferred) -> Inferred:
    return Inferred(Shape.VECTOR, Kind.GAUGE, ONE, inner.labels, low=0.0)


def _presence(inner: Inferred) -> Inferred:
    return Inferred(Shape.VECTOR, Kind.BOOLEAN, ONE, inner.labels, low=1.0, high=1.0)


def _absence(node: Call, args: Sequence[Inferred]) -> Inferred:
    """The labels of `absent(x{a="b"})` are those that an `=` names; of any other expression there are none.

    Of a label with several matchers the storage decides, which sorts them.
    """
    read = node.args[0]
    matchers = read.matchers if isinstance(read, Selector) else ()
    named = Counter(matcher.label for matcher in matchers)
    given = frozenset(matcher.label for matcher in matchers if matcher.op == "=" and matcher.value)
    sure = frozenset(label for label in given if named[label] == 1)
    reason = f"{node.function} keeps only labels that the selector sets with ="
    labels = Labels(sure, given - sure, lost=dict.fromkeys(args[0].labels.known - given, reason))
    return Inferred(Shape.VECTOR, Kind.BOOLEAN, ONE, labels, low=1.0, high=1.0)


# --- one value ---------------------------------------------------------------------------------------


def _same(inner: Inferred) -> Inferred:
    return inner


def _rounded(inner: Inferred) -> Inferred:
    return replace(inner, low=0.0 if inner.low >= 0 else -math.inf, high=math.inf, value=None)


def _absolute(inner: Inferred) -> Inferred:
    return replace(inner, low=0.0, high=math.inf)


def _clamped(node: Call, args: Sequence[Inferred]) -> Inferred:
    lowest = -math.inf if node.function == "clamp_max" else args[1].low
    highest = math.inf if node.function == "clamp_min" else args[-1].high
    low, high = (max(lowest, min(bound, highest)) for bound in (args[0].low, args[0].high))
    return replace(args[0], low=low, high=high, value=None)


def _pure_number(node: Call, args: Sequence[Inferred]) -> Inferred:
    low = 0.0 if node.function in ("exp", "sqrt") else -math.inf
    unit = None if node.function == "sqrt" and args[0].unit != ONE else ONE
    return Inferred(Shape.VECTOR, Kind.GAUGE, unit, args[0].labels, low=low)


def _time_of(inner: Inferred) -> Inferred:
    return Inferred(Shape.VECTOR, Kind.TIMESTAMP, SECONDS, inner.labels, low=0.0)


def _calendar(inner: Inferred) -> Inferred:
    return Inferred(Shape.VECTOR, Kind.GAUGE, ONE, inner.labels, low=0.0)


def _vector(inner: Inferred) -> Inferred:
    return replace(inner, shape=Shape.VECTOR, labels=NO_LABELS)


def _scalar(inner: Inferred) -> Inferred:
    reason = dict.fromkeys(inner.labels.known, "scalar() drops all labels")
    return replace(inner, shape=Shape.SCALAR, labels=Labels(lost=reason))


# --- histograms -----------------------------------------------------------------------------------------


def _histogram_quantile(node: Call, args: Sequence[Inferred]) -> Inferred:
    inner = args[-1] if node.function == "histogram_quantile" else args[0]
    labels = inner.labels.without(["le"], f"{node.function} uses it up")
    kind = Kind.QUANTILE if inner.histogram else Kind.UNKNOWN
    low = 0.0 if inner.buckets and inner.buckets[0] > 0 else -math.inf
    result = Inferred(
        Shape.VECTOR, kind, inner.observed, labels, low, histogram=inner.histogram, buckets=inner.buckets,
        sources=inner.sources, aggregated=inner.aggregated,
    )  # fmt: skip
    if node.function == "histogram_quantiles" and isinstance(node.args[1], Text):
        return replace(result, labels=labels.adding([node.args[1].value]))
    return result


def _histogram_fraction(inner: Inferred) -> Inferred:
    labels = inner.labels.without(["le"], "histogram_fraction uses it up")
    return Inferred(Shape.VECTOR, Kind.RATIO, ONE, labels, low=0.0, high=1.0)


def _of_histogram(inner: Inferred) -> Inferred:
    """Parts of native histograms, whose type is not tracked yet."""
    return Inferred(Shape.VECTOR, labels=inner.labels)


# --- labels ---------------------------------------------------------------------------------------------


def _label_replace(node: Call, args: Sequence[Inferred]) -> Inferred:
    """A regular expression that matches everything always writes; any other may leave the label as it was.

    What is written empty takes the label away.
    """
    written, replacement, read, pattern = (each.value if isinstance(each, Text) else "" for each in node.args[1:5])
    labels = args[0].labels
    literal = bool(replacement) and "$" not in replacement
    copied = replacement == "$1" and pattern in ("(.*)", "(.+)") and labels.presence(read) is Presence.SURELY
    if copied or (literal and pattern in (".*", "(.*)")):
        return replace(args[0], labels=labels.adding([written]))
    return replace(args[0], labels=_perhaps(labels, written, keep=literal))


def _label_join(node: Call, args: Sequence[Inferred]) -> Inferred:
    names = [each.value for each in node.args[1:] if isinstance(each, Text)]
    written, separator, *read = names or ["", ""]
    labels = args[0].labels
    surely = any(labels.presence(label) is Presence.SURELY for label in read) or (bool(separator) and len(read) > 1)
    return replace(args[0], labels=labels.adding([written]) if surely else _perhaps(labels, written, keep=False))


def _perhaps(labels: Labels, name: str, *, keep: bool) -> Labels:
    """Return *labels* where *name* may be there; one that was surely there may be lost, unless it is kept."""
    if name in labels.sure and keep:
        return labels
    return Labels(labels.sure - {name}, labels.possible | {name}, labels.open, labels.lost)


def _info(inner: Inferred) -> Inferred:
    return replace(inner, labels=replace(inner.labels, open=True))


_NOW: Final = Inferred(Shape.SCALAR, Kind.TIMESTAMP, SECONDS, low=0.0)
_CONSTANTS: Final[dict[str, Inferred]] = {
    "time": _NOW,
    "start": _NOW,
    "end": _NOW,
    "pi": Inferred(Shape.SCALAR, Kind.CONSTANT, ONE, low=math.pi, high=math.pi, value=math.pi),
}

_OF_ONE: Final[dict[str, RuleOfOne]] = {
    name: rule
    for rule, names in (
        (_rate, "rate irate"),
        (_increase, "increase"),
        (_delta, "delta idelta"),
        (_slope, "deriv"),
        (_forecast, "predict_linear holt_winters double_exponential_smoothing"),
        (_of_samples, "last_over_time first_over_time min_over_time max_over_time avg_over_time"),
        (_sum_of_samples, "sum_over_time"),
        (_quantile_of_samples, "quantile_over_time"),
        (_spread, "stddev_over_time mad_over_time"),
        (_variance, "stdvar_over_time"),
        (_number_of, "count_over_time changes resets"),
        (_presence, "present_over_time"),
        (_same, "sort sort_desc sort_by_label sort_by_label_desc"),
        (_rounded, "ceil floor round"),
        (_absolute, "abs"),
        (_time_of, "timestamp ts_of_first_over_time ts_of_last_over_time ts_of_min_over_time ts_of_max_over_time"),
        (_calendar, "minute hour day_of_week day_of_month day_of_year days_in_month month year"),
        (_vector, "vector"),
        (_scalar, "scalar"),
        (_histogram_fraction, "histogram_fraction"),
        (_of_histogram, "histogram_avg histogram_sum histogram_count histogram_stddev histogram_stdvar"),
        (_info, "info"),
    )
    for name in names.split()
}

_PURE: Final = "exp ln log2 log10 sqrt sgn deg rad sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh"
_OF_CALL: Final[dict[str, Rule]] = {
    "absent": _absence,
    "absent_over_time": _absence,
    "clamp": _clamped,
    "clamp_min": _clamped,
    "clamp_max": _clamped,
    "histogram_quantile": _histogram_quantile,
    "histogram_quantiles": _histogram_quantile,
    "label_replace": _label_replace,
    "label_join": _label_join,
    **dict.fromkeys(_PURE.split(), _pure_number),
}

KNOWN_FUNCTIONS: Final = frozenset({*_CONSTANTS, *_OF_ONE, *_OF_CALL})
