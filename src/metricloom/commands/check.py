"""`metricloom check`: everything that can be said of a registry without running its rules."""

from __future__ import annotations

import click


@click.command(name="check", short_help="Check registries, with promtool too.")
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option("--site", metavar="NAME", help="Check one site; without it, every declared one.")
@click.option("--promtool", metavar="PATH", help="The promtool to use.  [default: $METRICLOOM_PROMTOOL, then PATH]")
def command(targets: tuple[str, ...], site: str | None, promtool: str | None) -> None:
    """Check registries, and with promtool what is generated from them. Exit 1 if there is an error.

    A TARGET is module:attribute, or path/to/file.py[:attribute]; without one, the project's registry is checked.
    """
    from metricloom.commands.printing import print_problems, progress, summary
    from metricloom.errors import Problem
    from metricloom.pipeline import bundles, errors_of, promtool_problems
    from metricloom.promtool import MissingPromtoolError, find_promtool

    try:
        tool, missing = find_promtool(promtool), None
    except MissingPromtoolError as error:
        tool, missing = None, error
    problems: list[Problem] = []
    for target in targets or (None,):
        for bundle in bundles(target, site):
            with progress(f"checking {bundle.registry.name}"):
                found = bundle.problems()
                # What the checker calls an error promtool would only say once more, less clearly.
                if tool is not None and not errors_of(found):
                    found += promtool_problems(bundle, tool)
            problems += found
    print_problems(problems)
    click.echo(summary(problems))
    if missing is not None:
        click.echo(f"not run: promtool's checks, because {missing.message}; {missing.hint}", err=True)
    if errors_of(problems):
        raise SystemExit(1)
