"""The options of a report as a verb has them, and as the table in pyproject.toml has them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

import click
import pytest
from click.testing import CliRunner, Result

from metricloom.errors import Location, Problem, Severity, UserError
from metricloom.project import CheckOptions, Project
from metricloom.reports.model import Entry, Owner, Owners
from metricloom.reports.options import Reporting, report_options

CATALOGUE: Mapping[str, Entry] = {
    "Q204": Entry("raw-counter", "Why."),
    "Q205": Entry("rate-on-gauge", "Why."),
    "Q301": Entry("other", "Why."),
    "X901": Entry("broken-suppression", "Why."),
}
RULES = "a: 1\nb: 2\nc: 3\n"
FOUND = [
    Problem("Q204", "raw-counter", "one", Location("r.yml", 1, 1)),
    Problem("Q205", "rate-on-gauge", "two", Location("r.yml", 2, 1), severity=Severity.WARNING),
    Problem("Q301", "other", "three", Location("r.yml", 3, 1), severity=Severity.NOTE),
]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r.yml").write_text(RULES)
    return tmp_path


def check(*arguments: str, found: Sequence[Problem] = FOUND, owners: Owners | None = None) -> Result:
    """Run a verb that finds *found* in r.yml and clean.yml."""

    @click.command()
    @click.argument("targets", nargs=-1)
    @report_options(lambda: CATALOGUE)
    def verb(targets: tuple[str, ...], reporting: Reporting) -> None:
        raise SystemExit(reporting.report(found, targets or ("r.yml", "clean.yml"), owners))

    return CliRunner().invoke(verb, arguments)


def codes(done: Result) -> list[str]:
    return [problem["code"] for problem in json.loads(done.stdout)["problems"]]


def test_problems_go_to_stdout_and_errors_fail() -> None:
    done = check()
    assert done.exit_code == 1
    assert done.stdout == (
        "r.yml:1:1: error: one [Q204 raw-counter]\n    |\n  1 | a: 1\n    | ^\n"
        "r.yml:2:1: warning: two [Q205 rate-on-gauge]\n    |\n  2 | b: 2\n    | ^\n"
        "1 error, 1 warning\n"
    )
    assert done.stderr == ""


def test_what_is_found_twice_is_one_problem() -> None:
    assert codes(check("--format=json", found=FOUND * 2)) == ["Q204", "Q205"]


@pytest.mark.parametrize(
    ("arguments", "shown", "exit_code"),
    [
        ((), ["Q204", "Q205"], 1),
        (("--severity=note",), ["Q204", "Q205", "Q301"], 1),
        (("--ignore=raw-counter",), ["Q205"], 0),
        (("--ignore=raw-counter", "--fail-on=warning"), ["Q205"], 1),
        (("--select=Q301",), ["Q301"], 0),
        (("--select=Q301", "--fail-on=note"), ["Q301"], 1),
        (("--fail-on=never",), ["Q204", "Q205"], 0),
    ],
)
def test_options_choose_what_is_shown_and_what_fails(
    arguments: tuple[str, ...], shown: list[str], exit_code: int
) -> None:
    done = check("--format=json", *arguments)
    assert (codes(done), done.exit_code) == (shown, exit_code)


def test_a_word_that_means_no_check_stops_the_verb_before_it_begins() -> None:
    def never() -> Sequence[Problem]:
        raise AssertionError

    @click.command()
    @report_options(lambda: CATALOGUE)
    def verb(reporting: Reporting) -> None:
        reporting.report(never())

    done = CliRunner().invoke(verb, ["--select=Q9"])
    assert isinstance(done.exception, UserError)


def test_comments_have_codes_that_can_be_chosen_too(here: Path) -> None:
    (here / "r.yml").write_text("a: 1 # metricloom: ignore Q204\n")
    assert codes(check("--format=json")) == ["Q204", "Q205", "X901"]
    assert codes(check("--format=json", "--ignore=X")) == ["Q204", "Q205"]
    assert codes(check("--format=json", "--select=broken-suppression")) == ["X901"]


def test_what_a_comment_excuses_is_counted_and_does_not_fail(here: Path) -> None:
    (here / "r.yml").write_text("a: 1 # metricloom: ignore Q204 -- why\nb: 2\n")
    done = check("--format=json")
    assert (codes(done), done.exit_code) == (["Q205"], 0)
    assert done.stderr == "not shown: 1 excused by comments\n"


def test_a_comment_is_not_superfluous_because_its_code_was_not_asked_for(here: Path) -> None:
    (here / "r.yml").write_text("a: 1 # metricloom: ignore Q204 -- why\nb: 2\n")
    assert codes(check("--format=json", "--severity=note", "--ignore=Q204")) == ["Q205", "Q301"]
    assert codes(check("--format=json", "--severity=note", found=FOUND[1:])) == ["Q205", "Q301", "X902"]


def test_the_comments_of_a_file_without_problems_are_read(here: Path) -> None:
    (here / "clean.yml").write_text("a: 1 # metricloom: ignore Q204 -- why\n")
    assert codes(check("--format=json", "--severity=note", found=[])) == ["X902"]


def test_owners_say_which_rule_a_comment_is_about(here: Path) -> None:
    (here / "r.yml").write_text("a: 1\nb: 2\nc: 3 # metricloom: ignore Q204 -- why\n")
    owners = Owners(lambda _: Owner("alert A", (1, 3)))
    assert codes(check("--format=json", owners=owners)) == ["Q205"]


def test_a_baseline_hides_what_it_holds_until_something_new_comes(here: Path) -> None:
    done = check("--baseline=known.json", "--write-baseline")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "wrote known.json: 2 problems\n")
    done = check("--baseline=known.json", "--format=json")
    assert (codes(done), done.exit_code) == ([], 0)
    assert done.stderr == "not shown: 2 in the baseline\n"
    new = Problem("Q204", "raw-counter", "four", Location("clean.yml", 1))
    done = check("--baseline=known.json", "--format=json", found=[*FOUND, new])
    assert (codes(done), done.exit_code) == (["Q204"], 1)


def test_a_baseline_says_how_much_of_it_is_gone_whatever_was_asked_for() -> None:
    check("--baseline=known.json", "--write-baseline")
    assert "can be removed" not in check("--baseline=known.json", "--ignore=Q").stderr
    done = check("--baseline=known.json", found=FOUND[:1])
    assert "known.json: 1 can be removed: write it anew with --write-baseline\n" in done.stderr
    assert "can be removed" not in check("clean.yml", "--baseline=known.json", found=[]).stderr


def test_a_baseline_has_to_be_named_to_be_written() -> None:
    done = check("--write-baseline")
    assert done.exit_code == 2
    assert "--write-baseline goes with --baseline FILE" in done.stderr


def test_junit_fails_what_the_run_fails_for() -> None:
    for fail_on, failed in (("error", 1), ("never", 0)):
        root = ET.fromstring(check("--format=junit", f"--fail-on={fail_on}").stdout)
        assert [case.get("name") for case in root.iter("testcase")] == ["r.yml", "clean.yml"]
        assert len(list(root.iter("failure"))) == failed


# --- [tool.metricloom.check] ---

TABLE = """\
[tool.metricloom.check]
select = ["Q"]
ignore = ["Q205"]
severity = "note"
fail-on = "note"
baseline = "known.json"
"""


def test_the_project_says_what_the_command_line_does_not(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "pyproject.toml").write_text(TABLE)
    (here / "below").mkdir()
    monkeypatch.chdir(here / "below")
    assert Project.here().check == CheckOptions(("Q",), ("Q205",), "note", "note", here / "known.json")
    assert check("--write-baseline", found=[]).exit_code == 0
    done = check("--format=json")
    assert (codes(done), done.exit_code) == (["Q204", "Q301"], 1)
    done = check("--format=json", "--ignore=Q204", "--severity=warning", "--fail-on=error")
    assert (codes(done), done.exit_code) == (["Q205"], 0)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("fail_on = 'error'", "[tool.metricloom.check] has no key 'fail_on'", "did you mean fail-on?"),
        ("select = 'Q'", "[tool.metricloom.check] select is 'Q'", "give a list"),
        ("severity = 'never'", "[tool.metricloom.check] severity is 'never'", "give error or warning or note"),
        ("fail-on = 'no'", "[tool.metricloom.check] fail-on is 'no'", "give error or warning or note or never"),
        ('baseline = "a\\u0000b"', "[tool.metricloom.check] baseline holds a NUL", "take it out"),
    ],
)
def test_a_wrong_table_is_said_with_its_file(here: Path, text: str, message: str, hint: str) -> None:
    (here / "pyproject.toml").write_text(f"[tool.metricloom.check]\n{text}\n")
    with pytest.raises(UserError) as caught:
        Project.here()
    assert caught.value.message.endswith(message)
    assert "pyproject.toml" in caught.value.message
    assert hint in caught.value.hint


def test_a_check_that_is_no_table_is_said(here: Path) -> None:
    (here / "pyproject.toml").write_text("[tool.metricloom]\ncheck = 5\n")
    with pytest.raises(UserError, match="check is 5") as caught:
        Project.here()
    assert caught.value.hint == "give a table: [tool.metricloom.check]"
