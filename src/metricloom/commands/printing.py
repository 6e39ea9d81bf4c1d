"""How problems and errors look on a terminal."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import click

from metricloom.errors import Problem, RegistryError, UserError
from metricloom.reports.excerpts import reader
from metricloom.reports.formats.text import problem_text, summary

__all__ = ["print_error", "print_problems", "progress", "summary"]

PATIENCE_SECONDS = 1.0


def print_error(error: UserError, *, verbose: bool) -> None:
    """Print where, what, and what to do instead; with *verbose* the traceback of its cause."""
    if isinstance(error, RegistryError):
        print_problems(error.problems)
    if verbose and error.__cause__ is not None:
        click.echo("".join(traceback.format_exception(error.__cause__)), err=True, nl=False)
    click.echo(f"{click.style('error', fg='red', bold=True)}: {error.message}", err=True)
    if error.hint:
        click.echo(f"  {error.hint}", err=True)


def print_problems(problems: Iterable[Problem]) -> None:
    """Print each problem: its place, its code, its expression with a caret, and the remedy."""
    lines = reader({})
    for problem in problems:
        click.echo(problem_text(problem, lines), err=True)


@contextmanager
def progress(doing: str) -> Iterator[None]:
    """Say what is going on, on a terminal, where it takes longer than a second."""
    if not sys.stderr.isatty():
        yield
        return
    timer = threading.Timer(PATIENCE_SECONDS, lambda: click.echo(f"{doing} …", err=True))
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
