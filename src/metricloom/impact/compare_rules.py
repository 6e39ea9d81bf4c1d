"""What changed of recording rules and alerts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from metricloom.impact.changes import Change, Effect, What, change
from metricloom.impact.match import Match
from metricloom.impact.model import Alert, Recording, Threshold
from metricloom.impact.types import Table, label_changes, labels_of
from metricloom.promql.infer import infer


@dataclass(frozen=True, slots=True)
class Rules:
    """Two registries, and the types of their series."""

    match: Match
    before: Table
    after: Table


def record_changes(rules: Rules) -> Iterator[Change]:
    """Yield what changed of recording rules."""
    pairs = rules.match.recordings
    left = {rule.name for rule in rules.match.new.recordings}
    for rule in pairs.removed:
        part = frozenset(rule.labels.items()) if rule.name in left else frozenset()
        gone = [Effect(What.GONE, rule.name, "which nothing records any more", part=part)]
        yield change("record-removed", "record", _shown(rule), "is removed", rule.expression, effects=gone)
    for before, after in pairs.renamed:
        gone = [Effect(What.GONE, before.name, f"which is {after.name} now", now=after.name)]
        message = f"is renamed to {after.name}"
        yield change("record-renamed", "record", before.name, message, before.name, after.name, gone)
    for rule in pairs.added:
        yield change("record-added", "record", _shown(rule), "is added", after=rule.expression)
    for before, after in pairs.both:
        for compared in _OF_RECORD:
            yield from compared(rules, before, after)


def _shown(rule: Recording) -> str:
    labels = ", ".join(f'{name}="{value}"' for name, value in rule.labels.items())
    return f"{rule.name}{{{labels}}}" if labels else rule.name


def _expression(rules: Rules, before: Recording, after: Recording) -> Iterator[Change]:
    if rules.match.names.alike(before, after):
        return
    several = sum(rule.name == after.name for rule in rules.match.new.recordings) > 1
    part = frozenset(after.labels.items()) if several else frozenset()
    effects = [Effect(What.MEANING, after.name, "which is computed otherwise now", part=part)]
    message = "is computed otherwise"
    yield change("record-expression", "record", _shown(after), message, before.expression, after.expression, effects)
    lost, come = label_changes(labels_of(rules.before.get(before.name)), labels_of(rules.after.get(after.name)))
    if lost:
        effects = [_label_effect(What.LABEL_GONE, after.name, name, "which has no label {} any more") for name in lost]
        message = f"has no {_labels_words(lost)} any more"
        yield change("record-label-removed", "record", _shown(after), message, lost, effects=effects)
    if come:
        effects = [_label_effect(What.LABEL_ADDED, after.name, name, "which has the label {} now") for name in come]
        message = f"has the {_labels_words(come)} now"
        yield change("record-label-added", "record", _shown(after), message, after=come, effects=effects)


def _label_effect(what: What, series: str, label: str, why: str) -> Effect:
    return Effect(what, series, why.format(label), label=label)


def _labels_words(names: list[str]) -> str:
    return f"{'label' if len(names) == 1 else 'labels'} {', '.join(names)}"


def _unit(_rules: Rules, before: Recording, after: Recording) -> Iterator[Change]:
    if before.unit != after.unit and before.unit is not None and after.unit is not None:
        effects = [Effect(What.MEANING, after.name, "which is in another unit now")]
        message = "is in another unit"
        yield change("record-unit", "record", _shown(after), message, before.unit, after.unit, effects)


def _moved(_rules: Rules, before: Recording, after: Recording) -> Iterator[Change]:
    if before.subsystem != after.subsystem:
        message = "is in another group"
        yield change("record-moved", "record", _shown(after), message, before.subsystem, after.subsystem)


def _help(_rules: Rules, before: Recording, after: Recording) -> Iterator[Change]:
    if before.help != after.help:
        message = "is documented in other words"
        yield change("record-help", "record", _shown(after), message, before.help, after.help)


_OF_RECORD: Final = (_expression, _unit, _moved, _help)


# --- alerts ---------------------------------------------------------------------------------------------------


def alert_changes(rules: Rules) -> Iterator[Change]:
    """Yield what changed of alerts."""
    pairs = rules.match.alerts
    for alert in pairs.removed:
        gone = [Effect(What.ALERT_GONE, alert.name, "which is removed")]
        yield change("alert-removed", "alert", alert.name, "is removed", alert.expression, effects=gone)
    for before, after in pairs.renamed:
        gone = [Effect(What.ALERT_GONE, before.name, f"which is {after.name} now", now=after.name)]
        message = f"is renamed to {after.name}"
        yield change("alert-renamed", "alert", before.name, message, before.name, after.name, gone)
    for alert in pairs.added:
        yield change("alert-added", "alert", alert.name, "is added", after=alert.expression)
    for before, after in pairs.both:
        for compared in _OF_ALERT:
            yield from compared(rules, before, after)


def _threshold(_rules: Rules, before: Alert, after: Alert) -> Iterator[Change]:
    old, new = _number(before.threshold), _number(after.threshold)
    if old and new and old != new:
        yield change("alert-threshold", "alert", after.name, f"fires {_compared(after)} {new}", old, new)


def _number(threshold: Threshold | None) -> str:
    if threshold is None:
        return ""
    others = ", ".join(f"{number:.15g} for {value}" for value, number in threshold.by_value.items())
    return f"{threshold.value:.15g}" + (f" ({others})" if others else "")


def _compared(alert: Alert) -> str:
    return {">": "above", ">=": "from", "<": "below", "<=": "up to"}.get(alert.operator, "at")


def _condition(rules: Rules, before: Alert, after: Alert) -> Iterator[Change]:
    old, new = _number(before.threshold), _number(after.threshold)
    if rules.match.names.alike(before, after) or (old != new and old and new and _asks_the_same(rules, before, after)):
        return
    message = "fires for another reason"
    yield change("alert-condition", "alert", after.name, message, before.expression, after.expression)
    results = infer(before.expression, rules.before).result, infer(after.expression, rules.after).result
    lost, come = label_changes(results[0].labels, results[1].labels)
    if lost:
        message = f"no longer carries the {_labels_words(lost)} of its series"
        yield change("alert-label-removed", "alert", after.name, message, lost)
    if come:
        message = f"carries the {_labels_words(come)} of its series"
        yield change("alert-label-added", "alert", after.name, message, after=come)


def _asks_the_same(rules: Rules, before: Alert, after: Alert) -> bool:
    """Whether only the number differs: a guard may be computed from it, so that only the query tells."""
    now = after.query.split()
    same = now in (before.query.split(), rules.match.names.renamed(before.query).split())
    return same and before.operator == after.operator


def _durations(_rules: Rules, before: Alert, after: Alert) -> Iterator[Change]:
    if before.for_ != after.for_:
        message = f"fires after {after.for_ or 'no wait'}"
        yield change("alert-for", "alert", after.name, message, before.for_ or "0s", after.for_ or "0s")
    if before.keep_firing_for != after.keep_firing_for:
        message = f"keeps firing for {after.keep_firing_for or 'no longer than it holds'}"
        old, new = before.keep_firing_for or "0s", after.keep_firing_for or "0s"
        yield change("alert-keep-firing-for", "alert", after.name, message, old, new)


def _labels(rules: Rules, before: Alert, after: Alert) -> Iterator[Change]:
    told = _told_of_subsystem(rules, before, after)
    for name in (*before.labels, *(name for name in after.labels if name not in before.labels)):
        old, new = before.labels.get(name), after.labels.get(name)
        if old != new and name not in told:
            yield _label(after, name, old, new)


def _told_of_subsystem(rules: Rules, before: Alert, after: Alert) -> set[str]:
    """Return the labels whose change is told once, of the subsystem that gives them to all its alerts."""
    for old, new in rules.match.subsystems.kept:
        if old.name == before.subsystem == after.subsystem:
            pairs = {"owner": (old.owner, new.owner), "service": (old.service, new.service)}
            return {
                name
                for name, (was, is_now) in pairs.items()
                if was != is_now and (before.labels.get(name, ""), after.labels.get(name, "")) == (was, is_now)
            }
    return set()


def _label(alert: Alert, name: str, old: str | None, new: str | None) -> Change:
    if name == "severity":
        return change("alert-severity", "alert", alert.name, f"is of severity {new}", old, new)
    if new is None:
        return change("alert-label-removed", "alert", alert.name, f"has no label {name} any more", old)
    if old is None:
        return change("alert-label-added", "alert", alert.name, f"has the label {name}", after=new)
    return change("alert-label-changed", "alert", alert.name, f"has another {name}", old, new)


def _texts(_rules: Rules, before: Alert, after: Alert) -> Iterator[Change]:
    for name, old in before.texts.items():
        new = after.texts.get(name, "")
        if old != new:
            yield change("alert-text", "alert", after.name, f"says another {name.replace('_', ' ')}", old, new)


def _examples(rules: Rules, before: Alert, after: Alert) -> Iterator[Change]:
    """Tell of other examples; those of another threshold, or with new names, are others by themselves."""
    old, names = before.examples, rules.match.names
    for name, now in (*names.series.items(), *names.labels.items()):
        old = old.replace(f'"{name}"', f'"{now}"')
    if after.examples not in (before.examples, old) and _number(before.threshold) == _number(after.threshold):
        yield change("alert-examples", "alert", after.name, "is proved by other examples")


def _runbook(rules: Rules, before: Alert, after: Alert) -> Iterator[Change]:
    """Tell of another page; that the whole guide moved, or that the alert has another name, is told already."""
    old, new = before.runbook_url.partition("#"), after.runbook_url.partition("#")
    moved = rules.match.old.settings["docs_url"] != rules.match.new.settings["docs_url"]
    if (old[0] != new[0] and not moved) or (old[2] != new[2] and before.name == after.name):
        message = "links to another page"
        yield change("alert-runbook", "alert", after.name, message, before.runbook_url, after.runbook_url)


def _alert_moved(_rules: Rules, before: Alert, after: Alert) -> Iterator[Change]:
    if before.subsystem != after.subsystem:
        yield change("alert-moved", "alert", after.name, "is in another group", before.subsystem, after.subsystem)


_OF_ALERT: Final = (_threshold, _condition, _durations, _labels, _texts, _examples, _runbook, _alert_moved)
