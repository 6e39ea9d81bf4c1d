"""The Python files of a tree: those that speak of prometheus_client, in bounded number and size."""

from __future__ import annotations

import ast
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from metricloom.adoption.code.calls import Call, calls_in
from metricloom.adoption.code.metrics import found_by
from metricloom.adoption.model import Findings, Found
from metricloom.errors import UserError
from metricloom.reports.paths import relative

MAX_FILES: Final = 50_000
"""How many Python files are looked at."""

MAX_BYTES: Final = 2_000_000
"""Of one file: a longer one was made by a program."""

LIBRARY: Final = b"prometheus_client"
SKIPPED: Final = frozenset({"node_modules", "site-packages", "dist-packages", "__pycache__", "venv", "build", "dist"})
"""Folders of what others wrote, or of what was built; those whose name begins with a dot are left out, too."""

VENV: Final = "pyvenv.cfg"


def found_in_code(*places: str) -> Findings:
    """Return the metrics that Python files, and the files below folders, create.

    Raises:
        UserError: there is no such file or folder, or no Python in it.
    """
    found: dict[str, Found] = {}
    remarks: list[str] = []
    for place in places:
        for path in _files_of(place, remarks):
            for call in _calls(path, remarks):
                _keep(found_by(call, remarks), found, remarks)
    return Findings(list(found.values()), remarks)


def _files_of(place: str, remarks: list[str]) -> Iterator[Path]:
    root = Path(place)
    if not root.exists():
        raise UserError(f"{place}: there is no such file or folder", "give a Python file, or the folder of a service")
    count = 0
    for path in _files(root):
        count += 1
        if count > MAX_FILES:
            remarks.append(f"{place} has more than {MAX_FILES:,} Python files: the rest was not looked at")
            return
        yield path
    if not count:
        hint = "give a Python file, or the folder of a service; folders of installed packages in it are passed over"
        raise UserError(f"{place} holds no Python file", hint)


def _files(root: Path) -> Iterator[Path]:
    if root.is_file():
        yield root
        return
    for folder, below, names in os.walk(root):
        if VENV in names:
            below.clear()
            continue
        below[:] = sorted(name for name in below if name not in SKIPPED and not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(names) if name.endswith(".py"))


def _calls(path: Path, remarks: list[str]) -> list[Call]:
    shown = relative(str(path))
    try:
        if not path.is_file():  # a pipe would be waited for
            return []
        with path.open("rb") as file:
            source = file.read(MAX_BYTES + 1)
    except OSError as error:
        remarks.append(f"{shown} cannot be read: {error.strerror}")
        return []
    if LIBRARY not in source:
        return []
    if len(source) > MAX_BYTES:
        remarks.append(f"{shown} is larger than {MAX_BYTES:,} bytes, and not read")
        return []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes in strings of others
            return calls_in(ast.parse(source), shown)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = f":{error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        remarks.append(f"{shown}{line} is no Python that can be read: {getattr(error, 'msg', None) or error}")
        return []


def _keep(metric: Found | None, found: dict[str, Found], remarks: list[str]) -> None:
    if metric is None:
        return
    other = found.setdefault(metric.name, metric)
    if other.places != metric.places and (other.type, other.label_names) != (metric.type, metric.label_names):
        places = f"{other.places[0]} and at {metric.places[0]}"
        remarks.append(f"{metric.name} is created in two ways, at {places}: the first is declared")
