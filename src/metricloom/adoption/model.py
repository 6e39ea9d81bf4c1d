"""What was found of a service's metrics, before anything is decided about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from metricloom.exposition.model import FamilyType


@dataclass(frozen=True, slots=True)
class FoundLabel:
    """A label. *values* are those seen: all that there were, if *complete*."""

    name: str
    values: tuple[str, ...] = ()
    complete: bool = True


@dataclass(frozen=True, slots=True)
class FoundSeries:
    """The series of one name, where its family can't be declared as a metric: its labels, `le` among them."""

    name: str
    labels: tuple[str, ...] = ()
    counts: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A metric of the service.

    Attributes:
        name: As the registry would call it: that of a counter's series, `_total` and all.
        buckets: Upper bounds of a histogram, without `+Inf`.
        low: The least value seen, and *high* the greatest; None where none was.
        series: What Prometheus stores of it.
        places: Where the code creates it.
        born: Whether it had a series: labels and values are known of such a one only.
    """

    name: str
    type: FamilyType
    help: str = ""
    unit: str = ""
    labels: tuple[FoundLabel, ...] = ()
    buckets: tuple[float, ...] = ()
    low: float | None = None
    high: float | None = None
    series: tuple[FoundSeries, ...] = ()
    places: tuple[str, ...] = ()
    born: bool = False

    @property
    def has_computed_buckets(self) -> bool:
        """Whether it is a histogram of the code whose buckets only a run can tell."""
        return self.type is FamilyType.HISTOGRAM and bool(self.places) and not (self.born or self.buckets)

    @property
    def label_names(self) -> tuple[str, ...]:
        """The names of the labels."""
        return tuple(label.name for label in self.labels)


@dataclass(frozen=True, slots=True)
class Findings:
    """All that was found, and what could not be read: *remarks* are for the person who asked."""

    metrics: Sequence[Found] = ()
    remarks: Sequence[str] = field(default=())
