"""Markdown (GitHub's) in which a text of others says just what it says: no markup, no HTML, no broken table."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from metricloom.wording import printable

_BACKSLASHED: Final = re.compile(r"[\\`*\[\]]|(?<![^\W_])_|_(?![^\W_])")
"""What begins markup. An underscore inside a word does not."""
_REFERENCES: Final = {"<": "&lt;", "|": "&#124;", "~": "&#126;", "$": "&#36;", "{": "&#123;", "&": "&amp;"}
"""What begins HTML, a cell, a strike, mathematics, a template or a reference: a backslash does not tame them all."""
_REFERRED: Final = re.compile(r"[<|~]|(?<![A-Za-z])\$(?=\S)|\{(?=[{%#])|&(?=#?\w+;)")
_BACKTICKS: Final = re.compile(r"`+")


def escaped(value: str) -> str:
    """Return a part of a line, shown as it is."""
    marked = _BACKSLASHED.sub(r"\\\g<0>", printable(value, keep=""))
    return _REFERRED.sub(lambda match: _REFERENCES[match[0]], marked)


def code_span(value: str) -> str:
    """Return *value*, which is not blank, as code in a line. A bar would end the cell of a table even there."""
    shown = printable(value, keep="")
    fence = "`" * (_longest_run(shown) + 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def fence_around(lines: Iterable[str]) -> str:
    """Return what begins and ends a block of code that holds *lines*."""
    return "`" * max(3, 1 + max(map(_longest_run, lines), default=0))


def _longest_run(line: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(line)), default=0)
