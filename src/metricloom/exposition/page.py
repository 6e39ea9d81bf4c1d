"""Reading a page of /metrics, line by line: what is kept grows with the names and labels on it, not with its length."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from metricloom.errors import Location, Problem, Severity
from metricloom.exposition.lines import END, LineError, Metadata, Sample, read_line, type_of, unescaped
from metricloom.exposition.model import Family, FamilyType, LabelUse, Page, Series

MAX_VALUES: Final = 200
"""How many values of a label are kept for each name; of `le` and `quantile`, which say the form of a metric, more."""

MAX_NUMBERS: Final = 1_000
MAX_NAMES: Final = 20_000
"""How many names of series are kept; Prometheus itself shows some 300, a large service 3,000."""

MAX_LABELS: Final = 100
MAX_KEPT: Final = 50_000_000
"""How many bytes of values are kept in all, about."""

MAX_LINE: Final = 1_000_000
MAX_PROBLEMS: Final = 20

OPENMETRICS_TYPES: Final = frozenset({"unknown", "info", "stateset", "gaugehistogram"})

_NUMBERS: Final = frozenset({"le", "quantile"})
_ENDINGS: Final = {
    FamilyType.COUNTER: ("_total", "_created"),
    FamilyType.HISTOGRAM: ("_bucket", "_sum", "_count", "_created"),
    FamilyType.SUMMARY: ("_sum", "_count", "_created"),
    FamilyType.INFO: ("_info",),
    FamilyType.GAUGE_HISTOGRAM: ("_bucket", "_gsum", "_gcount"),
}
"""What the series of a family may be called beside its own name."""

HINT: Final = "mend what writes the page: https://prometheus.io/docs/instrumenting/exposition_formats/"
SHOWN: Final = 200

NO_UTF8: Final = "surrogateescape"
"""How bytes become lines, so that those that are no UTF-8 can be told."""

_BROKEN: Final = re.compile("[\udc80-\udcff]")
_OVERHEAD: Final = 100  # of a string and of its place in a table


def read_page(lines: Iterable[str], path: str = "") -> Page:
    """Return what a page holds, given as a text or line by line; *path* is what its problems call it.

    A line with a fault is told and left out: Prometheus would drop the page, and a person wants to see the rest.
    """
    reader = _Reader(path)
    for number, line in enumerate(io.StringIO(lines, newline="\n") if isinstance(lines, str) else lines, 1):
        reader.read(number, line.removesuffix("\n"))
    return reader.page()


@dataclass(slots=True)
class _Values:
    """The values of a label, as they are met."""

    count: int = 0
    values: dict[str, None] = field(default_factory=dict)
    complete: bool = True


@dataclass(slots=True)
class _Seen:
    """The series of a name, as they are met."""

    line: int
    count: int = 0
    labels: dict[str, _Values] = field(default_factory=dict)
    low: float = math.inf
    high: float = -math.inf

    def add(self, value: float) -> None:
        self.count += 1
        self.low, self.high = min(self.low, value), max(self.high, value)

    def series(self, name: str) -> Series:
        labels = {label: LabelUse(use.count, tuple(use.values), use.complete) for label, use in self.labels.items()}
        known = self.low <= self.high
        return Series(name, self.count, labels, self.line, *((self.low, self.high) if known else ()))


@dataclass(slots=True)
class _About:
    """What comments say of a family, as they are met. *help* still holds its escapes."""

    line: int
    type: FamilyType | None = None
    help: str | None = None
    unit: str = ""


@dataclass(slots=True)
class _Reader:
    path: str
    seen: dict[str, _Seen] = field(default_factory=dict)
    about: dict[str, _About] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    faults: int = 0
    kept: int = 0
    ended: bool = False
    full: bool = False
    openmetrics: tuple[int, str] | None = None  # what only that format has, and the line of it

    def read(self, number: int, line: str) -> None:
        """Take in a line, given without its end."""
        if len(line) > MAX_LINE:
            self._full(number, f"a line of more than {MAX_LINE:,} characters")
            return
        try:
            found = self._found(line)
        except LineError as error:
            self._fault(number, line, error)
            return
        if isinstance(found, Sample):
            self._sample(number, found)
        elif isinstance(found, Metadata):
            self._metadata(number, found)

    def _found(self, line: str) -> Sample | Metadata | None:
        if self.ended and line:
            raise LineError(f"a line after {END}")
        self.ended = self.ended or line == END
        found = read_line(line)
        broken = None if found is None or line.isascii() else _BROKEN.search(line)
        if broken is not None:
            raise LineError("a byte that is no UTF-8", broken.start())
        return found

    def _sample(self, number: int, sample: Sample) -> None:
        seen = self.seen.get(sample.name)
        if seen is None:
            if len(self.seen) >= MAX_NAMES:
                self._full(number, f"more than {MAX_NAMES:,} names")
                return
            seen = self.seen[sample.name] = _Seen(number)
        seen.add(sample.value)
        if sample.exemplar and self.openmetrics is None:
            self.openmetrics = number, "an exemplar"
        for label, value in sample.labels.items():
            use = seen.labels.get(label)
            if use is None:
                if len(seen.labels) >= MAX_LABELS:
                    self._full(number, f"more than {MAX_LABELS} labels on {sample.name}")
                    continue
                use = seen.labels[label] = _Values()
            self._value(use, label, value)

    def _value(self, use: _Values, label: str, value: str) -> None:
        if not value:
            return
        use.count += 1
        if value in use.values:
            return
        most = MAX_NUMBERS if label in _NUMBERS else MAX_VALUES
        if len(use.values) < most and self.kept < MAX_KEPT:
            use.values[value] = None
            self.kept += len(value) + _OVERHEAD
        else:
            use.complete = False

    def _metadata(self, number: int, found: Metadata) -> None:
        about = self.about.get(found.name)
        if about is None:
            if len(self.about) >= MAX_NAMES:
                self._full(number, f"more than {MAX_NAMES:,} names")
                return
            about = self.about[found.name] = _About(number)
        match found.keyword:
            case "HELP":
                about.help = found.text
            case "UNIT":
                about.unit = found.text.rstrip(" \t")
            case "TYPE":
                self._type(number, about, found)

    def _type(self, number: int, about: _About, found: Metadata) -> None:
        kind = type_of(found)
        if about.type is not None and about.type is not kind:
            message = f"{found.name} is {about.type.with_article}, and here {kind.with_article}"
            hint = "say the type once: one name, one type"
            self._report(Problem("E102", "two-types", message, Location(self.path, number), hint, Severity.WARNING))
        about.type = about.type or kind
        if found.text in OPENMETRICS_TYPES and self.openmetrics is None:
            self.openmetrics = number, f"the type {found.text}"

    def _fault(self, number: int, line: str, error: LineError) -> None:
        start = max(0, error.column - SHOWN)
        self._report(
            Problem(
                "E101",
                "unreadable-line",
                f"{error.message}: Prometheus drops the whole page",
                Location(self.path, number, error.column + 1),
                HINT,
                source=line[start : error.column + SHOWN].encode("utf-8", "replace").decode(),
                span=(error.column - start, error.column - start + 1),
            )
        )

    def _full(self, number: int, what: str) -> None:
        if not self.full:
            self.full = True
            message = f"the page has {what}, which are not all read"
            hint = "look for a name or a label that holds what changes, as an id does"
            self._report(
                Problem("E103", "page-too-large", message, Location(self.path, number), hint, Severity.WARNING)
            )

    def _report(self, problem: Problem) -> None:
        self.faults += 1
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(problem)

    def page(self) -> Page:
        """Return what was read."""
        if self.openmetrics is not None and not self.ended:
            number, what = self.openmetrics
            message = f"only OpenMetrics has {what}, and a page of that format ends with {END}"
            self._fault(number, "", LineError(message))
        series: dict[str, dict[str, Series]] = {name: {} for name in self.about}
        for name, seen in self.seen.items():
            series.setdefault(self._owner(name), {})[name] = seen.series(name)
        families = (self._family(name, of) for name, of in series.items())
        return Page(tuple(sorted(families, key=lambda family: family.line)), tuple(self.problems), self.faults)

    def _owner(self, name: str) -> str:
        """Return the family that a series belongs to: the one of its name, or one whose type has such an ending."""
        if name in self.about:
            return name
        for kind, endings in _ENDINGS.items():
            for ending in endings:
                family = self.about.get(base := name.removesuffix(ending))
                if base != name and family is not None and family.type is kind:
                    return base
        return name

    def _family(self, name: str, series: dict[str, Series]) -> Family:
        about = self.about.get(name, _About(0))
        first = min(each for each in (about.line, *(each.line for each in series.values())) if each)
        text = None if about.help is None else unescaped(about.help, quotes=self.ended)
        return Family(name, about.type or FamilyType.UNKNOWN, text, about.unit, series, first)
