"""Fixes: what is to be written instead of a stretch of a text, put into the YAML file that holds the text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from metricloom.promql.text import Span, edited
from metricloom.sources.model import Written
from metricloom.sources.yaml_nodes import BYTE_ORDER_MARK, NULLS, Scalar


@dataclass(frozen=True, slots=True)
class Edit:
    """*text* stands instead of *span* of a text; at an empty span it is inserted."""

    span: Span
    text: str


Fix = tuple[Edit, ...]
"""Edits of one text that are made together or not at all."""


def fixed_text(file_text: str, fixes: Iterable[tuple[Written, Sequence[Edit]]]) -> str:
    """Return *file_text*, a YAML file, with *fixes* made, and all else as it was, to the character.

    A fix that overlaps one before it is left out, and so is one that cannot be written where its text stands: what
    comes out is read again, and nothing may have changed but the texts that were to change.
    """
    before = _events(file_text)
    changes = _changes(fixes)
    if before is None or not changes:
        return file_text
    file = _File(file_text, before, {event.end: number for number, event in enumerate(before) if event.said[-1]})
    return file.written(file.accepted((), changes))


@dataclass(slots=True)
class _Change:
    """What becomes of one scalar: several rules may share it."""

    scalar: Scalar
    edits: list[Edit] = field(default_factory=list)

    @property
    def text(self) -> str:
        return edited(self.scalar.text, ((*edit.span, edit.text) for edit in self.edits))

    def add(self, fix: Sequence[Edit]) -> None:
        if not any(_overlap(edit, made) for edit in fix for made in self.edits):
            self.edits += fix


def _overlap(one: Edit, other: Edit) -> bool:
    """Whether two edits touch the same characters, or insert at the same place."""
    return one.span == other.span or (one.span[0] < other.span[1] and other.span[0] < one.span[1])


def _changes(fixes: Iterable[tuple[Written, Sequence[Edit]]]) -> tuple[_Change, ...]:
    found: dict[int, _Change] = {}
    for written, edits in fixes:
        scalar = written.positions
        if isinstance(scalar, Scalar) and edits and all(scalar.in_file(edit.span) for edit in edits):
            found.setdefault(scalar.start, _Change(scalar)).add(edits)
    return tuple(found.values())


# --- the file -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Event:
    """What must not change: *said* is an event's kind, anchor, tag, whether it is null, and its text."""

    said: tuple[str, ...]
    end: int


def _events(text: str) -> list[_Event] | None:
    """Return what libyaml makes of *text*; None where it cannot be read."""
    try:
        loader = yaml.CSafeLoader(text.removeprefix(BYTE_ORDER_MARK))
        return list(_read_events(loader))
    except (yaml.YAMLError, UnicodeEncodeError):
        return None


def _read_events(loader: yaml.CSafeLoader) -> Iterator[_Event]:
    event: Any = None
    while not isinstance(event, yaml.StreamEndEvent):
        event = loader.get_event()
        kind, anchor, tag = type(event).__name__, getattr(event, "anchor", None), getattr(event, "tag", None)
        scalar = isinstance(event, yaml.ScalarEvent)
        null = scalar and not event.style and tag is None and event.value in NULLS
        said = (kind, anchor or "", tag or "", "null" if null else "", event.value if scalar else "")
        yield _Event(said, event.end_mark.index)


_Replacement = tuple[int, int, str]  # in the characters of the file


@dataclass(frozen=True, slots=True)
class _File:
    text: str
    events: list[_Event]
    numbers: dict[int, int]  # of the event of the text that ends there

    def accepted(self, taken: tuple[_Made, ...], changes: Sequence[_Change]) -> tuple[_Made, ...]:
        """Return *taken* and those of *changes* that the file still reads as it should with."""
        made = tuple(ways[0] for change in changes if (ways := _ways(change)))
        if self._reads((*taken, *made)):
            return (*taken, *made)
        if len(changes) == 1:
            ways = _ways(changes[0])[1:]
            return next(((*taken, way) for way in ways if self._reads((*taken, way))), taken)
        half = len(changes) // 2
        return self.accepted(self.accepted(taken, changes[:half]), changes[half:])

    def written(self, made: Iterable[_Made]) -> str:
        return edited(self.text, (replacement for one in made for replacement in one.replacements))

    def _reads(self, made: Sequence[_Made]) -> bool:
        after = _events(self.written(made))
        expected = [event.said for event in self.events]
        for one in made:
            number = self.numbers[one.end]
            expected[number] = (*expected[number][:3], "", one.text)
        return after is not None and [event.said for event in after] == expected


# --- ways to write a change ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Made:
    """One way to write a change: the scalar that ended at *end* then says *text*."""

    end: int
    text: str
    replacements: tuple[_Replacement, ...]


_PRINTABLE: Final = re.compile(r"[ -~\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_ESCAPES: Final = {"\n": "\\n", "\t": "\\t", '"': '\\"', "\\": "\\\\"}


def _ways(change: _Change) -> list[_Made]:
    """Return the ways to write *change*, the least change of the file first; quotes only where they are needed."""
    scalar, text = change.scalar, change.text
    replacements = tuple(_replacements(change))
    start, end = scalar.start + scalar.file.marked, scalar.end + scalar.file.marked
    ways = [_Made(scalar.end, text, replacements)]
    if scalar.style == "":
        within = ((first - start, last - start, new) for first, last, new in replacements)
        quoted = edited(scalar.source, within).replace("'", "''")
        ways.append(_Made(scalar.end, text, ((start, end, f"'{quoted}'"),)))
    if scalar.style in ("", "'", '"'):
        ways.append(_Made(scalar.end, text, ((start, end, f'"{_escaped(text)}"'),)))
    return ways


def _replacements(change: _Change) -> Iterator[_Replacement]:
    for edit in change.edits:
        if place := change.scalar.in_file(edit.span):
            yield *place, _in_style(edit.text, change.scalar)


def _in_style(text: str, scalar: Scalar) -> str:
    match scalar.style:
        case "'":
            return text.replace("'", "''")
        case '"':
            return _escaped(text)
        case "|":
            indent = scalar.location(0).column - 1 - (len(scalar.text) - len(scalar.text.lstrip(" ")))
            return text.replace("\n", "\n" + " " * indent)
    return text


def _escaped(text: str) -> str:
    return "".join(_ESCAPES.get(char) or (char if _PRINTABLE.match(char) else f"\\U{ord(char):08X}") for char in text)
