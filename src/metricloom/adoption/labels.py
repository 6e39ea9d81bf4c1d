"""Labels that several metrics share, and which of their values are worth saying."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Final

from metricloom.adoption.decide import Group
from metricloom.adoption.model import FoundLabel
from metricloom.adoption.names import Names
from metricloom.monitoring.metrics import Histogram, Metric
from metricloom.registry.registry import Registry

MOST_LISTED: Final = 12
"""Values of a label that are written out: more are no enumeration that a person keeps."""

MOST_SERIES: Final = 2_000
"""Series of one metric that exist from the start, because all values of its labels are listed."""

GUESSES: Final = (20, 10, 5, 2)
"""Bounds of a label of whose values nothing is known: the largest with which its metrics keep to their budget."""

UNENDING: Final = 1_000
"""The bound of a label that has more values than are looked at."""

_STRAY: Final = 2  # values beside those of a bound: other and unknown

_LISTED: Final = re.compile(r"[A-Za-z][\w .:+-]{0,39}|[1-5](?:\d\d|xx)", re.ASCII)
_CHANGING: Final = frozenset(
    {
        *("id", "uuid", "user", "email", "session", "request", "trace", "ip", "address", "addr", "url", "uri", "path"),
        *("device", "version", "revision", "goversion", "branch", "host", "hostname", "node", "token", "key", "file"),
    }
)
"""Words in the names of labels whose values of today say nothing of tomorrow's."""


@dataclass
class Shared:
    """A label that is declared once: the values that all its metrics together have shown."""

    constant: str
    name: str
    values: dict[str, None] = field(default_factory=dict)
    complete: bool = True
    seen: bool = False
    listed: bool = False
    guess: int = GUESSES[0]

    def add(self, label: FoundLabel, *, born: bool) -> None:
        """Take in what one metric has shown."""
        self.values.update(dict.fromkeys(label.values))
        self.complete = self.complete and label.complete
        self.seen = self.seen or born

    def means_the_same(self, label: FoundLabel) -> bool:
        """Return whether the values are of one kind, as far as they are known."""
        return not label.values or not self.values or any(value in self.values for value in label.values)

    @property
    def may_be_listed(self) -> bool:
        """Whether the values look like all that there are."""
        words = set(self.name.split("_"))
        few = self.complete and 0 < len(self.values) <= MOST_LISTED
        return few and words.isdisjoint(_CHANGING) and all(map(_LISTED.fullmatch, self.values))

    @property
    def bound(self) -> int:
        """How many values there may be: twice those seen, in a round number."""
        if not self.seen:
            return self.guess
        if not self.complete:
            return UNENDING
        return next(_round_numbers(2 * len(self.values)))


def _round_numbers(least: int) -> Iterator[int]:
    size = 10
    while True:
        yield from (size * step for step in (1, 2, 5) if size * step >= least)
        size *= 10


@dataclass
class Labels:
    """All labels of a registry, by the subsystem and the name under which a metric has them."""

    shared: list[Shared] = field(default_factory=list)
    by_use: dict[tuple[str, str], Shared] = field(default_factory=dict)

    def of(self, group: str, names: Iterable[str]) -> list[Shared]:
        """Return the labels of a metric."""
        return [self.by_use[group, name] for name in names]


def shared_labels(groups: Sequence[Group], names: Names) -> Labels:
    """Return the labels of all metrics that are declared; one for each name and meaning."""
    labels = Labels()
    declared = [(group.name, each.found, each.metric) for group in groups for each in group.choices if each.metric]
    for group_name, found, _ in declared:
        for label in found.labels:
            use = (group_name, label.name)
            if use not in labels.by_use:
                labels.by_use[use] = _shared(labels, label, group_name, names)
            labels.by_use[use].add(label, born=found.born)
    for each in labels.shared:
        each.listed = each.may_be_listed
    for group_name, found, metric in declared:
        _bound(labels.of(group_name, found.label_names), metric)
    return labels


def _shared(labels: Labels, label: FoundLabel, group: str, names: Names) -> Shared:
    """Return the label for a new use: one that is there, if it means the same."""
    for other in labels.shared:
        if other.name == label.name and other.means_the_same(label):
            return other
    again = any(other.name == label.name for other in labels.shared)
    made = Shared(names.constant(f"{group}_{label.name}" if again else label.name), label.name)
    labels.shared.append(made)
    return made


def _bound(labels: Sequence[Shared], metric: Metric) -> None:
    """Have no metric with too many series.

    Of those that are there from the start its largest label is then bounded alone; of those that may come, guesses are
    made smaller.
    """
    each = len(metric.buckets) + 3 if isinstance(metric, Histogram) else 1
    while (listed := [label for label in labels if label.listed]) and (
        each * prod(len(label.values) for label in listed) > MOST_SERIES
    ):
        max(listed, key=lambda label: len(label.values)).listed = False
    while each * prod(label.bound + _STRAY for label in labels) > Registry.series_budget and (
        guessed := [label for label in labels if not label.seen and label.guess > GUESSES[-1]]
    ):
        widest = max(guessed, key=lambda label: label.guess)
        widest.guess = GUESSES[GUESSES.index(widest.guess) + 1]
