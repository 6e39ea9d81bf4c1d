"""A YAML file as nodes that know their place. They are many: slim, and made without ceremony."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Final

from metricloom.errors import Location
from metricloom.promql.text import Span
from metricloom.sources.lines import BYTE_ORDER_MARK, Lines
from metricloom.sources.model import Written
from metricloom.sources.yaml_places import BREAK, Run, runs

_BREAKS: Final = re.compile(BREAK)
NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})


class SourceText(Lines):
    """The text of a file of YAML, which ends lines in its own ways. Indexes leave a byte order mark out."""

    def __init__(self, path: str, text: str) -> None:
        super().__init__(path, text.removeprefix(BYTE_ORDER_MARK), _BREAKS)
        self.marked = len(text) - len(self.text)


@dataclass(slots=True, eq=False)
class Scalar:
    """A text, and how it is written: *style* is the quote, `|` or `>`, and "" for a plain one.

    It is the `Positions` of its own text: an alias has those of what it names.
    """

    text: str
    file: SourceText
    start: int
    end: int
    line: int
    column: int
    style: str
    tag: str | None
    _runs: tuple[Run, ...] | None = field(default=None, init=False, repr=False)

    @property
    def is_null(self) -> bool:
        """Whether nothing was written, in one of YAML's ways."""
        return not self.style and self.tag is None and self.text in NULLS

    @property
    def at(self) -> Location:
        """Return where it begins, its quote or indicator included."""
        return Location(self.file.path, self.line, self.column)

    @property
    def written(self) -> Written:
        """Return the text with its place."""
        return Written(self.text, Location(self.file.path, self.line, self.column), self)

    @property
    def source(self) -> str:
        """Return it as the file has it."""
        return self.file.text[self.start : self.end]

    @property
    def runs(self) -> tuple[Run, ...]:
        """Return where its characters stand in *source*; () where that is not known."""
        if self._runs is None:
            self._runs = runs(self.source, self.style, self.text)
        return self._runs

    def location(self, offset: int) -> Location:
        """Return line and column of the character at *offset*; of the place after the last one, too."""
        place = self._start(offset) if offset < len(self.text) else self._end(len(self.text))
        return self.at if place is None else self.file.location(place)

    def in_file(self, span: Span) -> Span | None:
        """Return the stretch of the file from the first to the last character of *span*, indentation included."""
        first, last = span
        if not 0 <= first <= last <= len(self.text):
            return None
        inserted = first == last
        start = self._end(first) if inserted and self._follows_word(first) else self._start(first)
        end = start if inserted else self._end(last)
        if start is None or end is None:
            return None
        return start + self.file.marked, end + self.file.marked

    def _follows_word(self, offset: int) -> bool:
        return offset == len(self.text) or (offset > 0 and self.text[offset - 1] != "\n")

    def _start(self, offset: int) -> int | None:
        run = self._run(offset)
        if run is None:
            return None
        return self.start + run.start + (offset - run.text_start if run.same else 0)

    def _end(self, offset: int) -> int | None:
        """Return where the character before *offset* ends."""
        run = self._run(offset - 1)
        if run is None:
            return None
        return self.start + (run.start + offset - run.text_start if run.same else run.end)

    def _run(self, offset: int) -> Run | None:
        index = bisect_right(self.runs, offset, key=lambda run: run.text_start) - 1
        return self.runs[index] if index >= 0 and offset < self.runs[index].text_end else None


@dataclass(slots=True, eq=False)
class Mapping:
    """Keys and values; of a key that is there twice, the first. What `<<` merges stands among them."""

    file: SourceText
    start: int
    line: int
    column: int
    entries: dict[str, tuple[Scalar, Node]] = field(default_factory=dict)

    @property
    def at(self) -> Location:
        """Return where it begins."""
        return Location(self.file.path, self.line, self.column)


@dataclass(slots=True, eq=False)
class Listing:
    """A sequence."""

    file: SourceText
    start: int
    line: int
    column: int
    items: list[Node] = field(default_factory=list)

    @property
    def at(self) -> Location:
        """Return where it begins."""
        return Location(self.file.path, self.line, self.column)


Node = Scalar | Mapping | Listing
