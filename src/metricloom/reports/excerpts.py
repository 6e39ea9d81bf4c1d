"""The lines at fault, each with what underlines it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from metricloom.bounded import read_file
from metricloom.errors import Location, Problem
from metricloom.wording import columns, printable

WIDTH = 160
"""A longer line is shown around its fault: an expression may have a megabyte."""
BEFORE = 80
_MARGIN = " " * 4
"""What stands before the bar; longer where the number of the line is."""
_LINE_END = re.compile(r"\r\n|\r|\n")

Lines = Callable[[str], Sequence[str]]
"""Gives the lines of a file; none where it cannot be read."""


def reader(texts: Mapping[str, str]) -> Lines:
    """Return a reader for one report, in which problems stand in the order of their files: few are kept in memory.

    What *texts* holds, by path, is not read again.
    """

    def read(path: str) -> Sequence[str]:
        return _LINE_END.split(texts[path]) if path in texts else read_lines(path)

    return lru_cache(maxsize=8)(read)


def read_lines(path: str) -> Sequence[str]:
    """Return the lines of a file, without their ends; none where there is no such file, or it cannot be read."""
    try:
        return _LINE_END.split(read_file(path).decode("utf-8", "replace"))
    except OSError:
        return ()


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The line that holds a fault, and a line that underlines it. *margin* is how far its bar stands from the left."""

    margin: str
    lines: Sequence[str]


def excerpt(problem: Problem, lines: Lines) -> Excerpt:
    """Return the line of the file where the column is known and the file can be read, else that of the expression."""
    at = problem.at
    line = line_of(at, lines) if at is not None else None
    if at is None or line is None:
        return Excerpt(_MARGIN, [f"{_MARGIN}| {each}" for each in _of_expression(problem.source, problem.span)])
    start = at.column - 1
    shown, marks = _underlined(line, start, start + length_in(line, problem))
    numbered = f"{at.line:>{len(_MARGIN) - 1}} "
    margin = " " * len(numbered)
    return Excerpt(margin, [f"{margin}|", f"{numbered}| {shown}", f"{margin}| {marks}"])


def line_of(at: Location, lines: Lines) -> str | None:
    """Return the line of the file that *at* names, if the column is known and the line has it."""
    there = lines(at.path) if at.column else ()
    if not 0 < at.line <= len(there):
        return None
    line = there[at.line - 1]
    return line if at.column - 1 <= len(line) else None


def length_in(line: str, problem: Problem) -> int:
    """Return how many characters of *line* the fault takes: 1 where the file does not spell it as the expression does.

    A quoted YAML string, for example, may escape some of them.
    """
    if problem.at is None or problem.span is None:
        return 1
    fault = problem.source[slice(*problem.span)].partition("\n")[0].rstrip()
    return len(fault) if fault and line.startswith(fault, problem.at.column - 1) else 1


def _of_expression(source: str, span: tuple[int, int] | None) -> Iterator[str]:
    if not source or span is None:
        yield from (printable(line)[:WIDTH] for line in source.splitlines()[:1])
        return
    begin = source.rfind("\n", 0, span[0]) + 1
    line = source[begin:].partition("\n")[0]
    yield from _underlined(line, span[0] - begin, min(span[1] - begin, len(line)))


def _underlined(line: str, start: int, end: int) -> tuple[str, str]:
    """Return *line*, and carets under the characters from *start* to *end*: under one at least."""
    left = max(0, start - BEFORE) if len(line) > WIDTH else 0
    right = left + WIDTH
    before, fault, after = (_shown(part) for part in (line[left:start], line[start:end][:WIDTH], line[end:right]))
    return f"{before}{fault}{after}".rstrip(), " " * columns(before) + "^" * max(1, columns(fault))


def _shown(text: str) -> str:
    return printable(text.replace("\t", "    "))
