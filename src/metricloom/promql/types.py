"""What is known of a series, and of the value of an expression."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, NamedTuple

from metricloom.monitoring.units import ONE, Unit
from metricloom.promql.nodes import Matcher


class Shape(StrEnum):
    """PromQL's own types."""

    VECTOR = "vector"
    SCALAR = "scalar"
    RANGE = "range"
    STRING = "string"


class Kind(StrEnum):
    """How a value behaves in time, which says what may be done with it."""

    COUNTER = "counter"  # only grows while its process lives
    BUCKETS = "buckets"  # the counters of a histogram, by `le`
    HISTOGRAM = "histogram"  # the bare name of a histogram, which has no series
    GAUGE = "gauge"
    TIMESTAMP = "timestamp"  # seconds since 1970
    INCREASE = "increase"  # of a counter, over a window
    RATE = "rate"  # per second
    BUCKET_RATE = "bucket rate"  # rate or increase of buckets: what histogram_quantile reads
    RATIO = "ratio"  # a part of a whole, or two of one unit
    MEAN = "mean"
    QUANTILE = "quantile"
    BOOLEAN = "boolean"  # 0 or 1
    CONSTANT = "constant"  # a number that was written down; it may have any unit
    UNKNOWN = "unknown"


RAW: Final = frozenset({Kind.COUNTER, Kind.BUCKETS})
"""Kinds whose value means nothing by itself: it starts again at 0 with the process."""


class Presence(StrEnum):
    """Whether the series of a result have a label."""

    SURELY = "surely"
    POSSIBLY = "possibly"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of a result: those that each series has, and those that some may have.

    *open* is True where others are possible too, because a series is not known. *lost* says why a label that was there
    is there no more.
    """

    sure: frozenset[str] = frozenset()
    possible: frozenset[str] = frozenset()  # beside the sure ones
    open: bool = False
    lost: Mapping[str, str] = field(default_factory=dict)

    def presence(self, label: str) -> Presence:
        """Return whether series have *label*."""
        if label in self.sure:
            return Presence.SURELY
        return Presence.POSSIBLY if self.open or label in self.possible else Presence.NEVER

    @property
    def known(self) -> frozenset[str]:
        """All labels that may be there, as far as they are known."""
        return self.sure | self.possible

    def keeping(self, names: Iterable[str], reason: str) -> Labels:
        """Return the labels with only those in *names* left."""
        kept = frozenset(names)
        possible = (kept if self.open else self.possible & kept) - self.sure
        return Labels(self.sure & kept, possible, lost=self._losing(self.known - kept, reason))

    def without(self, names: Iterable[str], reason: str) -> Labels:
        """Return the labels without those in *names*."""
        gone = frozenset(names)
        return Labels(self.sure - gone, self.possible - gone, self.open, self._losing(self.known & gone, reason))

    def adding(self, sure: Iterable[str] = (), possible: Iterable[str] = ()) -> Labels:
        """Return the labels with others beside them."""
        surely = self.sure | frozenset(sure)
        return replace(self, sure=surely, possible=(self.possible | frozenset(possible)) - surely)

    def _losing(self, names: Iterable[str], reason: str) -> dict[str, str]:
        return {**self.lost, **dict.fromkeys(names, reason)}


ANY_LABELS: Final = Labels(open=True)
NO_LABELS: Final = Labels()


class Term(NamedTuple):
    """A series that is added up in a value, and how it was read: by it a share is told from any other quotient.

    *wholes* are the series of which it counts a part; *path* holds windows, offsets and functions, in their order.
    """

    name: str
    wholes: frozenset[str] = frozenset()
    matchers: frozenset[Matcher] = frozenset()
    path: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class SeriesType:
    """What is known of the series of one name: what a table of them tells inference.

    Attributes:
        labels: What each series has (its own labels, `job`, `instance`).
        possible: What some may have: the other target labels of the registry.
        values: For a label whose set of values is closed, all of them.
        open: Whether labels that nobody knows are possible.
        histogram: The metric of which this is `_bucket`, `_sum` or `_count`, or the bare name.
        observed: For the series of a histogram, the unit of what it observes.
        part_of: The counters of which this one counts a part.
        sources: Of a record, the series that it is computed from.
        terms: Of a record, what is added up in it.
        record: Whether a recording rule makes it.
        aggregated: Whether its values combine several series.
    """

    name: str
    kind: Kind
    labels: frozenset[str] = frozenset()
    possible: frozenset[str] = frozenset()
    unit: Unit | None = ONE
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    open: bool = False
    low: float = -math.inf
    high: float = math.inf
    histogram: str = ""
    buckets: tuple[float, ...] = ()
    observed: Unit | None = None
    part_of: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    terms: tuple[Term, ...] = ()
    record: bool = False
    aggregated: bool = False


@dataclass(frozen=True, slots=True)
class Inferred:
    """The type of an expression.

    Attributes:
        unit: None where it can't be known; whatever depends on it is then silent.
        low: No value is below this.
        high: No value is above this.
        histogram: The metric whose buckets these are, or were.
        buckets: Its finite upper bounds.
        observed: The unit that the histogram observes.
        sources: The names of the series whose values went in.
        terms: What is added up in it; nothing where it is no such sum.
        value: The number, where the expression is one.
        aggregated: Whether several series were combined.
    """

    shape: Shape
    kind: Kind = Kind.UNKNOWN
    unit: Unit | None = None
    labels: Labels = NO_LABELS
    low: float = -math.inf
    high: float = math.inf
    histogram: str = ""
    buckets: tuple[float, ...] = ()
    observed: Unit | None = None
    sources: frozenset[str] = frozenset()
    terms: tuple[Term, ...] = ()
    value: float | None = None
    aggregated: bool = False

    @property
    def is_known(self) -> bool:
        """Whether the kind is known."""
        return self.kind is not Kind.UNKNOWN


UNKNOWN_VECTOR: Final = Inferred(Shape.VECTOR, labels=ANY_LABELS)
