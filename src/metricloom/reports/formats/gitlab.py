"""Problems as a Code Quality report, which GitLab shows in a merge request."""

from __future__ import annotations

from typing import Any

from metricloom.errors import Problem, Severity
from metricloom.reports.fingerprints import unique
from metricloom.reports.formats.json import as_json
from metricloom.reports.model import Report
from metricloom.reports.paths import relative
from metricloom.wording import whole

SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.NOTE: "info"}


def render(report: Report) -> str:
    """Return a JSON array with one entry a problem."""
    return as_json([_issue(problem, mark) for problem, mark in unique(report.problems, report.owners)])


def _issue(problem: Problem, mark: str) -> dict[str, Any]:
    """Return one entry. GitLab leaves out those without a path and a line: what has none is said of the folder."""
    path = whole(relative(problem.at.path)) if problem.at is not None else "."
    line = problem.at.line if problem.at is not None else 1
    hint = f" ({problem.hint})" if problem.hint else ""
    return {
        "description": whole(problem.message + hint),
        "check_name": f"{problem.code} {problem.name}",
        "fingerprint": mark,
        "severity": SEVERITIES[problem.severity],
        "location": {"path": path, "lines": {"begin": max(1, line)}},
    }
