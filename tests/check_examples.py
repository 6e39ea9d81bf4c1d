"""The examples of checks, run: an expression, rules and a test of them, or declarations."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import indent
from typing import Any

from metricloom.sources.rule_files import read_rule_file
from metricloom.sources.test_files import read_test_file

import metricloom
from metricloom import Registry, Subsystem
from metricloom.checks import Example, Language, run
from metricloom.declaration import Declaration
from metricloom.errors import Location, Problem
from metricloom.monitoring.metrics import External, Metric
from metricloom.monitoring.operations import Operation
from metricloom.rules.alerts import Alert
from metricloom.rules.recording import RecordingRule
from metricloom.sources.model import Group, PanelQuery, Rule, Sources, Use, World, Written
from metricloom.sources.registry import sources_of
from metricloom.sources.tables import with_records
from tests.promql_table import OTHERS, TABLE

AT = Location("rules.py", 7)
REPLICA = ("instance", "pod")
WORLD = World(
    TABLE,
    replica=REPLICA,
    identity=("job", *sorted(OTHERS - {*REPLICA})),
    scrape_seconds=15,
    evaluation_seconds=60,
    retention_seconds=15 * 86400,
    min_prometheus=(2, 42),
)


def of_expression(text: str, use: Use = Use.ALERT, world: World = WORLD) -> Sources:
    """Return what is to be checked of an expression in an alert, a record or a panel."""
    query = Written(text, AT)
    if use is Use.PANEL:
        return Sources(world, panels=[PanelQuery("Example", "A", query, AT)])
    rule = Rule(use, "job:example:sum" if use is Use.RECORD else "Example", query, AT)
    return Sources(world, [Group("example", AT, (rule,))])


def of_rules(text: str, world: World = WORLD) -> Sources:
    """Return what is to be checked of a list of rules, or of whole files: `---` stands before a test of them."""
    rule_text, _, test_text = text.partition("\n---\n")
    if rule_text.strip().startswith("- "):
        rule_text = "groups:\n- name: example\n  rules:\n" + indent(rule_text, "  ")
    with TemporaryDirectory() as name:
        rule_file, test_file = Path(name, "rules.yml"), Path(name, "rules_test.yml")
        rule_file.write_text(rule_text, encoding="utf-8")
        read = read_rule_file(str(rule_file), rule_text)
        assert read.problems == ()
        tests = [read_test_file(str(test_file), test_text)[0]] if test_text else []
        return Sources(with_records(world, read.groups), read.groups, tests=[test for test in tests if test])


def of_declarations(text: str) -> Sources:
    """Return what is to be checked of a registry whose declarations are given, or that is declared itself."""
    names: dict[str, Any] = {name: getattr(metricloom, name) for name in metricloom.__all__}
    exec(compile(text, "example.py", "exec"), names)
    declared = [value for name, value in names.items() if name not in metricloom.__all__]
    given = next((value for value in declared if isinstance(value, Registry)), None)
    return sources_of(given or Registry("example", [_subsystem(declared)]))


def _subsystem(declared: list[object]) -> Subsystem:
    def of(*sorts: type[Declaration]) -> list[Any]:
        return [value for value in declared if isinstance(value, sorts)]

    return Subsystem(
        "example", "Example", "me", metrics=of(Metric, External), operations=of(Operation),
        recordings=of(RecordingRule), alerts=of(Alert), panels=of(metricloom.TimeSeries, metricloom.Stat),
    )  # fmt: skip


def problems_in(example: Example) -> list[Problem]:
    """Return what all checks find in an example."""
    if example.language is Language.PYTHON:
        return run(of_declarations(example.text))
    return run(
        of_rules(example.text) if example.language is Language.YAML else of_expression(example.text, example.use)
    )
