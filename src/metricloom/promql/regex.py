"""Patterns of matchers, as far as Python reads them like Go, and in bounded time."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import Final

MAX_LENGTH: Final = 2_000
MAX_STEPS: Final = 5e7
TYPICAL_LENGTH: Final = 128
"""How long the values are that a pattern is tried on, to tell how many steps that may take."""
MAX_REPEATS: Final = 10

# Go's engine is linear, Python's is not: what is repeated, optional or alternative multiplies its steps.
_ATOM: Final = re.compile(r"\\.|\[\^?\]?[^\]]*\]", re.DOTALL)
_REPEATED_GROUP: Final = re.compile(r"\)[*+{]")
# What the two read differently: classes by name, \\Q…\\E, \\z, \\C, \\pL, (?U), (?P<, (?<.
_OTHERWISE: Final = re.compile(r"\[:|\\[QEzCpPZ]|\(\?(?!:|i\))")


@lru_cache(maxsize=1024)
def readable_regex(pattern: str) -> re.Pattern[str] | None:
    """Return *pattern* compiled, or None where Python might read it otherwise than Go, or for ever."""
    if len(pattern) > MAX_LENGTH or _OTHERWISE.search(pattern) or _steps(pattern) > MAX_STEPS:
        return None
    try:
        return re.compile(pattern, re.DOTALL | re.ASCII)
    except (re.error, OverflowError, RecursionError):
        return None


def _steps(pattern: str) -> float:
    """Return how many steps Python may need, at worst, on a value of typical length."""
    plain = _ATOM.sub("x", pattern)
    if _REPEATED_GROUP.search(plain):
        return math.inf
    repeats, optional = sum(map(plain.count, "*+{")), plain.count("?") - plain.count("(?")
    steps = TYPICAL_LENGTH**repeats * 2.0 ** min(optional, 100) if repeats < MAX_REPEATS else math.inf
    for group in plain.split("(")[1:]:  # what follows each opening bracket
        steps *= group.count("|") + 1
    return steps


def alternatives(pattern: str) -> tuple[str, ...]:
    """Return the values of `a|b|c`; nothing where the pattern is anything else."""
    parts = tuple(re.sub(r"\\([^a-zA-Z0-9])", r"\1", part) for part in pattern.split("|"))
    plain = re.fullmatch(r"(?:[^\\.*+?()\[\]{}^$|]|\\[^a-zA-Z0-9]|\|)*", pattern)
    return parts if plain else ()
