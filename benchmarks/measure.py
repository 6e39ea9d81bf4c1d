"""One command against another, run in turn, as whole processes."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    """Wall time and the largest resident memory of one run."""

    seconds: float
    megabytes: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a command compares with another, against the most that it may take."""

    name: str
    ratio: float
    most: float
    ours: Run
    theirs: Run

    @property
    def holds(self) -> bool:
        """Whether the ratio is within its bound."""
        return self.ratio <= self.most

    def __str__(self) -> str:
        verdict = "ok" if self.holds else "TOO SLOW"
        return (
            f"{self.name:<46} {self.ratio:6.2f} of {self.most:g}  {verdict:<9}"
            f" {self.ours.seconds * 1000:8.0f} ms {self.ours.megabytes:5.0f} MB"
            f" | {self.theirs.seconds * 1000:8.0f} ms {self.theirs.megabytes:5.0f} MB"
        )


def compare(name: str, ours: Sequence[str], theirs: Sequence[str], most: float, runs: int = 7) -> Comparison:
    """Run the two commands in turn, once to warm up and *runs* times counted; the ratio is that of the medians."""
    pairs = [(measured(ours), measured(theirs)) for _ in range(runs + 1)][1:]
    left, right = (_median([pair[side] for pair in pairs]) for side in (0, 1))
    return Comparison(name, left.seconds / right.seconds, most, left, right)


def _median(runs: Sequence[Run]) -> Run:
    return Run(statistics.median(run.seconds for run in runs), max(run.megabytes for run in runs))


def measured(command: Sequence[str]) -> Run:
    """Run *command*, which must succeed, once."""
    begin = time.perf_counter()
    process = subprocess.Popen(list(command), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{said.decode(errors='replace')}")
    return Run(seconds, usage.ru_maxrss / 1024)
