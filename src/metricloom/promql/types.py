"""What is known of a series, and of the value of an expression."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from metricloom.monitoring.units import ONE, Unit
from metricloom.promql.labels import ANY_LABELS, NO_LABELS, Labels, Presence
from metricloom.promql.nodes import Matcher

__all__ = ["ANY_LABELS", "NO_LABELS", "RAW", "UNKNOWN_VECTOR", "Gaps", "Inferred", "Kind", "Labels", "Presence"]
__all__ += ["MAY_BE_ABSENT", "NO_GAPS", "UNKNOWN_GAPS", "SeriesType", "Shape", "Term", "main_argument", "times"]


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
    HISTOGRAM = "histogram"  # the bare name of a classic histogram, which has no series
    NATIVE = "native histogram"  # samples that are whole histograms, and their rates and sums
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


class Term(NamedTuple):
    """A series that is added up in a value, and how it was read: by it a share is told from any other quotient.

    *wholes* are the series of which it counts a part; *path* holds windows, offsets and functions, in their order;
    *late*: a series of it may begin after those of its wholes.
    """

    name: str
    wholes: frozenset[str] = frozenset()
    late: bool = False
    matchers: frozenset[Matcher] = frozenset()
    path: tuple[object, ...] = ()


class Gaps(NamedTuple):
    """Why a result may be missing, or no ordinary number: each a reason, or nothing where that cannot be.

    Taken for granted: the service runs, a window holds two scrapes, and no arithmetic overflows.

    Attributes:
        absent: Why there may be no series at all.
        nan: Why a value may be NaN, which no comparison but `!=` lets pass.
        infinite: Why a value may be +Inf or -Inf.
    """

    absent: str = ""
    nan: str = ""
    infinite: str = ""


NO_GAPS: Final = Gaps()
MAY_BE_ABSENT: Final = Gaps("nothing says that it always exists")


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
        gaps: Why it may be missing although its target is scraped, and why a sample may be NaN or infinite.
        initial: For a label, the values whose series exist from the start, if the series exist at all.
        initialised: Whether all series that there will be exist from the start, but for those of stray values.
        additive: Whether its copies can be summed: not where all replicas see the same thing.
        scope: Matchers that all series pass, because only such targets are meant.
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
    gaps: Gaps = MAY_BE_ABSENT
    initial: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    initialised: bool = False
    additive: bool = True
    scope: frozenset[Matcher] = frozenset()

    @property
    def always(self) -> bool:
        """Whether some series exists as soon as the target is scraped."""
        return not self.gaps.absent

    @property
    def native(self) -> bool:
        """Whether it is a native histogram, read without a suffix."""
        return self.kind is Kind.NATIVE


class Inferred(NamedTuple):
    """The type of an expression. A tuple, because one is made for each node, and often changed in one place.

    Attributes:
        unit: None where it can't be known; whatever depends on it is then silent.
        low: No value is below this.
        high: No value is above this.
        histogram: The metric whose buckets these are, or were.
        buckets: Its finite upper bounds.
        observed: The unit that the histogram observes.
        value: The number, where the expression is one.
        sources: The names of the series whose values went in.
        terms: What is added up in it; nothing where it is no such sum.
        aggregated: Whether several series were combined.
        gaps: Why it may be missing, NaN or infinite.
        additive: Whether series of it can be summed: not those of a gauge of which all replicas show the same.
        nonzero: Whether a filter took the zeros out, although the bounds allow them.
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
    value: float | None = None
    sources: frozenset[str] = frozenset()
    terms: tuple[Term, ...] = ()
    aggregated: bool = False
    gaps: Gaps = NO_GAPS
    additive: bool = True
    nonzero: bool = False

    def of(
        self,
        labels: Labels,
        sources: frozenset[str],
        terms: tuple[Term, ...],
        gaps: Gaps,
        *,
        aggregated: bool,
        additive: bool,
        nonzero: bool = False,
    ) -> Inferred:
        """Return the same value of other series: quicker than `_replace`, and each node needs it."""
        same = (*self[:3], labels, *self[4:10])
        return Inferred._make((*same, sources, terms, aggregated, gaps, additive, nonzero))

    @property
    def is_known(self) -> bool:
        """Whether the kind is known."""
        return self.kind is not Kind.UNKNOWN

    @property
    def absent(self) -> str:
        """Why there may be no series; nothing where there surely is one."""
        return self.gaps.absent

    @property
    def nan(self) -> str:
        """Why a value may be NaN; nothing where none can."""
        return self.gaps.nan

    @property
    def infinite(self) -> str:
        """Why a value may be infinite; nothing where none can."""
        return self.gaps.infinite

    @property
    def may_be_zero(self) -> bool:
        """Whether a value may be 0."""
        return not self.nonzero and self.low <= 0 <= self.high


UNKNOWN_GAPS: Final = Gaps(*["nothing is known of what it reads"] * 3)
UNKNOWN_VECTOR: Final = Inferred(Shape.VECTOR, labels=ANY_LABELS, gaps=UNKNOWN_GAPS)


def main_argument(args: Sequence[Inferred]) -> Inferred:
    """Return the vector or range that a function reads: the labels of its result come from it."""
    for each in args:
        if each.shape is Shape.VECTOR or each.shape is Shape.RANGE:
            return each
    return args[0] if args else Inferred(Shape.VECTOR)


def times(unit: Unit | None, other: Unit | None) -> Unit | None:
    """Return the product of two units; unknown where one is."""
    return None if unit is None or other is None else unit * other
