"""What an annotation says about a value, asked at run time: `kind_of(Sequence[str]).accepts(["a"])`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

TEXTS = (str, bytes)
"""Sequences of characters: whoever writes one where a list is asked for has forgotten its brackets."""


@dataclass(frozen=True, slots=True)
class Kind:
    """The values that one annotation admits. *shown* says them to a person; *parts* are those of what it holds."""

    accepts: Callable[[Any], bool]
    shown: str
    parts: tuple[Kind, ...] = ()
    cls: type | None = None
    is_sequence: bool = False

    def explain(self, value: object) -> tuple[object, str]:
        """Return what is wrong in *value*, which is not accepted, and what to give instead: an item of it, or all."""
        if self.is_sequence and isinstance(value, Sequence) and not isinstance(value, TEXTS):
            wrong = next(item for item in value if not self.parts[0].accepts(item))
            return self.parts[0].explain(wrong)
        return value, self.shown

    def holds(self, kind: type) -> bool:
        """Return whether an accepted value may be an instance of *kind*, or hold one."""
        return any(part.holds(kind) for part in self.parts) or (self.cls is not None and issubclass(self.cls, kind))


def kind_of(annotation: Any) -> Kind:
    """Return what *annotation* says; an annotation of a sort that no declaration uses is a mistake of ours."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation is Any or annotation is object:
        return Kind(lambda _: True, "anything")
    if origin in (Union, UnionType):
        return _union([kind_of(each) for each in arguments])
    if origin is Literal:
        return _choice(arguments)
    if origin in (Sequence, tuple):
        return _sequence(kind_of(arguments[0]))
    if origin is Mapping:
        return _mapping(*map(kind_of, arguments))
    if origin is not None:
        return Kind(callable, "a function")
    return _class(NoneType if annotation is None else annotation)


def _class(kind: type) -> Kind:
    if kind is float or kind is int:  # bool is an int to Python, and a slip to people
        numbers = (int, float) if kind is float else (int,)
        return Kind(lambda value: isinstance(value, numbers) and not isinstance(value, bool), kind.__name__)
    if kind is date:  # a datetime is a date to Python, but they cannot be compared
        return Kind(lambda value: isinstance(value, date) and not isinstance(value, datetime), "a date")
    if kind is str:  # half a character cannot be written to any file
        return Kind(lambda value: isinstance(value, str) and _is_whole(value), "str")
    if issubclass(kind, Enum):
        return Kind(lambda value: isinstance(value, kind), " or ".join(repr(str(each.value)) for each in kind))
    return Kind(lambda value: isinstance(value, kind), "None" if kind is NoneType else kind.__name__, cls=kind)


def _is_whole(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text)


def _union(kinds: Sequence[Kind]) -> Kind:
    accepted = [kind.accepts for kind in kinds]
    shown = " or ".join(dict.fromkeys(kind.shown for kind in kinds))
    return Kind(lambda value: any(accepts(value) for accepts in accepted), shown, tuple(kinds))


def _choice(choices: tuple[Any, ...]) -> Kind:
    shown = " or ".join(map(repr, choices))
    return Kind(lambda value: isinstance(value, str) and value in choices, shown)


def _sequence(item: Kind) -> Kind:
    accepts = item.accepts

    def accepts_all(value: Any) -> bool:
        return isinstance(value, Sequence) and not isinstance(value, TEXTS) and all(map(accepts, value))

    return Kind(accepts_all, f"a list of {item.shown}", (item,), is_sequence=True)


def _mapping(key: Kind, item: Kind) -> Kind:
    def accepts(value: Any) -> bool:
        return isinstance(value, Mapping) and all(map(key.accepts, value)) and all(map(item.accepts, value.values()))

    return Kind(accepts, f"a mapping of {key.shown} to {item.shown}", (key, item))
