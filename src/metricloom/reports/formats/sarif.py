"""Problems in SARIF 2.1.0, which GitHub code scanning and many editors read.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html
"""

from __future__ import annotations

from typing import Any

from metricloom.errors import Location, Problem, Severity
from metricloom.reports.excerpts import Lines, length_in, line_of, reader
from metricloom.reports.fingerprints import unique
from metricloom.reports.formats.json import as_json
from metricloom.reports.model import Entry, Report
from metricloom.reports.paths import uri
from metricloom.wording import whole

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
FINGERPRINT = "metricloom/v1"
"""The name says how it is made: another way gets another number."""


def render(report: Report) -> str:
    """Return a log with one run, in which each code that was found is a rule."""
    rules = {problem.code: Entry(problem.name, "") for problem in report.problems}
    rules = {code: report.catalogue.get(code, entry) for code, entry in sorted(rules.items())}
    numbers = {code: number for number, code in enumerate(rules)}
    lines = reader(report.texts)
    run = {
        "tool": {"driver": _driver(report, rules)},
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(problem, mark, numbers[problem.code], report, lines)
            for problem, mark in unique(report.problems, report.owners)
        ],
    }
    return as_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _driver(report: Report, rules: dict[str, Entry]) -> dict[str, Any]:
    described = [_rule(code, entry, report.docs_url) for code, entry in rules.items()]
    return {"name": "metricloom", "version": report.version, "rules": described}


def _rule(code: str, entry: Entry, docs_url: str) -> dict[str, Any]:
    why = whole(entry.why) or entry.name
    link = {"helpUri": f"{docs_url}#{entry.name}"} if docs_url else {}
    return {
        "id": code,
        "name": entry.name,
        "shortDescription": {"text": entry.name},
        "fullDescription": {"text": why},
        "help": {"text": f"{why}\nMore, with examples: metricloom explain {code}"},
        **link,
    }


def _result(problem: Problem, mark: str, rule: int, report: Report, lines: Lines) -> dict[str, Any]:
    # Braces are not doubled: no reader known to us takes a message without arguments for one with placeholders.
    text = "\n".join(part for part in (problem.message, problem.hint) if part) or problem.name
    related = [{"id": number, **_location(other, lines)} for number, other in enumerate(problem.related)]
    return {
        "ruleId": problem.code,
        "ruleIndex": rule,
        "level": LEVELS[problem.severity],
        "message": {"text": whole(text)},
        "locations": [_location(problem.at or _somewhere(report), lines, problem)],
        "partialFingerprints": {FINGERPRINT: mark},
        **({"relatedLocations": related} if related else {}),
    }


def _somewhere(report: Report) -> Location:
    """Return a place for a problem that has none: GitHub refuses a whole log for one result without."""
    return Location(report.files[0] if report.files else ".", 0)


def _location(at: Location, lines: Lines, problem: Problem | None = None) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri(at.path)}}
    if at.line > 0:
        physical["region"] = {"startLine": at.line, **_columns(at, lines, problem)}
    return {"physicalLocation": physical}


def _columns(at: Location, lines: Lines, problem: Problem | None) -> dict[str, int]:
    if not at.column:
        return {}
    line = line_of(at, lines) if problem is not None else None
    if problem is None or line is None:
        return {"startColumn": at.column}
    return {"startColumn": at.column, "endColumn": at.column + length_in(line, problem)}
