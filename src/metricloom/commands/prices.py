"""`metricloom prices`: list the prices that a registry declares, or import those of language models."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from metricloom.monitoring.prices import Price
    from metricloom.price_import.update import Update


@click.command(name="prices", short_help="List prices, or import those of language models.")
@click.argument("targets", nargs=-1, metavar="[REGISTRY | [NAME=]PROVIDER:MODEL...]")
@click.option("--site", metavar="NAME", help="List them as one site has them.")
@click.option("--import", "importing", is_flag=True, help="Import prices of models from the installed genai-prices.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), default=Path("model_prices.py"),
    metavar="FILE", help="File to import to.  [default: model_prices.py]",
)  # fmt: skip
@click.option("--check", "check_only", is_flag=True, help="Write nothing; exit 1 with a diff if FILE is stale.")
@click.option("--drop", multiple=True, metavar="NAME", help="Leave out a model that FILE holds.")
@click.option("--estimated", multiple=True, metavar="NAME", help="Nobody counts this model's tokens.")
@click.option(
    "--released", type=click.DateTime(["%Y-%m-%d"]), help="Day of genai-prices' release, if it is unknown here."
)
@click.option("--force", is_flag=True, help="Overwrite FILE even if a person wrote or edited it.")
def command(
    targets: tuple[str, ...],
    site: str | None,
    importing: bool,
    output: Path,
    check_only: bool,
    drop: tuple[str, ...],
    estimated: tuple[str, ...],
    released: datetime | None,
    force: bool,
) -> None:
    """List the prices of REGISTRY, or import those of language models into a Python file.

    \b
    metricloom prices                                       list those of the project's registry
    metricloom prices --import openai:gpt-4o -o FILE        add a model, and bring the others up to date
    metricloom prices --import fast=azure:gpt-4o -o FILE    one that the label `model` calls otherwise
    metricloom prices --import -o FILE                      bring all up to date
    metricloom prices --check -o FILE                       exit 1 if the installed genai-prices says otherwise
    """  # noqa: D301
    if not importing and not check_only:
        if drop or estimated or released or force:
            raise click.UsageError("--drop, --estimated, --released and --force go with --import")
        _list(targets, site)
        return
    if site is not None:
        raise click.UsageError("--site goes with a list: an import is the same for all sites")
    from metricloom.price_import.update import Request, prepare

    day = released.date() if released is not None else None
    update = prepare(output, Request(targets, drop, estimated, day, force))
    if update.up_to_date:
        click.echo(f"{output} is up to date")
    elif check_only:
        _report_stale(update)
    else:
        update.carry_out(force=force)
        click.echo(f"wrote {output}")


def _report_stale(update: Update) -> NoReturn:
    click.echo(update.difference, nl=False)
    edited = update.old is not None and update.old.edited
    state = "was edited by hand" if edited else f"is stale: run `metricloom prices --import -o {update.path}`"
    click.echo(f"{update.path} {state}", err=True)
    raise SystemExit(1)


def _list(targets: tuple[str, ...], site: str | None) -> None:
    from metricloom.registry.by_name import declared

    if len(targets) > 1:
        raise click.UsageError("name one registry, or add --import to import prices of models")
    registry = declared(targets[0] if targets else None, site)
    if not registry.prices:
        click.echo(f"{registry.name} declares no prices")
        return
    click.echo(table([HEADINGS, *(row(price) for price in registry.prices)]))


HEADINGS = ("price", "US$", "per", "from", "of", "note")


def row(price: Price) -> tuple[str, ...]:
    """Return what a person wants to know of a price."""
    from metricloom.monitoring.prices import number

    dollars = "not declared" if price.dollars is None else number(price.dollars)
    changes = [f"{number(later)} from {day}" for day, later in sorted(price.changes.items())]
    checked = str(price.checked) if price.checked is not None else ""
    return (price.name, dollars, amount(price), price.source, checked, "; ".join([*changes, price.note]).strip("; "))


def amount(price: Price) -> str:
    """Return what a price is for one of: `1M tokens`, `GB-month`; a gigabyte has two sizes, and this says which."""
    from metricloom.generators.unit_words import names_its_size
    from metricloom.monitoring.prices import GB, GIB, MILLION, number

    if names_its_size(price):
        return price.unit
    sizes = {1: "", MILLION: "1M ", GB: "10^9 ", GIB: "2^30 "}
    return sizes.get(int(price.per), f"{number(price.per)} ") + price.unit


def table(rows: list[tuple[str, ...]]) -> str:
    """Return *rows* with their columns aligned."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) for cells in rows)
    return "\n".join(line.rstrip() for line in lines)
