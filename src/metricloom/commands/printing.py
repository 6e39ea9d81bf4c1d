"""How problems and errors look on a terminal."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import click

from metricloom.errors import Problem, RegistryError, Severity, UserError

COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
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
    for problem in problems:
        click.echo(problem_text(problem), err=True)


def problem_text(problem: Problem) -> str:
    """Return *problem* as a person reads it."""
    place = f"{problem.at}: " if problem.at is not None else ""
    severity = click.style(problem.severity.value, fg=COLOURS[problem.severity], bold=True)
    first, *more = problem.message.splitlines() or [""]
    lines = [f"{place}{severity}: {first} [{problem.code} {problem.name}]", *(f"    {line}" for line in more)]
    lines += _excerpt(problem.source, problem.span)
    if problem.hint:
        lines.append(f"    = {problem.hint}")
    lines += [f"    see {place}" for place in problem.related]
    return "\n".join(lines)


def _excerpt(source: str, span: tuple[int, int] | None) -> Iterator[str]:
    """Yield the line of *source* in which *span* begins, and a line that underlines it."""
    if not source or span is None:
        yield from (f"    | {line}" for line in source.splitlines()[:1])
        return
    start = source.rfind("\n", 0, span[0]) + 1
    line = source[start:].partition("\n")[0]
    left = max(0, span[0] - start - 80)  # an expression of a megabyte is shown around its fault
    width = max(1, min(span[1], start + len(line)) - span[0])
    yield f"    | {line[left : left + 160]}"
    yield f"    | {' ' * (span[0] - start - left)}{'^' * min(width, 160)}"


def summary(problems: Iterable[Problem]) -> str:
    """Return how many problems there are of each severity, in words."""
    found = list(problems)
    counts = [(severity, sum(problem.severity is severity for problem in found)) for severity in Severity]
    named = [f"{count} {severity.value}{'s' if count > 1 else ''}" for severity, count in counts if count]
    return ", ".join(named) or "no problems"


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
