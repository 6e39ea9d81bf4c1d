"""Texts of others made fit to be shown: whatever they hold, what is shown is valid and does no harm."""

from __future__ import annotations

import unicodedata

_JOINERS = "\u200c\u200d"
"""They have no shape, but letters of some scripts and emoji have another one beside them."""


def whole(text: str) -> str:
    """Return *text* with half characters written out, as UTF-8 has no form for them."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def printable(text: str, keep: str = "\n") -> str:
    """Return *text* with what has no shape of its own as Python writes it.

    It would move the cursor, change colours, turn the line around, or make two names look the same.
    """
    if text.isprintable():
        return text
    return "".join(char if char in keep or _is_shown(char) else repr(char)[1:-1] for char in text)


def _is_shown(char: str) -> bool:
    return char.isprintable() or char in _JOINERS or unicodedata.category(char) == "Zs"


def short(text: str, length: int) -> str:
    """Return *text*, or its beginning where it is longer."""
    return text if len(text) <= length else f"{text[:length]}…"


def counted(number: int, noun: str, nouns: str = "") -> str:
    """Return `1 alert`, `2 alerts`; *nouns* is for a noun with another plural."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {nouns or f'{noun}s'}"


def columns(text: str) -> int:
    """Return how many columns of a terminal *text* takes: some characters take two, some none."""
    if text.isascii():
        return len(text)
    return sum(_width(char) for char in text)


def _width(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
