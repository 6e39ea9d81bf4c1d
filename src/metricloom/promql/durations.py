"""Durations that are computed: `[5m * 2]`, `offset -(1h + 5m)`, `[max_of(step(), 1m)]`."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Sequence
from typing import Final

from metricloom.promql.tokens import Token, TokenKind, number

LONGEST_SECONDS: Final = 2**63 / 1e9
"""Prometheus counts nanoseconds in 64 bits."""

_UNITS: Final = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}
_PART: Final = re.compile(r"([0-9]+)(ms|[smhdwy])")
_SIGNS: Final[dict[str, Callable[[float], float]]] = {"+": operator.pos, "-": operator.neg}
_PICKS: Final[dict[str, Callable[[float, float], float]]] = {"max_of": max, "min_of": min}


class DurationError(ValueError):
    """What is written is no duration."""


def literal_seconds(text: str) -> float:
    """Return how long `1h30m` is, or a bare number of seconds."""
    parts = _PART.findall(text)
    if "".join(f"{count}{unit}" for count, unit in parts) == text and parts:
        return sum(int(count) * _UNITS[unit] for count, unit in parts)
    return number(text)


def shown_seconds(seconds: float) -> str:
    """Return a time as PromQL writes it: `90s`, `2m`, `1h`."""
    if seconds != int(seconds):
        return f"{round(seconds * 1000)}ms"
    whole = int(seconds)
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if whole and whole % size == 0:
            return f"{whole // size}{unit}"
    return f"{whole}s"


def seconds(tokens: Sequence[Token]) -> float:
    """Return how long the duration of *tokens* is: NaN where only the query itself knows its step or range.

    Raises:
        DurationError: It is none, or out of range.
    """
    reader = _Reader(tokens)
    found = reader.expression(0)
    if reader.position < len(tokens):
        message = f"a duration cannot go on with {tokens[reader.position].text!r}"
        raise DurationError(message)
    if abs(found) > LONGEST_SECONDS:
        message = "the duration is out of range: Prometheus reads at most 292 years"
        raise DurationError(message)
    return found


class _Reader:
    """Reads by precedence. Not deep: what is nested deeper than `parse.MAX_DEPTH` is refused before."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.position = 0

    def _take(self, *texts: str) -> str:
        """Return the next token, which must be one of *texts* if any are given."""
        text = self._peek()
        if not text or (texts and text not in texts):
            message = f"a duration needs {' or '.join(texts) or 'a value'}, not {text or 'an end'!r}"
            raise DurationError(message)
        self.position += 1
        return text

    def _peek(self) -> str:
        return self.tokens[self.position].text.lower() if self.position < len(self.tokens) else ""

    def expression(self, lowest: int) -> float:
        left = self._operand()
        while (found := _OPERATORS.get(self._peek())) and found.binds >= lowest:
            symbol = self._take()
            right = self.expression(found.binds if symbol == "^" else found.binds + 1)
            left = found.apply(left, right)
        return left

    def _operand(self) -> float:
        if (sign := self._peek()) in _SIGNS:
            self._take()
            return _SIGNS[sign](self.expression(_SIGN_BINDS))
        kind = self.tokens[self.position].kind if self.position < len(self.tokens) else None
        text = self._take()
        if text == "(":
            found = self.expression(0)
            self._take(")")
            return found
        if kind in (TokenKind.DURATION, TokenKind.NUMBER):
            return literal_seconds(text)
        return self._call(text)

    def _call(self, name: str) -> float:
        if name not in ("step", "range", *_PICKS):
            message = f"{name!r} is no duration"
            raise DurationError(message)
        self._take("(")
        values = [math.nan]
        if name in _PICKS:
            first = self.expression(0)
            self._take(",")
            values = [first, self.expression(0)]
        self._take(")")
        return math.nan if any(map(math.isnan, values)) else _PICKS[name](*values)


def _divided(apply: Callable[[float, float], float]) -> Callable[[float, float], float]:
    def divided(left: float, right: float) -> float:
        if right == 0:
            message = "a duration is divided by 0"
            raise DurationError(message)
        return apply(left, right)

    return divided


def _power(left: float, right: float) -> float:
    try:
        return math.pow(left, right)
    except (OverflowError, ValueError):
        message = "the power of a duration is out of range"
        raise DurationError(message) from None


class _Operator:
    """How an operator binds, and what it does."""

    def __init__(self, binds: int, apply: Callable[[float, float], float]) -> None:
        self.binds = binds
        self.apply = apply


_SIGN_BINDS: Final = 2
_OPERATORS: Final = {
    "+": _Operator(1, operator.add),
    "-": _Operator(1, operator.sub),
    "*": _Operator(2, operator.mul),
    "/": _Operator(2, _divided(operator.truediv)),
    "%": _Operator(2, _divided(math.fmod)),
    "^": _Operator(3, _power),
}
