"""What reads series: records, alerts, panels, pages and calls, each as it was beside as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Final

from metricloom.impact.match import Match
from metricloom.impact.model import Alert, Document, Key, Operation, Panel, Recording
from metricloom.impact.types import names_in

LABEL_OF_TEXT: Final = re.compile(r"\$labels\.([A-Za-z_][A-Za-z0-9_]*)")
LABEL_OF_LEGEND: Final = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")
WORD: Final = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]*")
GUIDE: Final = "docs/monitoring.md"
INSTRUMENTATION: Final = "instrumentation/metrics.py"


@dataclass(frozen=True)
class Consumer:
    """One thing that reads series.

    Attributes:
        place: Where it stands.
        queries: What it asks, as Prometheus or Grafana reads it.
        written: The same before placeholders were filled in.
        texts: What it tells people.
        labels: The labels that its texts and legends fill in.
        values: The label values that it names outside of expressions.
        alerts: The alerts that it names.
        writes: The series that it records; empty where it is no record.
        adds: The labels that it adds to them.
        feeds: For a call, the metrics that it changes.
        arguments: For a call, the labels that are given to it.
        owner: The subsystem.
    """

    sort: str
    name: str
    place: str
    queries: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    labels: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()
    alerts: tuple[str, ...] = ()
    writes: str = ""
    adds: frozenset[tuple[str, str]] = frozenset()
    feeds: frozenset[str] = frozenset()
    arguments: tuple[str, ...] = ()
    signature: str = ""
    owner: str = ""

    @cached_property
    def reads(self) -> frozenset[str]:
        """The series that it asks for."""
        return frozenset(chain.from_iterable(map(names_in, self.queries)))

    @property
    def words(self) -> frozenset[str]:
        """The words of its texts, and the alerts that it names: among them may be what is gone."""
        return frozenset(chain(self.alerts, *(WORD.findall(text) for text in self.texts)))


@dataclass(frozen=True, slots=True)
class Pair:
    """One consumer as it was and as it is; the same where it is none of the registry's."""

    old: Consumer
    new: Consumer

    @property
    def changed(self) -> bool:
        """Whether it asks something else than it did."""
        return self.old.queries != self.new.queries


def pairs(match: Match, foreign: Iterable[Consumer] = ()) -> Iterator[Pair]:
    """Yield what both registries have of what reads series, and what *foreign* files do."""
    old, new = match.old, match.new
    yield from (Pair(_record(old, one), _record(new, other)) for one, other in match.recordings.both)
    yield from (Pair(_alert(old, one), _alert(new, other)) for one, other in match.alerts.both)
    yield from (Pair(_panel(old, one), _panel(new, other)) for one, other in match.panels.both)
    yield from (Pair(_call(old, one), _call(new, other)) for one, other in match.operations.both)
    yield from (Pair(page, page) for page in _pages(new))
    yield from (Pair(one, one) for one in foreign)


def _placed(document: Document, key: Key, *places: str) -> str:
    """Return where something stands: first the line of its declaration, where that is known."""
    return ", ".join(part for part in (document.places.get(key, ""), *places) if part)


def _record(document: Document, rule: Recording) -> Consumer:
    return Consumer(
        "record",
        rule.name,
        _placed(document, ("record", rule.name), f"rules/{rule.subsystem}.yml"),
        (rule.expression,),
        (rule.written,),
        (rule.help,),
        writes=rule.name,
        adds=frozenset(rule.labels.items()),
        owner=rule.subsystem,
    )


def _alert(document: Document, alert: Alert) -> Consumer:
    texts = tuple(alert.texts.values())
    runbook = f"{GUIDE}#{alert.name.lower()}"
    return Consumer(
        "alert",
        alert.name,
        _placed(document, ("alert", alert.name), f"rules/{alert.subsystem}.yml", runbook),
        (alert.expression,),
        (alert.written,),
        texts,
        frozenset(chain.from_iterable(map(LABEL_OF_TEXT.findall, texts))),
        values=frozenset(alert.threshold.by_value) if alert.threshold is not None else frozenset(),
        owner=alert.subsystem,
    )


def _panel(document: Document, panel: Panel) -> Consumer:
    legends = [query.legend for query in panel.queries]
    return Consumer(
        "panel",
        panel.shown,
        _placed(document, ("panel", panel.dashboard, panel.row, panel.title), f"dashboards/{panel.dashboard}.json"),
        tuple(query.expression for query in panel.queries),
        tuple(query.written for query in panel.queries),
        panel.texts,
        frozenset(chain.from_iterable(map(LABEL_OF_LEGEND.findall, legends))),
        values=frozenset(panel.colours),
        alerts=panel.alerts,
    )


def _call(document: Document, call: Operation) -> Consumer:
    return Consumer(
        "call",
        call.full_name,
        _placed(document, ("call", call.full_name), INSTRUMENTATION),
        feeds=call.metrics,
        arguments=call.labels,
        signature=call.signature,
    )


def _pages(document: Document) -> Iterator[Consumer]:
    """Yield the texts of the guide that stand neither with an alert nor with a panel."""
    for part in document.subsystems:
        yield Consumer("page", f"chapter {part.title}", GUIDE, texts=(part.about,))
    for metric in document.metrics:
        yield Consumer("page", f"metric {metric.name}", GUIDE, texts=(metric.help,))


# --- found again by what they read ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Index:
    """All pairs, and those that have to do with a name."""

    all: tuple[Pair, ...]
    by_name: Mapping[str, tuple[Pair, ...]]

    def about(self, name: str) -> tuple[Pair, ...]:
        """Return what reads, names or feeds *name*, before or now."""
        return self.by_name.get(name, ())


def index(found: Iterable[Pair]) -> Index:
    """Return *found*, ready to be looked up."""
    by_name: dict[str, list[Pair]] = {}
    everything = tuple(found)
    for pair in everything:
        old, new = pair.old, pair.new
        named = {*old.reads, *new.reads, *old.feeds, *new.feeds, *new.words, *_alerts_asked_for(new), new.writes}
        for name in named - {""}:
            by_name.setdefault(name, []).append(pair)
    return Index(everything, {name: tuple(who) for name, who in by_name.items()})


_ALERTNAME: Final = re.compile(r'alertname\s*=~?\s*"([A-Za-z_][A-Za-z0-9_|]*)"')


def _alerts_asked_for(consumer: Consumer) -> frozenset[str]:
    """Return the alerts that its expressions ask for by `alertname`."""
    named = (match for query in consumer.queries for match in _ALERTNAME.findall(query))
    return frozenset(name for names in named for name in names.split("|"))
