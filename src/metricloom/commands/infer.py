"""`metricloom infer`: the type of an expression, step by step, and what the checks say of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING

import click

from metricloom.commands.worlds import world_of_options, world_options

if TYPE_CHECKING:
    from metricloom.errors import Problem
    from metricloom.promql.explain import LabelWords, Step


@click.command(name="infer", short_help="Say what an expression is, step by step.")
@click.argument("expression")
@world_options
@click.option("--site", metavar="NAME", help="The site of the registry.")
@click.option("--panel", is_flag=True, help="The expression is a panel's: Grafana's variables may stand in it.")
@click.option("--format", "shape", type=click.Choice(("text", "json")), default="text", show_default=True)
def command(
    expression: str,
    registry: str | None,
    metrics: tuple[str, ...],
    open_world: bool,
    site: str | None,
    panel: bool,
    shape: str,
) -> None:
    """Say what EXPRESSION is and why: its parts from the inside out, each with its unit, values and labels.

    What the checks find in it comes last. Exit 1 if that is an error.
    """
    from metricloom.checks import QuerySite, problems_of
    from metricloom.errors import Location, Severity
    from metricloom.promql.explain import steps
    from metricloom.promql.infer import infer
    from metricloom.sources.model import Use, Written

    world = world_of_options(registry, site, metrics, open_world=open_world)
    typing = infer(expression, world.table, variables=panel)
    written = Written(expression, Location("expression", 1))
    query = QuerySite(written, Use.PANEL if panel else Use.RECORD, "", world)
    problems = list(problems_of(query))
    click.echo(_as_json(steps(typing), problems) if shape == "json" else _as_text(steps(typing), problems))
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise SystemExit(1)


def _as_json(steps: tuple[Step, ...], problems: list[Problem]) -> str:
    from metricloom.reports.formats.json import problem_data

    document = {"steps": [asdict(step) for step in steps], "problems": [problem_data(each) for each in problems]}
    return json.dumps(document, indent=2, ensure_ascii=False)


def _as_text(steps: tuple[Step, ...], problems: list[Problem]) -> str:
    from metricloom.reports.formats.text import problem_text

    blocks = ["\n".join(_step_lines(step)) for step in steps]
    return "\n\n".join([*blocks, *map(problem_text, problems)])


def _step_lines(step: Step) -> Iterator[str]:
    yield click.style(" ".join(step.text.split()), bold=True)
    yield f"    {step.shape}"
    yield from (f"    {name:<8} {said}" for name, said in _facts(step) if said)
    yield from _label_lines(step)


def _facts(step: Step) -> Iterator[tuple[str, str]]:
    yield "kind", step.kind
    yield "unit", step.unit
    yield "values", step.values
    yield "absent", step.absent
    yield "NaN", step.nan
    yield "infinite", step.infinite


def _label_lines(step: Step) -> Iterator[str]:
    """Yield the labels, those with one reason together."""

    def reason(label: LabelWords) -> tuple[str, str]:
        return label.presence.value, label.why

    for (presence, why), labels in groupby(sorted(step.labels, key=_order), key=reason):
        yield f"    {presence:<8} {', '.join(label.name for label in labels)}: {why}"
    if step.open:
        yield "    possibly any other label: nobody knows these series"


def _order(label: LabelWords) -> tuple[int, str, str]:
    from metricloom.promql.types import Presence

    return list(Presence).index(label.presence), label.why, label.name
