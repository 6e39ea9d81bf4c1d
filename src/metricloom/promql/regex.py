"""Patterns of matchers, as far as Python reads them like Go, and in bounded time."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

MAX_LENGTH: Final = 2_000
MAX_REPEATS: Final = 4

# Go's engine is linear, Python's is not: a repeated group, or many repeats, could take it for ever.
_REPEATED_GROUP: Final = re.compile(r"\)[*+{?]")
_REPEAT: Final = re.compile(r"[*+{]")
# What the two read differently: classes by name, \\Q…\\E, \\z, \\C, \\pL, (?U), (?P<, (?<.
_OTHERWISE: Final = re.compile(r"\[:|\\[QEzCpPZ]|\(\?(?!:|i\))")


@lru_cache(maxsize=1024)
def readable_regex(pattern: str) -> re.Pattern[str] | None:
    """Return *pattern* compiled, or None where Python might read it otherwise than Go, or for ever."""
    if len(pattern) > MAX_LENGTH or _OTHERWISE.search(pattern) or _REPEATED_GROUP.search(pattern):
        return None
    if len(_REPEAT.findall(pattern)) > MAX_REPEATS:
        return None
    try:
        return re.compile(pattern, re.DOTALL | re.ASCII)
    except (re.error, OverflowError, RecursionError):
        return None


def alternatives(pattern: str) -> tuple[str, ...]:
    """Return the values of `a|b|c`; nothing where the pattern is anything else."""
    parts = tuple(re.sub(r"\\([^a-zA-Z0-9])", r"\1", part) for part in pattern.split("|"))
    plain = re.fullmatch(r"(?:[^\\.*+?()\[\]{}^$|]|\\[^a-zA-Z0-9]|\|)*", pattern)
    return parts if plain else ()
