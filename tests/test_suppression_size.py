"""Files with thousands of comments and problems: the work grows as the file does, and what is said is the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from metricloom.errors import Location, Problem
from metricloom.reports.comments import comments_of
from metricloom.reports.model import Entry
from metricloom.reports.owners import owners_among
from metricloom.reports.suppression import Suppressed, suppress, written_in
from metricloom.sources.rule_files import read_rule_file
from tests.counted_steps import growth

CATALOGUE = {"Q204": Entry("raw-counter", "…"), "Q205": Entry("other", "…")}
COMMENT = "  # metricloom: ignore Q204 -- it is known\n"
HEAD = "groups:\n- name: g\n  rules:\n"
RULE = "  - alert: A\n    expr: up\n"


def suppressed(text: str, problem_lines: list[int]) -> Callable[[], Suppressed]:
    """Return what excuses a problem on each of the lines."""
    problems = [Problem("Q204", "raw-counter", "m", Location("r.yml", line, 5)) for line in problem_lines]
    comments = list(written_in(["r.yml"], {"r.yml": text}, owners_among((), ())))
    groups = read_rule_file("r.yml", text).groups
    return lambda: suppress(problems, comments, owners_among(groups, ()), CATALOGUE, date(2026, 1, 1))


def rules_with_comments(size: int) -> Callable[[], Suppressed]:
    return suppressed(HEAD + (COMMENT + RULE) * size, [3 * number + 6 for number in range(size)])


def comments_of_files(size: int) -> Callable[[], Suppressed]:
    mark = "# metricloom: ignore-file Q204 -- it is known\n"
    return suppressed(mark * size + HEAD + RULE * size, [size + 2 * number + 5 for number in range(size)])


def comments_of_one_rule(size: int) -> Callable[[], Suppressed]:
    return suppressed(HEAD + COMMENT * size + RULE, [size + 5])


@pytest.mark.parametrize("case", [rules_with_comments, comments_of_files, comments_of_one_rule])
def test_the_work_grows_as_the_file_does(case: Callable[[int], Callable[[], Suppressed]]) -> None:
    assert case(50)().problems == ()
    assert case(50)().hidden == (1 if case is comments_of_one_rule else 50)
    assert growth(case, 100) < 2.5


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("r.yml", COMMENT),
        ("r.py", "# metricloom: ignore Q204 -- it is known\n"),
        ("r.py", "f(\n    1,  # one\n)\n"),
    ],
)
def test_comments_are_found_in_one_pass(name: str, text: str) -> None:
    assert growth(lambda size: lambda: comments_of(name, text * size + "up: 1\n"), 200) < 2.5


def test_few_of_many_comments_that_have_ended_are_shown_beside_a_problem() -> None:
    marks = "".join(f"# metricloom: ignore-file Q204 -- known until 2020-01-{day:02}\n" for day in range(1, 31))
    [problem] = suppressed(marks + HEAD + RULE, [34])().problems
    assert [f"excused it until 2020-01-{day}" in problem.hint for day in (30, 29, 28, 27)] == [True, True, True, False]
