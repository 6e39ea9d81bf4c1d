"""Text: the place, what is wrong, the line at fault with a caret below it, and the remedy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click
import pytest

from metricloom.errors import Location, Problem, Severity
from metricloom.reports.formats.text import problem_text, summary

EXPRESSION = 'sum(rate(cals_total{model="a"}[5m])) > 1'
SPAN = (9, 19)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def problem(line: int, column: int, source: str = EXPRESSION, span: tuple[int, int] = SPAN) -> Problem:
    return Problem(
        "Q201", "unknown-metric", "no such metric", Location("r.yml", line, column), source=source, span=span
    )


def shown(found: Problem) -> list[str]:
    return click.unstyle(problem_text(found)).splitlines()


def test_the_line_of_the_file_is_underlined_where_the_fault_stands(here: Path) -> None:
    (here / "r.yml").write_text(f"groups:\n  - alert: A\n    expr: {EXPRESSION}\n")
    found = replace(problem(3, 20), hint="did you mean calls_total?", related=(Location("other.yml", 5, 2),))
    assert shown(found) == [
        "r.yml:3:20: error: no such metric [Q201 unknown-metric]",
        "    |",
        f"  3 |     expr: {EXPRESSION}",
        "    |                    ^^^^^^^^^^",
        "    = did you mean calls_total?",
        "    see other.yml:5:2",
    ]


@pytest.mark.parametrize(("line", "margin"), [(9, 4), (10, 4), (999, 4), (1000, 5), (123456, 7)])
def test_the_bar_and_the_remedy_stand_in_one_column_whatever_the_line(here: Path, line: int, margin: int) -> None:
    (here / "r.yml").write_text("\n" * (line - 1) + EXPRESSION + "\n")
    found = replace(problem(line, 10), hint="one\ntwo", related=(Location("other.yml", 5, 2),))
    _, *rest = shown(found)
    assert [text[:margin].strip() for text in rest] == ["", str(line), "", "", "", ""]
    assert [text[margin : margin + 2] for text in rest] == ["|", "| ", "| ", "= ", "  ", "se"]


def test_a_place_that_the_file_spells_otherwise_gets_one_caret(here: Path) -> None:
    (here / "r.yml").write_text('expr: "sum(rate(cals\\u005ftotal[5m])) > 1"\n')
    assert shown(problem(1, 17))[-1] == "    |                 ^"


@pytest.mark.parametrize(
    ("before", "columns"),
    [("\t", 4), ("日本", 4), ("e\u0301", 1), ("\x1b", 4), ("é", 1)],
    ids=["tab", "wide", "combining", "escape", "one"],
)
def test_a_caret_stands_below_its_character_whatever_stands_before(here: Path, before: str, columns: int) -> None:
    (here / "r.yml").write_text(f"{before}cals_total\n")
    *_, line, marks = shown(problem(1, len(before) + 1))
    assert marks == f"    | {' ' * columns}{'^' * 10}"
    assert line.endswith("cals_total")


def test_a_long_line_is_shown_around_its_fault(here: Path) -> None:
    (here / "r.yml").write_text("x" * 1_000_000 + "cals_total" + "y" * 1_000_000)
    *_, line, marks = shown(problem(1, 1_000_001))
    assert len(line) < 200
    assert line[marks.index("^") :].startswith("cals_totaly")


@pytest.mark.parametrize("at", [Location("absent.yml", 3, 4), Location("r.yml", 9, 1), Location("r.yml", 1, 90)])
def test_where_the_file_does_not_have_the_place_the_expression_is_shown(here: Path, at: Location) -> None:
    (here / "r.yml").write_text("short\n")
    assert shown(replace(problem(1, 1), at=at))[1:] == [f"    | {EXPRESSION}", "    |          ^^^^^^^^^^"]


def test_without_a_column_the_line_of_the_expression_is_shown(here: Path) -> None:
    (here / "r.yml").write_text("one\ntwo\n")
    found = replace(problem(2, 0), source="a +\nb > cals_total", span=(8, 18))
    assert shown(found)[1:] == ["    | b > cals_total", "    |     ^^^^^^^^^^"]


def test_a_pipe_is_not_waited_for(here: Path) -> None:
    import os

    os.mkfifo(here / "r.yml")
    assert shown(problem(1, 1))[1:] == [f"    | {EXPRESSION}", "    |          ^^^^^^^^^^"]


def test_windows_line_ends_do_not_show(here: Path) -> None:
    (here / "r.yml").write_bytes(b"a\r\ncals_total\r\nb\r\n")
    assert shown(problem(2, 1))[2:] == ["  2 | cals_total", "    | ^^^^^^^^^^"]


def test_a_message_of_several_lines_is_indented_and_cannot_look_like_another_problem() -> None:
    found = Problem("Q201", "n", "first\nrules.yml:1: error: second", hint="one\ntwo")
    assert shown(found) == [
        "error: first [Q201 n]",
        "    rules.yml:1: error: second",
        "    = one",
        "      two",
    ]


def test_a_message_that_is_empty_is_still_a_problem() -> None:
    assert shown(Problem("Q201", "n", "", severity=Severity.NOTE)) == ["note:  [Q201 n]"]


def test_the_summary_counts_by_severity() -> None:
    found = [Problem("Q1", "n", "m"), Problem("Q1", "n", "m"), Problem("Q1", "n", "m", severity=Severity.NOTE)]
    assert summary(found) == "2 errors, 1 note"
    assert summary([]) == "no problems"
