"""What an effect does to an expression that reads the series: one function for each sort of effect."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from metricloom.impact.changes import Effect, Verdict, What
from metricloom.impact.expressions import TwoReadings, groups_by, mismatch
from metricloom.promql.comparisons import against_number
from metricloom.promql.functions import OF_COUNTERS, OF_GAUGES
from metricloom.promql.nodes import Aggregation, Binary, Call, Matcher, Node, Selector, Subquery, Text
from metricloom.promql.regex import readable_regex
from metricloom.promql.types import Shape
from metricloom.promql.variables import holds_variables

_QUANTILES: Final = frozenset({"histogram_quantile", "histogram_quantiles", "histogram_fraction"})
_SUMS: Final = frozenset({"sum", "group"})
_LABEL_ARGUMENTS: Final = {"label_replace": slice(3, 4), "label_join": slice(3, None)}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an effect does to an expression, and why. *empty*: nothing comes of it any more."""

    verdict: Verdict
    reason: str
    empty: bool = False


Judge = Callable[[Effect, TwoReadings], Iterator[Judgement]]


def _breaks(reason: str, *, empty: bool = False) -> Judgement:
    return Judgement(Verdict.BREAKS, reason, empty)


def _alters(reason: str) -> Judgement:
    return Judgement(Verdict.ALTERS, reason)


def _gone(effect: Effect, reading: TwoReadings) -> Iterator[Judgement]:
    for node in _meant(effect, reading):
        if effect.part and not any(
            matcher.op == "=" and matcher.label in dict(effect.part) for matcher in node.matchers
        ):
            yield _alters(f"reads {effect.name}, a part of {effect.why}")
        else:
            yield _breaks(f"reads {effect.name}, {effect.why}", empty=True)


def _meaning(effect: Effect, reading: TwoReadings) -> Iterator[Judgement]:
    for _ in _meant(effect, reading):
        yield _alters(f"reads {effect.name}, {effect.why}")


def _meant(effect: Effect, reading: TwoReadings) -> Iterator[Selector]:
    """Yield the selectors of the series, but for those that let none of the part pass that is meant."""
    part = dict(effect.part)
    for node in reading.selectors(effect.name):
        if all(_matches(matcher, part[matcher.label]) for matcher in node.matchers if matcher.label in part):
            yield node


def _type(effect: Effect, reading: TwoReadings) -> Iterator[Judgement]:
    wrong = OF_GAUGES if effect.now == "counter" else OF_COUNTERS | {"resets"}
    for node in reading.over(effect.name):
        if isinstance(node, Call) and node.function in wrong:
            yield _breaks(f"takes {node.function}() of {effect.name}, {effect.why}")
    yield from _meaning(effect, reading)


# --- labels ---------------------------------------------------------------------------------------------------


def _label_gone(effect: Effect, reading: TwoReadings) -> Iterator[Judgement]:
    for matcher in reading.matchers(effect.name, effect.label):
        yield _asks_for_label(effect, matcher)
    for node in reading.over(effect.name):
        yield from _needs_label(effect, reading, node)
    if effect.label in reading.result_loses:
        yield _alters(f"has no label {effect.label} any more")


def _asks_for_label(effect: Effect, matcher: Matcher) -> Judgement:
    shown = _shown(matcher)
    if _matches(matcher, ""):
        return _alters(f"asks for {shown} of {effect.name}, {effect.why}: all series pass")
    return _breaks(f"asks for {shown} of {effect.name}, {effect.why}: nothing passes", empty=True)


def _needs_label(effect: Effect, reading: TwoReadings, node: Node) -> Iterator[Judgement]:
    label = effect.label
    if groups_by(node, label) and isinstance(node, Aggregation) and reading.loses(node.expr, label):
        yield _breaks(f"groups by {label} of {effect.name}, {effect.why}")
    elif isinstance(node, Aggregation) and node.op not in _SUMS and reading.loses(node.expr, label):
        yield _alters(f"takes {node.op} over series of {effect.name}, {effect.why}: they are fewer")
    elif isinstance(node, Binary) and any(reading.loses(side, label) for side in (node.lhs, node.rhs)):
        if (node.matching == "on" and label in node.labels) or label in node.included:
            yield _breaks(f"matches on {label} of {effect.name}, {effect.why}")
        else:
            yield from _mismatches(effect, reading, node)
    elif isinstance(node, Call) and label in _labels_given(node) and reading.loses(node.args[0], label):
        yield _breaks(f"makes a label of {label} of {effect.name}, {effect.why}")


def _labels_given(call: Call) -> list[str]:
    """Return the labels that a function is told to read."""
    given = call.args[_LABEL_ARGUMENTS[call.function]] if call.function in _LABEL_ARGUMENTS else ()
    return [argument.value for argument in given if isinstance(argument, Text)]


def _label_added(effect: Effect, reading: TwoReadings) -> Iterator[Judgement]:
    label = effect.label
    for node in reading.over(effect.name):
        if isinstance(node, Binary):
            yield from _mismatches(effect, reading, node)
        elif isinstance(node, Aggregation) and node.op not in _SUMS and reading.gains(node.expr, label):
            yield _alters(f"takes {node.op} over series of {effect.name}, {effect.why}: they are more")
    if reading.result_gains(label):
        yield _alters(f"shows one series for each {label} of {effect.name}, {effect.why}")


def _mismatches(effect: Effect, reading: TwoReadings, node: Binary) -> Iterator[Judgement]:
    """Yield what keeps two sides apart that met before."""
    (left, right), (was_left, was_right) = (
        (typing.of(node.lhs), typing.of(node.rhs)) for typing in (reading.after, reading.before)
    )
    if Shape.SCALAR in (left.shape, right.shape):
        return
    reason = mismatch(node, left.labels, right.labels, effect.label)
    if reason and not mismatch(node, was_left.labels, was_right.labels, effect.label):
        yield _breaks(f"{reason} ({effect.name}, {effect.why})", empty=node.op != "unless")


# --- values ---------------------------------------------------------------------------------------------------


def _values_gone(effect: Effect, reading: TwoReadings) -> Iterator[Judgement]:
    for matcher in reading.matchers(effect.name, effect.label):
        named = sorted(value for value in effect.values if _names(matcher, value))
        if named and effect.closed and not any(_matches(matcher, value) for value in effect.left):
            yield _breaks(f"asks for {_shown(matcher)} of {effect.name}, {effect.why}: nothing passes", empty=True)
        elif named:
            yield _alters(f"asks for {_shown(matcher)} of {effect.name}, {effect.why}")


def _names(matcher: Matcher, value: str) -> bool:
    """Whether a matcher asks for *value* by name, and not only lets it pass."""
    return matcher.op in ("=", "=~") and value in matcher.value.replace("\\", "") and _matches(matcher, value)


def _matches(matcher: Matcher, value: str) -> bool:
    if matcher.op in ("=", "!="):
        return (matcher.value == value) is (matcher.op == "=")
    compiled = readable_regex(matcher.value)
    return compiled is None or (compiled.fullmatch(value) is not None) is (matcher.op == "=~")


def _shown(matcher: Matcher) -> str:
    return f'{matcher.label}{matcher.op}"{matcher.value}"'


# --- buckets --------------------------------------------------------------------------------------------------


def _buckets(effect: Effect, reading: TwoReadings) -> Iterator[Judgement]:
    for matcher in reading.matchers(effect.name, "le"):
        named = [bound for bound in effect.values if any(_names(matcher, form) for form in _forms(bound))]
        if named and not any(_matches(matcher, form) for bound in effect.left for form in _forms(bound)):
            yield _breaks(f"asks for {_shown(matcher)} of {effect.name}, {effect.why}: nothing passes", empty=True)
        elif named:
            yield _alters(f"asks for {_shown(matcher)} of {effect.name}, {effect.why}")
    for node in reading.over(effect.name):
        if isinstance(node, Call) and node.function in _QUANTILES:
            yield _alters(f"takes {node.function}() of {effect.name}, {effect.why}")
        elif isinstance(node, Binary):
            yield from _out_of_reach(reading, node)
    if effect.values and reading.result_has("le") and any(reading.selectors(effect.name)):
        yield _alters(f"keeps the buckets of {effect.name}, {effect.why}")


def _forms(bound: str) -> tuple[str, ...]:
    """Return how Prometheus writes a bound: since 3.0 always with a point."""
    return (bound,) if "." in bound or "e" in bound or "Inf" in bound else (bound, f"{bound}.0")


def _out_of_reach(reading: TwoReadings, node: Binary) -> Iterator[Judgement]:
    """Yield a comparison of a quantile that no quantile can pass any more: none is above the highest bucket."""
    before, after = (against_number(node, typing) for typing in (reading.before, reading.after))
    if after is not None and after.is_above_buckets and not (before is not None and before.is_never):
        shown = f"compares a quantile with {after.limit:g}, and the highest bucket is {after.found.high:g} now"
        yield _breaks(f"{shown}: it never holds", empty=True)


# --- windows --------------------------------------------------------------------------------------------------


def _scrapes(effect: Effect, reading: TwoReadings) -> Iterator[Judgement]:
    """Yield the windows over what is scraped that had two samples, and do not always have them now."""
    before, after = effect.seconds
    if holds_variables(reading.after.parsed.text):
        return  # Grafana's windows grow with the scrape interval
    for node in reading.nodes:
        if isinstance(node, Selector) and node.range_seconds is not None and reading.is_scraped(node):
            yield from _fewer_samples(effect, node, node.range_seconds)
        elif isinstance(node, Subquery) and before <= (node.step_seconds or 0.0) < after:
            yield _alters(f"looks every {node.step_seconds:g} s, but {effect.why}")


def _fewer_samples(effect: Effect, node: Selector, window: float) -> Iterator[Judgement]:
    """Between one scrape interval and two, the moments of scrape and evaluation decide, and they stay as they are."""
    before, after = effect.seconds
    shown = f"reads {node.name} over {window:g} s, but {effect.why}"
    if before < window <= after:
        yield _breaks(f"{shown}: there are no two samples", empty=True)
    elif 2 * before <= window < 2 * after:
        yield _alters(f"{shown}: it depends on the moment of the scrape whether there are two samples")


JUDGES: Final[dict[What, Judge]] = {
    What.GONE: _gone,
    What.MEANING: _meaning,
    What.TYPE: _type,
    What.LABEL_GONE: _label_gone,
    What.LABEL_ADDED: _label_added,
    What.VALUES_GONE: _values_gone,
    What.BUCKETS: _buckets,
    What.SCRAPES: _scrapes,
}
