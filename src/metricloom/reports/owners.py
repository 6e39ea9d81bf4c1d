"""The rule or the panel that a problem of a file is about: comments and descriptions excuse by it."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from metricloom.errors import Problem
from metricloom.reports.model import Owner, Owners
from metricloom.sources.model import Group, PanelQuery


def owners_among(groups: Iterable[Group], panels: Iterable[PanelQuery]) -> Owners:
    """Return what finds the owner of a problem among rules and panels, by its line."""
    found = _ByLine()
    for group in groups:
        for rule in group.rules:
            found.add(rule.at.path, Owner(rule.shown, rule.lines))
    for panel in panels:
        found.add(panel.at.path, _owner_of(panel))
    return Owners(found.of, found.described)


def _owner_of(panel: PanelQuery) -> Owner:
    text = panel.description
    line = panel.query.location((0, 0)).line
    return Owner(panel.shown, (line, line), text.text if text else "", text.at if text else None)


@dataclass(frozen=True, slots=True)
class _ByLine:
    """Owners by path and first line. *begins* are the lines in their order, of a path that was asked for."""

    by_path: dict[str, dict[int, Owner]] = field(default_factory=lambda: defaultdict(dict))
    begins: dict[str, list[int]] = field(default_factory=dict)

    def add(self, path: str, owner: Owner) -> None:
        self.by_path[path].setdefault(owner.lines[0], owner)

    @property
    def described(self) -> tuple[Owner, ...]:
        return tuple(owner for owners in self.by_path.values() for owner in owners.values() if owner.description)

    def of(self, problem: Problem) -> Owner | None:
        if problem.at is None or problem.at.path not in self.by_path:
            return None
        owners = self.by_path[problem.at.path]
        begins = self.begins.get(problem.at.path) or self.begins.setdefault(problem.at.path, sorted(owners))
        index = bisect_right(begins, problem.at.line)
        owner = owners[begins[index - 1]] if index else None
        return owner if owner is not None and problem.at.line <= owner.lines[1] else None
