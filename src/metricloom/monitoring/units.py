"""Units of measure, as far as a metric's name or its declaration tells them.

A unit is a product of base units with whole exponents; a count and a ratio have none (`ONE`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

BASE_UNITS = (
    "seconds",
    "bytes",
    "dollars",
    "celsius",
    "meters",
    "grams",
    "joules",
    "volts",
    "amperes",
    "hertz",
)
NOT_BASE_UNITS = {
    "ms": "seconds",
    "milliseconds": "seconds",
    "microseconds": "seconds",
    "nanoseconds": "seconds",
    "minutes": "seconds",
    "hours": "seconds",
    "days": "seconds",
    "kb": "bytes",
    "kilobytes": "bytes",
    "mb": "bytes",
    "megabytes": "bytes",
    "gb": "bytes",
    "gigabytes": "bytes",
    "bits": "bytes",
    "percent": "ratio",
    "pct": "ratio",
    "cents": "dollars",
    "fahrenheit": "celsius",
}
"""Endings of names that say another unit than the base unit, which Prometheus asks for."""


UNIT_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Unit:
    """A product of powers of base units, sorted by name: `Unit((("bytes", 1), ("seconds", -1)))`."""

    powers: tuple[tuple[str, int], ...] = ()

    @classmethod
    def named(cls, name: str) -> Unit:
        """Return the unit called *name*; `ratio` and `count` have no dimension."""
        return ONE if name in ("ratio", "count", "") else cls(((name, 1),))

    def __mul__(self, other: Unit) -> Unit:
        return _combined(self.powers, other.powers, 1)

    def __truediv__(self, other: Unit) -> Unit:
        return _combined(self.powers, other.powers, -1)

    def __str__(self) -> str:
        above = " ".join(_power(name, power) for name, power in self.powers if power > 0)
        below = " ".join(_power(name, -power) for name, power in self.powers if power < 0)
        return f"{above or '1'}/{below}" if below else above or "1"


@lru_cache(maxsize=1024)
def _combined(left: tuple[tuple[str, int], ...], right: tuple[tuple[str, int], ...], sign: int) -> Unit:
    """Return a product or a quotient: there are few, and they are asked for often."""
    powers = dict(left)
    for name, power in right:
        powers[name] = powers.get(name, 0) + sign * power
    return Unit(tuple(sorted((name, power) for name, power in powers.items() if power)))


def _power(name: str, power: int) -> str:
    return name if power == 1 else f"{name}^{power}"


ONE = Unit()
SECONDS = Unit.named("seconds")
BYTES = Unit.named("bytes")
DOLLARS = Unit.named("dollars")


def unit_of_name(name: str) -> Unit:
    """Return the unit that a metric's name ends in (before `_total`); a name without one counts things."""
    stem = name.removesuffix("_total")
    for unit in BASE_UNITS:
        if stem == unit or stem.endswith(f"_{unit}"):
            return Unit.named(unit)
    return ONE


def is_timestamp(name: str) -> bool:
    """Return whether a metric's name says that its value is a Unix time."""
    return name.endswith("_timestamp_seconds") or name == "timestamp_seconds"


def scaled_ending(name: str) -> tuple[str, str] | None:
    """Return (ending, base unit) where *name* ends in a unit that is not a base unit, as in `latency_ms`."""
    ending = name.removesuffix("_total").rpartition("_")[2]
    return (ending, NOT_BASE_UNITS[ending]) if ending in NOT_BASE_UNITS else None
