"""The common triple, in short: how many, how many failed, how long. An operation, rules, alerts and panels follow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from metricloom.dashboards import Panel, Stat, TimeSeries
from metricloom.declaration import Declaration
from metricloom.declaration import seconds as length_of
from metricloom.errors import Problem
from metricloom.monitoring.effects import Effect
from metricloom.monitoring.labels import OTHER, UNKNOWN, Label
from metricloom.monitoring.metrics import Counter, Histogram
from metricloom.monitoring.operations import Argument, Operation
from metricloom.monitoring.timers import Timer
from metricloom.promql.query import Query
from metricloom.promql.shapes import quantile, rate, ratio
from metricloom.rules.alerts import Alert
from metricloom.rules.examples import Example, Samples, observations, samples
from metricloom.rules.patterns import (
    Durations,
    Failures,
    durations_over,
    enough_failures,
    enough_slow,
    failures_over,
    p95,
)
from metricloom.rules.recording import RecordingRule
from metricloom.rules.thresholds import Threshold

Series: TypeAlias = "Sequence[Samples | Sequence[Samples]]"


@dataclass(frozen=True, eq=False)
class Triple(Declaration):
    """An operation that is counted, may fail, and takes time.

    *nouns* says what they are ("speech syntheses"). *failing* and *slow* are the names of its alerts, *error_ratio* and
    *p95* their thresholds. Failures are counted over two *windows*, neither shorter than the events last. *arguments*
    and *effects* are what its method takes and changes beside the triple.
    """

    method: str
    helper: str
    calls: Counter
    failures: Counter
    seconds: Histogram
    nouns: str
    failing: str
    slow: str
    error_ratio: Threshold
    p95: Threshold
    next_steps: str
    windows: Sequence[str] = ("5m", "15m")
    for_: str = "10m"
    severity: str = "warning"
    arguments: Sequence[str | Argument] = ("duration", "success")
    effects: Sequence[Effect] = ()
    timer: Timer | str | None = "timer"

    @property
    def operation(self) -> Operation:
        """The method that records one of them."""
        triple = (self.calls.inc(), self.failures.inc(on="failure"), self.seconds.observe("duration"))
        return Operation(
            self.method,
            self.helper,
            labels=self.calls.labels,
            arguments=self.arguments,
            effects=(*triple, *self.effects),
            timer=self.timer,
            at=self.at,
        )

    @property
    def recordings(self) -> tuple[RecordingRule, ...]:
        """Failures, their share, and the buckets of durations, over both windows."""
        return tuple(
            rule for window in self.windows for rule in (*self._failures(window).rules, *self._durations(window).rules)
        )

    @property
    def alerts(self) -> tuple[Alert, Alert]:
        """Too many fail, and too many are slow."""
        return (self._failing_alert(), self._slow_alert())

    @property
    def panels(self) -> tuple[Panel, ...]:
        """How many, the share that succeeds, and how long they take."""
        return (
            Stat(
                f"{self._title}: success rate",
                Query(f"1 - {ratio(self.failures, self.calls)}", at=self.at),
                f"Share of {self.nouns} that did not fail. Normal is near 100 %. {self.next_steps}",
                alert=self.failing,
                complement=True,
                at=self.at,
            ),
            TimeSeries(
                self._title,
                rate(self.calls, self.calls.labels),
                f"How many {self.nouns} end, whatever the outcome. Normal is the usual course of the day.",
                at=self.at,
            ),
            TimeSeries(
                f"{self._title}: p95",
                quantile(0.95, self.seconds, self.seconds.labels),
                f"95 % of {self.nouns} take no longer. Normal is well below the line. {self.next_steps}",
                alert=self.slow,
                at=self.at,
            ),
        )

    def check(self) -> Iterator[Problem]:
        yield from self._check_windows()
        if {frozenset(metric.label_names) for metric in (self.calls, self.failures, self.seconds)} != {
            frozenset(self.calls.label_names)
        }:
            yield self.fault(
                "M136",
                "triple-labels",
                f"{self.calls}, {self.failures} and {self.seconds} have not the same labels",
                "give all three metrics the same labels",
            )
        yield from self._check_reach("error_ratio", self.error_ratio, 1)
        if self.seconds.buckets:
            yield from self._check_reach("p95", self.p95, self.seconds.buckets[-1])

    def _check_windows(self) -> Iterator[Problem]:
        lengths = [length_of(window) or 0 for window in self.windows]
        if len(lengths) != 2 or not 0 < lengths[0] < lengths[1]:
            yield self.fault(
                "M137", "triple-windows", f"windows are {self.windows!r}", 'give a shorter and a longer: ("5m", "15m")'
            )

    def _check_reach(self, name: str, threshold: Threshold, most: float) -> Iterator[Problem]:
        """Yield a fault for a threshold that the query never exceeds, or always does."""
        for number in (threshold.value, *threshold.by_value.values()):
            if not 0 <= number < most:
                yield self.fault(
                    "M138",
                    "triple-threshold",
                    f"{self.method}: {name} is never above {most:g} nor below 0, the threshold is {number:g}",
                    f"give 0 or more, and less than {most:g}",
                )

    # --- how it is made ---

    @property
    def _title(self) -> str:
        return self.nouns[:1].upper() + self.nouns[1:]

    def _failures(self, window: str) -> Failures:
        return failures_over(window, self.failures, self.calls, self.calls.labels)

    def _durations(self, window: str) -> Durations:
        return durations_over(window, self.seconds, self.seconds.labels)

    def _failing_alert(self) -> Alert:
        short, long = (self._failures(window) for window in self.windows)
        return Alert(
            self.failing,
            short.ratio > self.error_ratio,
            self.for_,
            self.severity,
            summary=f"$value of {self.nouns} fail{self._whose}",
            description=f"More than $threshold of the {self.nouns} of the last {self.windows[0]} failed{self._whose}.",
            next_steps=self.next_steps,
            guard=enough_failures(short, long),
            examples=self._failing_examples,
            at=self.at,
        )

    def _slow_alert(self) -> Alert:
        short, long = (self._durations(window) for window in self.windows)
        return Alert(
            self.slow,
            p95(short) > self.p95,
            self.for_,
            self.severity,
            summary=f"5 % of {self.nouns} take longer than $value{self._whose}",
            description=f"The 95th percentile of {self.nouns} over {self.windows[0]} is above $threshold{self._whose}.",
            next_steps=self.next_steps,
            guard=enough_slow(long),
            examples=self._slow_examples,
            at=self.at,
        )

    @property
    def _whose(self) -> str:
        return "".join(f", {name} $labels.{name}" for name in self.calls.label_names)

    # --- how it is proven: a hundred a minute, for longer than it takes to fire ---

    @property
    def _end(self) -> int:
        """Minutes after which either alert has fired, if it does."""
        return int(((length_of(self.windows[1]) or 0) + (length_of(self.for_) or 0)) / 60) + 5

    def _fires(self, title: str, series: Series, labels: Mapping[str, str]) -> Example:
        return Example(title, series, fires_at=[f"{self._end}m"], firing=[labels], at=self.at)

    def _silent(self, title: str, series: Series) -> Example:
        return Example(title, series, silent_at=[f"{self._end}m"], at=self.at)

    def _failing_examples(self, limit: float) -> list[Example]:
        labels = self._values_under(self.error_ratio)
        once = f"0x{max(1, self._end - 8)} 1x10"
        return [
            self._fires("many fail", self._counted(100, 100 * (1 + limit) / 2, labels), labels),
            self._silent("few fail", self._counted(100, 100 * limit / 2, labels)),
            self._silent(
                "the only one of a quiet hour fails",
                [samples(counter, once, **labels) for counter in (self.calls, self.failures)],
            ),
        ]

    def _counted(self, calls: float, failures: float, labels: Mapping[str, str]) -> list[Samples]:
        return [
            samples(counter, f"0+{each:.15f}".rstrip("0").rstrip(".") + f"x{self._end}", **labels)
            for counter, each in ((self.calls, calls), (self.failures, failures))
        ]

    def _slow_examples(self, limit: float) -> list[Example]:
        labels = self._values_under(self.p95)
        values = f"0+100x{self._end}"
        fast, slow = _fast_and_slow(self.seconds.buckets, limit)
        return [
            self._fires("all are slow", [observations(self.seconds, slow, values, **labels)], labels),
            self._silent("all are fast", [observations(self.seconds, fast, values, **labels)]),
        ]

    def _values_under(self, threshold: Threshold) -> dict[str, str]:
        """Return label values for which the number in force is the general one of *threshold*."""
        return {label.name: _value_beside(label, threshold) for label in self.calls.labels}


def _value_beside(label: Label, threshold: Threshold) -> str:
    own = threshold.by_value if threshold.label is not None and threshold.label.name == label.name else {}
    possible = (*label.values, OTHER if label.is_closed else "example", UNKNOWN)
    return next(value for value in possible if value not in own)


def _fast_and_slow(buckets: Sequence[float], limit: float) -> tuple[float, float]:
    """Return two durations: if all events last so long, the alert is silent, or fires.

    A quantile of events in one bucket is read as 95 % of the way from its lower bound to its upper one.
    """
    fast = max((bound for bound in buckets if bound <= limit), default=buckets[0])
    above = (upper for lower, upper in pairwise(buckets) if lower + 0.94 * (upper - lower) > limit)
    return fast, next(above, buckets[-1] * 2)
