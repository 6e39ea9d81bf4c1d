"""`metricloom list`: what a registry declares, each with its place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from metricloom.declaration import Declaration
    from metricloom.registry.registry import Registry
    from metricloom.registry.subsystem import Subsystem


@click.command(name="list", short_help="List what a registry declares, with places.")
@click.argument("registry", required=False)
@click.option("--site", metavar="NAME", help="List it as one site has it.")
def command(registry: str | None, site: str | None) -> None:
    """List the metrics, recording rules, alerts and panels of REGISTRY with their places."""
    from metricloom.registry.by_name import declared

    wanted = declared(registry, site)
    for subsystem in wanted.subsystems:
        click.echo(f"{subsystem.title} ({subsystem.name})")
        for what, declarations in _groups(wanted, subsystem):
            _print_group(what, declarations)


def _groups(registry: Registry, subsystem: Subsystem) -> Iterable[tuple[str, Iterable[tuple[str, Declaration]]]]:
    yield "metrics", [(metric.name, metric) for metric in subsystem.families]
    yield "external series", [(series.name, series) for series in subsystem.externals]
    yield "recording rules", [(rule.name, rule) for rule in registry.recorded(subsystem)]
    yield "alerts", [(alert.name, alert) for alert in subsystem.alerts]
    yield "panels", [(panel.title, panel) for panel in subsystem.panels]


def _print_group(what: str, declarations: Iterable[tuple[str, Declaration]]) -> None:
    rows = list(declarations)
    if rows:
        click.echo(f"  {what}")
        width = max(len(name) for name, _ in rows)
        for name, declaration in rows:
            click.echo(f"    {name:<{width}}  {declaration.at}")
