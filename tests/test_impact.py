"""What is told of a change, and what it does to what reads it: one case or more for each kind of change."""

from __future__ import annotations

import pytest

from metricloom.impact.kinds import KINDS
from tests.impact_cases import CASES
from tests.impact_edits import Case, compared, data, reached, told


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


def _edited(case: Case) -> dict[str, object]:
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
