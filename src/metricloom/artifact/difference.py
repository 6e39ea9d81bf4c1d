"""A unified diff that a person can read: of bounded length, and exact about line ends."""

from __future__ import annotations

from difflib import unified_diff
from itertools import islice

# What would move the cursor or colour the terminal, and the carriage return of another system's line ends.
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if code != ord("\t")}

LONGEST = 200
"""Lines shown for one file: enough to see what a change is about. A whole dashboard has thousands."""


def difference(name: str, before: bytes, after: bytes) -> str:
    lines = unified_diff(_lines(before), _lines(after), f"{name} (on disk)", f"{name} (generated)")
    shown = list(islice(lines, LONGEST))
    rest = sum(1 for _ in lines)
    if rest:
        shown.append(f"... {rest} more lines\n")
    return "".join(shown)


def _lines(content: bytes) -> list[str]:
    # str.splitlines would also split at form feeds and other characters, where no editor sees a line end.
    *lines, last = content.decode("utf-8", errors="backslashreplace").split("\n")
    whole = [f"{line.translate(_CONTROL)}\n" for line in lines]
    return [*whole, f"{last.translate(_CONTROL)}\n\\ No newline at end of file\n"] if last else whole
