"""The types of the series on a page of /metrics, as Prometheus will have stored them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from metricloom.exposition.model import Family, FamilyType, Page, Series
from metricloom.monitoring.units import (
    BASE_UNITS,
    NOT_BASE_UNITS,
    ONE,
    SECONDS,
    Unit,
    is_timestamp,
    scaled_ending,
    unit_of_name,
)
from metricloom.promql.types import MAY_BE_ABSENT, Gaps, Kind, SeriesType
from metricloom.registry.series import SCRAPED

TARGETS: Final = SCRAPED | {"cluster", "namespace", "pod", "container", "service", "endpoint", "node"}
"""The labels that a series may have from its target: those that the Prometheus Operator gives are among them."""

COUNTS: Final = frozenset({"count", "info", "ratio"})
"""Endings of names that say that there is no unit."""

QUANTITIES: Final = frozenset(
    {
        *BASE_UNITS,
        *NOT_BASE_UNITS,
        *("time", "duration", "latency", "size", "energy"),
        *("us", "ns", "usec", "msec", "nsec", "micros", "millis", "nanos"),
    }
)
"""Words in the names of counters that may count no events, as in `bytes_written_total`."""

TIMES: Final = frozenset({"time", "timestamp", "created", "started", "date"})
"""Words in the names of gauges that may hold a Unix time: whether one does, its value says."""

SINCE: Final = 1e9  # seconds: 2001
UNTIL: Final = 4e9  # 2096

_NO_QUANTILE: Final = Gaps(MAY_BE_ABSENT.absent, nan="a quantile of a summary is NaN while nothing is observed")


def table_of(page: Page, targets: Iterable[str] = TARGETS) -> dict[str, SeriesType]:
    """Return the type of each series of *page*, by name.

    A page shows the values that labels have today: only of a state set are they all that there are. Which labels a
    family has whose series are still to come is not known.
    """
    names = {family.name for family in page.families}
    return {
        series.name: _of_target(series, frozenset(targets))
        for family in page.families
        for series in _TYPED[family.type](family)
        if series.name == family.name or series.name not in names
    }


def _of_target(series: SeriesType, targets: frozenset[str]) -> SeriesType:
    """Add the labels of the target. A label of the series with such a name becomes `exported_…`, as a rule."""
    own = series.labels | series.possible
    exported = frozenset(f"exported_{label}" for label in own & targets)
    surely = series.labels | SCRAPED
    return replace(series, labels=surely, possible=(series.possible | targets | exported) - surely)


def _typed(family: Family, name: str, kind: Kind, unit: Unit | None) -> SeriesType:
    series = family.series.get(name, Series(name, 0, {}, family.line))
    surely = frozenset(label for label, use in series.labels.items() if use.count == series.count)
    return SeriesType(name, kind, surely, frozenset(series.labels) - surely, unit, open=not series.count)


def _counter(family: Family) -> Iterator[SeriesType]:
    created = f"{_stem(family.name)}_created"
    # Of a counter that has no series yet the name can't be known: OpenMetrics adds `_total` to it.
    names = [name for name in family.series if name != created] or {family.name, f"{_stem(family.name)}_total"}
    for name in names:
        yield replace(_typed(family, name, Kind.COUNTER, _unit(family)), low=0)
    yield from _created(family)


def _created(family: Family) -> Iterator[SeriesType]:
    name = f"{_stem(family.name)}_created"
    if name in family.series:
        yield replace(_typed(family, name, Kind.TIMESTAMP, SECONDS), low=0)


def _gauge(family: Family) -> Iterator[SeriesType]:
    kind, unit = _kind_of_gauge(family), _unit(family)
    yield _typed(family, family.name, kind, SECONDS if kind is Kind.TIMESTAMP else unit)


def _kind_of_gauge(family: Family) -> Kind:
    """Return whether a gauge holds a time: by its name, or by its value where the name may say it."""
    if is_timestamp(family.name):
        return Kind.TIMESTAMP
    series = family.series.get(family.name)
    named, in_seconds = bool(TIMES.intersection(family.name.split("_"))), _unit(family) == SECONDS
    if series is None or not (named or in_seconds):
        return Kind.GAUGE
    # What has not happened yet is 0.
    if SINCE <= series.high <= UNTIL and (series.low >= SINCE or series.low == 0):
        return Kind.TIMESTAMP
    duration = 0 <= series.low and 0 < series.high < SINCE
    return Kind.UNKNOWN if named and in_seconds and not duration else Kind.GAUGE


def _histogram(family: Family) -> Iterator[SeriesType]:
    name, unit = family.name, _unit(family)
    bounds = tuple(bound for bound in family.bounds if math.isfinite(bound))
    count = _typed(family, f"{name}_count", Kind.COUNTER, ONE)
    bucket = _typed(family, f"{name}_bucket", Kind.BUCKETS, ONE)
    of_sum = _typed(family, f"{name}_sum", Kind.COUNTER, unit)
    for series in (
        replace(count, name=name, kind=Kind.HISTOGRAM, unit=unit),
        replace(bucket, labels=bucket.labels | {"le"}),
        of_sum,
        count,
    ):
        negative = series is of_sum and bool(bounds) and bounds[0] < 0
        low = -math.inf if negative else 0.0
        yield replace(series, low=low, histogram=name, buckets=bounds, observed=unit)
    yield from _created(family)


def _summary(family: Family) -> Iterator[SeriesType]:
    name, unit = family.name, _unit(family)
    if name in family.series or not family.series:
        quantile = _typed(family, name, Kind.QUANTILE, unit)
        yield replace(quantile, labels=quantile.labels | {"quantile"}, observed=unit, gaps=_NO_QUANTILE)
    for ending, of in (("sum", unit), ("count", ONE)):
        yield replace(_typed(family, f"{name}_{ending}", Kind.COUNTER, of), low=0, histogram=name, observed=unit)
    yield from _created(family)


def _gauge_histogram(family: Family) -> Iterator[SeriesType]:
    yield _typed(family, f"{family.name}_bucket", Kind.UNKNOWN, ONE)
    yield _typed(family, f"{family.name}_gsum", Kind.GAUGE, _unit(family))
    yield replace(_typed(family, f"{family.name}_gcount", Kind.GAUGE, ONE), low=0)


def _info(family: Family) -> Iterator[SeriesType]:
    for name in family.series or (f"{family.name}_info",):
        yield replace(_typed(family, name, Kind.BOOLEAN, ONE), low=0, high=1)


def _stateset(family: Family) -> Iterator[SeriesType]:
    series = family.series.get(family.name)
    states = series.labels.get(family.name) if series is not None else None
    closed = {family.name: states.values} if states is not None and states.complete else {}
    yield replace(_typed(family, family.name, Kind.BOOLEAN, ONE), low=0, high=1, values=closed)


def _unknown(family: Family) -> Iterator[SeriesType]:
    for name in family.series or (family.name,):
        yield _typed(family, name, Kind.UNKNOWN, _unit(family))


_TYPED: Final[Mapping[FamilyType, Callable[[Family], Iterator[SeriesType]]]] = {
    FamilyType.COUNTER: _counter,
    FamilyType.GAUGE: _gauge,
    FamilyType.HISTOGRAM: _histogram,
    FamilyType.SUMMARY: _summary,
    FamilyType.GAUGE_HISTOGRAM: _gauge_histogram,
    FamilyType.INFO: _info,
    FamilyType.STATESET: _stateset,
    FamilyType.UNKNOWN: _unknown,
}


def _stem(name: str) -> str:
    return name.removesuffix("_total")


def _unit(family: Family) -> Unit | None:
    """Return the unit of what a family measures; None where neither `# UNIT` nor the name says it.

    Others name their metrics as they like: that a name ends in no unit says nothing, but of a counter of events.
    """
    if family.unit:
        return Unit.named(family.unit) if family.unit in (*BASE_UNITS, "ratio") else None
    if scaled_ending(family.name) is not None:
        return None
    *_, ending = words = _stem(family.name).split("_")
    counts_events = family.type is FamilyType.COUNTER and QUANTITIES.isdisjoint(words)
    unit = unit_of_name(family.name)
    return unit if unit != ONE or ending in COUNTS or counts_events else None
