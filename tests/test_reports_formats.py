"""Formats: each is read back as its readers read it, whatever the problems hold, and says what the problems say."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree as ET

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from metricloom.errors import Location, Problem, Severity
from metricloom.reports.formats import FORMATS
from metricloom.reports.model import Entry, Report
from metricloom.reports.paths import relative
from metricloom.wording import printable, whole

CATALOGUE = {"Q204": Entry("raw-counter", "A counter is read without rate()."), "H301": Entry("beyond", "Never.")}
NASTY = ["\r\n", "\x00", "\x1b[31m", "\ud800", "\udcff", "\u2028", "\u202e", "]]>", "<!--", "%0A", "::error::", "a,b:c"]
NASTY += ["\ufffe", "\t", "&amp;", '"', "'", "\\", "\U0001f600", "é", "{0}", "[x](1)", "##[error]"]
TEXTS = st.lists(st.sampled_from(NASTY) | st.text(max_size=5), max_size=6).map("".join)
PATHS = st.sampled_from(
    ["rules/a.yml", "a b%/ü#?.yml", "x:y.yml", "/elsewhere/r.yml", "n\udcff.yml", "<string>", "a\nb"]
)
PLACES = st.builds(Location, PATHS | TEXTS, st.integers(0, 9), st.integers(0, 9))
PROBLEMS = st.builds(
    Problem,
    st.sampled_from(["Q204", "H301", "X999"]),
    st.just("raw-counter"),
    TEXTS,
    st.none() | PLACES,
    TEXTS,
    st.sampled_from(Severity),
    TEXTS,
    st.none() | st.tuples(st.integers(0, 9), st.integers(0, 20)),
    st.lists(PLACES, max_size=2).map(tuple),
)
REPORTS = st.builds(Report, st.lists(PROBLEMS, max_size=5), st.lists(PATHS, max_size=2), st.just(CATALOGUE))
"""Any problems at all: no check makes most of these, but a rule file of a stranger may hold what is in them."""

PLAIN = Problem(
    "Q204",
    "raw-counter",
    "alert Errors: errors_total is a counter",
    Location("rules/a.yml", 7, 15),
    "write increase(errors_total[1h])",
    source="errors_total > 10",
    span=(0, 12),
    related=(Location("rules/a.yml", 3),),
)


def rendered(shape: str, report: Report) -> str:
    text = FORMATS[shape](report)
    text.encode()  # no half characters
    return text


def shown_path(problem: Problem) -> str:
    return relative(problem.at.path) if problem.at is not None else ""


# --- text ---


@given(REPORTS)
def test_text_moves_no_cursor_and_shows_every_message(report: Report) -> None:
    text = click.unstyle(rendered("text", report))
    assert all(char == "\n" or char.isprintable() or char == "\xa0" or not char.isascii() for char in text)
    for problem in report.problems:
        assert printable(problem.message).split("\n")[0] in text


# --- json ---


@given(REPORTS)
def test_json_holds_each_problem_whole(report: Report) -> None:
    text = rendered("json", report)
    assert text.isascii()
    document = json.loads(text)
    assert document["version"] == 1
    assert sum(document["summary"].values()) == len(report.problems) == len(document["problems"])
    for problem, read in zip(report.problems, document["problems"], strict=True):
        at = problem.at or Location("", 0)
        assert read == {
            "code": problem.code,
            "name": problem.name,
            "severity": problem.severity.value,
            "path": whole(shown_path(problem)),
            "line": at.line,
            "column": at.column,
            "message": whole(problem.message),
            "hint": whole(problem.hint),
            "related": [
                {"path": whole(relative(one.path)), "line": one.line, "column": one.column} for one in problem.related
            ],
        }


# --- github ---

MAPPINGS = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))


def unescaped(text: str, mappings: tuple[tuple[str, str], ...]) -> str:
    for escape, char in mappings:
        text = text.replace(escape, char)
    return text


def commands(text: str) -> Iterator[tuple[str, dict[str, str], str]]:
    """Read workflow commands in the order of steps in which the runner of GitHub Actions does."""
    for line in re.split(r"\r\n|\r|\n", text) if text else ():
        trimmed = line.lstrip()
        assert trimmed.startswith("::")
        head, data = trimmed[2:].split("::", 1)
        command, _, rest = head.partition(" ")
        pairs = [pair.split("=", 1) for pair in rest.split(",") if pair]
        yield (
            command,
            {key: unescaped(value, MAPPINGS) for key, value in pairs},
            unescaped(data, (*MAPPINGS[:2], MAPPINGS[4])),
        )


@given(REPORTS)
def test_a_workflow_command_holds_each_problem(report: Report) -> None:
    read = list(commands(rendered("github", report)))
    assert len(read) == len(report.problems)
    for problem, (command, properties, data) in zip(report.problems, read, strict=True):
        assert command == {"error": "error", "warning": "warning", "note": "notice"}[problem.severity]
        assert properties["title"] == f"{problem.code} {problem.name}"
        assert properties.get("file", "") == printable(shown_path(problem))
        assert data == printable("\n".join(filter(None, [problem.message, problem.hint])))
        line = problem.at.line if problem.at is not None else 0
        assert properties.get("line") == (str(line) if line else None)


# --- gitlab ---

CODE_QUALITY = Draft202012Validator(
    {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["description", "check_name", "fingerprint", "severity", "location"],
            "properties": {
                "description": {"type": "string"},
                "check_name": {"type": "string"},
                "fingerprint": {"type": "string", "minLength": 1},
                "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
                "location": {
                    "type": "object",
                    "required": ["path", "lines"],
                    "properties": {
                        "path": {"type": "string"},
                        "lines": {
                            "type": "object",
                            "required": ["begin"],
                            "properties": {"begin": {"type": "integer", "minimum": 1}},
                        },
                    },
                },
            },
        },
    }
)
"""What https://docs.gitlab.com/ci/testing/code_quality/ asks of a report."""


@given(REPORTS)
def test_a_code_quality_report_has_what_gitlab_asks_for_and_no_fingerprint_twice(report: Report) -> None:
    issues = json.loads(rendered("gitlab", report))
    CODE_QUALITY.validate(issues)
    assert len({issue["fingerprint"] for issue in issues}) == len(issues) == len(report.problems)
    for problem, issue in zip(report.problems, issues, strict=True):
        assert issue["description"].startswith(whole(problem.message))
        assert issue["location"]["path"] == (whole(shown_path(problem)) if problem.at is not None else ".")


def test_the_fingerprint_of_a_problem_stays_when_its_lines_move() -> None:
    moved = Problem(PLAIN.code, PLAIN.name, PLAIN.message, Location("rules/a.yml", 99, 3), source=PLAIN.source)
    [one], [other] = (json.loads(rendered("gitlab", Report([problem]))) for problem in (PLAIN, moved))
    assert one["fingerprint"] == other["fingerprint"]
    assert one["location"] != other["location"]


# --- junit ---


@given(REPORTS)
def test_junit_has_a_case_for_each_file_and_fails_those_with_errors(report: Report) -> None:
    text = rendered("junit", report)
    assert text.isascii()
    root = ET.fromstring(text)
    assert root.tag == "testsuites"
    [suite] = root
    cases = {case.get("name"): case for case in suite}
    assert len(cases) == len(suite)
    named = [*map(relative, report.files), *(shown_path(one) if one.at else "metricloom" for one in report.problems)]
    assert set(cases) == {printable(name, "") for name in named}
    failed = {shown_path(one) if one.at else "metricloom" for one in report.problems if one.severity == "error"}
    assert {name for name, case in cases.items() if case.find("failure") is not None} == {
        printable(name, "") for name in failed
    }
    assert suite.get("failures") == str(len(failed))
    for problem in report.problems:
        case = cases[printable(shown_path(problem) if problem.at else "metricloom", "")]
        assert printable(problem.message).split("\n")[0] in "".join(case.itertext())


# --- sarif ---

URI = re.compile(r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2}|file:///)+")
POSITIVE = {"type": "integer", "minimum": 1}
TEXT = {
    "type": "object",
    "required": ["text"],
    "additionalProperties": False,
    "properties": {"text": {"type": "string", "minLength": 1}},
}
LOCATION: dict[str, Any] = {
    "type": "object",
    "required": ["physicalLocation"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "integer", "minimum": 0},
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation"],
            "additionalProperties": False,
            "properties": {
                "artifactLocation": {
                    "type": "object",
                    "required": ["uri"],
                    "additionalProperties": False,
                    "properties": {"uri": {"type": "string"}},
                },
                "region": {
                    "type": "object",
                    "required": ["startLine"],
                    "additionalProperties": False,
                    "dependentRequired": {"endColumn": ["startColumn"]},
                    "properties": {"startLine": POSITIVE, "startColumn": POSITIVE, "endColumn": POSITIVE},
                },
            },
        },
    },
}
RULE = {
    "type": "object",
    "required": ["id", "name", "shortDescription", "fullDescription", "help"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string"},
        "name": {"type": "string"},
        "shortDescription": TEXT,
        "fullDescription": TEXT,
        "help": TEXT,
        "helpUri": {"type": "string"},
    },
}
RESULT = {
    "type": "object",
    "required": ["ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints"],
    "additionalProperties": False,
    "properties": {
        "ruleId": {"type": "string"},
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": {"enum": ["none", "note", "warning", "error"]},
        "message": TEXT,
        "locations": {"type": "array", "items": LOCATION, "minItems": 1, "maxItems": 1},
        "relatedLocations": {"type": "array", "items": LOCATION, "uniqueItems": True},
        "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1},
    },
}
SARIF = Draft202012Validator(
    {
        "type": "object",
        "required": ["version", "runs"],
        "additionalProperties": False,
        "properties": {
            "$schema": {"type": "string"},
            "version": {"const": "2.1.0"},
            "runs": {
                "type": "array",
                "minItems": 1,
                "maxItems": 1,
                "items": {
                    "type": "object",
                    "required": ["tool", "results"],
                    "additionalProperties": False,
                    "properties": {
                        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                        "results": {"type": "array", "items": RESULT},
                        "tool": {
                            "type": "object",
                            "required": ["driver"],
                            "additionalProperties": False,
                            "properties": {
                                "driver": {
                                    "type": "object",
                                    "required": ["name", "rules"],
                                    "additionalProperties": False,
                                    "properties": {
                                        "name": {"type": "string"},
                                        "version": {"type": "string"},
                                        "rules": {"type": "array", "items": RULE, "uniqueItems": True},
                                    },
                                }
                            },
                        },
                    },
                },
            },
        },
    }
)
"""What SARIF 2.1.0 says of the objects that are written, and nothing of the others: those are not allowed here."""


@given(REPORTS)
def test_sarif_is_valid_and_its_results_name_their_rules(report: Report) -> None:
    text = rendered("sarif", report)
    assert text.isascii()
    log = json.loads(text)
    SARIF.validate(log)
    [run] = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted({problem.code for problem in report.problems})
    prints = [result["partialFingerprints"]["metricloom/v1"] for result in run["results"]]
    assert len(set(prints)) == len(prints)
    for problem, result in zip(report.problems, run["results"], strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == problem.code
        assert result["message"]["text"].startswith(whole(problem.message))
        [location] = result["locations"]
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert URI.fullmatch(uri)
        if problem.at is not None and problem.at.path in ("a b%/ü#?.yml", "x:y.yml", "n\udcff.yml", "a\nb"):
            assert os.fsdecode(unquote_to_bytes(uri)) == problem.at.path


def test_sarif_takes_the_words_of_the_catalogue_and_a_link_where_the_docs_stand_somewhere() -> None:
    log = json.loads(rendered("sarif", Report([PLAIN], catalogue=CATALOGUE, docs_url="https://docs.example/checks")))
    [rule] = log["runs"][0]["tool"]["driver"]["rules"]
    assert rule["name"] == "raw-counter"
    assert rule["fullDescription"]["text"] == "A counter is read without rate()."
    assert rule["helpUri"] == "https://docs.example/checks#raw-counter"
    assert "metricloom explain Q204" in rule["help"]["text"]


def test_sarif_underlines_what_the_file_spells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/a.yml").write_text("\n" * 6 + "        expr: errors_total > 10\n")
    [result] = json.loads(rendered("sarif", Report([PLAIN])))["runs"][0]["results"]
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 7, "startColumn": 15, "endColumn": 27}


# --- all ---


@pytest.mark.parametrize("shape", FORMATS)
def test_an_expression_of_a_megabyte_is_no_matter(shape: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    expression = "a + " * 250_000 + "b"
    (tmp_path / "r.yml").write_text(f"expr: {expression}\n")
    at = Location("r.yml", 1, 7 + 500_000)
    text = rendered(
        shape, Report([Problem("Q204", "raw-counter", "m", at, source=expression, span=(500_000, 500_001))])
    )
    assert len(text) < 3000


def test_nothing_found_is_valid_too() -> None:
    report = Report([], ["rules/a.yml"])
    assert rendered("text", report) == "no problems"
    assert rendered("github", report) == ""
    assert json.loads(rendered("json", report))["problems"] == []
    assert json.loads(rendered("gitlab", report)) == []
    assert json.loads(rendered("sarif", report))["runs"][0]["results"] == []
    assert [case.get("name") for case in ET.fromstring(rendered("junit", report)).iter("testcase")] == ["rules/a.yml"]


@pytest.mark.parametrize("shape", FORMATS)
def test_a_path_below_the_current_folder_is_shown_from_there(
    shape: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = rendered(shape, Report([Problem("Q204", "raw-counter", "m", Location(str(tmp_path / "rules/a.yml"), 1))]))
    assert "rules/a.yml" in text
    assert str(tmp_path) not in text
