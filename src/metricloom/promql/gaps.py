"""Whether a result may be missing, NaN or infinite, and why: one small rule for each sort of function and operator."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple, TypeAlias

from metricloom.promql.nodes import Aggregation, Call, Selector, Subquery, bottom_up
from metricloom.promql.types import NO_GAPS, UNKNOWN_GAPS, Gaps, Inferred, Kind, Presence, Shape


class Given(NamedTuple):
    """A call, the types of its arguments, and that of the vector or range among them."""

    function: str
    args: Sequence[Inferred]
    read: Inferred


Rule: TypeAlias = Callable[[Given], Gaps]

SHORTEST_STEPS: Final = 2
"""How many steps a subquery's window must hold, so that whatever reads it has enough."""


def of_window(node: Selector | Subquery, gaps: Gaps) -> Gaps:
    """Return the gaps of what is read at another time, or over a window of a subquery."""
    if node.at:
        return gaps._replace(absent=gaps.absent or "the service may not have run at the time that @ names")
    if node.offset_seconds > 0:
        return gaps._replace(absent=gaps.absent or "the service may not have run as long ago as the offset says")
    if node.offset_seconds < 0:
        return gaps._replace(absent=gaps.absent or "a negative offset reads what may not be there yet")
    if isinstance(node, Subquery) and (reason := _thin(node)):
        return gaps._replace(absent=gaps.absent or reason)
    return gaps


def _thin(node: Subquery) -> str:
    """Return why a series of a subquery may have a single sample, of which there is no rate."""
    if node.step_seconds and node.range_seconds < SHORTEST_STEPS * node.step_seconds:
        return "the window of the subquery may hold fewer than two steps"
    changing = (each.op for each in bottom_up(node.expr) if isinstance(each, Aggregation) and each.op in _CHANGING)
    return next((f"{op} in a subquery may give other series at each step" for op in changing), "")


_CHANGING: Final = frozenset({"topk", "bottomk", "count_values"})


GREATEST_POWER: Final = 8
"""Exponents up to this are taken to give a finite number."""


# --- calls --------------------------------------------------------------------------------------------


def of_call(node: Call, args: Sequence[Inferred], read: Inferred, *, known: bool) -> Gaps:
    """Return the gaps of a call; *read* is the vector or range among its arguments."""
    rule = _OF_CALL.get(node.function)
    if rule is not None:
        return rule(Given(node.function, args, read))
    return read.gaps if known else UNKNOWN_GAPS


def _numbers(given: Given) -> Gaps:
    """A count, or a time: never NaN, whatever is counted."""
    return Gaps(given.read.absent)


def _differences(given: Given) -> Gaps:
    """What adds or subtracts samples: of infinite ones it may make NaN."""
    found = given.read.gaps
    nan = found.nan or found.infinite
    if len(given.args) > 1:
        nan = nan or _first(each.nan or each.infinite for each in given.args)
    return Gaps(found.absent, nan, nan) if nan else found


def _area(given: Given) -> Gaps:
    """An area takes NaN for 0."""
    return Gaps(given.read.absent, given.read.infinite, given.read.infinite)


def _begun(given: Given) -> Gaps:
    return Gaps(given.read.absent or "start_timestamp gives nothing unless Prometheus keeps start timestamps")


def _absence(given: Given) -> Gaps:
    return Gaps(f"{given.function} gives nothing while what it reads is there")


def _scalar(given: Given) -> Gaps:
    if given.read.absent or given.read.labels.known or given.read.labels.open:
        return Gaps(nan="scalar() of no series, or of more than one, is NaN", infinite=given.read.infinite)
    return given.read.gaps


def _clamped(given: Given) -> Gaps:
    bounds = given.args[1:]
    absent, nan = given.read.absent, given.read.nan or _first(each.nan for each in bounds)
    if given.function == "clamp" and not bounds[0].high <= bounds[1].low:
        absent = absent or "clamp gives nothing where its minimum is above its maximum"
    held = given.function == "clamp" and math.isfinite(bounds[0].low) and math.isfinite(bounds[1].high)
    return Gaps(absent, nan, "" if held else given.read.infinite or _first(each.infinite for each in bounds))


def _rounded(given: Given) -> Gaps:
    if len(given.args) > 1 and (given.args[1].may_be_zero or given.args[1].gaps != NO_GAPS):
        nan = given.read.nan or "rounding to a multiple of 0 is NaN"
        return Gaps(given.read.absent, nan, given.read.infinite)
    return given.read.gaps


def _quantile_of_samples(given: Given) -> Gaps:
    return _interpolated(given.args[0], given.read)


def _interpolated(quantile: Inferred, read: Inferred) -> Gaps:
    outside = "" if 0 <= quantile.low and quantile.high <= 1 else "a quantile outside of 0 to 1 is infinite"
    nan = read.nan or quantile.nan or read.infinite
    return Gaps(read.absent, nan, read.infinite or outside)


def _domain(low: float, high: float, why: str, infinite: str = "") -> Rule:
    """Return the rule of a function that is NaN outside of *low* to *high*."""

    def rule(given: Given) -> Gaps:
        inside = low <= given.read.low and given.read.high <= high
        return Gaps(given.read.absent, given.read.nan or ("" if inside else why), given.read.infinite or infinite)

    return rule


def _growing(given: Given) -> Gaps:
    read = given.read
    return Gaps(read.absent, read.nan, read.infinite or f"{given.function} of a great number is infinite")


def _turning(given: Given) -> Gaps:
    return Gaps(given.read.absent, given.read.nan or given.read.infinite)


def _bounded(given: Given) -> Gaps:
    return Gaps(given.read.absent, given.read.nan)


def _of_buckets(given: Given) -> Gaps:
    """Quantiles and fractions: of classic histograms through `le`, of native ones directly."""
    absent = given.read.absent
    buckets = given.read.histogram and given.read.labels.presence("le") is Presence.SURELY
    if given.read.kind is not Kind.NATIVE and not buckets:
        absent = absent or f"{given.function} passes over what is no bucket"
    quantiles = [each for each in given.args if each.shape is Shape.SCALAR]
    outside = any(not (0 <= each.low and each.high <= 1) for each in quantiles)
    infinite = "a quantile outside of 0 to 1 is infinite" if outside and "quantile" in given.function else ""
    return Gaps(absent, f"{given.function} of no observations is NaN", infinite)


def _of_native(given: Given) -> Gaps:
    absent = given.read.absent
    if given.read.kind is not Kind.NATIVE:
        absent = absent or f"{given.function} reads native histograms only, and passes over numbers"
    empty = "" if given.function in ("histogram_count", "histogram_sum") else "the mean over no observations is NaN"
    return Gaps(absent, given.read.nan or empty, given.read.infinite)


def _info(given: Given) -> Gaps:
    if len(given.args) > 1:
        return given.read.gaps._replace(absent=given.read.absent or "info() may find no info series with these labels")
    return given.read.gaps


_OF_CALL: Final[dict[str, Rule]] = {
    name: rule
    for rule, names in (
        (_numbers, "changes resets count_over_time present_over_time timestamp"),
        (_numbers, "minute hour day_of_week day_of_month day_of_year days_in_month month year"),
        (_numbers, "ts_of_first_over_time ts_of_last_over_time ts_of_min_over_time ts_of_max_over_time"),
        (_differences, "rate irate increase delta idelta deriv predict_linear avg_over_time sum_over_time"),
        (_differences, "stddev_over_time stdvar_over_time mad_over_time double_exponential_smoothing holt_winters"),
        (_area, "integral"),
        (_begun, "start_timestamp"),
        (_absence, "absent absent_over_time"),
        (_scalar, "scalar"),
        (_clamped, "clamp clamp_min clamp_max"),
        (_rounded, "round"),
        (_quantile_of_samples, "quantile_over_time"),
        (_domain(0, math.inf, "the logarithm of a negative number is NaN", "the logarithm of 0 is -Inf"),
         "ln log2 log10"),
        (_domain(0, math.inf, "the square root of a negative number is NaN"), "sqrt"),
        (_domain(-1, 1, "it is NaN outside of -1 to 1"), "asin acos"),
        (_domain(1, math.inf, "it is NaN below 1"), "acosh"),
        (_domain(-1, 1, "it is NaN outside of -1 to 1", "it is infinite at 1 and -1"), "atanh"),
        (_growing, "exp sinh cosh deg"),
        (_turning, "sin cos tan"),
        (_bounded, "atan tanh sgn"),
        (_of_buckets, "histogram_quantile histogram_quantiles histogram_fraction"),
        (_of_native, "histogram_avg histogram_sum histogram_count histogram_stddev histogram_stdvar"),
        (_info, "info"),
    )
    for name in names.split()
}  # fmt: skip


def _first(reasons: Iterable[str]) -> str:
    return next(filter(None, reasons), "")


# --- aggregations ------------------------------------------------------------------------------------


def of_aggregation(node: Aggregation, inner: Inferred, param: Inferred | None) -> Gaps:
    """Return the gaps of an aggregation: a group of no series gives nothing, so it is missing where all are."""
    gaps = inner.gaps
    match node.op:
        case "count" | "group" | "count_values":
            return Gaps(gaps.absent)
        case "sum" | "avg" | "stddev" | "stdvar":
            return Gaps(gaps.absent, gaps.nan or gaps.infinite, gaps.infinite) if gaps.infinite else gaps
        case "quantile" if param is not None:
            return _interpolated(param, inner)
        case "topk" | "bottomk" | "limitk" if param is not None and not (param.low >= 1 and not param.nan):
            return gaps._replace(absent=gaps.absent or f"{node.op} of less than one series keeps none")
        case "limit_ratio" if param is not None and not (param.value is not None and abs(param.value) >= 1):
            return gaps._replace(absent=gaps.absent or "limit_ratio may keep no series")
    return gaps
