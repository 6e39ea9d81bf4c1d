"""The type of a call: one small rule for each sort of function, and a table of them by name."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from metricloom.monitoring.units import ONE, SECONDS, Unit
from metricloom.promql.gaps import of_call
from metricloom.promql.labels import Step
from metricloom.promql.nodes import Call, Selector, Text
from metricloom.promql.shares import NEUTRAL, after
from metricloom.promql.types import NO_LABELS, Inferred, Kind, Labels, Presence, Shape

RuleOfOne: TypeAlias = "Callable[[Inferred], Inferred]"
"""From the type of the vector or range that a function reads to that of its result."""
Rule: TypeAlias = "Callable[[Call, Sequence[Inferred]], Inferred]"
"""The same where other arguments matter too."""


def call(node: Call, args: Sequence[Inferred]) -> Inferred:
    """Return the type of *node*, given those of its arguments. A function that is not known has an unknown value."""
    name = node.function
    if constant := _CONSTANTS.get(name):
        return constant
    read = main_argument(args)
    result = rule(node, args) if (rule := _OF_CALL.get(name)) else _OF_ONE.get(name, _unknown)(read)
    return result._replace(
        terms=after(name, read.terms),
        sources=read.sources,
        gaps=of_call(node, args, read, known=name in KNOWN_FUNCTIONS),
        nonzero=read.nonzero and name in NEUTRAL,
    )


def main_argument(args: Sequence[Inferred]) -> Inferred:
    """Return the vector or range that a function reads: the labels of its result come from it."""
    for each in args:
        if each.shape is Shape.VECTOR or each.shape is Shape.RANGE:
            return each
    return args[0] if args else _NOW._replace(shape=Shape.VECTOR)


def _unknown(inner: Inferred) -> Inferred:
    return Inferred(Shape.VECTOR, labels=inner.labels.opened("nothing is known of what the function does"))


def _times(unit: Unit | None, other: Unit | None) -> Unit | None:
    return None if unit is None or other is None else unit * other


# --- over a range -----------------------------------------------------------------------------------

_OF_GROWTH: Final = {
    Kind.BUCKETS: Kind.BUCKET_RATE,
    Kind.BUCKET_RATE: Kind.BUCKET_RATE,
    Kind.NATIVE: Kind.NATIVE,
    Kind.UNKNOWN: Kind.UNKNOWN,
}
"""What grows of what, where it is not simply a rate or an increase."""


def _rate(inner: Inferred) -> Inferred:
    unit = None if inner.unit is None else inner.unit / SECONDS
    kind = _OF_GROWTH.get(inner.kind, Kind.RATE)
    return inner._replace(shape=Shape.VECTOR, kind=kind, unit=unit, low=_growth(inner), high=math.inf, value=None)


def _increase(inner: Inferred) -> Inferred:
    kind = _OF_GROWTH.get(inner.kind, Kind.INCREASE)
    return inner._replace(shape=Shape.VECTOR, kind=kind, low=_growth(inner), high=math.inf, value=None)


def _growth(inner: Inferred) -> float:
    """Return the lower bound of a rate: it is extrapolated, so below 0 where the samples are."""
    return 0.0 if inner.low >= 0 else -math.inf


def _delta(inner: Inferred) -> Inferred:
    if inner.kind is Kind.NATIVE:
        return inner._replace(shape=Shape.VECTOR)
    return Inferred(Shape.VECTOR, Kind.GAUGE, inner.unit, inner.labels)


def _slope(inner: Inferred) -> Inferred:
    unit = None if inner.unit is None else inner.unit / SECONDS
    return Inferred(Shape.VECTOR, Kind.GAUGE, unit, inner.labels)


def _forecast(inner: Inferred) -> Inferred:
    kind = Kind.GAUGE if inner.kind in (Kind.BOOLEAN, Kind.RATIO, Kind.CONSTANT) else inner.kind
    return inner._replace(shape=Shape.VECTOR, kind=kind, low=-math.inf, high=math.inf, value=None)


def _of_samples(inner: Inferred) -> Inferred:
    """One of the samples in the range."""
    return inner._replace(shape=Shape.VECTOR)


def _mean_of_samples(inner: Inferred) -> Inferred:
    """Return the share of the time for which something was so, where the samples are 0 or 1."""
    kind = Kind.RATIO if inner.kind is Kind.BOOLEAN else inner.kind
    return inner._replace(shape=Shape.VECTOR, kind=kind)


_SUMMED_OVER_TIME: Final = {
    Kind.BOOLEAN: Kind.GAUGE,
    **{kind: kind for kind in (Kind.INCREASE, Kind.GAUGE, Kind.BUCKET_RATE, Kind.NATIVE)},
}


def _sum_of_samples(inner: Inferred) -> Inferred:
    low, high = (inner.low if inner.low >= 0 else -math.inf), (inner.high if inner.high <= 0 else math.inf)
    kind = _SUMMED_OVER_TIME.get(inner.kind, Kind.UNKNOWN)
    return inner._replace(shape=Shape.VECTOR, kind=kind, low=low, high=high, value=None)


def _quantile_of_samples(_node: Call, args: Sequence[Inferred]) -> Inferred:
    return at_quantile(args[0], args[1])._replace(shape=Shape.VECTOR)


def at_quantile(quantile: Inferred, inner: Inferred) -> Inferred:
    """Return the type of a quantile of values; outside of 0 to 1 it is infinite."""
    kind = Kind.QUANTILE if inner.is_known else Kind.UNKNOWN
    low = inner.low if quantile.low >= 0 else -math.inf
    high = inner.high if quantile.high <= 1 else math.inf
    return inner._replace(kind=kind, low=low, high=high, value=None)


def _spread(inner: Inferred) -> Inferred:
    return Inferred(Shape.VECTOR, Kind.GAUGE, inner.unit, inner.labels, low=0.0)


def _variance(inner: Inferred) -> Inferred:
    return Inferred(Shape.VECTOR, Kind.GAUGE, _times(inner.unit, inner.unit), inner.labels, low=0.0)


def _number_of(inner: Inferred) -> Inferred:
    return Inferred(Shape.VECTOR, Kind.GAUGE, ONE, inner.labels, low=0.0)


def _number_of_samples(inner: Inferred) -> Inferred:
    return Inferred(Shape.VECTOR, Kind.GAUGE, ONE, inner.labels, low=1.0)


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
    step = Step(
        (args[0].labels.without(args[0].labels.known, _KEPT_BY_ABSENCE.format(node.function)),),
        sure="the selector sets it with =",
        possible="the selector sets it with =, and asks for more of it",
        never=_KEPT_BY_ABSENCE.format(node.function),
    )
    return Inferred(Shape.VECTOR, Kind.BOOLEAN, ONE, Labels(sure, given - sure, step=step), low=1.0, high=1.0)


_KEPT_BY_ABSENCE: Final = "{} keeps only labels that the selector sets with ="


# --- one value ---------------------------------------------------------------------------------------


def _same(inner: Inferred) -> Inferred:
    return inner


def _rounded(inner: Inferred) -> Inferred:
    return inner._replace(low=0.0 if inner.low >= 0 else -math.inf, high=math.inf, value=None)


def _absolute(inner: Inferred) -> Inferred:
    if inner.low >= 0:
        return inner
    low = -inner.high if inner.high < 0 else 0.0
    return inner._replace(low=low, high=max(-inner.low, inner.high), value=None)


def _clamped(node: Call, args: Sequence[Inferred]) -> Inferred:
    lowest = -math.inf if node.function == "clamp_max" else args[1].low
    highest = math.inf if node.function == "clamp_min" else args[-1].high
    low, high = (max(lowest, min(bound, highest)) for bound in (args[0].low, args[0].high))
    same = (low, high) == (args[0].low, args[0].high)
    kind = Kind.GAUGE if args[0].kind is Kind.BOOLEAN and not same else args[0].kind
    return args[0]._replace(low=low, high=high, kind=kind, value=None)


def _pure_number(node: Call, args: Sequence[Inferred]) -> Inferred:
    """A function of numbers: of what has a unit, its result means nothing."""
    low, high = _PURE_BOUNDS.get(node.function, (-math.inf, math.inf))
    return Inferred(Shape.VECTOR, Kind.GAUGE, ONE if args[0].unit == ONE else None, args[0].labels, low, high)


def _sign(inner: Inferred) -> Inferred:
    low, high = (0.0 if inner.low >= 0 else -1.0), (0.0 if inner.high <= 0 else 1.0)
    return Inferred(Shape.VECTOR, Kind.GAUGE, ONE, inner.labels, low, high)


def _square_root(inner: Inferred) -> Inferred:
    return Inferred(Shape.VECTOR, Kind.GAUGE, _halved(inner.unit), inner.labels, low=0.0)


def _halved(unit: Unit | None) -> Unit | None:
    if unit is None or any(power % 2 for _, power in unit.powers):
        return None
    return Unit(tuple((name, power // 2) for name, power in unit.powers))


def _time_of(inner: Inferred) -> Inferred:
    return Inferred(Shape.VECTOR, Kind.TIMESTAMP, SECONDS, inner.labels, low=0.0)


def _calendar(node: Call, args: Sequence[Inferred]) -> Inferred:
    low, high = _CALENDAR[node.function]
    labels = args[0].labels if args else NO_LABELS
    return Inferred(Shape.VECTOR, Kind.GAUGE, ONE, labels, low, high)


_CALENDAR: Final[dict[str, tuple[float, float]]] = {
    "minute": (0, 59),
    "hour": (0, 23),
    "day_of_week": (0, 6),
    "day_of_month": (1, 31),
    "day_of_year": (1, 366),
    "days_in_month": (28, 31),
    "month": (1, 12),
    "year": (-math.inf, math.inf),
}


def _vector(inner: Inferred) -> Inferred:
    return inner._replace(shape=Shape.VECTOR, labels=NO_LABELS)


def _scalar(inner: Inferred) -> Inferred:
    return inner._replace(shape=Shape.SCALAR, labels=inner.labels.keeping((), "scalar() drops all labels"))


def _larger_or_smaller(node: Call, args: Sequence[Inferred]) -> Inferred:
    """The larger or the smaller of two scalars."""
    first, second = args
    pick = max if node.function == "max_of" else min
    unit = first.unit if first.unit == second.unit or second.kind is Kind.CONSTANT else None
    kind = first.kind if first.kind is second.kind else Kind.GAUGE
    return Inferred(Shape.SCALAR, kind, unit, low=pick(first.low, second.low), high=pick(first.high, second.high))


# --- histograms -----------------------------------------------------------------------------------------


def _histogram_quantile(node: Call, args: Sequence[Inferred]) -> Inferred:
    inner = main_argument(args)
    labels = inner.labels.without(["le"], f"{node.function} uses it up")
    kind = Kind.QUANTILE if inner.histogram else Kind.UNKNOWN
    quantiles = [each for each in args if each.shape is Shape.SCALAR]
    positive = inner.buckets and inner.buckets[0] > 0 and all(each.low >= 0 for each in quantiles)
    result = Inferred(
        Shape.VECTOR, kind, inner.observed, labels, 0.0 if positive else -math.inf, histogram=inner.histogram,
        buckets=inner.buckets, aggregated=inner.aggregated,
    )  # fmt: skip
    if node.function == "histogram_quantiles" and isinstance(node.args[1], Text):
        return result._replace(labels=labels.adding([node.args[1].value], reason="histogram_quantiles writes it"))
    return result


def _histogram_fraction(inner: Inferred) -> Inferred:
    labels = inner.labels.without(["le"], "histogram_fraction uses it up")
    return Inferred(Shape.VECTOR, Kind.RATIO, ONE, labels, low=0.0, high=1.0)


def _histogram_count(inner: Inferred) -> Inferred:
    """The unit of a native histogram is that of its count: one, or one a second."""
    kind = Kind.GAUGE if inner.kind is Kind.NATIVE else Kind.UNKNOWN
    return Inferred(Shape.VECTOR, kind, inner.unit, inner.labels)


def _histogram_sum(inner: Inferred) -> Inferred:
    kind = Kind.GAUGE if inner.kind is Kind.NATIVE else Kind.UNKNOWN
    return Inferred(Shape.VECTOR, kind, _times(inner.unit, inner.observed), inner.labels)


def _histogram_mean(inner: Inferred) -> Inferred:
    kind = Kind.MEAN if inner.kind is Kind.NATIVE else Kind.UNKNOWN
    return Inferred(Shape.VECTOR, kind, inner.observed, inner.labels)


def _histogram_spread(node: Call, args: Sequence[Inferred]) -> Inferred:
    unit = args[0].observed if node.function == "histogram_stddev" else _times(args[0].observed, args[0].observed)
    return Inferred(Shape.VECTOR, Kind.GAUGE, unit, args[0].labels, low=0.0)


# --- labels ---------------------------------------------------------------------------------------------


def _label_replace(node: Call, args: Sequence[Inferred]) -> Inferred:
    """A regular expression that matches everything always writes; any other may leave the label as it was.

    What is written empty takes the label away.
    """
    written, replacement, read, pattern = (each.value if isinstance(each, Text) else "" for each in node.args[1:5])
    labels = args[0].labels
    literal = bool(replacement) and "$" not in replacement
    copied = replacement == "$1" and pattern in ("(.*)", "(.+)") and labels.presence(read) is Presence.SURELY
    surely = copied or (literal and pattern in (".*", "(.*)"))
    return _with_label(node, args[0], written, surely=surely, keep=literal)


def _label_join(node: Call, args: Sequence[Inferred]) -> Inferred:
    names = [each.value for each in node.args[1:] if isinstance(each, Text)]
    written, separator, *read = names if len(names) > 1 else ["", ""]
    found = any(args[0].labels.presence(label) is Presence.SURELY for label in read)
    return _with_label(node, args[0], written, surely=found or (bool(separator) and len(read) > 1), keep=False)


def _with_label(node: Call, inner: Inferred, written: str, *, surely: bool, keep: bool) -> Inferred:
    """Return *inner* with a label that is surely or perhaps written. With another `le`, buckets are none any more."""
    if surely:
        labels = inner.labels.adding([written], reason=f"{node.function} writes it")
    else:
        labels = _perhaps(inner.labels, written, f"{node.function} may write it, or take it away", keep)
    return inner._replace(labels=labels, histogram="", buckets=()) if written == "le" else inner._replace(labels=labels)


def _perhaps(labels: Labels, name: str, reason: str, keep: bool) -> Labels:
    """Return *labels* where *name* may be there; one that was surely there may be lost, unless it is kept."""
    return labels if name in labels.sure and keep else labels.doubting(name, reason)


def _info(inner: Inferred) -> Inferred:
    return inner._replace(labels=inner.labels.opened("info() adds the labels of info series"))


_NOW: Final = Inferred(Shape.SCALAR, Kind.TIMESTAMP, SECONDS, low=0.0)
_SPAN: Final = Inferred(Shape.SCALAR, Kind.GAUGE, SECONDS, low=0.0)
_CONSTANTS: Final[dict[str, Inferred]] = {
    "time": _NOW,
    "start": _NOW,
    "end": _NOW,
    "step": _SPAN,
    "range": _SPAN,
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
        (_of_samples, "last_over_time first_over_time min_over_time max_over_time"),
        (_mean_of_samples, "avg_over_time"),
        (_sum_of_samples, "sum_over_time"),
        (_spread, "stddev_over_time mad_over_time"),
        (_variance, "stdvar_over_time"),
        (_number_of, "changes resets"),
        (_number_of_samples, "count_over_time"),
        (_presence, "present_over_time"),
        (_same, "sort sort_desc sort_by_label sort_by_label_desc"),
        (_rounded, "ceil floor round"),
        (_absolute, "abs"),
        (_sign, "sgn"),
        (_square_root, "sqrt"),
        (_time_of, "timestamp ts_of_first_over_time ts_of_last_over_time ts_of_min_over_time ts_of_max_over_time"),
        (_vector, "vector"),
        (_scalar, "scalar"),
        (_histogram_fraction, "histogram_fraction"),
        (_histogram_count, "histogram_count"),
        (_histogram_sum, "histogram_sum"),
        (_histogram_mean, "histogram_avg"),
        (_info, "info"),
    )
    for name in names.split()
}

_PURE: Final = "exp ln log2 log10 deg rad sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh"
_PURE_BOUNDS: Final[dict[str, tuple[float, float]]] = {
    "exp": (0.0, math.inf),
    "cosh": (1.0, math.inf),
    "acosh": (0.0, math.inf),
    "acos": (0.0, math.pi),
    "asin": (-math.pi / 2, math.pi / 2),
    "atan": (-math.pi / 2, math.pi / 2),
    **dict.fromkeys(("sin", "cos", "tanh"), (-1.0, 1.0)),
}
_OF_CALL: Final[dict[str, Rule]] = {
    "absent": _absence,
    "absent_over_time": _absence,
    "clamp": _clamped,
    "clamp_min": _clamped,
    "clamp_max": _clamped,
    "quantile_over_time": _quantile_of_samples,
    "histogram_quantile": _histogram_quantile,
    "histogram_quantiles": _histogram_quantile,
    "histogram_stddev": _histogram_spread,
    "histogram_stdvar": _histogram_spread,
    "label_replace": _label_replace,
    "label_join": _label_join,
    "max_of": _larger_or_smaller,
    "min_of": _larger_or_smaller,
    **dict.fromkeys(_CALENDAR, _calendar),
    **dict.fromkeys(_PURE.split(), _pure_number),
}

KNOWN_FUNCTIONS: Final = frozenset({*_CONSTANTS, *_OF_ONE, *_OF_CALL})
