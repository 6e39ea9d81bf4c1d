"""Two registries compared: what changed, and what each change does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from metricloom.impact.changes import Change
from metricloom.impact.compare_boards import dashboard_changes, panel_changes
from metricloom.impact.compare_calls import call_changes
from metricloom.impact.compare_labels import label_changes
from metricloom.impact.compare_metrics import external_changes, metric_changes
from metricloom.impact.compare_registry import amount_changes, registry_changes, subsystem_changes
from metricloom.impact.compare_rules import Rules, alert_changes, record_changes
from metricloom.impact.consumers import Consumer, index, pairs
from metricloom.impact.follow import World, follow
from metricloom.impact.kinds import Impact
from metricloom.impact.match import Match, match
from metricloom.impact.model import Document
from metricloom.impact.types import Record, table

_COMPARED: Final[tuple[Callable[[Match], Iterator[Change]], ...]] = (
    registry_changes,
    subsystem_changes,
    metric_changes,
    label_changes,
    external_changes,
    call_changes,
    amount_changes,
    dashboard_changes,
    panel_changes,
)
_OF_RULES: Final = (record_changes, alert_changes)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed between two registries, the worst first."""

    old: str
    new: str
    changes: tuple[Change, ...]

    @property
    def worst(self) -> Impact | None:
        """How bad the worst change is; None where nothing changed."""
        return max((change.impact for change in self.changes), default=None)

    def of(self, impact: Impact) -> tuple[Change, ...]:
        """Return the changes that are just so bad."""
        return tuple(change for change in self.changes if change.impact is impact)


def compare(old: Document, new: Document, foreign: Iterable[Consumer] = ()) -> Comparison:
    """Return what changed from *old* to *new*, followed into both registries and into what *foreign* files read."""
    theirs = tuple(foreign)
    records = [Record(one.writes, query) for one in theirs if one.writes for query in one.queries]
    matched = match(old, new)
    before, after = table(old, records), table(new, records)
    readers = index(pairs(matched, theirs))
    world = World(readers, before, after)
    places = {(side.sort, side.name): side.place for pair in readers.all for side in (pair.old, pair.new)}
    rules = Rules(matched, before, after)
    found = [change for compared in _COMPARED for change in compared(matched)]
    found += [change for compared in _OF_RULES for change in compared(rules)]
    followed = [
        replace(
            change,
            place=places.get((change.sort, change.name), ""),
            consequences=follow(change.effects, world),
        )
        for change in found
    ]
    return Comparison(old.source, new.source, tuple(sorted(followed, key=lambda change: -change.impact)))
