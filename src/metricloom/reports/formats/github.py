"""Problems as workflow commands, which GitHub Actions shows beside the lines of a pull request.

The escapes are those that the runner undoes: `%`, carriage return and line feed in a message, `:` and `,` too in a
property.
"""

from __future__ import annotations

from metricloom.errors import Location, Problem, Severity
from metricloom.reports.model import Report
from metricloom.reports.paths import relative
from metricloom.wording import printable

COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(report: Report) -> str:
    """Return one command a problem; nothing where there is none."""
    return "\n".join(_command(problem) for problem in report.problems)


def _command(problem: Problem) -> str:
    properties = {**_place(problem.at), "title": f"{problem.code} {problem.name}"}
    shown = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    body = "\n".join(part for part in (problem.message, problem.hint) if part)
    return f"::{COMMANDS[problem.severity]} {shown}::{_data(body)}"


def _place(at: Location | None) -> dict[str, str]:
    if at is None:
        return {}
    numbers = {"line": at.line, "col": at.column}
    return {"file": relative(at.path), **{key: str(number) for key, number in numbers.items() if number}}


def _data(text: str) -> str:
    return printable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
