"""A file of the problems that were there before: they are not shown again, and new ones are.

For each file that was checked, it holds how often each problem was found, as `CODE fingerprint`. No line numbers are in
it, so that what moves stays known; paths are seen from the folder in which it stands.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from metricloom.artifact.single import replace_file
from metricloom.bounded import read_file
from metricloom.errors import Problem, RefusedError, UserError
from metricloom.reports.fingerprints import fingerprint
from metricloom.reports.model import Owners
from metricloom.wording import short, whole

VERSION = 1
WRITE = "write it anew with --write-baseline"
MAX_COUNT = 10**9
"""How often one problem may stand in a file: no person's project comes near."""

Counts = Counter[tuple[str, str]]
"""How often each problem was found: by path, and code with fingerprint."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What a baseline leaves. *gone* counts what it holds of the files that were checked, and what is there no more."""

    new: tuple[Problem, ...]
    old: int
    gone: int


@dataclass(frozen=True, slots=True)
class Baseline:
    """What was found before. *file* is where it stands."""

    file: Path
    counts: Counts

    def compare(self, problems: Iterable[Problem], files: Iterable[str], owners: Owners) -> Compared:
        """Tell new problems from old ones. Of those that look the same, the first in order are the old ones."""
        left = self.counts.copy()
        found = 0
        new = []
        for problem in problems:
            key = _key(problem, self.file, owners)
            if left[key] > 0:
                left[key] -= 1
                found += 1
            else:
                new.append(problem)
        checked = {_path(file, self.file) for file in files}
        gone = sum(count for (path, _), count in left.items() if path in checked or not self._has(path))
        return Compared(tuple(new), found, gone)

    def _has(self, path: str) -> bool:
        try:
            return (self.file.parent / path).exists()
        except (OSError, ValueError):  # too long, for example: a baseline may hold any text
            return False


def read(file: Path) -> Baseline:
    """Return the baseline in *file*.

    Raises:
        UserError: there is none, or it is no baseline.
    """
    try:
        document = json.loads(read_file(file))
    except FileNotFoundError as error:
        raise UserError(f"there is no baseline {file}", "write it with --write-baseline") from error
    except OSError as error:
        raise _unreadable(file, error) from error
    except (ValueError, RecursionError) as error:
        hint = "name another with --baseline, or remove it and write it anew with --write-baseline"
        raise UserError(f"the baseline {file} is no JSON: {error}", hint) from error
    return Baseline(file, _counts(file, document))


def _unreadable(file: Path, error: OSError) -> UserError:
    return UserError(f"the baseline {file} cannot be read: {error.strerror}", "name another with --baseline")


def _counts(file: Path, document: Any) -> Counts:
    match document:
        case {"version": int(version)} if version != VERSION:
            raise UserError(
                f"the baseline {file} has version {short(str(version), 20)}; this metricloom reads {VERSION}", WRITE
            )
        case {"version": int(), "problems": dict(problems)}:
            counts = {(path, mark): count for path, marks in problems.items() for mark, count in _items(marks)}
            if all(isinstance(count, int) and 0 < count <= MAX_COUNT for count in counts.values()):
                return Counter(counts)
    raise UserError(f"{file} is no baseline of metricloom's", "name another with --baseline")


def _items(marks: Any) -> Iterable[tuple[str, Any]]:
    return marks.items() if isinstance(marks, dict) else [("", None)]


def write(file: Path, problems: Iterable[Problem], owners: Owners, checked: Iterable[str] = ()) -> int:
    """Make *problems*, which stand in the files *checked*, the baseline, and return how many there are.

    Raises:
        RefusedError: something else than a baseline would be lost.
        UserError: it cannot be written; what stood there still stands.
    """
    _refuse_to_lose(file, checked)
    counts = Counter(_key(problem, file, owners) for problem in problems)
    try:
        replace_file(file, _text(counts).encode())
    except OSError as error:
        raise UserError(
            f"the baseline {file} cannot be written: {error.strerror}", "name another with --baseline"
        ) from error
    return counts.total()


def _refuse_to_lose(file: Path, checked: Iterable[str]) -> None:
    """Raise an error where the file holds anything but a baseline."""
    elsewhere = "name another with --baseline"
    if _real(file) in map(_real, checked):
        raise RefusedError(f"{file} is checked itself: it is kept", elsewhere)
    try:
        content = read_file(file)
    except FileNotFoundError:
        return
    except OSError as error:
        raise _unreadable(file, error) from error
    if content.strip() and not _is_baseline(content):
        raise RefusedError(f"{file} is no baseline of metricloom's: it is kept", f"{elsewhere}, or move it away")


def _real(path: str | Path) -> str:
    try:
        return os.path.realpath(path)
    except ValueError:  # no path at all
        return str(path)


def _is_baseline(content: bytes) -> bool:
    """Return whether a metricloom wrote *content*, of whatever version."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return False
    match document:
        case {"version": int(), "problems": dict()}:
            return True
    return False


def _text(counts: Counts) -> str:
    by_path: dict[str, dict[str, int]] = {}
    for (path, mark), count in sorted(counts.items()):
        by_path.setdefault(path, {})[mark] = count
    return json.dumps({"version": VERSION, "problems": by_path}, indent=1) + "\n"


def _key(problem: Problem, file: Path, owners: Owners) -> tuple[str, str]:
    path = _path(problem.at.path, file) if problem.at is not None else ""
    return path, f"{problem.code} {fingerprint(problem, owners, path)}"


def _path(path: str, file: Path) -> str:
    """Return *path* as seen from the folder of the baseline, so that the folder of the run does not matter."""
    try:
        seen = os.path.relpath(path, file.parent)
    except ValueError:  # on another drive, or no path at all
        seen = path
    return whole(PurePath(seen).as_posix())
