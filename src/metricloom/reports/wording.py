"""Texts and paths of others made fit to be shown: whatever they hold, what is shown is valid and does no harm."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from urllib.parse import quote

_UNSHOWN = {"Cc", "Cs", "Cn"}  # control characters, half characters, those that mean nothing to anybody
_TURNING = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029")
"""Characters that change the direction or the lines of what stands around them."""


def whole(text: str) -> str:
    """Return *text* with half characters written out, as UTF-8 has no form for them."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def printable(text: str, keep: str = "\n") -> str:
    """Return *text* with everything written out that would move the cursor, change colours, or turn the line around."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if char in keep or _is_shown(char) else _written_out(char) for char in text)


def _is_shown(char: str) -> bool:
    return char not in _TURNING and unicodedata.category(char) not in _UNSHOWN


def _written_out(char: str) -> str:
    code = ord(char)
    if char in "\t\n\r":
        return repr(char)[1:-1]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def columns(text: str) -> int:
    """Return how many columns of a terminal *text* takes: some characters take two, some none."""
    if text.isascii():
        return len(text)
    return sum(_width(char) for char in text)


def _width(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def relative(path: str) -> str:
    """Return *path* as seen from the current folder where it stands below it, with slashes on every system."""
    try:
        return Path(path).relative_to(Path.cwd()).as_posix()
    except (ValueError, OSError):
        return Path(path).as_posix()


def uri(path: str) -> str:
    """Return *path* as a URI reference: relative to the current folder, or absolute where it is elsewhere."""
    shown = relative(path)
    try:
        raw = shown.encode("utf-8", "surrogateescape")  # the bytes of a name that is no UTF-8
    except UnicodeEncodeError:
        raw = whole(shown).encode()
    quoted = quote(raw, safe="/")
    return f"file://{quoted}" if quoted.startswith("/") else quoted
