"""The type of a call: one small rule for each sort of function, and a table of them by name."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from metricloom.monitoring.units import ONE, SECONDS, Unit
from metricloom.promql import histograms, over_time, relabelling
from metricloom.promql.gaps import of_call
from metricloom.promql.labels import Step
from metricloom.promql.nodes import Call, Selector
from metricloom.promql.shares import NEUTRAL, after
from metricloom.promql.text import NAME_LABEL
from metricloom.promql.types import NO_LABELS, Inferred, Kind, Labels, Shape, main_argument

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
    return result.of(
        result.labels.nameless(f"{name} drops it") if name in _DROPPING_NAMES else result.labels,
        read.sources,
        after(name, read.terms),
        of_call(node, args, read, known=name in KNOWN_FUNCTIONS),
        aggregated=result.aggregated,
        additive=result.additive,
        nonzero=read.nonzero and name in NEUTRAL,
    )


_UNKNOWN: Final = "nothing is known of what the function does"


def _unknown(inner: Inferred) -> Inferred:
    return Inferred(Shape.VECTOR, labels=inner.labels.opened(_UNKNOWN).doubting(NAME_LABEL, _UNKNOWN))


# --- values ----------------------------------------------------------------------------------------------


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
    step = Step(
        (args[0].labels.keeping((), reason),),
        sure="the selector sets it with =",
        possible="the selector sets it with =, and asks for more of it",
        never=reason,
    )
    return Inferred(Shape.VECTOR, Kind.BOOLEAN, ONE, Labels(sure, given - sure, step=step), low=1.0, high=1.0)


def _same(inner: Inferred) -> Inferred:
    return inner


def _rounded(_node: Call, args: Sequence[Inferred]) -> Inferred:
    """To a negative multiple, 0 is rounded to -0, by which a division is -Inf."""
    inner, positive = args[0], len(args) == 1 or args[1].low > 0
    return inner._replace(low=0.0 if inner.low >= 0 and positive else -math.inf, high=math.inf, value=None)


def _absolute(inner: Inferred) -> Inferred:
    if inner.low >= 0:
        return inner
    low = -inner.high if inner.high < 0 else 0.0
    return inner._replace(low=low, high=max(-inner.low, inner.high), value=None)


def _clamped(node: Call, args: Sequence[Inferred]) -> Inferred:
    read, least, most = args[0], args[1], args[-1]
    low, high = read.low, read.high
    if node.function != "clamp_min":
        low, high = min(low, most.low), min(high, most.high)
    if node.function != "clamp_max":
        low, high = max(low, least.low), max(high, least.high)
    same = (low, high) == (read.low, read.high)
    kind = Kind.GAUGE if read.kind is Kind.BOOLEAN and not same else read.kind
    return read._replace(low=low, high=high, kind=kind, value=None)


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
        (over_time.rate, "rate irate"),
        (over_time.increase, "increase"),
        (over_time.delta, "delta idelta"),
        (over_time.slope, "deriv"),
        (over_time.forecast, "predict_linear holt_winters double_exponential_smoothing"),
        (over_time.of_samples, "last_over_time first_over_time min_over_time max_over_time"),
        (over_time.mean_of_samples, "avg_over_time"),
        (over_time.sum_of_samples, "sum_over_time"),
        (over_time.integral, "integral"),
        (over_time.spread, "stddev_over_time mad_over_time"),
        (over_time.variance, "stdvar_over_time"),
        (over_time.number_of, "changes resets"),
        (over_time.number_of_samples, "count_over_time"),
        (over_time.presence, "present_over_time"),
        (_same, "sort sort_desc sort_by_label sort_by_label_desc"),
        (_absolute, "abs"),
        (_sign, "sgn"),
        (_square_root, "sqrt"),
        (_time_of, "start_timestamp"),
        (_time_of, "timestamp ts_of_first_over_time ts_of_last_over_time ts_of_min_over_time ts_of_max_over_time"),
        (_vector, "vector"),
        (_scalar, "scalar"),
        (histograms.histogram_fraction, "histogram_fraction"),
        (histograms.histogram_count, "histogram_count"),
        (histograms.histogram_sum, "histogram_sum"),
        (histograms.histogram_mean, "histogram_avg"),
        (relabelling.info, "info"),
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
    **dict.fromkeys(("ceil", "floor", "round"), _rounded),
    "clamp": _clamped,
    "clamp_min": _clamped,
    "clamp_max": _clamped,
    "quantile_over_time": over_time.quantile_of_samples,
    "histogram_quantile": histograms.histogram_quantile,
    "histogram_quantiles": histograms.histogram_quantile,
    "histogram_stddev": histograms.histogram_spread,
    "histogram_stdvar": histograms.histogram_spread,
    "label_replace": relabelling.label_replace,
    "label_join": relabelling.label_join,
    "max_of": _larger_or_smaller,
    "min_of": _larger_or_smaller,
    **dict.fromkeys(_CALENDAR, _calendar),
    **dict.fromkeys(_PURE.split(), _pure_number),
}

KNOWN_FUNCTIONS: Final = frozenset({*_CONSTANTS, *_OF_ONE, *_OF_CALL})
_DROPPING_NAMES: Final = KNOWN_FUNCTIONS - NEUTRAL - {"last_over_time", "first_over_time"}

OF_COUNTERS: Final = frozenset({"rate", "irate", "increase"})
"""What was counted: they take a value that falls for a restart."""
OF_GAUGES: Final = frozenset(
    {"delta", "idelta", "deriv", "predict_linear", "holt_winters", "double_exponential_smoothing"}
)
"""How a value moves, up or down: they take a restart for a fall."""
