"""What changed of metrics and external series. Each function tells one sort of change; the table at the end is all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from metricloom.impact.changes import Change, Effect, What, change
from metricloom.impact.match import Match
from metricloom.impact.model import External, Metric

GONE: Final = "which is gone"


def metric_changes(match: Match) -> Iterator[Change]:
    """Yield what changed of metrics, but for their labels."""
    for metric in match.metrics.removed:
        gone = [Effect(What.GONE, name, GONE) for name in metric.series]
        yield change("metric-removed", "metric", metric.name, "is removed", metric.type, effects=gone)
    for before, after in match.metrics.renamed:
        yield _renamed(before, after)
    for metric in match.metrics.added:
        yield change("metric-added", "metric", metric.name, "is added", after=metric.type)
    for before, after in match.metrics.both:
        for compared in _OF_METRIC:
            yield from compared(before, after)
        yield from _subset(match, before, after)


def _renamed(before: Metric, after: Metric) -> Change:
    pairs = zip(before.series, after.series, strict=False)
    gone = [Effect(What.GONE, name, f"which is {now} now", now=now) for name, now in pairs]
    return change("metric-renamed", "metric", before.name, f"is renamed to {after.name}", before.name, after.name, gone)


def _type(before: Metric, after: Metric) -> Iterator[Change]:
    if before.type == after.type:
        return
    lost = [Effect(What.GONE, name, GONE) for name in before.series if name not in after.series]
    lost += [Effect(What.TYPE, after.name, f"which is a {after.type} now", now=after.type)] if not lost else []
    message = f"is a {after.type}, and was a {before.type}"
    yield change("metric-type", "metric", after.name, message, before.type, after.type, lost)


def _unit(before: Metric, after: Metric) -> Iterator[Change]:
    if before.unit != after.unit:
        message = f"is in {_unit_words(after.unit)}, and was in {_unit_words(before.unit)}"
        effects = _meaning(after, f"which is in {_unit_words(after.unit)} now")
        yield change("metric-unit", "metric", after.name, message, before.unit, after.unit, effects)


def _unit_words(unit: str) -> str:
    return "a number of things" if unit == "1" else unit


def _copies(before: Metric, after: Metric) -> Iterator[Change]:
    if before.copies != after.copies and before.type == after.type:
        effects = _meaning(after, f"whose copies combine as {after.copies} now")
        message = "combines its copies in another way"
        yield change("metric-copies", "metric", after.name, message, before.copies, after.copies, effects)


def _timestamp(before: Metric, after: Metric) -> Iterator[Change]:
    if before.timestamp != after.timestamp:
        words = "a time" if after.timestamp else "no time"
        effects = _meaning(after, f"which is {words} any more" if not after.timestamp else "which is a time now")
        yield change("metric-unit", "metric", after.name, f"is {words} now", before.timestamp, after.timestamp, effects)


def _initial(before: Metric, after: Metric) -> Iterator[Change]:
    if before.initial != after.initial and before.type == after.type:
        effects = _meaning(after, "which begins at another value")
        message = "begins at another value"
        yield change("metric-initial", "metric", after.name, message, _or_nothing(before), _or_nothing(after), effects)


def _or_nothing(metric: Metric) -> float | str:
    return "no series" if metric.initial is None else metric.initial


def _bounds(before: Metric, after: Metric) -> Iterator[Change]:
    old, new = ((metric.minimum, metric.maximum) for metric in (before, after))
    if old != new and before.type == after.type:
        message = "may have other values"
        yield change("metric-bounds", "metric", after.name, message, _range(*old), _range(*new))


def _range(low: float | None, high: float | None) -> str:
    return f"{'any' if low is None else f'{low:g}'} to {'any' if high is None else f'{high:g}'}"


def _subset(match: Match, before: Metric, after: Metric) -> Iterator[Change]:
    series = match.names.series
    old = {value: series.get(whole, whole) for value, whole in before.subset_of.items()}
    if old != after.subset_of and before.type == after.type:
        message = "counts a part of something else" if after.subset_of else "is no longer said to count a part"
        yield change("metric-subset", "metric", after.name, message, _wholes(before), _wholes(after))


def _wholes(metric: Metric) -> str:
    return ", ".join(f"{value}: {whole}" if value else whole for value, whole in metric.subset_of.items())


def _timeout(before: Metric, after: Metric) -> Iterator[Change]:
    if before.timeout != after.timeout and before.type == after.type:
        message = "measures events of another longest duration"
        yield change("metric-timeout", "metric", after.name, message, before.timeout, after.timeout)


def _buckets(before: Metric, after: Metric) -> Iterator[Change]:
    if before.type != after.type:
        return
    gone = sorted(set(before.buckets) - set(after.buckets))
    come = sorted(set(after.buckets) - set(before.buckets))
    shown = before.buckets, after.buckets
    if gone:
        why = f"whose {_bounds_words(gone)} gone"
        message = f"loses {_bounds_words(gone).removesuffix(' is').removesuffix(' are')}"
        yield change("bucket-removed", "metric", after.name, message, *shown, [_bucket_effect(after, why, gone)])
    elif come:
        why = f"whose {_bounds_words(come)} new"
        message = f"gains {_bounds_words(come).removesuffix(' is').removesuffix(' are')}"
        yield change("bucket-added", "metric", after.name, message, *shown, [_bucket_effect(after, why, ())])


def _bounds_words(bounds: list[float]) -> str:
    shown = ", ".join(f"{bound:.15g}" for bound in bounds)
    return f"bucket {shown} is" if len(bounds) == 1 else f"buckets {shown} are"


def _bucket_effect(metric: Metric, why: str, gone: list[float] | tuple[()]) -> Effect:
    left = frozenset(f"{bound:.15g}" for bound in metric.buckets)
    values = frozenset(f"{bound:.15g}" for bound in gone)
    return Effect(What.BUCKETS, f"{metric.name}_bucket", why, label="le", values=values, left=left | {"+Inf"})


def _said(kind: str, attribute: str, message: str) -> Callable[[Metric, Metric], Iterator[Change]]:
    """Return a function that tells a change of what is only said of a metric."""

    def compared(before: Metric, after: Metric) -> Iterator[Change]:
        old, new = getattr(before, attribute), getattr(after, attribute)
        if old != new:
            yield change(kind, "metric", after.name, message, old, new)

    return compared


def _meaning(metric: Metric, why: str) -> list[Effect]:
    return [Effect(What.MEANING, name, why) for name in metric.series]


_OF_METRIC: Final = (
    _type,
    _unit,
    _copies,
    _timestamp,
    _initial,
    _bounds,
    _timeout,
    _buckets,
    _said("metric-internal", "internal", "measures the service, or only the instrumentation"),
    _said("metric-help", "help", "is documented in other words"),
    _said("metric-moved", "subsystem", "is declared by another subsystem"),
)


# --- external series ------------------------------------------------------------------------------------------


def external_changes(match: Match) -> Iterator[Change]:
    """Yield what changed of series that something else exposes."""
    for external in match.externals.removed:
        gone = [Effect(What.GONE, external.name, "which is declared no more")]
        yield change("external-removed", "external series", external.name, "is declared no more", effects=gone)
    for external in match.externals.added:
        yield change("external-added", "external series", external.name, "is declared", after=external.type)
    for before, after in match.externals.both:
        yield from _of_external(before, after)


def _of_external(before: External, after: External) -> Iterator[Change]:
    name = after.name
    if before.type != after.type:
        effects = [Effect(What.TYPE, name, f"which is a {after.type} now", now=after.type)]
        yield change("external-type", "external series", name, f"is a {after.type}", before.type, after.type, effects)
    if before.unit != after.unit:
        effects = [Effect(What.MEANING, name, f"which is in {_unit_words(after.unit)} now")]
        message = f"is in {_unit_words(after.unit)}"
        yield change("external-unit", "external series", name, message, before.unit, after.unit, effects)
    if before.help != after.help:
        message = "is documented in other words"
        yield change("external-help", "external series", name, message, before.help, after.help)
    yield from _labels_of_external(before, after)


def _labels_of_external(before: External, after: External) -> Iterator[Change]:
    for label in before.labels:
        if label not in after.labels:
            effects = [Effect(What.LABEL_GONE, after.name, f"which has no label {label} any more", label=label)]
            message = f"has no label {label} any more"
            yield change("external-label-removed", "external series", after.name, message, label, effects=effects)
    for label in after.labels:
        if label not in before.labels:
            effects = [Effect(What.LABEL_ADDED, after.name, f"which has the label {label} now", label=label)]
            message = f"has the label {label} now"
            yield change("external-label-added", "external series", after.name, message, after=label, effects=effects)
