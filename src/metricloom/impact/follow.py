"""Each change followed to whatever reads what changed, from record to record."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from metricloom.impact.changes import Consequence, Effect, Verdict, What
from metricloom.impact.consumers import Consumer, Index, Pair
from metricloom.impact.expressions import TwoReadings, reading
from metricloom.impact.judges import JUDGES, Judgement
from metricloom.impact.types import Table, label_changes, labels_of

MOST_REASONS = 3
_SORTS = ("alert", "record", "panel", "call", "page")
_OF_LABELS = frozenset({What.LABEL_GONE, What.LABEL_ADDED})
_OF_ALL = frozenset({What.PLACEHOLDER, What.SCRAPES, What.OWNER})


@dataclass(frozen=True)
class World:
    """All that reads series, and the types of these then and now."""

    index: Index
    before: Table
    after: Table
    readings: dict[str, TwoReadings] = field(default_factory=dict)

    def writers(self, name: str) -> int:
        """Return how many rules write the record *name*."""
        return sum(pair.new.writes == name for pair in self.index.about(name))

    def readings_of(self, consumer: Consumer) -> list[TwoReadings]:
        """Return what a consumer asks, read with both tables: each text once, whatever asks about it."""
        for text in consumer.queries:
            if text not in self.readings:
                self.readings[text] = reading(text, self.before, self.after)
        return [self.readings[text] for text in consumer.queries]


@dataclass(slots=True)
class _Found:
    """What is found of one consumer so far: the reasons are those of the worst verdict."""

    verdict: Verdict
    via: tuple[str, ...]
    reasons: list[str]

    def add(self, verdict: Verdict, reason: str, via: tuple[str, ...]) -> None:
        if verdict.impact > self.verdict.impact:
            self.verdict, self.via, self.reasons = verdict, via, []
        if verdict is self.verdict and reason not in self.reasons and len(self.reasons) < MOST_REASONS:
            self.reasons.append(reason)


def follow(effects: Sequence[Effect], world: World) -> tuple[Consequence, ...]:
    """Return what *effects* do, the worst first."""
    found: dict[int, tuple[Pair, _Found]] = {}
    pending: deque[tuple[Effect, tuple[str, ...]]] = deque((effect, ()) for effect in effects)
    seen = set(effects)
    while pending:
        effect, via = pending.popleft()
        for pair in _concerned(effect, world.index):
            judgements = list(_judgements(effect, pair, world))
            for judgement in judgements:
                _, kept = found.setdefault(id(pair), (pair, _Found(judgement.verdict, via, [])))
                kept.add(judgement.verdict, judgement.reason, via)
            for derived in _derived(effect, pair.new, judgements, world):
                if derived not in seen:
                    seen.add(derived)
                    pending.append((derived, (*via, pair.new.name)))
    made = [_consequence(pair, kept) for pair, kept in found.values()]
    return tuple(sorted(made, key=lambda one: (-one.verdict.impact, _SORTS.index(one.sort))))


def _consequence(pair: Pair, found: _Found) -> Consequence:
    new = pair.new
    return Consequence(found.verdict, new.sort, new.name, new.place, tuple(found.reasons), found.via)


def _concerned(effect: Effect, index: Index) -> tuple[Pair, ...]:
    if effect.what in _OF_ALL:
        return index.all
    return index.about(effect.name)


# --- what an effect does to one consumer ----------------------------------------------------------------------


def _judgements(effect: Effect, pair: Pair, world: World) -> Iterator[Judgement]:
    match effect.what:
        case What.PLACEHOLDER:
            yield from _of_placeholder(effect, pair)
        case What.OWNER:
            if pair.new.sort == "alert" and pair.new.owner == effect.name == pair.old.owner:
                yield Judgement(Verdict.ALTERS, effect.why)
        case What.ALERT_GONE:
            yield from _of_alert(effect, pair.new)
        case _:
            yield from _of_series(effect, pair, world)


def _of_placeholder(effect: Effect, pair: Pair) -> Iterator[Judgement]:
    """Yield that other text was filled in, where the expression names the placeholder."""
    if not pair.changed:
        return
    named = re.compile(rf"\${effect.name}\b")
    alike = pair.old.written == pair.new.written and any(pair.new.written)
    if alike and (not effect.name or any(named.search(text) for text in pair.new.written)):
        yield Judgement(Verdict.ALTERS, effect.why)
        if effect.label in pair.new.labels and not effect.now:
            yield Judgement(Verdict.BREAKS, f"its texts fill in {effect.label}, and {effect.why}")


def _of_alert(effect: Effect, consumer: Consumer) -> Iterator[Judgement]:
    """Yield what still names an alert that is gone; the alert itself may keep its old texts."""
    if effect.name in consumer.alerts:
        yield Judgement(Verdict.BREAKS, f"draws the threshold of {effect.name}, {effect.why}")
    asks = re.compile(rf'alertname\s*=~?\s*"[^"]*\b{re.escape(effect.name)}\b')
    if any(asks.search(query) for query in consumer.queries):
        yield Judgement(Verdict.BREAKS, f"asks for the alert {effect.name}, {effect.why}", empty=True)
    yield from _named(effect, consumer)


def _named(effect: Effect, consumer: Consumer) -> Iterator[Judgement]:
    if any(re.search(rf"(?<![\w:]){re.escape(effect.name)}(?![\w:])", text) for text in consumer.texts):
        yield Judgement(Verdict.BREAKS, f"tells people of {effect.name}, {effect.why}")


def _of_series(effect: Effect, pair: Pair, world: World) -> Iterator[Judgement]:
    if pair.new.sort == "call":
        yield from _of_call(effect, pair)
        return
    for one in world.readings_of(pair.new):
        yield from JUDGES[effect.what](effect, one)
        yield from _of_texts(effect, pair, one)
    if effect.what is What.VALUES_GONE and (named := sorted(effect.values & pair.new.values)):
        yield Judgement(Verdict.ALTERS, f"says something of {', '.join(named)}, which may not come any more")
    if effect.what is What.GONE:
        yield from _named(effect, pair.new)
    yield from _followed(effect, pair)


def _of_texts(effect: Effect, pair: Pair, one: TwoReadings) -> Iterator[Judgement]:
    """Yield the labels that a text or a legend fills in, and that the result has no more."""
    if effect.what is What.LABEL_GONE and effect.label in pair.new.labels & one.result_loses:
        where = "its texts fill" if pair.new.sort == "alert" else "its legend fills"
        yield Judgement(Verdict.BREAKS, f"{where} in {effect.label} of {effect.name}, {effect.why}")


def _followed(effect: Effect, pair: Pair) -> Iterator[Judgement]:
    """Yield that a consumer was changed along with what it reads."""
    reads, read = pair.new.reads, pair.old.reads
    if effect.what is What.GONE and effect.name in read and effect.name not in reads:
        instead = f"reads {effect.now} now" if effect.now in reads else f"reads {effect.name} no more"
        yield Judgement(Verdict.FOLLOWS, instead)
    if effect.what is What.LABEL_GONE and effect.name in reads | read and _asks_no_more(pair, effect.label):
        yield Judgement(Verdict.FOLLOWS, f"asks for {effect.label} no more")


def _asks_no_more(pair: Pair, label: str) -> bool:
    return pair.changed and _names_label(pair.old, label) and not _names_label(pair.new, label)


def _names_label(consumer: Consumer, label: str) -> bool:
    named = re.compile(rf"(?<!\w){re.escape(label)}(?!\w)")
    return any(named.search(query) for query in consumer.queries)


def _of_call(effect: Effect, pair: Pair) -> Iterator[Judgement]:
    """Yield what an application must change, or sees recorded otherwise."""
    fed, given = pair.new.feeds | pair.old.feeds, pair.new.arguments
    if not any(effect.name == name or effect.name.rpartition("_")[0] == name for name in fed):
        return
    if effect.what is What.GONE and effect.now:
        yield Judgement(Verdict.FOLLOWS, f"records {effect.now} now")
    elif effect.what is What.GONE:
        yield Judgement(Verdict.ALTERS, f"records {effect.name} no more")
    elif effect.what in _OF_LABELS and pair.old.arguments != given:
        yield Judgement(Verdict.BREAKS, f"is called as {pair.new.signature} now")
    elif effect.what is What.VALUES_GONE and effect.label in given and effect.closed:
        yield Judgement(Verdict.ALTERS, f"counts {' and '.join(sorted(effect.values))} as other")


# --- what becomes of the series that a record writes ----------------------------------------------------------


def _derived(effect: Effect, consumer: Consumer, judgements: list[Judgement], world: World) -> Iterator[Effect]:
    """Yield what *effect* does to the series of a record, from what it does to its expression."""
    name = consumer.writes
    if not name or effect.what is What.OWNER:
        return
    bad = [judgement for judgement in judgements if judgement.verdict is not Verdict.FOLLOWS]
    one = world.readings_of(consumer)[0]
    empty = next((judgement for judgement in bad if judgement.empty), None)
    part = consumer.adds if world.writers(name) > 1 else frozenset()
    if empty is not None and not one.has_alternatives:
        yield Effect(What.GONE, name, "which has no data any more", part=part)
        return
    of_labels = list(_of_labels(effect, name, one, world))
    yield from of_labels
    if effect.what is What.PLACEHOLDER and of_labels:
        return
    if effect.what is What.BUCKETS and any(one.selectors(effect.name)):
        yield replace(effect, name=name, why=f"which is computed from {effect.name}")
    elif any(judgement.verdict is Verdict.ALTERS or not judgement.empty for judgement in bad):
        yield Effect(What.MEANING, name, "which is computed from what changed", part=part)


def _of_labels(effect: Effect, name: str, one: TwoReadings, world: World) -> Iterator[Effect]:
    lost, come = f"which has no label {effect.label} any more", f"which has the label {effect.label} now"
    if effect.what is What.PLACEHOLDER and effect.label:
        gone, added = label_changes(labels_of(world.before.get(name)), labels_of(world.after.get(name)))
        yield from (Effect(What.LABEL_GONE, name, lost, label) for label in gone if label == effect.label)
        yield from (Effect(What.LABEL_ADDED, name, come, label) for label in added if label == effect.label)
    elif effect.what is What.LABEL_GONE and effect.label in one.result_loses:
        yield replace(effect, name=name, why=lost)
    elif effect.what is What.LABEL_ADDED and one.result_gains(effect.label):
        yield replace(effect, name=name, why=come)
    elif effect.what is What.VALUES_GONE and one.result_has(effect.label) and any(one.selectors(effect.name)):
        yield replace(effect, name=name)
