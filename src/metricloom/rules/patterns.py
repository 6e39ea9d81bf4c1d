"""Rules that many alerts need: failures counted beside their ratio, durations beside their number.

A ratio or a quantile of a few events says little: the first failure of a quiet night is 100 %. So an alert on one also
asks for a least number of events: several in its window, or some more in a longer one that agrees with it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from metricloom.declaration import seconds
from metricloom.errors import Location
from metricloom.monitoring.labels import Label
from metricloom.monitoring.metrics import Counter, Histogram, bound_texts
from metricloom.monitoring.prices import number
from metricloom.promql.query import Query
from metricloom.promql.shapes import increase, rate
from metricloom.promql.strings import one_of
from metricloom.rules.alerts import Guard
from metricloom.rules.recording import RecordingRule

SEVERAL = 4.5
"""Five events in the window; `increase` extrapolates, so a whole number would be missed by a hair."""
SOME_MORE = 5.5
"""Six events in the longer window."""


@dataclass(frozen=True, slots=True)
class Failures:
    """Failures over one window: how many (`increase`), and what share of all calls (`ratio_rate`)."""

    count: RecordingRule
    ratio: RecordingRule

    @property
    def rules(self) -> tuple[RecordingRule, RecordingRule]:
        return (self.count, self.ratio)


def failures_over(window: str, failures: Counter, calls: Counter, by: Sequence[Label]) -> Failures:
    """Return the records of *failures* and their share of *calls* in *window*, by the values of *by*."""
    at = Location.of_caller()
    stem = f"{_level(by)}:{failures.name.removesuffix('_total')}"
    count = RecordingRule(f"{stem}:increase{window}", increase(failures, by, window), f"Failures in {window}", at=at)
    share = Query(f"{count} / {increase(calls, by, window).text}", at=at)
    return Failures(count, RecordingRule(f"{stem}:ratio_rate{window}", share, f"Share of failures in {window}", at=at))


def enough_failures(short: Failures, long: Failures) -> Guard:
    """Return the guard for an alert on `short.ratio`: several failures, or some more and a longer ratio that agrees."""
    return lambda limit: f"{short.count} > {SEVERAL} or ({long.count} > {SOME_MORE} and {long.ratio} > {number(limit)})"


@dataclass(frozen=True, slots=True)
class Durations:
    """How long events take over one window: the rate of a histogram's buckets, from which quantiles are read."""

    record: RecordingRule
    histogram: Histogram
    window: str

    @property
    def rules(self) -> tuple[RecordingRule]:
        """The record, as those of `Failures`."""
        return (self.record,)


def durations_over(window: str, histogram: Histogram, by: Sequence[Label]) -> Durations:
    """Return the record of *histogram*'s buckets in *window*, by the values of *by*."""
    at = Location.of_caller()
    levels = [*(str(label) for label in by), "le"]
    name = f"{'_'.join(levels)}:{histogram.bucket}:rate{window}"
    buckets = rate(histogram.bucket, levels, window)
    return Durations(RecordingRule(name, buckets, f"Buckets per second over {window}", at=at), histogram, window)


def p95(durations: Durations) -> Query:
    """Return the 95th percentile of recorded durations."""
    return Query(f"histogram_quantile(0.95, {durations.record})", at=Location.of_caller())


def enough_slow(durations: Durations) -> Guard:
    """Return the guard for an alert on a percentile: *durations* of a longer window agree, and some are really slow."""
    length = number(seconds(durations.window) or 0)

    def guard(limit: float) -> str:
        slow = f'({durations.record}{{le="+Inf"}} - ignoring (le) {durations_within(durations, limit)}) * {length}'
        return f"{p95(durations).text} > {number(limit)} and {slow} > {SOME_MORE}"

    return guard


def durations_within(durations: Durations, limit: float) -> str:
    """Return the recorded bucket with the largest upper bound that is not above *limit*, in whatever form it has."""
    buckets = durations.histogram.buckets
    within = buckets[: bisect_right(buckets, limit)] or buckets[:1]
    return f'{durations.record}{{le=~"{one_of(bound_texts(within[-1]))}"}}'


def _level(by: Sequence[Label]) -> str:
    return "_".join(str(label) for label in by) or "job"
