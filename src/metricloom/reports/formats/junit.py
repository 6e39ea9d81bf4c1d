"""Problems as JUnit XML: a test case for each thing that was checked, failed where a problem makes the run fail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from xml.etree import ElementTree as ET

import click

from metricloom.errors import Problem
from metricloom.reports.excerpts import Lines, reader
from metricloom.reports.formats.text import problem_text, summary
from metricloom.reports.model import Report
from metricloom.reports.paths import relative
from metricloom.wording import printable

NOWHERE = "metricloom"


def render(report: Report) -> str:
    """Return the report in ASCII, with what XML cannot hold written out."""
    by_file: dict[str, list[Problem]] = defaultdict(list, {relative(file): [] for file in report.files})
    for problem in report.problems:
        by_file[relative(problem.at.path) if problem.at is not None else NOWHERE].append(problem)
    lines = reader(report.texts)
    cases = [_case(file, found, report, lines) for file, found in by_file.items()]
    failed = sum(case.find("failure") is not None for case in cases)
    counts = {"tests": str(len(cases)), "failures": str(failed), "errors": "0", "time": "0"}
    root = ET.Element("testsuites", {"name": "metricloom", **counts})
    ET.SubElement(root, "testsuite", {"name": f"metricloom {report.verb}", **counts}).extend(cases)
    ET.indent(root)
    content: bytes = ET.tostring(root, encoding="us-ascii", xml_declaration=True)
    return content.decode("ascii")


def _case(file: str, found: Sequence[Problem], report: Report, lines: Lines) -> ET.Element:
    """Return the test case of one file: readers of JUnit count on one failure at most, so it holds all problems."""
    case = ET.Element("testcase", {"classname": f"metricloom.{report.verb}", "name": printable(file, ""), "time": "0"})
    failing = [problem for problem in found if report.fails(problem)]
    rest = [problem for problem in found if not report.fails(problem)]
    if failing:
        kinds = {"message": summary(failing), "type": " ".join(dict.fromkeys(problem.code for problem in failing))}
        ET.SubElement(case, "failure", kinds).text = _texts(failing, lines)
    if rest:
        ET.SubElement(case, "system-out").text = _texts(rest, lines)
    return case


def _texts(problems: Sequence[Problem], lines: Lines) -> str:
    return "\n".join(click.unstyle(problem_text(problem, lines)) for problem in problems)
