"""Problems as a person reads them, on a terminal."""

from __future__ import annotations

from collections.abc import Iterable

import click

from metricloom.errors import Problem, Severity
from metricloom.reports.excerpts import Lines, excerpt, read_lines, reader
from metricloom.reports.model import Report, counted
from metricloom.wording import printable

COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


def render(report: Report) -> str:
    """Return each problem, then how many there are."""
    lines = reader(report.texts)
    return "\n".join([*(problem_text(problem, lines) for problem in report.problems), summary(report.problems)])


def problem_text(problem: Problem, lines: Lines = read_lines) -> str:
    """Return the place of *problem*, what is wrong, the line at fault with a caret, and the remedy."""
    place = f"{printable(str(problem.at), '')}: " if problem.at is not None else ""
    severity = click.style(problem.severity.value, fg=COLOURS[problem.severity], bold=True)
    first, *more = printable(problem.message).split("\n")
    shown = [f"{place}{severity}: {first} [{problem.code} {problem.name}]", *(f"    {line}" for line in more)]
    part = excerpt(problem, lines)
    shown += part.lines
    if problem.hint:
        shown.append(f"{part.margin}= " + printable(problem.hint).replace("\n", f"\n{part.margin}  "))
    shown += [f"{part.margin}see {printable(str(other), '')}" for other in problem.related]
    return "\n".join(shown)


def summary(problems: Iterable[Problem]) -> str:
    """Return how many problems there are of each severity, in words."""
    counts = counted(problems).items()
    return ", ".join(f"{count} {severity}{'s' if count > 1 else ''}" for severity, count in counts if count) or (
        "no problems"
    )
