"""Names and texts of a registry shown as they are: no control character reaches a terminal, no markup a page."""

from __future__ import annotations

import re
from typing import Final

from metricloom.markdown import code_span, escaped
from metricloom.wording import printable

_NAME: Final = re.compile(r"[A-Za-z_][\w:.]*[_:][\w:]*\w")
_ISSUE: Final = re.compile(r"(?<!&)#(?=\d)|#(?=\d++(?!;))")  # and no reference to a character, &#124;
_MENTION: Final = re.compile(r"@(?=\w)")
MOST: Final = 500
"""No name is shown longer than this, and no expression by more than so many characters a line."""


def one_line(value: str) -> str:
    """Return *value* on one line, cut where it is too long."""
    line = " ".join(value.split())
    shown = line if len(line) <= MOST else f"{line[:MOST]}…"
    return printable(shown, keep="")


def lines_of(value: str, most: int = 12) -> list[str]:
    """Return the first lines of *value*, each fit to be shown."""
    lines = value.splitlines()
    shown = [one_line(line) for line in lines[:most]]
    return [*shown, f"… and {len(lines) - most} lines more"] if len(lines) > most else shown


def markdown(value: str) -> str:
    """Return *value* as text that says just what it is, in a paragraph, a list or a cell."""
    return _escaped(one_line(value))


def _escaped(part: str) -> str:
    """Return a part of a line, its spaces as they are."""
    return _MENTION.sub("@\u2060", _ISSUE.sub(r"\#", escaped(part)))  # they would call somebody, or link to something


def sentence(value: str) -> str:
    """Return a sentence of ours, with the names in it as code."""
    parts, end = [], 0
    shown = one_line(value)
    for match in _NAME.finditer(shown):
        parts += [_escaped(shown[end : match.start()]), f"`{match[0]}`"]
        end = match.end()
    return "".join([*parts, _escaped(shown[end:])])


def code(value: str) -> str:
    """Return *value* as code in a line or a cell; a bar would end the cell."""
    shown = one_line(value)
    if not shown or "|" in shown:
        return markdown(shown) or "–"
    return code_span(shown)
