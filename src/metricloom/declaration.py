"""What every declaration has: the place where it was written, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from metricloom.errors import Location, Problem

DURATION = re.compile(r"(?=[0-9])([0-9]+y)?([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?")
SECONDS_OF_UNIT = {"y": 365 * 86400, "w": 7 * 86400, "d": 86400, "h": 3600, "m": 60, "s": 1, "ms": 0.001}


@dataclass(frozen=True, kw_only=True, eq=False)
class Declaration:
    """A frozen value that knows where it was declared, and keeps its own faults instead of raising.

    So that all of a registry's faults are reported together, when it is loaded. Two declarations are the same only if
    they are one: equal ones at two places are a mistake to report.
    """

    at: Location = field(default_factory=Location.of_caller, compare=False, repr=False)
    faults: tuple[Problem, ...] = field(default=(), init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        wrong = tuple(self.wrong_types())
        object.__setattr__(self, "faults", wrong or tuple(self.check()))

    def wrong_types(self) -> Iterator[Problem]:
        """Yield a fault for each argument of a wrong type; `check` runs only when there is none."""
        yield from ()

    def check(self) -> Iterator[Problem]:
        """Yield what is wrong with this declaration by itself."""
        yield from ()

    def fault(self, code: str, name: str, message: str, hint: str = "") -> Problem:
        """Return a problem at this declaration."""
        return Problem(code, name, message, self.at, hint)

    def as_tuple(self, name: str) -> None:
        """Replace the sequence in field *name* by a tuple; leave anything else for `wrong_types` to report."""
        value = getattr(self, name)
        if isinstance(value, Sequence) and not isinstance(value, str):
            object.__setattr__(self, name, tuple(value))

    def expect(self, name: str, *types: type) -> Iterator[Problem]:
        """Yield a fault unless the field *name* is of one of *types*."""
        value = getattr(self, name)
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            yield self._wrong_type(name, value, types)

    def expect_each(self, name: str, *types: type) -> Iterator[Problem]:
        """Yield a fault unless the field *name* is a sequence, and each item of it of one of *types*."""
        value = getattr(self, name)
        if not isinstance(value, tuple):
            yield self.fault(
                "M120", "wrong-type", f"{self._shown()}: {name} is {value!r}", f"give a list of {_names(types)}"
            )
            return
        for item in value:
            if not isinstance(item, types) or (isinstance(item, bool) and bool not in types):
                yield self._wrong_type(name, item, types)

    def _wrong_type(self, name: str, value: Any, types: tuple[type, ...]) -> Problem:
        return self.fault("M120", "wrong-type", f"{self._shown()}: {name} holds {value!r}", f"give {_names(types)}")

    def _shown(self) -> str:
        return f"{type(self).__name__} {getattr(self, 'name', '')!r}"


def _names(types: tuple[type, ...]) -> str:
    return " or ".join("None" if kind is type(None) else kind.__name__ for kind in types)


def seconds(duration: str) -> float | None:
    """Return the length of a Prometheus duration such as `1h30m` in seconds; None if it is not one."""
    match = DURATION.fullmatch(duration)
    if match is None:
        return None
    parts = (re.fullmatch(r"([0-9]+)([a-z]+)", part) for part in match.groups() if part)
    return sum(int(part[1]) * SECONDS_OF_UNIT[part[2]] for part in parts if part)
