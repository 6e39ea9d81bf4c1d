"""What reading a rule file, a dashboard or a test finds: most of it Prometheus refuses, too."""

from __future__ import annotations

from typing import Final

from metricloom.checks.declared.page import Page
from metricloom.checks.model import rules
from metricloom.errors import Severity


def _file(code: str, name: str, why: str, bad: str = "", good: str = "", severity: Severity = Severity.ERROR) -> Page:
    return Page(code, name, severity, why, *((rules(text),) if text else () for text in (bad, good)))


def _rule(more: str = "", expr: str = "expr: queue_items > 1") -> str:
    return f"- alert: LongQueue\n  {expr}\n{more}".replace("  \n", "")


def _group(more: str = "", rule: str = '{record: "job:queue:sum", expr: sum by (job) (queue_items)}') -> str:
    return f"groups:\n- name: queues\n{more}  rules:\n  - {rule}\n"


FILES: Final[tuple[Page, ...]] = (
    _file("F901", "yaml-too-large", "A file that unfolds to more than any person wrote would take all memory."),
    _file(
        "F902",
        "yaml-syntax",
        "What is no YAML is no rule file: Prometheus refuses all of it.",
        _rule("  for: [5m\n"),
        _rule("  for: 5m\n"),
    ),
    _file(
        "F903",
        "yaml-duplicate-key",
        "Of two values under one key, which holds? Prometheus refuses the file.",
        _rule("  for: 5m\n  for: 10m\n"),
        _rule("  for: 10m\n"),
    ),
    _file(
        "F904", "unrendered-template", "A template of a rule file is none yet: the tool that fills it in comes first."
    ),
    _file("F905", "not-a-text", "A character that cannot stand in YAML says that this is no text file."),
    _file(
        "F907",
        "unknown-field",
        "Prometheus refuses a file with a field that it does not know; a misspelt one would change nothing otherwise.",
        _rule("  form: 5m\n"),
        _rule("  for: 5m\n"),
    ),
    _file(
        "F908",
        "wrong-field-type",
        "A field holds something else than Prometheus reads there: it refuses the file.",
        _rule("  labels: [warning]\n"),
        _rule("  labels: {severity: warning}\n"),
    ),
    _file(
        "F909",
        "missing-field",
        "A rule has an expression and a name, a group has a name.",
        _rule("  for: 5m\n", expr=""),
        _rule("  for: 5m\n"),
    ),
    _file(
        "F910",
        "bad-duration",
        "A duration is written in Prometheus's own way, largest unit first and without fractions.",
        _rule("  for: 1.5h\n"),
        _rule("  for: 1h30m\n"),
    ),
    _file(
        "F911",
        "invalid-name",
        "Prometheus cannot store series of such a name or label.",
        _rule("  labels: {__name__: queue}\n"),
        _rule("  labels: {queue: all}\n"),
    ),
    _file(
        "F912",
        "misplaced-field",
        "A field belongs to the other sort of rule: a record neither waits nor tells anybody anything.",
        _group(rule='{record: "job:queue:sum", expr: sum by (job) (queue_items), for: 5m}'),
        _group(),
    ),
    _file(
        "F913",
        "repeated-group",
        "Prometheus refuses a file in which two groups have one name.",
        _group() + _group().removeprefix("groups:\n"),
        _group() + _group().removeprefix("groups:\n").replace("queues", "others").replace("job:queue", "all:queue"),
    ),
    _file(
        "F914",
        "second-document",
        "Prometheus reads the first document of a file, and says nothing of rules in others.",
        severity=Severity.WARNING,
    ),
    _file(
        "F915",
        "name-before-3",
        "Prometheus before 3.0 refuses names of other characters than letters, digits and _.",
        _rule("  labels: {pager-duty: all}\n"),
        _rule("  labels: {pager_duty: all}\n"),
        Severity.WARNING,
    ),
    _file(
        "D930", "unreadable-dashboard", "What is no JSON, or holds no dashboard, shows nothing: none of it is checked."
    ),
    _file(
        "D931",
        "repeated-key",
        "Of two values under one key, JSON keeps the last: the other was written for nothing.",
        severity=Severity.WARNING,
    ),
    _file("E101", "unreadable-line", "Prometheus drops a whole page of metrics for one line that it can't read."),
    _file(
        "E102",
        "two-types",
        "A page says two types of one metric: only one of them can be true.",
        severity=Severity.WARNING,
    ),
    _file(
        "E103",
        "page-too-large",
        "A page of metrics is read up to a limit: what stands behind it is not known.",
        severity=Severity.WARNING,
    ),
)
