"""Comments that excuse a problem: which count as comments, what each is about, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricloom.errors import Location, Problem, Severity
from metricloom.reports.comments import comments_of
from metricloom.reports.model import Entry, Owner, Owners
from metricloom.reports.suppression import Suppressed, suppress, written_in

CATALOGUE = {
    "Q204": Entry("raw-counter", "A counter is read without rate()."),
    "A503": Entry("for-under-two-evals", "A `for` shorter than two evaluations."),
    "X901": Entry("broken-suppression", "Why."),
}
TODAY = date(2026, 11, 24)
RULES = """\
groups:
  - name: g  # line 2
    rules:
      # above the first
      - alert: First  # line 5
        expr: a_total > 1
        for: 5m
      - alert: Second
        expr: |
          # line 10
          b_total > "x # y"  # line 11
        annotations:
          summary: "# metricloom: ignore Q204 -- no comment"
          description: |
            # metricloom: ignore Q204 -- no comment
      - record: third
        expr: c_total  # line 17
"""
LINES = {"First": (5, 7), "Second": (8, 15), "third": (16, 17)}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def at(line: int, code: str = "Q204", path: str = "r.yml") -> Problem:
    return Problem(code, CATALOGUE[code].name, f"fault in line {line}", Location(path, line, 1), hint="mend it")


def owner(problem: Problem) -> Owner | None:
    line = problem.at.line if problem.at is not None else 0
    return next((Owner(name, lines) for name, lines in LINES.items() if lines[0] <= line <= lines[1]), None)


def suppressed(problems: Sequence[Problem], files: Iterable[str], owners: Owners | None = None) -> Suppressed:
    known = owners or Owners()
    return suppress(problems, list(written_in(files, {}, known)), known, CATALOGUE, TODAY)


def hidden(here: Path, text: str, *problems: Problem, path: str = "r.yml") -> list[Problem]:
    """Return which of *problems* in *text* are hidden, each in a run of its own."""
    (here / path).write_text(text)
    owners = Owners(owner if path.endswith(".yml") else lambda _: None)
    return [problem for problem in problems if suppressed([problem], [path], owners).hidden]


def marked(text: str, line: int, comment: str = "# metricloom: ignore Q204 -- it is reset every night") -> str:
    """Return *text* with what follows the last `#` in one of its lines replaced."""
    lines = text.splitlines()
    lines[line - 1] = lines[line - 1].rpartition("#")[0] + comment
    return "\n".join(lines) + "\n"


def own(found: Suppressed) -> list[tuple[str, str]]:
    return [(problem.code, problem.message) for problem in found.problems if problem.code.startswith("X")]


# --- rule files ---


@pytest.mark.parametrize(
    ("line", "about"),
    [(2, []), (4, [6]), (5, [6]), (10, [11]), (11, [11]), (17, [17])],
    ids=["the group", "above the rule", "on its first line", "in its expression", "behind its expression", "last line"],
)
def test_a_comment_excuses_the_rule_that_it_stands_in_or_above(here: Path, line: int, about: list[int]) -> None:
    problems = [at(6), at(11), at(17)]
    assert hidden(here, marked(RULES, line), *problems) == [one for one in problems if one.at and one.at.line in about]


def test_a_comment_excuses_its_code_or_name_only(here: Path) -> None:
    assert hidden(here, marked(RULES, 5, "# metricloom: ignore A503 -- why"), at(6)) == []
    assert hidden(here, marked(RULES, 5, "# metricloom: ignore A503, raw-counter -- why"), at(6)) == [at(6)]
    assert hidden(here, marked(RULES, 5, "# checked by hand # metricloom: ignore Q204 -- why"), at(6)) == [at(6)]


def test_what_stands_in_a_string_is_no_comment(here: Path) -> None:
    assert hidden(here, RULES, at(11)) == []
    assert hidden(here, "a: plain#metricloom: ignore Q204 -- no\n", at(1)) == []
    assert hidden(here, "a: 'x\n  # metricloom: ignore Q204 -- no\n  y'\n", at(1), at(2), at(3)) == []


@pytest.mark.parametrize("header", ["|", ">-", "|2-"])
def test_a_comment_behind_the_mark_of_a_block_is_one(here: Path, header: str) -> None:
    assert hidden(here, f"a: {header}  # metricloom: ignore Q204 -- why\n    text\n", at(1)) == [at(1)]


def test_a_comment_above_is_about_what_follows_without_a_gap(here: Path) -> None:
    comment = "# metricloom: ignore Q204 -- why\n"
    assert hidden(here, f"{comment}# and more\na: 1\n", at(3)) == [at(3)]
    assert hidden(here, f"{comment}\na: 1\n", at(3)) == []
    assert hidden(here, f"a: 1\n{comment}", at(1)) == []


def test_a_comment_at_the_end_of_a_rule_is_about_the_next_one(here: Path) -> None:
    text = RULES.replace("        for: 5m\n", "        # metricloom: ignore Q204 -- why\n")
    assert hidden(here, text, at(6), at(11)) == [at(11)]


def test_a_comment_for_the_file_excuses_all_of_it_and_nothing_of_another(here: Path) -> None:
    text = "# metricloom: ignore-file Q204 -- written by another tool\n" + RULES
    assert hidden(here, text, at(7), at(12), at(7, "A503"), at(7, path="other.yml")) == [at(7), at(12)]


def test_places_are_counted_in_characters_behind_a_byte_order_mark(here: Path) -> None:
    text = "\ufeffé: 日本 # metricloom: ignore Q204\n"
    (here / "r.yml").write_text(text, encoding="utf-8")
    [problem] = suppressed([], ["r.yml"]).problems
    assert problem.at == Location("r.yml", 1, 7)


def test_comments_before_a_fault_of_syntax_count(here: Path) -> None:
    assert hidden(here, "a: 1 # metricloom: ignore Q204 -- why\nb: [\n", at(1)) == [at(1)]


# --- registries ---

REGISTRY = dedent("""\
    CALLS = Counter("calls_total", "# metricloom: ignore Q204 -- no comment")  # line 1
    # above the alert
    ALERT = Alert(  # line 3
        "Errors",
        CALLS > 5,  # line 5
        # line 6
        for_="5m",
    )  # line 8
    part = Subsystem(
        "part",  # line 10
        panels=[
            TimeSeries("Calls", CALLS),  # line 12
            Stat(
                "Calls", CALLS,  # line 14
            ),
        ],
    )
    \"\"\"
    # metricloom: ignore-file Q204 -- no comment
    \"\"\"
""")


@pytest.mark.parametrize(
    ("line", "about"),
    [(1, 1), (2, 3), (3, 3), (5, 3), (6, 3), (8, 3), (10, 9), (12, 12), (14, 13)],
)
def test_a_comment_excuses_the_declaration_that_it_stands_in_or_above(here: Path, line: int, about: int) -> None:
    problems = [at(each, path="mine.py") for each in (1, 3, 9, 12, 13)]
    assert hidden(here, marked(REGISTRY, line), *problems, path="mine.py") == [at(about, path="mine.py")]


def test_a_registry_that_is_no_python_has_the_comments_before_its_fault(here: Path) -> None:
    text = "X = 1  # metricloom: ignore Q204 -- why\ndef (\n"
    assert hidden(here, text, at(1, path="mine.py"), path="mine.py") == [at(1, path="mine.py")]


@pytest.mark.filterwarnings("error")
def test_an_old_escape_in_a_registry_is_not_said_again(here: Path) -> None:
    text = 'X = "\\d"  # metricloom: ignore Q204 -- why\n'
    assert hidden(here, text, at(1, path="mine.py"), path="mine.py") == [at(1, path="mine.py")]


# --- dashboards ---


def panel(name: str, description: str) -> Owner:
    return Owner(name, (1, 1), description, Location("d.json", 1, 40))


def test_the_description_of_a_panel_excuses_its_problems_and_no_other_panel_s(here: Path) -> None:
    (here / "d.json").write_text("{}")
    calls = panel("Calls", "How many.\nmetricloom: ignore Q204 -- a raw counter is what this one shows")
    errors = panel("Errors", "")
    first, second = at(1, path="d.json"), Problem("Q204", "raw-counter", "other", Location("d.json", 1, 90))
    owners = Owners({first: calls, second: errors}.get, [calls, errors])
    found = suppressed([first, second], ["d.json"], owners)
    assert found == Suppressed((second,), 1)


def test_a_description_may_excuse_its_whole_dashboard(here: Path) -> None:
    told = panel("About", "<!-- metricloom: ignore-file Q204 -- made by hand -->")
    assert suppressed([at(7, path="d.json")], ["d.json"], Owners(described=[told])).hidden == 1


def test_a_description_that_only_speaks_of_such_comments_is_none(here: Path) -> None:
    told = panel("About", "Write `metricloom: ignore Q204 -- why` to hide it")
    assert suppressed([at(7, path="d.json")], [], Owners(described=[told])).hidden == 0


# --- reasons, dates, words ---


@pytest.mark.parametrize(
    ("comment", "fault"),
    [
        ("# metricloom: ignore Q204", "the comment does not say why Q204 may be ignored"),
        ("# metricloom: ignore Q204 --  ", "the comment does not say why Q204 may be ignored"),
        ("# metricloom: ignore Q204 -- until 2027-01-31", "the comment does not say why Q204 may be ignored"),
        ("# metricloom: ignore -- why", "the comment names no code"),
        ("# metricloom: ignore", "the comment names no code"),
        ("# metricloom: ignore Q204 -- why [until 2027-13-31]", "2027-13-31 is no date"),
        ("# metricloom: ignore Q204 -- why until 31.1.2027", "31.1.2027 is no date"),
        ("# metricloom: ignore-line Q204 -- why", "`ignore-line` is neither `ignore` nor `ignore-file`"),
        ("# metricloom: ignored Q204 -- why", "`ignored` is neither `ignore` nor `ignore-file`"),
    ],
)
def test_a_broken_comment_excuses_nothing_and_is_said(here: Path, comment: str, fault: str) -> None:
    (here / "r.yml").write_text(marked(RULES, 5, comment))
    found = suppressed([at(6)], ["r.yml"], Owners(owner))
    assert found.problems[0] == at(6)
    assert own(found) == [("X901", f"{fault}: nothing is excused")]
    [problem] = found.problems[1:]
    assert problem.at == Location("r.yml", 5, 23)
    assert problem.severity is Severity.WARNING
    assert "metricloom: ignore Q204 -- the reason" in problem.hint


@pytest.mark.parametrize("comment", ["# metricloom: see the registry", "# ignore Q204", "# metricloom is great"])
def test_other_comments_are_nobody_s_business(here: Path, comment: str) -> None:
    (here / "r.yml").write_text(marked(RULES, 5, comment))
    assert suppressed([at(6)], ["r.yml"]) == Suppressed((at(6),), 0)


@pytest.mark.parametrize(
    ("end", "over"),
    [
        ("[until 2026-11-24]", False),
        ("until 2026-11-24", False),
        ("(until 2027-01-31)", False),
        ("until 2026-11-23", True),
        ("until we migrate", False),
    ],
)
def test_a_comment_ends_after_its_last_day_and_says_so(here: Path, end: str, over: bool) -> None:
    (here / "r.yml").write_text(marked(RULES, 5, f"# metricloom: ignore Q204 -- why {end}"))
    found = suppressed([at(6)], ["r.yml"], Owners(owner))
    assert found.hidden == (not over)
    hints = ["mend it; the comment at r.yml:5:23 excused it until 2026-11-23"] if over else []
    assert [problem.hint for problem in found.problems] == hints


def test_a_comment_that_excuses_nothing_is_a_note(here: Path) -> None:
    (here / "r.yml").write_text(marked(RULES, 5, "# metricloom: ignore Q204, A503 -- why"))
    found = suppressed([at(6)], ["r.yml"], Owners(owner))
    assert own(found) == [("X902", "there is no A503 here that the comment could excuse")]
    assert found.problems[-1].severity is Severity.NOTE


def test_a_word_that_is_no_code_is_said_with_what_was_meant_and_the_others_count(here: Path) -> None:
    (here / "r.yml").write_text(marked(RULES, 5, "# metricloom: ignore raw-conter, Q204 -- why"))
    found = suppressed([at(6)], ["r.yml"], Owners(owner))
    assert found.hidden == 1
    assert own(found) == [("X903", "raw-conter is no code or name of a check: the comment does not excuse it")]
    assert found.problems[-1].hint == "did you mean raw-counter?"
    assert found.problems[-1].severity is Severity.WARNING


def test_a_file_that_cannot_be_read_has_no_comments(here: Path) -> None:
    (here / "folder.yml").mkdir()
    files = ["absent.yml", "folder.yml", "a\0b.yml", "content_platform", "x" * 5000]
    assert suppressed([at(1)], files) == Suppressed((at(1),), 0)


PIECES = st.sampled_from(
    [
        "# metricloom: ignore Q204 -- x",
        "expr: |",
        "\r",
        "\n",
        "  ",
        "- ",
        "'",
        '"',
        "a: b",
        "#",
        "[",
        "}",
        "\t",
        "\x00",
        "é",
        "(",
    ]
)


@given(st.lists(PIECES | st.text(max_size=3), max_size=20).map("".join), st.sampled_from(["a.py", "a.yml"]))
def test_any_text_can_be_searched_and_each_comment_stands_where_it_says(text: str, path: str) -> None:
    lines = comments_lines(text)
    for comment in comments_of(path, text):
        assert lines[comment.line - 1].startswith(comment.text, comment.column - 1)
        assert all(0 < line <= len(lines) for line in comment.about)


def comments_lines(text: str) -> list[str]:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
