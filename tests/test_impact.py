"""What is told of a change, and what it does to what reads it: one case or more for each kind of change."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from metricloom.impact.compare import compare
from metricloom.impact.kinds import KINDS
from metricloom.impact.read import from_data
from tests.impact_cases import CASES
from tests.impact_edits import Case, Data, compared, data, reached, told


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_change_is_told_with_what_it_does(case: Case) -> None:
    found = compared(*case.edits)
    assert told(found) == set(case.changes)
    assert reached(found) == set(case.reaches)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_added_one_way_is_removed_the_other_way(case: Case) -> None:
    """Whatever differs in one direction differs in the other; what one adds, the other removes."""
    there = compared(*case.edits)
    back = compared(lambda whole: whole.update(data()), old=_edited(case))
    assert bool(there.changes) is bool(back.changes)
    for change in there.changes:
        mirrored = _MIRRORED.get(change.kind.name.rpartition("-")[2])
        if mirrored is not None and change.kind.name.rpartition("-")[0] in _WHOLE:
            kind = f"{change.kind.name.rpartition('-')[0]}-{mirrored}"
            assert (kind, change.subject) in {(other.kind.name, other.subject) for other in back.changes}


_MIRRORED = {"removed": "added", "added": "removed"}
_WHOLE = {"metric", "record", "alert", "call", "panel", "dashboard", "price", "budget", "subsystem", "external", "site"}


def _edited(case: Case) -> Data:
    whole = data()
    for edit in case.edits:
        edit(whole)
    return whole


def test_a_registry_does_not_differ_from_itself() -> None:
    found = compared()
    assert found.changes == ()
    assert found.worst is None


def test_every_kind_of_change_has_a_case() -> None:
    assert {kind for case in CASES for kind, _, _ in case.changes} == set(KINDS)


def test_no_change_is_less_than_its_kind_or_than_what_it_does() -> None:
    for case in CASES:
        for change in compared(*case.edits).changes:
            verdicts = [one.verdict.impact for one in change.consequences]
            assert change.impact == max([change.kind.impact, *verdicts])


DERIVED = {"schema", "written", "query", "severity", "signature", "operator", "first_method"}
"""Keys that follow from others, or that say only once more what they say."""


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, dict):
        yield from (leaf for key, item in value.items() for leaf in leaves(item, (*path, key)))
    elif isinstance(value, list):
        yield from (leaf for index, item in enumerate(value) for leaf in leaves(item, (*path, index)))
    elif value is not None:  # what may stand there instead is not known here
        yield path


def test_whatever_a_registry_says_is_told_where_it_differs() -> None:
    whole, silent = data(), set()
    for path in (path for path in leaves(whole) if path[-1] not in DERIVED):
        edited = _with_other(whole, path)
        if not compare(from_data(whole, "old"), from_data(edited, "new")).changes:
            silent.add(".".join(key for key in path if isinstance(key, str)))
    assert silent == {"prices.expression", "budgets.expression"}  # they follow from the rest


def _with_other(whole: Data, path: tuple[str | int, ...]) -> Data:
    edited = copy.deepcopy(whole)
    holder: Any = edited
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = _other(holder[path[-1]])
    return edited


def _other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    return f"{value}x" if isinstance(value, str) else value + 1
