"""What a report is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from metricloom.errors import Location, Problem, Severity


class Entry(NamedTuple):
    """What the catalogue says of one code: its name, and why it is a fault."""

    name: str
    why: str


Catalogue = Mapping[str, Entry]
"""All codes that a problem may have."""


@dataclass(frozen=True, slots=True)
class Owner:
    """What a problem is about: a rule of a file, a panel of a dashboard.

    *lines* are the first and the last that it takes in its file. A dashboard has no comments, so the *description* of a
    panel may excuse its problems; *described_at* is the place of that text.
    """

    name: str
    lines: tuple[int, int]
    description: str = ""
    described_at: Location | None = None


def _nobody(_: Problem) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Owners:
    """Finds the owner of a problem. *described* are all owners that have a description, whether or not at fault."""

    of: Callable[[Problem], Owner | None] = _nobody
    described: Sequence[Owner] = ()


@dataclass(frozen=True)
class Report:
    """The problems to show, and what a format may say beside them.

    Attributes:
        problems: In the order in which they are shown.
        files: All that was checked, whether or not it has problems: paths, or names of registries.
        texts: The texts of files that were read already, by path.
        catalogue: What each code means.
        owners: What each problem is about.
        fails: Whether a problem makes the run fail.
        version: Of metricloom.
        verb: What was run: `check`, `verify`.
        docs_url: The page that describes the codes, each under the heading of its name; "" where there is none.
    """

    problems: Sequence[Problem]
    files: Sequence[str] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    catalogue: Catalogue = field(default_factory=dict)
    owners: Owners = Owners()
    fails: Callable[[Problem], bool] = lambda problem: problem.severity is Severity.ERROR
    version: str = "0"
    verb: str = "check"
    docs_url: str = ""

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many problems there are of each severity."""
        return counted(self.problems)


def counted(problems: Iterable[Problem]) -> dict[str, int]:
    """Return how many of *problems* there are of each severity."""
    counts = {severity.value: 0 for severity in Severity}
    for problem in problems:
        counts[problem.severity.value] += 1
    return counts
