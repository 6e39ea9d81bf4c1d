"""JSON with the places of its strings.

The standard parser reads, and says what is no JSON; it keeps no places. But a `"` stands in JSON only around
strings, so a scan for strings meets them in the order in which a walk of what was parsed does, and gives it the places.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, NoReturn

from metricloom.errors import Location
from metricloom.promql.text import Span
from metricloom.sources.lines import BYTE_ORDER_MARK, Lines
from metricloom.sources.model import Written

DEEP: Final = 100
"""No person writes JSON so deep: where more than the parser can hold is found, this is where it is said to begin."""

_STRING: Final = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_STRINGS: Final = re.compile(_STRING, re.DOTALL)
_NO_NUMBERS: Final = re.compile(rf"{_STRING}|(?P<found>-?Infinity|NaN)", re.DOTALL)
_BRACKETS: Final = re.compile(rf"{_STRING}|(?P<found>[\[\]{{}}])", re.DOTALL)
_ESCAPE: Final = re.compile(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\.")


class JsonError(Exception):
    """A text that is no JSON, or more than can be read: *offset* says where."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


@dataclass(frozen=True, slots=True)
class StringPlace:
    """Where a part of a string stands in a JSON file.

    Attributes:
        start: The first character after the opening quote.
        skipped: The characters of the string before the part.
    """

    lines: Lines
    start: int
    skipped: int = 0

    def location(self, offset: int) -> Location:
        """Return line and column of the character at *offset* of the text."""
        return self.lines.location(self._in_file(offset))

    def in_file(self, span: Span) -> Span:
        """Return the same stretch in the characters of the file."""
        return self._in_file(span[0]), self._in_file(span[1])

    def _in_file(self, offset: int) -> int:
        """Return the place in the file of the character at *offset*: an escape is the one that it stands for."""
        text, place, left = self.lines.text, self.start, self.skipped + offset
        while left > 0:
            escape = text.find("\\", place, place + left)
            if escape < 0:
                return place + left
            left -= escape - place + 1
            match = _ESCAPE.match(text, escape)
            place = match.end() if match else escape + 1
        return place


class RepeatedKey(NamedTuple):
    """A key that stands again in one object; *offset* is its place."""

    key: str
    offset: int


class Repeating(dict[str, Any]):
    """An object in which a key stands more than once: a reader sees the last, a walk all *pairs*."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs


class Json:
    """A JSON text, read: its *root*, the places of the strings under some keys, and the keys that stand twice."""

    def __init__(self, path: str, text: str, keys: Iterable[str]) -> None:
        """Read *text*; the values of *keys* are those that can be asked for with `written`.

        Raises:
            JsonError: it is no JSON, or nested too deep.
        """
        self.lines = Lines(path, text)
        self.root = _parsed(text)
        self.repeated: list[RepeatedKey] = []
        self._starts: dict[tuple[int, str], int] = {}
        self._find(frozenset(keys))

    def _find(self, keys: frozenset[str]) -> None:
        for match, owner in zip(_STRINGS.finditer(self.lines.text), _strings(self.root, keys), strict=True):
            if owner is None:
                continue
            holder, key, again = owner
            if again:
                self.repeated.append(RepeatedKey(key, match.start()))
            else:
                self._starts[holder, key] = match.start() + 1

    def written(self, holder: Mapping[str, Any], key: str, part: Span | None = None) -> Written:
        """Return the string under *key* of an object of this JSON, or a *part* of it, with its place."""
        start, end = part or (0, len(holder[key]))
        place = StringPlace(self.lines, self._starts[id(holder), key], start)
        return Written(holder[key][start:end], place.location(0), place)


def _parsed(text: str) -> Any:
    decoder = json.JSONDecoder(object_pairs_hook=_object, parse_int=float, parse_constant=_refused)
    try:
        # No number is read, so that none can be too long. A byte order mark counts as the character that it is.
        return decoder.decode(f" {text[1:]}" if text.startswith(BYTE_ORDER_MARK) else text)
    except json.JSONDecodeError as error:
        raise JsonError(f"no JSON: {error.msg}", error.pos) from error
    except ValueError as error:
        raise JsonError(f"no JSON: {error} is no number", _first(_NO_NUMBERS, text)) from error
    except RecursionError as error:
        raise JsonError("nested too deep to be read", _first_deep(text)) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else Repeating(pairs)


def _refused(constant: str) -> NoReturn:
    raise ValueError(constant)


def _first(pattern: re.Pattern[str], text: str) -> int:
    return next((match.start() for match in pattern.finditer(text) if match["found"]), 0)


def _first_deep(text: str) -> int:
    depth = 0
    for match in _BRACKETS.finditer(text):
        if match["found"]:
            depth += 1 if match["found"] in "[{" else -1
        if depth > DEEP:
            return match.start()
    return 0


_Owner = tuple[int, str, bool]  # the object's identity, the key, and whether this is the key again and not its value


def _strings(root: Any, keys: frozenset[str]) -> Iterator[_Owner | None]:
    """Yield for each string, in the order of the file, whose it is; None where nobody asked for it.

    A stack of its own, because what the parser can hold may be deeper than Python's.
    """
    pending: list[tuple[_Owner | None, Any]] = [(None, root)]
    while pending:
        owner, value = pending.pop()
        if isinstance(value, str):
            yield owner
        elif isinstance(value, list):
            pending.extend((None, item) for item in reversed(value) if isinstance(item, str | list | dict))
        elif isinstance(value, Repeating):
            pending.extend(reversed([*_pairs_repeating(value, keys)]))
        elif isinstance(value, dict):
            pending.extend(reversed([*_pairs(value, keys)]))


def _pairs(holder: dict[str, Any], keys: frozenset[str]) -> Iterator[tuple[_Owner | None, Any]]:
    for key, value in holder.items():
        yield None, key
        yield (id(holder), key, False) if key in keys else None, value


def _pairs_repeating(holder: Repeating, keys: frozenset[str]) -> Iterator[tuple[_Owner | None, Any]]:
    seen: set[str] = set()
    for key, value in holder.pairs:
        yield (id(holder), key, True) if key in seen else None, key
        yield (id(holder), key, False) if key in keys else None, value
        seen.add(key)
