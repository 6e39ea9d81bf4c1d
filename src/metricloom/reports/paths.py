"""Paths as reports show them."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from metricloom.wording import whole


def is_url(path: str) -> bool:
    """Whether *path* is the address of a page, and no file."""
    return path.startswith(("http://", "https://"))


def relative(path: str) -> str:
    """Return *path* as seen from the current folder where it stands below it, with slashes on every system.

    A page of metrics may have been read from a URL, which stays as it is.
    """
    if is_url(path):
        return path
    try:
        return Path(path).relative_to(Path.cwd()).as_posix()
    except (ValueError, OSError):
        return Path(path).as_posix()


def uri(path: str) -> str:
    """Return *path* as a URI reference: relative to the current folder, or absolute where it is elsewhere."""
    if is_url(path):
        return quote(whole(path), safe="/:?&=#%@[]")
    shown = relative(path)
    try:
        raw = shown.encode("utf-8", "surrogateescape")  # the bytes of a name that is no UTF-8
    except UnicodeEncodeError:
        raw = whole(shown).encode()
    quoted = quote(raw, safe="/")
    return f"file://{quoted}" if quoted.startswith("/") else quoted
