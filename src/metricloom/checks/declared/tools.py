"""What promtool reports of what is generated, and what is wrong with a comment that excuses a problem."""

from __future__ import annotations

from typing import Final

from metricloom.checks.declared.page import Page, entry
from metricloom.errors import Severity

TOOLS: Final[tuple[Page, ...]] = (
    entry("P901", "promtool-rule", "promtool refuses a rule, and Prometheus the whole file that holds it."),
    entry("P902", "promtool-config", "promtool refuses the configuration: Prometheus does not start with it."),
    entry(
        "P903",
        "promtool-test",
        "A rule test fails: an alert does not fire when it should, or fires when it should not.",
    ),
    entry(
        "P904", "promtool-metric", "promtool finds a name or a help text that goes against Prometheus's conventions."
    ),
    entry("P905", "promtool-duplicate-rule", "Two rules of one file have the same name and the same labels."),
    entry("P906", "promtool-no-rule-file", "No file has the name under which the configuration loads rules."),
    entry(
        "X901",
        "broken-suppression",
        "A comment that excuses a problem says which, and why. One that can't be read excuses nothing.",
        severity=Severity.WARNING,
    ),
    entry(
        "X902",
        "unused-suppression",
        "What the comment excuses is not there any more: it would hide the next one.",
        severity=Severity.NOTE,
    ),
    entry(
        "X903",
        "unknown-code-in-suppression",
        "The comment excuses what no check is called.",
        severity=Severity.WARNING,
    ),
)
