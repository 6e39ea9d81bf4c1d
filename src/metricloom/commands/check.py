"""`metricloom check`: everything that can be said of registries, rule files and dashboards without running them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from metricloom.commands.worlds import world_of_options, world_options
from metricloom.reports.options import Reporting, report_options

if TYPE_CHECKING:
    from metricloom.errors import Problem
    from metricloom.foreign import Files
    from metricloom.reports.model import Catalogue
    from metricloom.sources.model import World


def catalogue() -> Catalogue:
    """Return all codes that a verb may report."""
    from metricloom.checks.pages import pages
    from metricloom.reports.model import Entry

    return {code: Entry(page.name, page.why) for code, page in pages().items()}


@click.command(name="check", short_help="Check registries, rule files and dashboards.")
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@world_options
@click.option("--site", metavar="NAME", help="Check one site; without it, every declared one.")
@click.option("--fix", is_flag=True, help="Mend in rule files and dashboards what can be mended safely.")
@click.option("--promtool", metavar="PATH", help="The promtool to use.  [default: $METRICLOOM_PROMTOOL, then PATH]")
@report_options(catalogue)
def command(
    targets: tuple[str, ...],
    registry: str | None,
    metrics: tuple[str, ...],
    open_world: bool,
    site: str | None,
    fix: bool,
    promtool: str | None,
    reporting: Reporting,
) -> None:
    """Check registries, with promtool too; and rule files, tests of rules and dashboards, whoever wrote them.

    A TARGET is module:attribute, or path/to/file.py[:attribute]; or a .yml, .yaml or .json file, or a folder of them.
    Without one, the project's registry is checked. Files are checked against --registry, --metrics, or the project's
    registry, else the content platform's.
    """
    from metricloom import foreign

    files = [target for target in targets if foreign.is_file(target)]
    registries = [target for target in targets if target not in files]
    _refuse_mixed(files, registries, registry, metrics, fix=fix, open_world=open_world)
    if files:
        code = _check_files(files, world_of_options(registry, site, metrics, open_world=open_world), reporting, fix=fix)
    else:
        code = _check_registries(registries or [None], site, promtool, reporting)
    if code:
        raise SystemExit(code)


def _refuse_mixed(
    files: Sequence[str],
    registries: Sequence[str],
    registry: str | None,
    metrics: Sequence[str],
    *,
    fix: bool,
    open_world: bool,
) -> None:
    if files and registries:
        raise click.UsageError(f"{registries[0]} is a registry, and {files[0]} is none: check one after the other")
    given = {"--registry": registry, "--metrics": metrics, "--open-world": open_world, "--fix": fix}
    named = [name for name, value in given.items() if value]
    if named and not files:
        raise click.UsageError(f"{named[0]} is for rule files and dashboards: name some")


def _check_files(targets: Sequence[str], known: World, reporting: Reporting, *, fix: bool) -> int:
    from metricloom import foreign
    from metricloom.commands.printing import progress

    with progress("reading"):
        files = foreign.read(targets)
    if fix:
        files = _mended(files, targets, known, reporting)
    with progress("checking"):
        problems = foreign.problems_of(files, known)
    code = reporting.report(problems, files.texts, files.owners)
    _hint_at_world(files, known)
    return code


def _mended(files: Files, targets: Sequence[str], known: World, reporting: Reporting) -> Files:
    from metricloom import foreign

    found = list(files.found(known))
    shown = set(reporting.shown((each.problem for each in found), files.texts, files.owners))
    done = foreign.mend(files, (each for each in found if each.problem in shown))
    for path, count in done.items():
        click.echo(f"{path}: mended {count}", err=True)
    return foreign.read(targets) if done else files


def _hint_at_world(files: Files, known: World) -> None:
    """Say so where the registry has little to do with the files: the problems then say nothing of them."""
    if known.open:
        return
    unknown, read = files.unknown_share(known)
    if read and unknown * 2 > read:
        click.echo(
            f"{unknown} of the {read} series that these files read are not known: name what declares them with "
            "--registry, take them from a running service with --metrics URL, or allow others with --open-world",
            err=True,
        )


def _check_registries(
    targets: Sequence[str | None], site: str | None, promtool: str | None, reporting: Reporting
) -> int:
    from metricloom.commands.printing import progress
    from metricloom.pipeline import bundles, errors_of, promtool_problems
    from metricloom.promtool import MissingPromtoolError, find_promtool

    try:
        tool, missing = find_promtool(promtool), None
    except MissingPromtoolError as error:
        tool, missing = None, error
    problems: list[Problem] = []
    files: list[str] = []
    for target in targets:
        for bundle in bundles(target, site):
            with progress(f"checking {bundle.registry.name}"):
                found = bundle.problems()
                # What the checker calls an error promtool would only say once more, less clearly.
                if tool is not None and not errors_of(found):
                    found += promtool_problems(bundle, tool)
            problems += found
            files += bundle.files()
    code = reporting.report(problems, files)
    if missing is not None:
        click.echo(f"not run: promtool's checks, because {missing.message}; {missing.hint}", err=True)
    return code
