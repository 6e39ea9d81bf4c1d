"""Files that metricloom did not write, read: rules, tests of rules and dashboards, in folders and on standard input."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn

from metricloom.bounded import MAX_BYTES, read_file
from metricloom.errors import Location, Problem, UserError
from metricloom.sources.dashboard_files import read_dashboard
from metricloom.sources.files import FileKind, kind_of
from metricloom.sources.model import Group, PanelQuery, RuleTest, Sources, World
from metricloom.sources.rule_files import read_rule_file
from metricloom.sources.tables import with_records
from metricloom.sources.test_files import read_test_file

SUFFIXES: Final = frozenset({".yml", ".yaml", ".json"})
STDIN: Final = "-"
NAME_OF_STDIN: Final = "<stdin>"
MAX_NAMED: Final = 10
"""How many targets an error names."""

_UTF16: Final = ("\udcff\udcfe", "\udcfe\udcff")
"""How such a text begins where it is read as UTF-8."""
_PYTHON: Final = re.compile(r"\.py(?::[^/]*)?$", re.IGNORECASE)
_OF_OTHERS: Final = frozenset({"node_modules", "__pycache__"})


@dataclass(frozen=True, slots=True)
class Files:
    """What was read: *problems* are those of reading, *passed_over* says what of the targets is not checked and why."""

    texts: Mapping[str, str]
    groups: Sequence[Group]
    panels: Sequence[PanelQuery]
    tests: Sequence[RuleTest]
    problems: Sequence[Problem]
    passed_over: Sequence[str]

    def sources(self, known: World) -> Sources:
        """Return what is to be checked, in the world *known*, to which the files' own records belong."""
        return Sources(with_records(known, self.groups), self.groups, self.panels, self.tests)


def is_file(target: str) -> bool:
    """Whether *target* names files to check, there or not, and no registry."""
    path = Path(target)
    if target == STDIN or path.suffix.lower() in SUFFIXES or path.is_dir():
        return True
    return (path.is_file() or os.sep in target) and _PYTHON.search(target) is None


def read(targets: Iterable[str]) -> Files:
    """Read files, those in folders that hold rules, tests of rules or dashboards, and standard input (`-`).

    Raises:
        UserError: there is no such file, it cannot be read, or there is nothing to check in all of it.
    """
    found = _Found()
    for target in dict.fromkeys(targets):
        if target == STDIN:
            found.add_named(NAME_OF_STDIN, _decoded(sys.stdin.buffer.read(MAX_BYTES)))
        elif Path(target).is_dir():
            found.add_folder(target)
        elif found.is_new(target):
            found.add_named(str(Path(target)), _text(target))
    if not found.texts:
        raise found.nothing()
    passed_over = [f"not checked: {each.message}" for each in found.passed_over]
    return Files(found.texts, found.groups, found.panels, found.tests, found.problems, passed_over)


@dataclass(frozen=True, slots=True)
class _Found:
    """What was read until now."""

    texts: dict[str, str] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)
    panels: list[PanelQuery] = field(default_factory=list)
    tests: list[RuleTest] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    passed_over: list[UserError] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def is_new(self, path: str | Path) -> bool:
        """Return whether the file at *path* was not read yet, by whatever name, and remember it."""
        real = os.path.realpath(path)
        new = real not in self.seen
        self.seen.add(real)
        return new

    def add_named(self, path: str, text: str) -> None:
        """Add a file that was named itself: of one that is passed over it is said why."""
        kind = kind_of(path, text)
        if self.add(path, text, kind):
            return
        fault = _fault_of_text(path, text)
        if fault is None:
            self.passed_over.append(_nothing_in(path, text, kind))
        else:
            self.problems.append(fault)
            self.texts[path] = text

    def add_folder(self, folder: str) -> None:
        files = _inside(Path(folder))
        for path in filter(self.is_new, files):
            if path.stat().st_size > MAX_BYTES:
                self.passed_over.append(UserError(f"{path} has more than {MAX_BYTES // 2**20} MiB"))
                continue
            text = _text(path)
            self.add(str(path), text, kind_of(str(path), text))
        if not any(str(path) in self.texts for path in files):
            self.passed_over.append(
                UserError(
                    f"there is nothing to check in {folder}: no rules, no tests of rules and no dashboard",
                    f"name a folder that has some, in files that end in {', '.join(sorted(SUFFIXES))}; "
                    "or name the files",
                )
            )

    def add(self, path: str, text: str, kind: FileKind) -> bool:
        """Add what *text* holds, and return True; False where it is nothing to check."""
        match kind:
            case FileKind.DASHBOARD:
                board = read_dashboard(path, text)
                self.panels.extend(board.panels)
                self.problems.extend(board.problems)
            case FileKind.TEST:
                test, wrong = read_test_file(path, text)
                self.tests.append(test)
                self.problems.extend(wrong)
            case FileKind.RULES:
                rules = read_rule_file(path, text)
                self.groups.extend(rules.groups)
                self.problems.extend(rules.problems)
            case _:
                return False
        self.texts[path] = text
        return True

    def nothing(self) -> UserError:
        """Return the error for targets of which none holds anything to check."""
        first = self.passed_over[0]
        return UserError("; ".join(each.message for each in self.passed_over[:MAX_NAMED]), first.hint)


def _fault_of_text(path: str, text: str) -> Problem | None:
    """Return what is wrong with a file that is no text: it may hold rules that nobody can read here."""
    if text.startswith(_UTF16):
        message, hint = "this is UTF-16, not UTF-8", "save it in UTF-8"
    elif "\0" in text:
        message, hint = "there are zero bytes in it: this is no text file", "give a text file in UTF-8"
    else:
        return None
    return Problem("F905", "not-a-text", message, Location(path, 1, 1), hint)


def _nothing_in(path: str, text: str, kind: FileKind) -> UserError:
    if not text.strip():
        return UserError(f"{path} is empty", "write rules into it, or name another file")
    hint = f"give it with --metrics {path}, and name what is to be checked against it"
    return UserError(
        f"{path} holds neither rules, tests of rules nor a dashboard",
        hint if kind is FileKind.METRICS else "name another file",
    )


def _inside(folder: Path) -> list[Path]:
    """Return the files in *folder* that may hold something; hidden folders in it are passed over."""
    found = []
    for place, folders, names in os.walk(folder, onerror=_unreadable):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in _OF_OTHERS]
        found += [Path(place, name) for name in names if Path(name).suffix.lower() in SUFFIXES]
    return sorted(path for path in found if path.is_file())


def _text(path: str | Path) -> str:
    try:
        return _decoded(read_file(path))
    except OSError as error:
        _unreadable(error)


def _unreadable(error: OSError) -> NoReturn:
    raise UserError(f"{error.filename}: {error.strerror}", "name a file that can be read") from error


def _decoded(content: bytes) -> str:
    return content.decode("utf-8", errors="surrogateescape")  # what is no UTF-8 is written back as it was
