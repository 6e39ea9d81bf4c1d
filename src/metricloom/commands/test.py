"""`metricloom test`: run the rule tests that the alerts' examples make."""

from __future__ import annotations

import click


@click.command(name="test", short_help="Prove that alerts fire, and only when they must.")
@click.argument("registry", required=False)
@click.option("--site", metavar="NAME", help="Test one site; without it, every declared one.")
@click.option("--promtool", metavar="PATH", help="The promtool to use.  [default: $METRICLOOM_PROMTOOL, then PATH]")
def command(registry: str | None, site: str | None, promtool: str | None) -> None:
    """Prove with promtool that each alert of REGISTRY fires when it should, and does not when it should not.

    Exit 1 if a test fails, 3 if there is no promtool.
    """
    from metricloom.commands.printing import print_problems
    from metricloom.errors import Problem
    from metricloom.pipeline import bundles, test_problems
    from metricloom.promtool import find_promtool

    tool = find_promtool(promtool)
    problems: list[Problem] = []
    examples = 0
    for bundle in bundles(registry, site):
        examples += sum(len(alert.proofs) for alert in bundle.registry.alerts)
        for file, found in test_problems(bundle, tool):
            click.echo(f"{bundle.folder / file}: {'failed' if found else 'passed'}")
            print_problems(found)
            problems += found
    click.echo(f"{examples} examples, {len(problems)} failures")
    if problems:
        raise SystemExit(1)
