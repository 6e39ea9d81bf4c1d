"""Names and texts of a registry shown as they are: no control character reaches a terminal, no markup a page."""

from __future__ import annotations

import re
from typing import Final

_MARKUP: Final = re.compile(r"[\\`*\[\]|~$]|(?<!\w)_|_(?!\w)|#(?=\d)")
_NAME: Final = re.compile(r"[A-Za-z_][\w:.]*[_:][\w:]*\w")
_BACKTICKS: Final = re.compile(r"`+")
_MENTION: Final = re.compile(r"@(?=\w)")
MOST: Final = 500
"""No name is shown longer than this, and no expression by more than so many characters a line."""


def printable(value: str) -> str:
    """Return *value* on one line, with what has no shape of its own as Python writes it."""
    line = " ".join(value.split())
    shown = line if len(line) <= MOST else f"{line[:MOST]}…"
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in shown)


def lines_of(value: str, most: int = 12) -> list[str]:
    """Return the first lines of *value*, each fit to be shown."""
    lines = value.splitlines()
    shown = [printable(line) for line in lines[:most]]
    return [*shown, f"… and {len(lines) - most} lines more"] if len(lines) > most else shown


def markdown(value: str) -> str:
    """Return *value* as text that says just what it is, in a paragraph, a list or a cell."""
    return _escaped(printable(value))


def _escaped(part: str) -> str:
    """Return a part of a line, its spaces as they are."""
    marked = _MARKUP.sub(r"\\\g<0>", part)
    return _MENTION.sub("@\u2060", marked.replace("&", "&amp;").replace("<", "&lt;"))  # an @ would call somebody


def sentence(value: str) -> str:
    """Return a sentence of ours, with the names in it as code."""
    parts, end = [], 0
    shown = printable(value)
    for match in _NAME.finditer(shown):
        parts += [_escaped(shown[end : match.start()]), f"`{match[0]}`"]
        end = match.end()
    return "".join([*parts, _escaped(shown[end:])])


def code(value: str) -> str:
    """Return *value* as code in a line or a cell; a bar would end the cell."""
    shown = printable(value)
    if not shown or "|" in shown:
        return markdown(shown) or "–"
    fence = "`" * (_longest_run(shown) + 1)
    pad = " " if shown[0] == "`" or shown[-1] == "`" else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def fence_around(lines: list[str]) -> str:
    """Return what begins and ends a block of code that holds *lines*."""
    return "`" * max(3, 1 + max(map(_longest_run, lines), default=0))


def _longest_run(line: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(line)), default=0)
