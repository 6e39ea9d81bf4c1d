"""A baseline: old problems are not shown, new ones are, moved ones stay old, and what is gone is counted."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from metricloom.errors import Location, Problem, RefusedError, UserError
from metricloom.reports import baseline
from metricloom.reports.baseline import Compared
from metricloom.reports.model import Owner, Owners

RAW = Problem("Q204", "raw-counter", "errors_total is a counter", Location("r.yml", 5, 9), source="errors_total > 1")
NOWHERE = Problem("P001", "promtool", "it failed")
FILE = Path("known.json")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r.yml").touch()
    return tmp_path


def moved(problem: Problem, line: int) -> Problem:
    return replace(problem, at=Location("r.yml", line, 1))


def compared(
    before: list[Problem], now: list[Problem], files: tuple[str, ...] = ("r.yml",), owners: Owners | None = None
) -> Compared:
    baseline.write(FILE, before, owners or Owners())
    return baseline.read(FILE).compare(now, files, owners or Owners())


def test_what_was_there_before_is_old_and_the_rest_is_new() -> None:
    other = replace(RAW, code="Q205")
    assert compared([RAW, NOWHERE], [RAW, other, NOWHERE]) == Compared((other,), old=2, gone=0)


def test_moved_lines_do_not_bring_a_problem_back() -> None:
    assert compared([RAW], [moved(RAW, 99)]) == Compared((), old=1, gone=0)


def test_places_in_a_message_may_move_too() -> None:
    told = replace(RAW, message="declared at mine.py:5 and b/other.yml:7:1 again")
    later = replace(told, message="declared at mine.py:6 and b/other.yml:9:3 again")
    assert compared([told], [later]) == Compared((), old=1, gone=0)


@pytest.mark.parametrize(
    "change",
    [{"message": "calls_total is a counter"}, {"source": "errors_total > 2"}, {"at": Location("other.yml", 5, 9)}],
)
def test_another_message_expression_or_file_is_another_problem(change: dict[str, object]) -> None:
    changed = replace(RAW, **change)  # type: ignore[arg-type]
    assert compared([RAW], [changed], files=()).new == (changed,)


def test_the_same_in_another_rule_is_another_problem() -> None:
    def owner(problem: Problem) -> Owner:
        line = problem.at.line if problem.at is not None else 0
        return Owner("alert A", (1, 10)) if line < 10 else Owner("alert B", (11, 20))

    assert compared([RAW], [RAW, moved(RAW, 15)], owners=Owners(owner)).new == (moved(RAW, 15),)


def test_as_many_are_old_as_there_were_and_the_last_are_new() -> None:
    now = [moved(RAW, 1), moved(RAW, 2), moved(RAW, 3)]
    assert compared([RAW, RAW], now) == Compared((now[2],), old=2, gone=0)


def test_what_is_gone_is_counted_where_it_was_looked_for(here: Path) -> None:
    elsewhere = replace(RAW, at=Location("unchecked.yml", 1))
    removed = replace(RAW, at=Location("removed.yml", 1))
    (here / "unchecked.yml").touch()
    assert compared([RAW, RAW, elsewhere, removed], [RAW]) == Compared((), old=1, gone=2)


def test_the_file_is_small_stable_and_without_lines_or_texts() -> None:
    baseline.write(FILE, [RAW, moved(RAW, 3), NOWHERE], Owners())
    text = FILE.read_text()
    baseline.write(FILE, [NOWHERE, moved(RAW, 8), moved(RAW, 9)], Owners())
    assert FILE.read_text() == text
    document = json.loads(text)
    assert list(document["problems"]) == ["", "r.yml"]
    [(mark, count)] = document["problems"]["r.yml"].items()
    assert mark.startswith("Q204 ")
    assert count == 2
    assert len(text) < 250


def test_the_folder_of_the_run_does_not_matter(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    baseline.write(FILE, [RAW], Owners())
    (here / "below").mkdir()
    monkeypatch.chdir(here / "below")
    known = baseline.read(Path("../known.json"))
    seen_from_here = replace(RAW, at=Location("../r.yml", 1))
    absolute = replace(RAW, at=Location(str(here / "r.yml"), 1))
    for problem in (seen_from_here, absolute):
        assert known.compare([problem], [], Owners()).new == ()


def test_a_baseline_that_is_not_there_is_written_with_an_option() -> None:
    with pytest.raises(UserError, match=r"no baseline known\.json") as caught:
        baseline.read(FILE)
    assert "--write-baseline" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        '{"problems": {}}',
        '{"version": 1}',
        '{"version": 2, "problems": {}}',
        '{"version": 1, "problems": {"a": 5}}',
        '{"version": 1, "problems": {"a": {"Q204 x": "y"}}}',
        '{"version": 1, "problems": {"a": {"Q204 x": -1}}}',
        '{"version": 1, "problems": []}',
        "[" * 100_000,
        "\udcff",
    ],
)
def test_what_is_no_baseline_is_refused(text: str) -> None:
    FILE.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(UserError, match=r"known\.json"):
        baseline.read(FILE)


def test_a_baseline_may_hold_any_path() -> None:
    FILE.write_text(json.dumps({"version": 1, "problems": {"a\0b": {"Q204 x": 1}, "x" * 5000: {"Q204 x": 1}}}))
    assert baseline.read(FILE).compare([], [], Owners()).gone == 2


def test_a_problem_at_any_path_has_a_place_in_it() -> None:
    strange = [replace(RAW, at=Location(path, 1)) for path in ("a\0b", "n\udcff", "\ud800", "", "/elsewhere/x.yml")]
    assert compared(strange, strange, files=()) == Compared((), old=len(strange), gone=0)


def test_a_baseline_that_cannot_be_written_leaves_the_old_one(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    baseline.write(FILE, [RAW], Owners())
    before = FILE.read_bytes()

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(UserError, match=r"known\.json cannot be written: No space left"):
        baseline.write(FILE, [], Owners())
    assert FILE.read_bytes() == before
    assert sorted(path.name for path in here.iterdir()) == ["known.json", "r.yml"]


def test_what_a_link_leads_to_is_replaced_and_keeps_its_permissions(here: Path) -> None:
    (here / "shared").mkdir()
    baseline.write(here / "shared/known.json", [RAW], Owners())
    (here / "shared/known.json").chmod(0o640)
    FILE.symlink_to("shared/known.json")
    baseline.write(FILE, [], Owners())
    assert FILE.is_symlink()
    assert (here / "shared/known.json").stat().st_mode & 0o777 == 0o640
    assert baseline.read(FILE).counts == {}


def test_a_baseline_in_no_folder_is_said() -> None:
    with pytest.raises(UserError, match="No such file or directory"):
        baseline.write(Path("absent/known.json"), [], Owners())


# --- what is not overwritten ---


@pytest.mark.parametrize(
    "text", ["groups: []\n", "{}", '{"version": 1}', "[" * 100_000, '{"version": "1", "problems": {}}']
)
def test_any_other_file_is_kept(text: str) -> None:
    FILE.write_text(text)
    with pytest.raises(RefusedError, match=r"known\.json is no baseline of metricloom's: it is kept"):
        baseline.write(FILE, [RAW], Owners())
    assert FILE.read_text() == text


@pytest.mark.parametrize("text", ["", "\n", '{"version": 7, "problems": {"what": ["comes later"]}}'])
def test_an_empty_file_and_a_baseline_of_any_version_are_written_anew(text: str) -> None:
    FILE.write_text(text)
    assert baseline.write(FILE, [RAW], Owners()) == 1
    assert baseline.read(FILE).counts.total() == 1


def test_a_file_that_is_checked_is_kept_though_it_is_empty(here: Path) -> None:
    (here / "link.json").symlink_to("r.yml")
    with pytest.raises(RefusedError, match=r"link\.json is checked itself"):
        baseline.write(Path("link.json"), [RAW], Owners(), ["a\0b", str(here / "r.yml")])
    assert (here / "r.yml").read_text() == ""


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/null")])
def test_what_is_no_regular_file_is_kept(make: Callable[[Path], None]) -> None:
    make(FILE)
    before = FILE.lstat()
    with pytest.raises(UserError, match=r"known\.json cannot be read: it is a"):
        baseline.write(FILE, [RAW], Owners())
    assert (FILE.lstat().st_ino, FILE.lstat().st_mode) == (before.st_ino, before.st_mode)


def test_a_count_or_a_version_of_any_length_is_said_shortly() -> None:
    for text in (
        f'{{"version": {"1" * 4_000}, "problems": {{}}}}',
        f'{{"version": 1, "problems": {{"a": {{"Q204 x": {"9" * 4_000}}}}}}}',
    ):
        FILE.write_text(text)
        with pytest.raises(UserError) as caught:
            baseline.read(FILE)
        assert len(caught.value.message) < 120
