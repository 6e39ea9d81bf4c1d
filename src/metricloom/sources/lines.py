"""The lines of a text, and the place of a character among them."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from typing import Final

from metricloom.errors import Location
from metricloom.promql.text import Span

BYTE_ORDER_MARK: Final = "\ufeff"
SHOWN: Final = 200
"""How many characters of a line are shown before and after a place."""

_ENDS: Final = re.compile(r"\r\n|\r|\n")


class Lines:
    """The lines of a file, looked up when a place is asked for. *ends* is what may end one."""

    def __init__(self, path: str, text: str, ends: re.Pattern[str] = _ENDS) -> None:
        self.path = path
        self.text = text
        self._ends = ends

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in self._ends.finditer(self.text))]

    def location(self, offset: int) -> Location:
        """Return line and column of the character at *offset*."""
        line = bisect_right(self._starts, offset)
        return Location(self.path, line, offset - self._starts[line - 1] + 1)

    def around(self, offset: int) -> tuple[str, Span]:
        """Return the line in which *offset* stands, or the part near it of a long one, and the character's column."""
        start = max(self._starts[bisect_right(self._starts, offset) - 1], offset - SHOWN)
        line = self._ends.split(self.text[start : offset + SHOWN], maxsplit=1)[0]
        return line, (offset - start, offset - start + 1)
