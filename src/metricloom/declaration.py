"""What every declaration has: the place where it was written, and what is wrong with it."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, TypeVar

from metricloom.annotations import Kind, kind_of
from metricloom.errors import Location, Problem

T = TypeVar("T")

DURATION = re.compile(r"(?=[0-9])([0-9]+y)?([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?")
SECONDS_OF_UNIT = {"y": 365 * 86400, "w": 7 * 86400, "d": 86400, "h": 3600, "m": 60, "s": 1, "ms": 0.001}


@dataclass(frozen=True, kw_only=True, eq=False)
class Declaration:
    """A frozen value that knows where it was declared, and keeps its own faults instead of raising.

    So that all of a registry's faults are reported together, when it is loaded. Two declarations are the same only if
    they are one: equal ones at two places are a mistake to report. What a field may hold is what its annotation says.
    """

    looks_inside: ClassVar[bool] = True
    """Whether `check` reads the declarations in the fields, and so can only run when those have the right types."""

    at: Location = field(default_factory=Location.of_caller, compare=False, repr=False)
    faults: tuple[Problem, ...] = field(default=(), init=False, compare=False, repr=False)
    well_typed: bool = field(default=False, init=False, compare=False, repr=False)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _DECLARED[cls.__name__] = cls

    def __post_init__(self) -> None:
        expected = _expected(type(self))
        for name in expected.sequences:
            value = getattr(self, name)
            if isinstance(value, Sequence) and not isinstance(value, tuple | str | bytes):  # a list could change
                object.__setattr__(self, name, tuple(value))
        wrong = tuple(
            self._wrong_type(name, kind) for name, kind in expected.fields if not kind.accepts(getattr(self, name))
        )
        at: object = self.at
        if not isinstance(at, Location):
            object.__setattr__(self, "at", Location.of_caller())
            wrong = tuple(replace(problem, at=self.at) for problem in wrong)
        well_typed = not wrong and not (self.looks_inside and any(not each.well_typed for each in self.nested()))
        object.__setattr__(self, "well_typed", well_typed)
        object.__setattr__(self, "faults", wrong or (tuple(self.check()) if well_typed else ()))

    def check(self) -> Iterator[Problem]:
        """Yield what is wrong with this declaration by itself. Types are right when it is called."""
        yield from ()

    def nested(self) -> Iterator[Declaration]:
        """Yield the declarations in the fields of this one."""
        for name in _expected(type(self)).holders:
            yield from _declarations_in(getattr(self, name))

    def fault(self, code: str, name: str, message: str, hint: str = "") -> Problem:
        """Return a problem at this declaration."""
        return Problem(code, name, message, self.at, hint)

    def _wrong_type(self, name: str, kind: Kind) -> Problem:
        wrong, right = kind.explain(getattr(self, name))
        called = next(
            (repr(getattr(self, each)) for each in ("name", "title", "model", "method") if hasattr(self, each)), ""
        )
        shown = f"{type(self).__name__} {called}".rstrip()
        return self.fault("M120", "wrong-type", f"{shown}: {name} holds {wrong!r}", f"give {right}")


_DECLARED: dict[str, type] = {}
"""The classes of declarations by name: some annotations name one that their module does not import at run time."""


@dataclass(frozen=True, slots=True)
class _Expected:
    """What the annotations of one class say: *sequences* become tuples, *holders* may hold declarations."""

    fields: tuple[tuple[str, Kind], ...]
    sequences: tuple[str, ...]
    holders: tuple[str, ...]


_EXPECTED: dict[type, _Expected] = {}


def _expected(cls: type[Declaration]) -> _Expected:
    if cls not in _EXPECTED:
        _EXPECTED[cls] = _read(cls)
    return _EXPECTED[cls]


def _read(cls: type[Declaration]) -> _Expected:
    annotations: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        known = {**_DECLARED, **vars(sys.modules[base.__module__])}
        annotations |= inspect.get_annotations(base, locals=known, eval_str=True)
    found = [(each.name, kind_of(annotations[each.name])) for each in fields(cls) if each.init]
    return _Expected(
        tuple(found),
        tuple(name for name, kind in found if kind.is_sequence),
        tuple(name for name, kind in found if kind.holds(Declaration)),
    )


def _declarations_in(value: object) -> Iterator[Declaration]:
    if isinstance(value, Declaration):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _declarations_in(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _declarations_in(item)


def all_faults(declared: Iterable[Declaration]) -> Iterator[Problem]:
    """Yield the faults of *declared* and of all that they are made of.

    A declaration repeats the faults of what it cannot do without: each is reported once.
    """
    yield from dict.fromkeys(fault for one in _with_nested(declared) for fault in one.faults)


def _with_nested(declared: Iterable[Declaration]) -> Iterator[Declaration]:
    known: set[int] = set()
    waiting = list(declared)
    while waiting:
        declaration = waiting.pop()
        if id(declaration) not in known:
            known.add(id(declaration))
            yield declaration
            waiting += declaration.nested()


def those_of(kind: type[T], declared: object) -> tuple[T, ...]:
    """Return what is of *kind* in a field that may hold something else, too: the rest is reported where it stands."""
    return tuple(item for item in declared if isinstance(item, kind)) if isinstance(declared, tuple) else ()


def seconds(duration: str) -> float | None:
    """Return the length of a Prometheus duration such as `1h30m` in seconds; None if it is not one."""
    match = DURATION.fullmatch(duration)
    if match is None:
        return None
    parts = (re.fullmatch(r"([0-9]+)([a-z]+)", part) for part in match.groups() if part)
    return sum(int(part[1]) * SECONDS_OF_UNIT[part[2]] for part in parts if part)
