"""Problems as data, for programs.

What is not known is `0` in a line or column, and an empty text. A half character, for which UTF-8 has no form, is
written out: many readers of JSON refuse it even as an escape.
"""

from __future__ import annotations

import json
from typing import Any

from metricloom.errors import Location, Problem
from metricloom.reports.model import Report
from metricloom.reports.paths import relative
from metricloom.wording import whole

VERSION = 1
"""Of the form below: it is raised when a key changes its meaning or goes, not when one is added."""


def render(report: Report) -> str:
    """Return the problems, and how many there are of each severity, as one JSON object."""
    document = {
        "version": VERSION,
        "summary": report.counts,
        "problems": [problem_data(problem) for problem in report.problems],
    }
    return as_json(document)


def as_json(document: Any) -> str:
    """Return *document* in ASCII, which passes through any terminal and file as it is."""
    return json.dumps(document, indent=2)


def problem_data(problem: Problem) -> dict[str, Any]:
    """Return one problem as it stands in the document."""
    return {
        "code": problem.code,
        "name": problem.name,
        "severity": problem.severity.value,
        **_place(problem.at),
        "message": whole(problem.message),
        "hint": whole(problem.hint),
        "related": [_place(other) for other in problem.related],
    }


def _place(at: Location | None) -> dict[str, Any]:
    if at is None:
        return {"path": "", "line": 0, "column": 0}
    return {"path": whole(relative(at.path)), "line": at.line, "column": at.column}
