"""The options that say what is known to exist: shared by the verbs that read what others wrote."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from metricloom.sources.model import World

_OPTIONS = (
    click.option("--registry", metavar="REGISTRY", help="What declares the series.  [default: the project's]"),
    click.option(
        "--metrics",
        multiple=True,
        metavar="FILE|URL",
        help="Take types and labels from a /metrics page instead; repeat it for more pages.",
    ),
    click.option("--open-world", is_flag=True, help="There are series that neither of them knows."),
)


def world_options(verb: Callable[..., Any]) -> Callable[..., Any]:
    """Give a verb the options --registry, --metrics and --open-world."""
    for option in reversed(_OPTIONS):
        verb = option(verb)
    return verb


def world_of_options(registry: str | None, site: str | None, metrics: Sequence[str], *, open_world: bool) -> World:
    """Return what is known to exist: by the registry, unless only pages are named. Say what is wrong with these.

    An open world has the registry that is named, by the option or by the project: what nobody named says nothing of the
    files of others.

    Raises:
        RegistryError: the registry does not load.
        UserError: there is no such site, or a file cannot be read, or is no page of metrics.
        ToolError: a URL cannot be reached.
    """
    from metricloom.project import CONTENT_PLATFORM, Project
    from metricloom.registry.by_name import declared
    from metricloom.sources.model import World
    from metricloom.sources.registry import world_of

    declares = registry is not None or not (metrics or (open_world and Project.here().registry == CONTENT_PLATFORM))
    if site is not None and not declares:
        raise click.UsageError(f"--site {site} is a site of a registry: name it with --registry")
    known = world_of(declared(registry, site), open_world=open_world) if declares else World(open=open_world)
    return _with_pages(known, tuple(dict.fromkeys(metrics))) if metrics else known


def _with_pages(known: World, places: Sequence[str]) -> World:
    """Return *known* with the series on the pages at *places*; say what is wrong with these."""
    from dataclasses import replace

    from metricloom.commands.printing import print_problems
    from metricloom.errors import UserError
    from metricloom.exposition.fetch import MAX_SHOWN, page_text
    from metricloom.exposition.page import read_page
    from metricloom.exposition.table import table_of
    from metricloom.exposition.together import together
    from metricloom.wording import short

    tables = []
    for place in places:
        page, shown = read_page(page_text(place), place), short(place, MAX_SHOWN)
        if not page.families:
            raise UserError(f"{shown} is no page of metrics", "give what a service shows at /metrics")
        print_problems(page.problems)
        if page.faults > len(page.problems):
            click.echo(f"{shown}: {page.faults - len(page.problems)} more lines have faults", err=True)
        tables.append(table_of(page))
    return replace(known, table={**together(tables), **known.table}, sampled=True)
