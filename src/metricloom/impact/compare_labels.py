"""What changed of the labels of metrics. A label that many metrics share changes once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from metricloom.impact.changes import Change, Effect, What, change, listed
from metricloom.impact.match import Match, paired_labels
from metricloom.impact.model import Label, Metric


@dataclass(frozen=True, slots=True)
class _Delta:
    """A change of a label, which several metrics may have."""

    kind: str
    label: str
    message: str
    before: str = ""
    after: str = ""
    effect: Effect | None = None


def label_changes(match: Match) -> Iterator[Change]:
    """Yield what changed of labels, each with all the metrics whose label changed so."""
    metrics: dict[_Delta, list[Metric]] = defaultdict(list)
    for before, after in match.metrics.both:
        for delta in _deltas(before, after):
            metrics[delta].append(after)
    for delta, changed in metrics.items():
        yield _change(delta, changed)


def _change(delta: _Delta, metrics: list[Metric]) -> Change:
    names = [metric.name for metric in metrics]
    effects = [
        replace(delta.effect, name=series) for metric in metrics for series in metric.series if delta.effect is not None
    ]
    message = f"{delta.message}, of {listed(names)}"
    return change(delta.kind, "label", delta.label, message, delta.before, delta.after, effects)


def _deltas(before: Metric, after: Metric) -> Iterator[_Delta]:
    pairs = paired_labels(before, after)
    for label in pairs.removed:
        effect = Effect(What.LABEL_GONE, "", f"which has no label {label.name} any more", label=label.name)
        yield _Delta("label-removed", label.name, "is removed", label.name, effect=effect)
    for label in pairs.added:
        effect = Effect(What.LABEL_ADDED, "", f"which has the label {label.name} now", label=label.name)
        yield _Delta("label-added", label.name, "is added", after=label.name, effect=effect)
    for old, new in pairs.renamed:
        why = f"whose label {old.name} is {new.name} now"
        effect = Effect(What.LABEL_GONE, "", why, label=old.name, now=new.name)
        yield _Delta("label-renamed", old.name, f"is renamed to {new.name}", old.name, new.name, effect)
    for old, new in pairs.both:
        for compared in _OF_LABEL:
            yield from compared(old, new)


def _values_gone(before: Label, after: Label) -> Iterator[_Delta]:
    gone = [value for value in before.values if value not in after.values]
    if not gone:
        return
    shown = ", ".join(gone)
    effect = Effect(
        What.VALUES_GONE,
        "",
        f"whose {after.name} is {'never' if after.is_closed else 'not surely'} {' or '.join(gone)} any more",
        label=after.name,
        values=frozenset(gone),
        left=frozenset((*after.values, "other", "unknown")),
        closed=after.is_closed,
    )
    if after.is_closed:
        yield _Delta("value-removed", after.name, f"loses {shown}{_counts_as(gone, after)}", shown, effect=effect)
    else:
        message = f"no longer names {shown}{_counts_as(gone, after)}"
        yield _Delta("value-forgotten", after.name, message, shown, effect=effect)


def _counts_as(gone: list[str], label: Label) -> str:
    aliases = label.aliases or {}
    said = [f"{value} counts as {aliases[value]}" for value in gone if value in aliases]
    return f" ({', '.join(said)})" if said else ""


def _values_come(before: Label, after: Label) -> Iterator[_Delta]:
    come = [value for value in after.values if value not in before.values]
    if come:
        yield _Delta("value-added", after.name, f"gains {', '.join(come)}", after=", ".join(come))


def _openness(before: Label, after: Label) -> Iterator[_Delta]:
    if before.is_closed != after.is_closed:
        kind = "values-closed" if after.is_closed else "values-opened"
        message = "has no values but those that are named" if after.is_closed else "may have values that nobody named"
        yield _Delta(kind, after.name, message, _most(before), _most(after))
    elif before.max_values != after.max_values:
        lowered = after.max_values is not None and (before.max_values is None or after.max_values < before.max_values)
        kind = "max-values-lowered" if lowered else "max-values-raised"
        message = f"may have {'fewer' if lowered else 'more'} values"
        yield _Delta(kind, after.name, message, _most(before), _most(after))


def _most(label: Label) -> str:
    if label.max_values is not None:
        return f"at most {label.max_values:g}"
    return f"{len(label.values)} named" if label.values else "any number"


def _aliases(before: Label, after: Label) -> Iterator[_Delta]:
    old, new = before.aliases, after.aliases
    if old is None or new is None:
        return
    changed = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
    if changed:
        was, is_now = (", ".join(f"{name} as {side[name]}" for name in changed if name in side) for side in (old, new))
        yield _Delta("aliases", after.name, f"counts {listed(changed)} under another name", was, is_now)


def _help(before: Label, after: Label) -> Iterator[_Delta]:
    if before.help != after.help:
        yield _Delta("label-help", after.name, "is documented in other words", before.help, after.help)


_OF_LABEL: Final = (_values_gone, _values_come, _openness, _aliases, _help)
