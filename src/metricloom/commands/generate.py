"""`metricloom generate`: write the bundle, or say how the one on disk differs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from metricloom.artifact import Plan


@click.command(name="generate", short_help="Write the bundle of a registry.")
@click.argument("registry", required=False)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Folder to write to.  [default: bundle]")
@click.option("--site", metavar="NAME", help="Generate one site; without it, every declared one.")
@click.option("--check", "check_only", is_flag=True, help="Write nothing; exit 1 with a diff if the bundle is stale.")
@click.option("--force", is_flag=True, help="Overwrite generated files that a person edited.")
@click.option("--no-check", "unchecked", is_flag=True, help="Write the bundle even if the checker finds errors.")
def command(
    registry: str | None, output: Path | None, site: str | None, check_only: bool, force: bool, unchecked: bool
) -> None:
    """Generate the bundle of REGISTRY: module:attribute, or path/to/file.py[:attribute].

    Without REGISTRY, the one that [tool.metricloom] in pyproject.toml names, else the content platform's.
    """
    from metricloom.commands.printing import print_problems, progress, summary
    from metricloom.errors import RefusedError
    from metricloom.pipeline import abandoned, bundles, errors_of, write_all
    from metricloom.project import Project

    folder = output if output is not None else Project.here().output
    with progress("reading the registry"):
        wanted = bundles(registry, site)
    with progress("checking"):
        problems = [problem for bundle in wanted for problem in bundle.problems()]
    print_problems(problems)
    if errors_of(problems) and not unchecked:
        raise RefusedError(
            f"{summary(problems)}: no bundle is written", "mend them, or write it as it is with --no-check"
        )
    with progress("rendering"):
        plans = [bundle.plan(folder) for bundle in wanted]
        plans += abandoned(folder, wanted) if site is None else []
    if check_only:
        _report_stale(plans)
        return
    with progress("writing"):
        written = write_all(plans, force=force)
    for plan in written:
        click.echo(_done(plan))


def _report_stale(plans: Sequence[Plan]) -> None:
    stale = [plan for plan in plans if not plan.up_to_date]
    for plan in stale:
        click.echo(plan.diff(), nl=False)
    if stale:
        click.echo("the bundle is stale: run `metricloom generate`", err=True)
        raise SystemExit(1)
    click.echo("the bundle is up to date")


def _done(plan: Plan) -> str:
    counts = {
        "created": len(plan.created),
        "changed": len(plan.changed),
        "removed": len(plan.removed),
        "unchanged": len(plan.unchanged),
    }
    if not plan.artifacts:
        return f"{plan.folder}: removed, for no site is generated there"
    return f"{plan.folder}: " + ", ".join(f"{count} files {what}" for what, count in counts.items() if count)
