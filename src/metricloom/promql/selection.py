"""The type of a selector: what its series are, and which of them the matchers let pass."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from metricloom.promql.gaps import of_window
from metricloom.promql.labels import ANY_SERIES, Labels, Presence, Step
from metricloom.promql.nodes import Matcher, Selector
from metricloom.promql.regex import readable_regex
from metricloom.promql.shares import read_terms
from metricloom.promql.types import UNKNOWN_GAPS, Gaps, Inferred, Kind, SeriesType, Shape
from metricloom.promql.variables import VARIABLE


def selected(node: Selector, series: SeriesType | None) -> Inferred:
    """Return the type of a selector of *series*, or of something that nobody knows."""
    shape = Shape.VECTOR if node.range_seconds is None else Shape.RANGE
    if series is None:
        return Inferred(shape, labels=_matched(ANY_SERIES, node.matchers), gaps=UNKNOWN_GAPS)
    counted = _counted(series)
    return Inferred(
        shape,
        series.kind,
        series.unit,
        _matched(_labels(series.name, series.labels, series.possible, series.open), node.matchers),
        series.low,
        series.high,
        series.histogram,
        series.buckets,
        series.observed,
        None,
        series.sources or frozenset((counted,)),
        read_terms(node, series, counted),
        series.aggregated,
        of_window(node, _gaps(node, series)),
        series.additive,
    )


def _counted(series: SeriesType) -> str:
    """Return the series whose events are counted: a bucket counts those of its histogram."""
    return f"{series.histogram}_count" if series.kind is Kind.BUCKETS and series.histogram else series.name


# --- labels -----------------------------------------------------------------------------------------


_SOME: Final = "it is a target label that only some have"


@lru_cache(maxsize=4096)
def _labels(name: str, sure: frozenset[str], possible: frozenset[str], is_open: bool) -> Labels:
    step = Step(sure=f"{name} has it", possible=f"nobody knows which other labels {name} has" if is_open else _SOME)
    return Labels(sure, possible - sure, is_open, step, named=Presence.SURELY)


def _matched(labels: Labels, matchers: Iterable[Matcher]) -> Labels:
    for matcher in matchers:
        if matcher.op == "=" and not matcher.value:
            labels = labels.without([matcher.label], f'the selector asks for {matcher.label}=""')
        elif matcher.label not in labels.sure and needs_value(matcher):
            labels = labels.adding([matcher.label], reason="a matcher asks for it")
    return labels


def needs_value(matcher: Matcher) -> bool:
    """Whether only series that have the label pass."""
    match matcher.op:
        case "=":
            return VARIABLE not in matcher.value
        case "!=":
            return not matcher.value
        case "=~":
            return not _matches_empty(matcher.value)
    return False


def _matches_empty(pattern: str) -> bool:
    """Whether a pattern lets the empty value pass; where that cannot be told, it may."""
    compiled = None if VARIABLE in pattern else readable_regex(pattern)
    return compiled is None or compiled.fullmatch("") is not None


# --- whether there are any ----------------------------------------------------------------------------


def _gaps(node: Selector, series: SeriesType) -> Gaps:
    """Return the gaps of what passes the matchers: some series do where the values are there from the start."""
    if series.gaps.absent or not node.matchers:
        return series.gaps
    by_label = defaultdict(list)
    for matcher in node.matchers:
        if matcher not in series.scope:
            by_label[matcher.label].append(matcher)
    for label, matchers in by_label.items():
        if not _some_pass(label, matchers, series):
            return series.gaps._replace(absent=f"no series may have a {label} that the matchers ask for")
    return series.gaps


def _some_pass(label: str, matchers: Sequence[Matcher], series: SeriesType) -> bool:
    """Whether some series surely passes all *matchers*, which are of one label."""
    values = _values_there(series).get(label)
    if values is None:
        everything = label in series.labels and all(_passes_any(each) for each in matchers)
        never = label not in series.labels and label not in series.possible and not series.open
        return everything or (never and all(passes(each, "") for each in matchers))
    return any(all(passes(matcher, value) for matcher in matchers) for value in values)


def _values_there(series: SeriesType) -> Mapping[str, Sequence[str]]:
    if series.kind is Kind.BUCKETS and "le" in series.labels:
        return {**series.initial, "le": ("+Inf",)}
    return series.initial


def _passes_any(matcher: Matcher) -> bool:
    """Whether any value of a label that is there passes."""
    return (matcher.op == "!=" and not matcher.value) or (matcher.op == "=~" and matcher.value in (".*", ".+"))


def passes(matcher: Matcher, value: str) -> bool:
    """Whether a label of *value* surely passes *matcher*."""
    if VARIABLE in matcher.value:
        return False
    if matcher.op in ("=", "!="):
        return (matcher.value == value) == (matcher.op == "=")
    pattern = readable_regex(matcher.value)
    return pattern is not None and (pattern.fullmatch(value) is not None) == (matcher.op == "=~")
