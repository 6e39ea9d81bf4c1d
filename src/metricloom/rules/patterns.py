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
from metricloom.monitoring.metrics import Counter, Histogram
from metricloom.monitoring.prices import number
from metricloom.promql.query import Query
from metricloom.promql.shapes import increase, rate
from metricloom.rules.alerts import Guard
from metricloom.rules.examples import le_text
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
        """Both records."""
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


def durations_over(window: str, histogram: Histogram, by: Sequence[Label]) -> RecordingRule:
    """Return the record of the rate of *histogram*'s buckets in *window*, from which quantiles are read."""
    at = Location.of_caller()
    levels = [*(label.name for label in by), "le"]
    name = f"{'_'.join(levels)}:{histogram.bucket}:rate{window}"
    return RecordingRule(name, rate(histogram.bucket, levels, window), f"Buckets per second over {window}", at=at)


def p95(durations: RecordingRule) -> Query:
    """Return the 95th percentile of recorded buckets."""
    return Query(f"histogram_quantile(0.95, {durations})", at=Location.of_caller())


def enough_slow(durations: RecordingRule, histogram: Histogram, window: str) -> Guard:
    """Return the guard for an alert on a percentile: the longer *window* agrees, and some were really slow in it."""
    length = number(seconds(window) or 0)

    def guard(limit: float) -> str:
        fast = durations_within(durations, histogram, limit)
        slow = f'({durations}{{le="+Inf"}} - ignoring (le) {fast}) * {length}'
        return f"{p95(durations).text} > {number(limit)} and {slow} > {SOME_MORE}"

    return guard


def durations_within(durations: RecordingRule, histogram: Histogram, limit: float) -> str:
    """Return the recorded bucket with the largest upper bound that is not above *limit*.

    Prometheus 3 writes `le="60.0"` whatever the target wrote, 2.x keeps what it scraped: both are matched.
    """
    bounds = histogram.buckets[: bisect_right(histogram.buckets, limit)] or histogram.buckets[:1]
    text = le_text(bounds[-1])
    whole = text.removesuffix(".0")
    pattern = f"{whole}(\\\\.0)?" if whole != text else text.replace(".", "\\\\.")
    return f'{durations}{{le=~"{pattern}"}}'


def _level(by: Sequence[Label]) -> str:
    return "_".join(label.name for label in by) or "job"
