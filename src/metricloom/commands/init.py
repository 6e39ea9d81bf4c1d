"""`metricloom init`: a first registry, from a pattern, or from the metrics that a service has."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from metricloom.errors import RefusedError, UserError
from metricloom.wording import counted

if TYPE_CHECKING:
    from metricloom.adoption.model import Findings
    from metricloom.adoption.registry import Written

STDOUT: Final = "-"
MAX_REMARKS: Final = 20


@click.command(name="init", short_help="Write a first registry.")
@click.option(
    "-o", "--output", default="registry.py", metavar="FILE", show_default=True, help="File to write; - for stdout."
)
@click.option(
    "--from-metrics", "pages", multiple=True, metavar="URL|FILE", help="Declare what this page of /metrics shows."
)
@click.option(
    "--from-code", "code", multiple=True, metavar="PATH", help="Declare what this Python code creates; it is not run."
)
@click.option("--force", is_flag=True, help="Overwrite FILE if it is there.")
def command(output: str, pages: tuple[str, ...], code: tuple[str, ...], force: bool) -> None:
    """Write a first registry: a pattern, or what a service measures already.

    With both --from-metrics and --from-code types, values and buckets come from the page, and places from the code.
    Both may be given several times. All that is written can be generated from; what only a person can know is marked
    TODO.
    """
    path = None if output == STDOUT else Path(output)
    if path is not None and path.suffix != ".py":
        raise UserError(
            f"{path} is no name for a registry", "it is Python: give a name that ends in .py, or - to print"
        )
    if path is not None and os.path.lexists(path) and not force:
        raise RefusedError(f"{path} is there already", "give another file with -o, or overwrite it with --force")
    if not pages and not code:
        from metricloom.adoption.pattern import PATTERN

        _write(path, PATTERN)
        done = f"wrote {path}: a pattern with three metrics"
    else:
        findings = _findings(pages, code)
        written = _registry(findings, " and ".join((*pages, *code)))
        _write(path, written.text)
        _remark(findings)
        done = f"wrote {path}: {_counts(written)}"
    if path is not None:
        click.echo(done)
        _say_next(path, pages)


def _findings(pages: Sequence[str], code: Sequence[str]) -> Findings:
    from metricloom.adoption.code import found_in_code
    from metricloom.adoption.merge import merged, united
    from metricloom.commands.printing import progress

    shown = united([_on_page(page) for page in pages])
    with progress(f"reading {' and '.join(code)}"):
        created = found_in_code(*code)
    return merged(shown, created)


def _on_page(page: str) -> Findings:
    from metricloom.adoption.from_page import found_on
    from metricloom.commands.printing import print_problems, progress
    from metricloom.exposition.fetch import is_url, page_text
    from metricloom.exposition.page import read_page

    with progress(f"reading {page}"):
        read = read_page(page_text(page), page)
        if is_url(page):  # a service may count the readings of its page: such a metric is there after the first
            read = read_page(page_text(page), page)
    print_problems(read.problems)
    return found_on(read)


def _registry(findings: Findings, sources: str) -> Written:
    from metricloom.adoption.registry import registry_text

    if not findings.metrics:
        _remark(findings)
        raise UserError(
            f"{sources}: there is no metric, beside those of the client library",
            "is it the right page or folder? without either, `metricloom init` writes a pattern",
        )
    return registry_text(findings, sources)


def _write(path: Path | None, text: str) -> None:
    from metricloom.artifact.single import replace_file

    if path is None:
        click.echo(text, nl=False)
        return
    try:
        replace_file(path, text.encode())
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}", "give another file with -o") from error


def _remark(findings: Findings) -> None:
    for remark in findings.remarks[:MAX_REMARKS]:
        click.echo(remark, err=True)
    if len(findings.remarks) > MAX_REMARKS:
        click.echo(f"and {counted(len(findings.remarks) - MAX_REMARKS, 'remark')} more of this sort", err=True)


def _counts(written: Written) -> str:
    parts = [f"{counted(written.metrics, 'metric')} in {counted(written.subsystems, 'subsystem')}"]
    parts += [f"{written.externals} external series"] if written.externals else []
    parts += [f"left out: {counted(written.left_out, 'metric')} that no registry can hold"] if written.left_out else []
    return ", ".join(parts)


def _say_next(path: Path, pages: Sequence[str]) -> None:
    one_of_several = " --ignore V101" if len(pages) > 1 else ""
    steps = [
        (f"metricloom check {path}", "what is wrong with it"),
        (f"metricloom generate {path}", "the bundle: module, rules, dashboard, guide"),
        (f"metricloom test {path}", "its alerts fire, and are silent, as they should"),
    ]
    steps += [
        (f"metricloom verify {page} --registry {path}{one_of_several}", "the service exposes what it declares; for CI")
        for page in pages or ["URL"]
    ]
    width = max(len(verb) for verb, _ in steps)
    click.echo("next: look for TODO in it, and then")
    for verb, what in steps:
        click.echo(f"  {verb:<{width}}  # {what}")
    click.echo("so that no verb has to be told of it, these lines in pyproject.toml:")
    click.echo(f'  [tool.metricloom]\n  registry = "{path.as_posix()}"')
