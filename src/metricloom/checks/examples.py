"""The examples of checks, run: an expression, rules and a test of them, or declarations of a registry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import indent
from typing import Any

from metricloom.checks.example_world import WORLD
from metricloom.checks.model import Example, Language
from metricloom.checks.run import run
from metricloom.dashboards import Dashboard, Panel
from metricloom.declaration import Declaration
from metricloom.errors import Location, Problem
from metricloom.monitoring.metrics import External, Metric
from metricloom.monitoring.operations import Operation
from metricloom.monitoring.prices import Budget, ModelPrices, Price
from metricloom.registry.load import problems_of
from metricloom.registry.registry import Registry
from metricloom.registry.site import Site
from metricloom.registry.subsystem import Subsystem
from metricloom.registry.triple import Triple
from metricloom.rules.alerts import Alert
from metricloom.rules.recording import RecordingRule
from metricloom.sources.dashboard_files import read_dashboard
from metricloom.sources.model import Group, PanelQuery, Rule, Sources, Use, World, Written
from metricloom.sources.registry import sources_of
from metricloom.sources.rule_files import read_rule_file
from metricloom.sources.tables import with_records
from metricloom.sources.test_files import read_test_file

AT = Location("rules.py", 7)


def problems_in(example: Example) -> list[Problem]:
    """Return what all checks find in an example; of declarations that are wrong by themselves, only that."""
    if example.language is Language.PYTHON:
        registry = registry_of(example.text)
        return problems_of(registry) or run(sources_of(registry))
    if example.language is Language.YAML:
        with rules_read(example.text) as (sources, problems):
            return [_without_folder(each) for each in (*problems, *run(sources))]
    if example.language is Language.JSON:
        return run(Sources(WORLD, panels=read_dashboard("dashboard.json", example.text).panels))
    return run(of_expression(example.text, example.use))


def _without_folder(problem: Problem) -> Problem:
    """Return *problem* of a file in a folder that is gone when a person reads it."""
    if problem.at is None:
        return problem
    path = Path(problem.at.path)
    message, hint = (text.replace(f"{path.parent}/", "") for text in (problem.message, problem.hint))
    return replace(problem, at=replace(problem.at, path=path.name), message=message, hint=hint)


def of_expression(text: str, use: Use = Use.ALERT, world: World = WORLD) -> Sources:
    """Return what is to be checked of an expression in an alert, a record or a panel."""
    query = Written(text, AT)
    if use is Use.PANEL:
        return Sources(world, panels=[PanelQuery("Example", "A", query, AT)])
    rule = Rule(use, "job:example:sum" if use is Use.RECORD else "Example", query, AT)
    return Sources(world, [Group("example", AT, (rule,))])


@contextmanager
def rules_read(text: str, world: World = WORLD) -> Iterator[tuple[Sources, Sequence[Problem]]]:
    """Give what is to be checked of a list of rules, or of whole files, and what is wrong with their form.

    `---` stands before a test of them. Beside them is a guide with one heading, "Long queue".
    """
    rule_text, _, test_text = text.strip().partition("\n---\n")
    if rule_text.startswith("- "):
        rule_text = "groups:\n- name: example\n  rules:\n" + indent(rule_text, "  ")
    with TemporaryDirectory() as name:
        rule_file, test_file = Path(name, "rules.yml"), Path(name, "rules_test.yml")
        rule_file.write_text(rule_text, encoding="utf-8")
        Path(name, "guide.md").write_text("# Long queue\n", encoding="utf-8")
        read = read_rule_file(str(rule_file), rule_text)
        test = read_test_file(str(test_file), test_text)[0] if test_text else None
        groups = read.groups
        yield Sources(with_records(world, groups), groups, tests=[test] if test else []), read.problems


def registry_of(text: str) -> Registry:
    """Return the registry that *text* declares, or one whose only subsystem holds what it declares."""
    names: dict[str, Any] = {}
    exec("from metricloom import *", names)  # noqa: S102 - the first line of each registry
    imported = frozenset(names)
    exec(compile(text, "example.py", "exec"), names)  # noqa: S102 - the examples are ours, and stand in this package
    declared = [value for name, value in names.items() if name not in imported]
    given = _of(declared, Registry)
    return given[0] if given else _registry(declared)


def _registry(declared: list[object]) -> Registry:
    subsystems = _of(declared, Subsystem) or [_subsystem(declared)]
    return Registry("example", subsystems, dashboards=_of(declared, Dashboard), sites=_of(declared, Site))


def _subsystem(declared: list[object]) -> Subsystem:
    prices = [price for model in _of(declared, ModelPrices) for price in model.prices]
    return Subsystem(
        "example", "Example", "me", metrics=_of(declared, Metric, External), operations=_of(declared, Operation),
        recordings=_of(declared, RecordingRule), alerts=_of(declared, Alert), panels=_of(declared, Panel),
        triples=_of(declared, Triple), prices=[*_of(declared, Price), *prices], budgets=_of(declared, Budget),
    )  # fmt: skip


def _of(declared: list[object], *sorts: type[Declaration]) -> list[Any]:
    return [value for value in declared if isinstance(value, sorts)]
