"""Where a declaration stands, what is wrong with it, and the errors that a user may see."""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import ClassVar

MODEL_MODULES = frozenset(
    f"metricloom.{name}"
    for name in ("errors", "declaration", "monitoring", "promql", "rules", "dashboards", "registry", "sites")
)
"""Modules whose frames are machinery: the first frame outside them is where a person wrote the declaration."""


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """The file and line in which something was declared. *column* counts from 1; 0 where only the line is known."""

    path: str
    line: int
    column: int = 0

    @classmethod
    def of_caller(cls) -> Location:
        """Return the place of the nearest frame outside metricloom's model."""
        frame = sys._getframe(1)
        while frame.f_back is not None and _is_machinery(frame.f_code.co_filename, frame.f_globals.get("__name__", "")):
            frame = frame.f_back
        return cls(frame.f_code.co_filename, frame.f_lineno)

    def __str__(self) -> str:
        return f"{_shown(self.path)}:{self.line}" + (f":{self.column}" if self.column else "")


def _is_machinery(filename: str, module: str) -> bool:
    # Python names the file of a dataclass's generated __init__ "<string>".
    return filename == "<string>" or ".".join(module.split(".")[:2]) in MODEL_MODULES


def _shown(path: str) -> str:
    """Return *path* as a person at the prompt would type it: relative where it stands below the current folder."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except (ValueError, OSError):
        return path


class Severity(StrEnum):
    """How sure and how bad a problem is: an error is provably dead or lying."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where, what, and what to write instead.

    *source* is the expression that holds the fault, and *span* the columns of it (0-based, half open) to underline.
    """

    code: str
    name: str
    message: str
    at: Location | None = None
    hint: str = ""
    severity: Severity = Severity.ERROR
    source: str = ""
    span: tuple[int, int] | None = None
    related: tuple[Location, ...] = ()


class UserError(Exception):
    """Something that the person who called can mend: printed without a traceback.

    Usage errors and registries that do not load exit with 2; subclasses say otherwise.
    """

    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class RegistryError(UserError):
    """A registry that does not load: all its wrong declarations at once."""

    def __init__(self, message: str, hint: str = "", problems: Iterable[Problem] = ()) -> None:
        super().__init__(message, hint)
        self.problems = tuple(problems)


class RefusedError(UserError):
    """metricloom declines to go on, because going on would lose something or ship something broken."""

    exit_code = 1


class ToolError(UserError):
    """An outside tool is missing, too old, hangs or fails, or a URL can't be reached."""

    exit_code = 3


NEIGHBOURS = 100
"""How many names to either side, in their order, are compared with one that is not known.

What begins alike stands near. A file with thousands of unknown names beside thousands of known ones would take minutes
if each were compared with each.
"""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name closest to *name*, if one is close enough to be what was meant."""
    names = sorted(known)
    middle = bisect_left(names, name)
    near = names[max(0, middle - NEIGHBOURS) : middle + NEIGHBOURS]
    matches = get_close_matches(name, near, n=1, cutoff=0.6)
    return matches[0] if matches else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a hint that names the nearest known name, or lists the known ones where none is near."""
    names = sorted(known)
    close = nearest(name, names)
    if close is not None:
        return f"did you mean {close}?"
    shown = ", ".join(names[:10]) + (", …" if len(names) > 10 else "")
    return f"declared are: {shown}" if names else "none is declared"
