"""Fixes: what is to be written instead of a stretch of a text, put into the file that holds the text."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import yaml

from metricloom.promql.text import Edit, edited
from metricloom.sources.json_places import StringPlace
from metricloom.sources.lines import BYTE_ORDER_MARK
from metricloom.sources.model import Written
from metricloom.sources.yaml_nodes import NULLS, Scalar

_SCALAR: Final = "ScalarEvent"


class Fixed(NamedTuple):
    """The text of a file, and the numbers of the fixes that were made in it."""

    text: str
    made: frozenset[int]


def fixed(file_text: str, fixes: Iterable[tuple[Written, Sequence[Edit]]]) -> Fixed:
    """Return *file_text*, YAML or a dashboard's JSON, with *fixes* made, and all else as it was, to the character.

    The edits of a fix are made together or not at all. A fix that overlaps one before it is left out, and so is one
    that cannot be written where its text stands: a file of YAML is read again, and nothing may have changed but the
    texts that were to change. What two fixes want alike is made once, for both.
    """
    placed = [(number, written.positions, edits) for number, (written, edits) in enumerate(fixes) if edits]
    in_json = _fixed_json(file_text, [(n, at, edits) for n, at, edits in placed if isinstance(at, StringPlace)])
    in_yaml = _fixed_yaml(in_json.text, [(n, at, edits) for n, at, edits in placed if isinstance(at, Scalar)])
    return Fixed(in_yaml.text, in_json.made | in_yaml.made)


def _added(fix: Iterable[Edit], edits: list[Edit]) -> bool:
    """Add *fix* to *edits* as a whole, and return True; False where it overlaps one of them."""
    new = [edit for edit in fix if edit not in edits]
    if any(_overlap(one, other) for one in new for other in edits):
        return False
    edits += new
    return True


def _overlap(one: Edit, other: Edit) -> bool:
    """Whether two edits touch the same characters, or insert at the same place."""
    return one[:2] == other[:2] or (one[0] < other[1] and other[0] < one[1])


def _fixed_json(file_text: str, fixes: Iterable[tuple[int, StringPlace, Sequence[Edit]]]) -> Fixed:
    by_place: dict[int, list[Edit]] = defaultdict(list)
    made = set()
    for number, place, edits in fixes:
        new = [(*place.in_file((start, end)), json.dumps(text, ensure_ascii=False)[1:-1]) for start, end, text in edits]
        if _added(new, by_place[place.start]):
            made.add(number)
    return Fixed(edited(file_text, (edit for edits in by_place.values() for edit in edits)), frozenset(made))


# --- YAML ---------------------------------------------------------------------------------------------


def _fixed_yaml(file_text: str, fixes: Iterable[tuple[int, Scalar, Sequence[Edit]]]) -> Fixed:
    changes = _changes(fixes)
    before = _events(file_text) if changes else None
    if before is None:
        return Fixed(file_text, frozenset())
    numbers = {event.end: number for number, event in enumerate(before) if event.said[-1]}
    file = _File(file_text, before, numbers, int(file_text.startswith(BYTE_ORDER_MARK)))
    made = file.accepted((), changes)
    return Fixed(file.written(made), frozenset(number for one in made for number in one.fixes))


@dataclass(frozen=True, slots=True)
class _Made:
    """One way to write a change, of the *fixes*: *source* stands from *start* to *end* of the file, and says *text*."""

    start: int
    end: int
    source: str
    text: str
    fixes: tuple[int, ...]


@dataclass(slots=True)
class _Change:
    """What becomes of one scalar: several rules may share it. *fixes* are the numbers of those that go into it."""

    scalar: Scalar
    edits: list[Edit] = field(default_factory=list)
    fixes: list[int] = field(default_factory=list)

    def add(self, number: int, fix: Sequence[Edit]) -> None:
        if _added(fix, self.edits):
            self.fixes.append(number)

    def ways(self) -> list[_Made]:
        """Return the ways to write the change, the least one first; other quotes only where they are needed."""
        scalar = self.scalar
        text = edited(scalar.text, self.edits)
        start, end = scalar.start + scalar.file.marked, scalar.end + scalar.file.marked
        sources = (source for source in self._sources(start, text) if _says(source, text))
        return [_Made(start, end, source, text, tuple(self.fixes)) for source in sources]

    def _sources(self, start: int, text: str) -> Iterator[str]:
        style = self.scalar.style
        source = edited(self.scalar.source, self._replacements(start))
        yield source
        if style == "":
            quoted = source.replace("'", "''")
            yield f"'{quoted}'"
        if style in ("", "'", '"'):
            yield f'"{_escaped(text)}"'

    def _replacements(self, start: int) -> Iterator[Edit]:
        for first, last, text in self.edits:
            if place := self.scalar.in_file((first, last)):
                yield place[0] - start, place[1] - start, _in_style(text, self.scalar)


def _says(source: str, text: str) -> bool:
    """Whether *source* is a scalar that says *text* where it stands alone: in its file it may say something else."""
    alone = _events(f"- {source}")
    return alone is not None and [event.said for event in alone if event.scalar] == [(_SCALAR, "", "", "", text)]


def _changes(fixes: Iterable[tuple[int, Scalar, Sequence[Edit]]]) -> tuple[_Change, ...]:
    found: dict[int, _Change] = {}
    for number, scalar, edits in fixes:
        if all(scalar.in_file((first, last)) for first, last, _ in edits):
            found.setdefault(scalar.start, _Change(scalar)).add(number, edits)
    return tuple(found.values())


# --- the file -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Event:
    """What must not change: *said* is an event's kind, anchor, tag, whether it is null, and its text."""

    said: tuple[str, ...]
    end: int

    @property
    def scalar(self) -> bool:
        return self.said[0] == _SCALAR


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


@dataclass(frozen=True, slots=True)
class _File:
    text: str
    events: list[_Event]
    numbers: dict[int, int]  # of the event of the text that ends there
    marked: int  # whether the file has a byte order mark, which libyaml does not count

    def accepted(self, taken: tuple[_Made, ...], changes: Sequence[_Change]) -> tuple[_Made, ...]:
        """Return *taken* and those of *changes* with which the file still reads as it should."""
        made = tuple(ways[0] for change in changes if (ways := change.ways()))
        if self._reads((*taken, *made)):
            return (*taken, *made)
        if len(changes) == 1:
            ways = changes[0].ways()[1:]
            return next(((*taken, way) for way in ways if self._reads((*taken, way))), taken)
        half = len(changes) // 2
        return self.accepted(self.accepted(taken, changes[:half]), changes[half:])

    def written(self, made: Iterable[_Made]) -> str:
        return edited(self.text, ((one.start, one.end, one.source) for one in made))

    def _reads(self, made: Sequence[_Made]) -> bool:
        after = _events(self.written(made))
        expected = [event.said for event in self.events]
        for one in made:
            number = self.numbers[one.end - self.marked]
            expected[number] = (*expected[number][:3], "", one.text)
        return after is not None and [event.said for event in after] == expected


# --- ways to write a text -------------------------------------------------------------------------------


_PRINTABLE: Final = re.compile(r"[ -~\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_ESCAPES: Final = {"\n": "\\n", "\t": "\\t", '"': '\\"', "\\": "\\\\"}


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
