"""Files that metricloom did not write, read: rules, tests of rules and dashboards, in folders and on standard input."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, NoReturn

from metricloom.errors import Problem, UserError
from metricloom.sources.dashboard_files import read_dashboard
from metricloom.sources.files import FileKind, kind_of
from metricloom.sources.model import Group, PanelQuery, RuleTest, Sources, World
from metricloom.sources.rule_files import read_rule_file
from metricloom.sources.tables import with_records
from metricloom.sources.test_files import read_test_file

SUFFIXES: Final = frozenset({".yml", ".yaml", ".json"})
STDIN: Final = "-"
NAME_OF_STDIN: Final = "<stdin>"
_PYTHON: Final = re.compile(r"\.py(?::[^/]*)?$", re.IGNORECASE)
_OF_OTHERS: Final = frozenset({"node_modules", "__pycache__"})


@dataclass(frozen=True, slots=True)
class Files:
    """What was read: *problems* are those of reading, *empty* the folders in which nothing is to be checked."""

    texts: Mapping[str, str]
    groups: Sequence[Group]
    panels: Sequence[PanelQuery]
    tests: Sequence[RuleTest]
    problems: Sequence[Problem]
    empty: Sequence[str]

    def sources(self, known: World) -> Sources:
        """Return what is to be checked, in the world *known*, to which the files' own records belong."""
        return Sources(with_records(known, self.groups), self.groups, self.panels, self.tests)


class _Text(NamedTuple):
    """A text, and the folder that was named instead of its file."""

    path: str
    text: str
    folder: str | None


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
    targets = list(targets)
    texts, groups, panels, tests, problems = {}, list[Group](), list[PanelQuery](), list[RuleTest](), list[Problem]()
    empty = dict.fromkeys(target for target in targets if target != STDIN and Path(target).is_dir())
    for path, text, folder in _texts(targets):
        match kind_of(path, text):
            case FileKind.DASHBOARD:
                board = read_dashboard(path, text)
                panels += board.panels
                problems += board.problems
            case FileKind.TEST:
                test, wrong = read_test_file(path, text)
                tests += [test]
                problems += wrong
            case FileKind.RULES:
                rules = read_rule_file(path, text)
                groups += rules.groups
                problems += rules.problems
            case kind if folder is None:
                raise _nothing_in(path, kind)
            case _:
                continue
        texts[path] = text
        empty.pop(folder or "", None)
    if not texts:
        raise UserError(
            f"there is nothing to check in {', '.join(empty)}: no rules, no tests of rules and no dashboard",
            f"name a folder that has some, in files that end in {', '.join(sorted(SUFFIXES))}; or name the files",
        )
    return Files(texts, groups, panels, tests, problems, list(empty))


def _nothing_in(path: str, kind: FileKind) -> UserError:
    hint = f"give it with --metrics {path}, and name what is to be checked against it"
    return UserError(
        f"{path} holds neither rules, tests of rules nor a dashboard",
        hint if kind is FileKind.METRICS else "name another file",
    )


def _texts(targets: Iterable[str]) -> Iterator[_Text]:
    """Yield each file once."""
    seen: set[Path] = set()
    for target in dict.fromkeys(targets):
        if target == STDIN:
            yield _Text(NAME_OF_STDIN, _decoded(sys.stdin.buffer.read()), None)
            continue
        folder = target if Path(target).is_dir() else None
        for path in [Path(target)] if folder is None else _inside(Path(folder)):
            real = path.resolve()
            if real not in seen:
                seen.add(real)
                yield _Text(str(path), _text(path), folder)


def _inside(folder: Path) -> list[Path]:
    """Return the files in *folder* that may hold something; hidden folders in it are passed over."""
    found = []
    for place, folders, names in os.walk(folder, onerror=_unreadable):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in _OF_OTHERS]
        found += [Path(place, name) for name in names if Path(name).suffix.lower() in SUFFIXES]
    return sorted(path for path in found if path.is_file())


def _text(path: Path) -> str:
    try:
        return _decoded(path.read_bytes())
    except OSError as error:
        _unreadable(error)


def _unreadable(error: OSError) -> NoReturn:
    raise UserError(f"{error.filename}: {error.strerror}", "name a file that can be read") from error


def _decoded(content: bytes) -> str:
    return content.decode("utf-8", errors="surrogateescape")  # what is no UTF-8 is written back as it was
