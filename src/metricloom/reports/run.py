"""From the problems that were found to those that are shown: comments, then the baseline, then what was asked for.

In this order a comment or an old finding is not called superfluous because of what was asked for this time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from metricloom.errors import Problem
from metricloom.reports import baseline, suppression
from metricloom.reports.formats import FORMATS
from metricloom.reports.model import Catalogue, Owners, Report
from metricloom.reports.paths import relative
from metricloom.reports.selection import Selection


@dataclass(frozen=True)
class Run:
    """What was found, by which verb, in what, and what of it was asked for. *texts* holds files that were read."""

    found: Sequence[Problem]
    files: Sequence[str]
    texts: Mapping[str, str]
    owners: Owners
    catalogue: Catalogue
    selection: Selection
    today: date
    verb: str = "check"

    @cached_property
    def places(self) -> list[str]:
        """The files that were checked, and those in which problems stand."""
        return list(dict.fromkeys([*self.files, *(one.at.path for one in self.found if one.at is not None)]))

    @cached_property
    def unexcused(self) -> suppression.Suppressed:
        """What no comment excuses."""
        comments = list(suppression.written_in(self.places, self.texts, self.owners))
        return suppression.suppress(self.found, comments, self.owners, self.catalogue, self.today)

    def asked_for(self, problems: Sequence[Problem]) -> list[Problem]:
        """Return those of *problems* that are to be shown."""
        return [problem for problem in problems if self.selection.shows(problem)]


@dataclass(frozen=True, slots=True)
class Reported:
    """The report, whether it makes the run fail, and what to say beside it."""

    text: str
    fails: bool
    remarks: Sequence[str] = ()


def reported(run: Run, file: Path | None, shape: str, version: str) -> Reported:
    """Return the report of *run*, against the baseline in *file*.

    Raises:
        UserError: the baseline cannot be read.
    """
    excused = run.unexcused
    known = baseline.read(file) if file is not None else baseline.Baseline(Path(), baseline.Counts())
    compared = known.compare(excused.problems, run.places, run.owners)
    shown = run.asked_for(compared.new)
    report = Report(shown, run.files, run.texts, run.catalogue, run.owners, run.selection.fails, version, run.verb)
    hidden = [(excused.hidden, "excused by comments"), (compared.old, "in the baseline")]
    parts = [f"{count} {why}" for count, why in hidden if count]
    remarks = [f"not shown: {', '.join(parts)}"] if parts else []
    if compared.gone and file is not None:
        remarks.append(f"{relative(str(file))}: {compared.gone} can be removed: write it anew with --write-baseline")
    return Reported(FORMATS[shape](report), any(map(run.selection.fails, shown)), remarks)


def baseline_written(run: Run, file: Path) -> str:
    """Make what would be shown of *run* the baseline, and say so.

    Raises:
        UserError: it cannot be written.
    """
    count = baseline.write(file, run.asked_for(run.unexcused.problems), run.owners, run.places)
    return f"wrote {relative(str(file))}: {count} problems"
