"""Paths as reports show them."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from metricloom.wording import whole


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
