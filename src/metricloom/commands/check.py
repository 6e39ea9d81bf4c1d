"""`metricloom check`: everything that can be said of registries, rule files and dashboards without running them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from metricloom.commands.worlds import world_of_options, world_options
from metricloom.errors import UserError
from metricloom.reports.options import Reporting, report_options

if TYPE_CHECKING:
    from metricloom.checks import Found
    from metricloom.errors import Problem
    from metricloom.reports.model import Catalogue
    from metricloom.sources.model import Sources, World
    from metricloom.sources.read import Files

ROUNDS = 10
"""How often --fix mends what it has mended: one round for most files."""


def catalogue() -> Catalogue:
    """Return all codes that a verb may report."""
    from metricloom.checks.pages import pages
    from metricloom.reports.model import Entry

    return {code: Entry(page.name, page.why) for code, page in pages().items()}


@click.command(name="check", short_help="Check registries, rule files and dashboards.")
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@world_options
@click.option("--site", metavar="NAME", help="Check one site of the registry; without it, every declared one.")
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
    """Check registries, with promtool too; or rule files, tests of rules and dashboards, whoever wrote them.

    A TARGET is a registry: module:attribute, or path/to/file.py[:attribute]; without one, the project's. Or it is a
    .yml, .yaml or .json file, a folder of them, or - for one on standard input.

    Files are checked against the series of --registry and --metrics; without these, of the project's registry, else of
    the content platform's.

    Exit 0 if there is nothing to fail for, 1 if there is, 2 if something was called wrongly or does not load, 3 if a
    URL cannot be reached or promtool fails.
    """
    from metricloom.sources.read import is_file

    if "" in targets:  # a variable that is not set, in a script: not the folder of the run
        raise click.UsageError("a TARGET is empty: name a file, a folder or a registry")
    files = [target for target in targets if is_file(target)]
    registries = [target for target in targets if target not in files]
    if files and registries:
        raise click.UsageError(f"{registries[0]} is a registry, and {files[0]} is none: check one after the other")
    if files:
        _refuse_for_files(files, promtool, fix=fix)
        code = _check_files(files, world_of_options(registry, site, metrics, open_world=open_world), reporting, fix=fix)
    else:
        _refuse_for_registries(registry, metrics, fix=fix, open_world=open_world)
        code = _check_registries(registries or [None], site, promtool, reporting)
    if code:
        raise SystemExit(code)


def _refuse_for_files(files: Sequence[str], promtool: str | None, *, fix: bool) -> None:
    from metricloom.sources.read import STDIN

    if promtool is not None:
        raise click.UsageError(f"--promtool is for registries: run `promtool check rules {files[0]}` beside this")
    if fix and STDIN in files:
        raise click.UsageError("--fix writes into files: name one instead of -")


def _refuse_for_registries(registry: str | None, metrics: Sequence[str], *, fix: bool, open_world: bool) -> None:
    given = {"--registry": registry, "--metrics": metrics, "--open-world": open_world, "--fix": fix}
    for name in (name for name, value in given.items() if value):
        raise click.UsageError(f"{name} is for rule files and dashboards: name some")


def _check_files(targets: Sequence[str], known: World, reporting: Reporting, *, fix: bool) -> int:
    from metricloom.checks import found
    from metricloom.checks.run import in_order
    from metricloom.commands.printing import print_error, progress
    from metricloom.reports.owners import owners_among
    from metricloom.sources.read import read

    with progress("reading"):
        files = read(targets)
    kept = list[UserError]()
    if fix:
        files, kept = _mended(files, targets, known, reporting)
    sources = files.sources(known)
    with progress("checking"):
        problems = in_order([*files.problems, *(each.problem for each in found(sources))])
    code = reporting.report(problems, files.texts, owners_among(files.groups, files.panels), files.texts)
    for remark in files.passed_over:
        click.echo(remark, err=True)
    _hint_at_world(sources)
    for error in kept:
        print_error(error, verbose=False)
    return max([code, *(error.exit_code for error in kept)])


def _mended(files: Files, targets: Sequence[str], known: World, reporting: Reporting) -> tuple[Files, list[UserError]]:
    """Mend, and read what was mended: a fix that overlapped another is made in the next round.

    Return why files were kept as they were, too.
    """
    from metricloom.checks.mending import mend
    from metricloom.sources.read import read

    made, left, kept = Counter[str](), Counter[str](), dict[str, UserError]()
    for _ in range(ROUNDS):
        texts = {path: text for path, text in files.texts.items() if path not in kept}
        done = list(mend(texts, _wanted(files, known, reporting)))
        kept.update({each.path: each.fault for each in done if each.fault is not None})
        left = Counter({each.path: each.left for each in done if each.fault is None})
        made.update({each.path: each.made for each in done})
        if done:
            files = read(targets)
        if not any(each.made for each in done):
            break
    for path, count in (+made).items():
        click.echo(f"{path}: mended {count}", err=True)
    for path, count in (+left).items():
        click.echo(f"{path}: {count} to be mended by hand: not written where the text stands", err=True)
    if not +made and not left and not kept:
        click.echo("nothing was found that can be mended safely", err=True)
    return files, list(kept.values())


def _wanted(files: Files, known: World, reporting: Reporting) -> Iterator[Found]:
    """Yield what is to be mended: what would be shown."""
    from metricloom.checks import found
    from metricloom.reports.owners import owners_among

    all_found = list(found(files.sources(known)))
    owners = owners_among(files.groups, files.panels)
    shown = set(reporting.shown((each.problem for each in all_found), owners, files.texts))
    return (each for each in all_found if each.problem in shown)


def _hint_at_world(sources: Sources) -> None:
    """Say so where the registry has little to do with the files: the problems then say nothing of them."""
    from metricloom.sources.names import unknown_share

    if sources.world.open:
        return
    unknown, read = unknown_share(sources)
    if unknown * 2 > read:
        click.echo(
            f"{unknown} of {read} series that these files read are not known: name what declares them with "
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
