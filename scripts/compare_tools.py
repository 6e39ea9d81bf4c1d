"""Run other tools on the examples of the checks, and print what docs/comparison.md holds.

    python scripts/compare_tools.py --promtool PATH --promtool-version 3.16 --pint PATH --pint-version 0.80.0

A tool finds a fault if it says something of the bad example that it does not say of every good one.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import indent

from metricloom.checks.model import Example, Language
from metricloom.checks.pages import pages
from metricloom.sources.model import Use

INTRODUCTION = Path(__file__).with_suffix(".md")

Tool = Callable[[Path], set[str]]
"""From a rule file to what the tool says of it, without the places."""


def promtool(path: str) -> Tool:
    """Return promtool with all its lints."""

    def says(file: Path) -> set[str]:
        done = _run([path, "check", "rules", "--lint=all", "--lint-fatal", str(file)])
        return {re.sub(r"^.*?\d+:\d+: ", "", line) for line in done.stderr.splitlines() if line.startswith("  ")}

    return says


def pint(path: str) -> Tool:
    """Return pint without a Prometheus to ask."""

    def says(file: Path) -> set[str]:
        report = file.with_suffix(".json")
        _run([path, "--offline", "lint", "--json", str(report), str(file)])
        return {problem["reporter"] for problem in json.loads(report.read_text() or "[]")} if report.exists() else set()

    return says


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def rule_file(example: Example) -> str | None:
    """Return an example as a rule file; None where it is none."""
    if example.language is Language.YAML and "\n---\n" not in example.text:
        text = example.text.strip()
        return f"groups:\n- name: example\n  rules:\n{indent(text, '  ')}\n" if text.startswith("- ") else text
    if example.language is not Language.PROMQL or example.use is Use.PANEL:
        return None
    kind = "alert: Example" if example.use is Use.ALERT else "record: job:example:sum"
    return f"groups:\n- name: example\n  rules:\n  - {kind}\n    expr: |-\n{indent(example.text, ' ' * 6)}\n"


def _said(tool: Tool, examples: tuple[Example, ...], folder: Path) -> list[set[str]]:
    said = []
    for number, text in enumerate(filter(None, map(rule_file, examples))):
        file = folder / f"{number}.yml"
        file.write_text(text)
        said.append(tool(file))
    return said


def verdict(tool: Tool, bad: tuple[Example, ...], good: tuple[Example, ...]) -> str:
    """Return in how many of the bad examples *tool* finds something that it does not find in all good ones, too."""
    with TemporaryDirectory() as name:
        wrong = _said(tool, bad, Path(name))
        right = set.intersection(*_said(tool, good, Path(name)) or [set()])
    found = sum(bool(each - right) for each in wrong)
    if not wrong:
        return "–"
    return "no" if not found else "yes" if found == len(wrong) else f"{found} of {len(wrong)}"


def rows(tools: dict[str, Tool]) -> Iterator[str]:
    """Yield the lines of the table."""
    yield f"| code | fault | metricloom | {' | '.join(tools)} |"
    yield f"|---|---|---|{'---|' * len(tools)}"
    for page in pages().values():
        if any(rule_file(example) for example in page.bad):
            found = [verdict(tool, page.bad, page.good) for tool in tools.values()]
            yield f"| [{page.code}](checks.md#{page.name}) | {page.name} | yes | {' | '.join(found)} |"


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--promtool", required=True)
    parser.add_argument("--pint", required=True)
    for tool in ("promtool", "pint"):
        parser.add_argument(f"--{tool}-version", required=True, help="one that was built from a module has none")
    chosen = parser.parse_args()
    tools = {"promtool": promtool(chosen.promtool), "pint": pint(chosen.pint)}
    sys.stdout.write(INTRODUCTION.read_text().format(promtool=chosen.promtool_version, pint=chosen.pint_version))
    sys.stdout.write("\n".join(rows(tools)) + "\n")


if __name__ == "__main__":
    main()
