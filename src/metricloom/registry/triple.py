"""The common triple, in short: how many, how many failed, how long. An operation, rules, alerts and panels follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from metricloom.dashboards import Panel, Stat, TimeSeries
from metricloom.declaration import Declaration
from metricloom.declaration import seconds as length_of
from metricloom.errors import Problem
from metricloom.monitoring.effects import Effect
from metricloom.monitoring.metrics import Counter, Histogram
from metricloom.monitoring.operations import Argument, Operation
from metricloom.monitoring.prices import number
from metricloom.monitoring.timers import Timer
from metricloom.promql.query import Query
from metricloom.promql.shapes import quantile, rate, ratio
from metricloom.rules.alerts import Alert
from metricloom.rules.examples import Example, observations, samples
from metricloom.rules.patterns import Failures, durations_over, enough_failures, enough_slow, failures_over, p95
from metricloom.rules.recording import RecordingRule
from metricloom.rules.thresholds import Threshold


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

    def __post_init__(self) -> None:
        for name in ("windows", "arguments", "effects"):
            self.as_tuple(name)
        super().__post_init__()

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
            rule for window in self.windows for rule in (*self._failures(window).rules, self._durations(window))
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
                f"Share of {self.nouns} that did not fail. Normal is near 100 %; below the line, {self.failing} fires.",
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
                f"95 % of {self.nouns} take no longer. Above the line, {self.slow} fires.",
                alert=self.slow,
                at=self.at,
            ),
        )

    def wrong_types(self) -> Iterator[Problem]:
        """See `Declaration`."""
        for name in ("method", "helper", "nouns", "failing", "slow", "next_steps", "for_", "severity"):
            yield from self.expect(name, str)
        for name in ("calls", "failures"):
            yield from self.expect(name, Counter)
        yield from self.expect("seconds", Histogram)
        for name in ("error_ratio", "p95"):
            yield from self.expect(name, Threshold)
        yield from self.expect_each("windows", str)
        yield from self.expect_each("effects", Effect)

    def check(self) -> Iterator[Problem]:
        """See `Declaration`."""
        if len(self.windows) != 2 or not all(length_of(window) for window in self.windows):
            yield self.fault(
                "Q200", "parse-error", f"windows are {self.windows!r}", 'give a shorter and a longer: ("5m", "15m")'
            )
        if set(self.failures.label_names) != set(self.calls.label_names):
            yield self.fault(
                "S704",
                "errors-not-subset-of-total",
                f"{self.failures} and {self.calls} have other labels",
                "give all three metrics the same labels",
            )

    # --- how it is made ---

    @property
    def _title(self) -> str:
        return self.nouns[:1].upper() + self.nouns[1:]

    def _failures(self, window: str) -> Failures:
        return failures_over(window, self.failures, self.calls, self.calls.labels)

    def _durations(self, window: str) -> RecordingRule:
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
            guard=enough_slow(long, self.seconds, self.windows[1]),
            examples=self._slow_examples,
            at=self.at,
        )

    @property
    def _whose(self) -> str:
        return "".join(f", {name} $labels.{name}" for name in self.calls.label_names)

    # --- how it is proven: a hundred a minute, for longer than it takes to fire ---

    @property
    def _values(self) -> dict[str, str]:
        return {label.name: (*label.values, "example")[0] for label in self.calls.labels}

    @property
    def _minutes(self) -> int:
        return int(((length_of(self.windows[1]) or 0) + (length_of(self.for_) or 0)) / 60) + 5

    def _example(self, title: str, series: Sequence[object], *, fires: bool) -> Example:
        end = [f"{self._minutes}m"]
        times = {"fires_at": end, "firing": [self._values]} if fires else {"silent_at": end}
        return Example(title, series, at=self.at, **times)  # type: ignore[arg-type]

    def _failing_examples(self, limit: float) -> list[Example]:
        return [
            self._example("many fail", self._counted(100, 100 * (1 + limit) / 2), fires=True),
            self._example("few fail", self._counted(100, 100 * limit / 2), fires=False),
            self._example("the only one of a quiet hour fails", self._once_failed(), fires=False),
        ]

    def _counted(self, calls: float, failures: float) -> list[object]:
        return [
            samples(counter, f"0+{number(each)}x{self._minutes}", **self._values)
            for counter, each in ((self.calls, calls), (self.failures, failures))
        ]

    def _once_failed(self) -> list[object]:
        values = f"0x{self._minutes - 8} 1x10"
        return [samples(counter, values, **self._values) for counter in (self.calls, self.failures)]

    def _slow_examples(self, limit: float) -> list[Example]:
        above = next((bound for bound in self.seconds.buckets if bound > limit), limit * 2)
        values = f"0+100x{self._minutes}"
        return [
            self._example("all are slow", observations(self.seconds, above, values, **self._values), fires=True),
            self._example("all are fast", observations(self.seconds, limit / 2, values, **self._values), fires=False),
        ]
