"""What stays the same of a problem when the lines around it move."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from metricloom.errors import Problem
from metricloom.reports.model import Owners
from metricloom.reports.paths import relative
from metricloom.wording import whole

_PLACE = re.compile(r"(\.\w+):\d+(?::\d+)?\b")
"""A message may name another place: `already declared at mine.py:12`."""


def fingerprint(problem: Problem, owners: Owners, path: str | None = None) -> str:
    """Return what tells *problem* from others, wherever in its file it stands. *path* is how the file is called."""
    owner = owners.of(problem)
    if path is None:
        path = relative(problem.at.path) if problem.at is not None else ""
    message = _PLACE.sub(r"\1", problem.message)
    parts = (problem.code, path, owner.name if owner is not None else "", message, problem.source)
    return hashlib.sha256("\0".join(map(whole, parts)).encode()).hexdigest()[:32]


def unique(problems: Iterable[Problem], owners: Owners) -> Iterator[tuple[Problem, str]]:
    """Yield each problem with a fingerprint that no other has: those that look the same are numbered in their order."""
    seen: Counter[str] = Counter()
    for problem in problems:
        mark = fingerprint(problem, owners)
        seen[mark] += 1
        yield problem, mark if seen[mark] == 1 else f"{mark}-{seen[mark]}"
