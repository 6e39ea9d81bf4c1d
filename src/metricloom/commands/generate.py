"""`metricloom generate`: write the bundle, or say how the one on disk differs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from metricloom.artifact import Change, Plan


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
    from metricloom.errors import RefusedError, Severity
    from metricloom.pipeline import abandoned, bundles, errors_of, write_all
    from metricloom.project import Project

    folder = output if output is not None else Project.here().output
    with progress("reading the registry"):
        wanted = bundles(registry, site)
    with progress("checking"):
        problems = [problem for bundle in wanted for problem in bundle.problems()]
    print_problems(problem for problem in problems if problem.severity is not Severity.NOTE)
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
        for change in _edited(plan):
            what = "kept as yours, for it is no longer generated" if change.after is None else "overwritten"
            click.echo(f"  {plan.folder / change.path}: {what}; it was {change.state}")


def _report_stale(plans: Sequence[Plan]) -> None:
    stale = [plan for plan in plans if not plan.up_to_date]
    for plan in stale:
        click.echo(plan.diff(), nl=False)
    if stale:
        click.echo(f"the bundle is stale: {_remedy(stale)}", err=True)
        raise SystemExit(1)
    click.echo("the bundle is up to date")


def _remedy(stale: Sequence[Plan]) -> str:
    edited = [f"\n  {plan.folder / change.path}: {change.state}" for plan in stale for change in _edited(plan)]
    if not edited:
        return "run `metricloom generate`"
    return (
        f"text that a person wrote stands in{''.join(edited)}\n"
        "`metricloom generate` keeps what a person wrote, and refuses; with --force it overwrites it"
    )


def _edited(plan: Plan) -> list[Change]:
    edited = set(plan.edited)
    return [change for change in plan.changes if change.path in edited]


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
