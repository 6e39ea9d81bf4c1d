"""`metricloom diff`: what changed between two registries, and what each change breaks."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from metricloom.bounded import open_file
from metricloom.errors import UserError

if TYPE_CHECKING:
    from metricloom.impact.compare import Comparison
    from metricloom.impact.kinds import Impact
    from metricloom.impact.model import Document

STDIN = "-"
DATA = "registry.json"
COLOURS = ("green", "yellow", "red")


@click.command(name="diff", short_help="Show what changed between two registries, and what it breaks.")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="[NEW]", required=False)
@click.option("--site", metavar="NAME", help="Compare a registry in Python as this site has it.")
@click.option("--also", multiple=True, metavar="FILE", help="Rules or a dashboard of others, searched, too.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text", help="How to print it."
)
@click.option(
    "--fail-on",
    type=click.Choice(["breaking", "altering", "never"]),
    default="breaking",
    help="Exit 1 from which changes on.  [default: breaking]",
)
def command(old: str, new: str | None, site: str | None, also: tuple[str, ...], form: str, fail_on: str) -> None:
    """Show what changed from OLD to NEW, and which alerts, records, panels and calls each change breaks or alters.

    Each is a registry (module:attribute, or path/to/file.py[:attribute]), the folder of a bundle, its registry.json,
    or - for one on standard input. Without NEW, OLD is compared with the project's registry.
    """
    from metricloom.commands.printing import progress
    from metricloom.impact.compare import compare
    from metricloom.impact.foreign import consumers_in
    from metricloom.project import CONTENT_PLATFORM, Project

    if old == new == STDIN:
        raise click.UsageError("only one of OLD and NEW can be standard input")
    if new is None and Project.here().registry == CONTENT_PLATFORM:
        raise click.UsageError("name NEW: no pyproject.toml here or above names a registry to compare with")
    with progress("reading both registries"):
        before, after = _document(old, site), _document(new, site)
    _require_same_site((old, before), (new, after))
    foreign = [consumer for path in also for consumer in consumers_in(path)]
    with progress("comparing"):
        comparison = compare(before, after, foreign)
    click.echo(_rendered(comparison, form), nl=False)
    if _fails(comparison.worst, fail_on):
        raise SystemExit(1)


def _rendered(comparison: Comparison, form: str) -> str:
    if form == "json":
        from metricloom.impact.render_json import render_json

        return render_json(comparison)
    if form == "markdown":
        from metricloom.impact.render_markdown import render_markdown

        return render_markdown(comparison)
    from metricloom.impact.render_text import render_text

    return render_text(comparison, lambda text, impact: click.style(text, fg=COLOURS[impact]))


def _fails(worst: Impact | None, fail_on: str) -> bool:
    from metricloom.impact.kinds import Impact

    return fail_on != "never" and worst is not None and worst >= Impact[fail_on.upper()]


# --- what is compared -----------------------------------------------------------------------------------------


def _document(target: str | None, site: str | None) -> Document:
    from metricloom.impact.read import MAX_BYTES, from_bytes

    if target == STDIN:
        return from_bytes(sys.stdin.buffer.read(MAX_BYTES + 1), "standard input")
    file = None if target is None else _file(Path(target))
    if file is None:
        return _of_registry(target, site)
    try:
        with open_file(file, pipe=True) as stream:  # a pipe may be one: <(git show main:bundle/registry.json)
            return from_bytes(stream.read(MAX_BYTES + 1), str(file))
    except OSError as error:
        raise UserError(f"{file}: {error.strerror}", "give a bundle, its registry.json, or a registry") from error


def _file(path: Path) -> Path | None:
    """Return the file that holds the data of *path*; None where it names a registry in Python."""
    if path.is_dir():
        return _in_bundle(path)
    if path.suffix == ".json" or (path.exists() and path.suffix != ".py"):
        return path
    return None


def _in_bundle(folder: Path) -> Path:
    if (folder / DATA).exists():
        return folder / DATA
    sites = sorted(str(found.parent) for found in folder.glob(f"*/{DATA}"))
    hint = f"give one of its sites: {', '.join(sites)}" if sites else "`metricloom generate` writes one"
    raise UserError(f"{folder} holds no {DATA}", hint)


def _of_registry(name: str | None, site: str | None) -> Document:
    from metricloom.generators.registry_data import to_data
    from metricloom.impact.places import places
    from metricloom.impact.read import from_data
    from metricloom.registry.by_name import declared

    with _forgetting(name):
        registry = declared(name, site)
        return from_data(to_data(registry), name or registry.name, places(registry))


@contextmanager
def _forgetting(name: str | None) -> Iterator[None]:
    """Forget the modules that a registry in a file imports from its folder: another version may stand elsewhere."""
    before = set(sys.modules)
    yield
    path = Path((name or "").rpartition(":")[0] or name or "")
    if path.suffix == ".py":
        folder = path.resolve().parent
        for imported in set(sys.modules) - before:
            file = getattr(sys.modules[imported], "__file__", None)
            if file is not None and Path(file).is_relative_to(folder):
                del sys.modules[imported]


def _require_same_site(*sides: tuple[str | None, Document]) -> None:
    """Refuse to compare what one site has with what is declared, where only a forgotten option is to blame."""
    (_, first), (_, second) = sides
    for (target, document), other in zip(sides, (second, first), strict=True):
        site = other.settings["site"]
        if site and not document.settings["site"] and site in document.lists.get("sites", ()):
            raise UserError(
                f"{other.source} is of the site {site}, and {target or document.source} is read as declared",
                f"add --site {site}",
            )
