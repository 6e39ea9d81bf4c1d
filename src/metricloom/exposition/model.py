"""What a page of /metrics shows, without its values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from metricloom.errors import Problem


class FamilyType(StrEnum):
    """What a family says that it is. The classic format's `untyped` is `unknown` here, as OpenMetrics calls it."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"
    SUMMARY = "summary"
    INFO = "info"
    STATESET = "stateset"
    GAUGE_HISTOGRAM = "gaugehistogram"
    UNKNOWN = "unknown"

    @property
    def with_article(self) -> str:
        """As a sentence names one of its sort: `a counter`, `an info`."""
        return f"{'an' if self.value[0] in 'iu' else 'a'} {self.value}"


@dataclass(frozen=True, slots=True)
class LabelUse:
    """How the series of one name use a label.

    Attributes:
        count: On how many series it has a value: to Prometheus an empty one is no label.
        values: Those seen, in the order of the page.
        complete: Whether these are all that the page shows.
    """

    count: int
    values: tuple[str, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Series:
    """The series of one name.

    Attributes:
        count: How many there are.
        labels: The labels that any of them has.
        line: Where the first stands in the page.
        low: The lowest value; NaN where there is none.
        high: The highest one.
    """

    name: str
    count: int
    labels: Mapping[str, LabelUse]
    line: int
    low: float = math.nan
    high: float = math.nan

    def values_of(self, label: str) -> tuple[str, ...]:
        """Return the values of *label* that were seen, none where no series has it."""
        return self.labels[label].values if label in self.labels else ()


@dataclass(frozen=True, slots=True)
class Family:
    """Series that one `# TYPE` speaks of, or those of a name that none speaks of.

    Attributes:
        name: As `# TYPE` writes it: of a counter without `_total` in OpenMetrics, and with it in the classic format.
        help: None where there is no `# HELP`.
        unit: What `# UNIT` says.
        series: By name: a histogram has three.
        line: Where the page first speaks of it.
    """

    name: str
    type: FamilyType
    help: str | None
    unit: str
    series: Mapping[str, Series] = field(default_factory=dict)
    line: int = 0

    @property
    def bounds(self) -> dict[float, str]:
        """The upper bounds of a histogram's buckets in rising order, `+Inf` included, each as the page writes it."""
        return self._numbers(f"{self.name}_bucket", "le")

    @property
    def quantiles(self) -> dict[float, str]:
        """The quantiles of a summary, each as the page writes it."""
        return self._numbers(self.name, "quantile") if self.type is FamilyType.SUMMARY else {}

    def _numbers(self, series: str, label: str) -> dict[float, str]:
        values = self.series[series].values_of(label) if series in self.series else ()
        return dict(sorted(_numbers(values)))


def _numbers(texts: tuple[str, ...]) -> Iterator[tuple[float, str]]:
    for text in texts:
        try:
            number = float(text)
        except ValueError:
            continue
        if not math.isnan(number):
            yield number, text


@dataclass(frozen=True, slots=True)
class Page:
    """A page of /metrics: its families in the order in which it speaks of them, and what is wrong with its lines.

    *problems* are the first of them, *faults* is how many there are.
    """

    families: tuple[Family, ...] = ()
    problems: tuple[Problem, ...] = ()
    faults: int = 0
