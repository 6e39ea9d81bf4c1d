"""Two registries side by side: each declaration beside its like, and the names that changed."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from metricloom.impact.model import (
    Alert,
    Amount,
    Dashboard,
    Document,
    External,
    Label,
    Metric,
    Operation,
    Panel,
    PanelQuery,
    Recording,
    Subsystem,
)
from metricloom.impact.pairs import Pairs, paired
from metricloom.promql.text import rename
from metricloom.promql.tokens import BLANK, tokens

Asked: TypeAlias = Recording | Alert | PanelQuery


@dataclass(frozen=True, slots=True)
class Names:
    """What is called otherwise now, and whether expressions are compared as they were *written*, or as they are loaded.

    *series* and *labels* lead from the old name to the new one.
    """

    written: bool = False
    series: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)

    def words(self, expression: str, written: str) -> tuple[str, ...]:
        """Return what an expression says, however it is laid out."""
        text = written if self.written else expression
        return tuple(token.text for token in tokens(text) if token.kind not in BLANK)

    def renamed(self, text: str) -> str:
        """Return an old expression with the new names."""
        return rename(text, self.series, self.labels) if self.series or self.labels else text

    def old_words(self, expression: str, written: str) -> tuple[str, ...]:
        """Return what an old expression says, with the new names."""
        return self.words(self.renamed(expression), self.renamed(written))

    def alike(self, old: Asked, new: Asked) -> bool:
        """Whether an expression says what it said, be it with the new names or still with the old ones."""
        now = self.words(new.expression, new.written)
        return now in (self.words(old.expression, old.written), self.old_words(old.expression, old.written))


@dataclass(frozen=True, slots=True)
class Match:
    """Two registries, each declaration beside its like."""

    old: Document
    new: Document
    names: Names
    metrics: Pairs[Metric]
    externals: Pairs[External]
    operations: Pairs[Operation]
    amounts: Pairs[Amount]
    recordings: Pairs[Recording]
    alerts: Pairs[Alert]
    dashboards: Pairs[Dashboard]
    panels: Pairs[Panel]
    subsystems: Pairs[Subsystem]


def match(old: Document, new: Document) -> Match:
    """Pair all that two registries declare. Rules and panels are told renamed with the names of what they read."""
    metrics = paired(old.metrics, new.metrics, lambda metric: metric.name, [_metric_signature])
    names = Names(_by_what_was_written(old, new), _series(metrics), _labels(metrics))
    recordings = _paired_recordings(old, new, names)
    series = {**names.series, **{before.name: after.name for before, after in recordings.renamed}}
    names = replace(names, series={name: now for name, now in series.items() if name != now})
    dashboards = paired(old.dashboards, new.dashboards, lambda board: board.uid, [lambda board: board.title])
    return Match(
        old=old,
        new=new,
        names=names,
        metrics=metrics,
        externals=paired(old.externals, new.externals, lambda external: external.name),
        operations=paired(old.operations, new.operations, lambda call: call.full_name, [_call_signature, _call_does]),
        amounts=paired(old.amounts, new.amounts, lambda amount: amount.placeholder),
        recordings=recordings,
        alerts=_paired_alerts(old, new, names),
        dashboards=dashboards,
        panels=_paired_panels(old, new, names, dashboards),
        subsystems=paired(old.subsystems, new.subsystems, lambda part: part.name),
    )


def _by_what_was_written(old: Document, new: Document) -> bool:
    """Whether expressions are compared as they were declared: where what is filled into them changed by itself."""
    filled = [
        ({**one.lists, "sites": ()}, [(each.placeholder, each.expression) for each in one.amounts])
        for one in (old, new)
    ]
    return filled[0] != filled[1] and _all_written(old) and _all_written(new)


def _all_written(document: Document) -> bool:
    written = [one.written for one in document.recordings] + [one.written for one in document.alerts]
    return all((*written, *(query.written for panel in document.panels for query in panel.queries)))


# --- what tells that one thing has two names ------------------------------------------------------------------


def _metric_signature(metric: Metric) -> Hashable | None:
    return (metric.type, metric.unit, metric.label_names, metric.help) if metric.help else None


def label_signature(label: Label) -> Hashable | None:
    """Return what a label keeps when it is renamed; None where it says nothing by which it could be known again."""
    return (label.help, label.values, label.max_values) if label.help else None


def _call_signature(call: Operation) -> Hashable | None:
    return call.signature.partition("(")[2], call.effects


def _call_does(call: Operation) -> Hashable | None:
    return (call.helper, call.help, call.labels) if call.help else None


def _series(metrics: Pairs[Metric]) -> dict[str, str]:
    found: dict[str, str] = {}
    for before, after in metrics.renamed:
        found.update(zip(before.series, after.series, strict=False))
    return found


def _labels(metrics: Pairs[Metric]) -> dict[str, str]:
    return {before.name: after.name for pair in metrics.both for before, after in paired_labels(*pair).renamed}


def paired_labels(before: Metric, after: Metric) -> Pairs[Label]:
    """Pair the labels of one metric."""
    return paired(before.labels, after.labels, lambda label: label.name, [label_signature])


def _paired_recordings(old: Document, new: Document, names: Names) -> Pairs[Recording]:
    def key(rule: Recording) -> Hashable:
        return rule.name, frozenset(rule.labels.items())

    def before(rule: Recording) -> Hashable:
        return names.old_words(rule.expression, rule.written), frozenset(rule.labels.items())

    def after(rule: Recording) -> Hashable:
        return names.words(rule.expression, rule.written), frozenset(rule.labels.items())

    return paired(old.recordings, new.recordings, key, [before], [after])


def _paired_alerts(old: Document, new: Document, names: Names) -> Pairs[Alert]:
    def before(alert: Alert) -> Hashable:
        return names.old_words(alert.expression, alert.written)

    def after(alert: Alert) -> Hashable:
        return names.words(alert.expression, alert.written)

    return paired(old.alerts, new.alerts, lambda alert: alert.name, [before, _alert_texts], [after, _alert_texts])


def _alert_texts(alert: Alert) -> Hashable | None:
    found = tuple(alert.texts.values())
    return found if any(found) else None


def _paired_panels(old: Document, new: Document, names: Names, boards: Pairs[Dashboard]) -> Pairs[Panel]:
    def before(panel: Panel) -> Hashable:
        return _shows(panel, [names.old_words(query.expression, query.written) for query in panel.queries])

    def after(panel: Panel) -> Hashable:
        return _shows(panel, [names.words(query.expression, query.written) for query in panel.queries])

    addresses = {one.uid: other.uid for one, other in boards.renamed}

    def old_key(panel: Panel) -> Hashable:
        return addresses.get(panel.dashboard, panel.dashboard), panel.row, panel.title

    def key(panel: Panel) -> Hashable:
        return panel.dashboard, panel.row, panel.title

    def old_title(panel: Panel) -> Hashable:
        return addresses.get(panel.dashboard, panel.dashboard), panel.title

    def title(panel: Panel) -> Hashable:
        return panel.dashboard, panel.title

    kept = paired(old.panels, new.panels, key, [old_key, old_title, before], [key, title, after])
    moved = [(one, other) for one, other in kept.renamed if old_key(one) != key(other)]
    same = [(one, other) for one, other in kept.renamed if old_key(one) == key(other)]
    return replace(kept, kept=(*kept.kept, *same), renamed=tuple(moved))


def _shows(panel: Panel, asked: list[tuple[str, ...]]) -> Hashable | None:
    return (panel.type, tuple(asked)) if asked else None
