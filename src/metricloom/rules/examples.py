"""Examples: series that must fire an alert, or must not. Each becomes a promtool test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil, inf

from metricloom.declaration import Declaration, seconds
from metricloom.errors import Problem
from metricloom.monitoring.metrics import External, Histogram, Metric, Part, bound_text
from metricloom.monitoring.prices import number
from metricloom.rules.notation import scaled, wrong_item


@dataclass(frozen=True, eq=False)
class Samples(Declaration):
    """The samples of one series, one per interval of the example, in promtool's notation (`0+6x60 _x5 0+6x60`).

    *labels* are the metric's own and any target label that differs from the registry's example target.
    """

    series: Metric | Part | External
    values: str
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of the series."""
        return self.series.name

    def check(self) -> Iterator[Problem]:
        if isinstance(self.series, Histogram):
            yield self.fault(
                "Q224",
                "histogram-without-suffix",
                f"{self.name}: a histogram has no series of its bare name",
                "use observations(HISTOGRAM, …), or HISTOGRAM.count",
            )
        wrong = wrong_item(self.values)
        if wrong is not None:
            yield self.fault(
                "M141",
                "sample-values",
                f"{self.name}: promtool does not read {wrong!r}",
                "write numbers, 0+6x60 (0, and 60 times 6 more), 5x60, _x5 (none) or stale, with spaces between",
            )


def samples(series: Metric | Part | External, values: str, **labels: str) -> Samples:
    """Return the samples of one series: `samples(CALLS, "0+6x60", model="gpt-4o")`."""
    return Samples(series, values, labels)


def observations(histogram: Histogram, value: float, values: str, **labels: str) -> list[Samples]:
    """Return the series of *histogram* when every event measures *value*; *values* counts the events.

    Each bucket from *value* up counts all of them, those below it none; the sum is what they measure together.
    """
    none = scaled(values, 0)
    buckets = [
        Samples(histogram.bucket, values if value <= bound else none, {**labels, "le": bound_text(bound)})
        for bound in (*histogram.buckets, float("inf"))
    ]
    whole = [Samples(histogram.count, values, labels), Samples(histogram.sum, scaled(values, value), labels)]
    return [*buckets, *whole]


def steps(interval: str, until: str, *changes: tuple[str, float | None]) -> str:
    """Return samples every *interval* up to the time *until*, each with the latest value given by then; None is none.

    `steps("1m", "1h", ("0m", 0), ("20m", 7))` is 0 for twenty minutes, and 7 from then on.
    """
    every, end = _length(interval), _length(until)
    times = [_length(time) for time, _ in changes]
    if not every or times != sorted(set(times)):
        raise ValueError(f"steps every {interval!r} at {[time for time, _ in changes]}: give times in rising order")
    starts = [min(time, end + every) for time in times] + [end + every]
    counts = [ceil(later / every) - ceil(earlier / every) for earlier, later in pairwise(starts)]
    before = [f"_x{ceil(starts[0] / every)}"] if starts[0] else []
    runs = [_run(value, count) for (_, value), count in zip(changes, counts, strict=True) if count]
    return " ".join([*before, *runs])


def _length(duration: str) -> float:
    length = seconds(duration)
    if length is None:
        raise ValueError(f"{duration!r} is not a duration: write 30m, 26h …")
    return length


def _run(value: float | None, count: int) -> str:
    if value is None:
        return f"_x{count}"
    return f"{'Inf' if value == inf else number(value)}+0x{count - 1}"


@dataclass(frozen=True, eq=False)
class Example(Declaration):
    """What happens, and at which times after its begin the alert fires or is silent.

    *firing* has the labels of each alert that fires, beside the identity of the example target: one without further
    labels unless given. *interval* is that of the samples.
    """

    title: str
    series: Sequence[Samples | Sequence[Samples]] = ()
    fires_at: Sequence[str] = ()
    silent_at: Sequence[str] = ()
    firing: Sequence[Mapping[str, str]] = field(default_factory=lambda: [{}])
    interval: str = "1m"

    @property
    def samples(self) -> tuple[Samples, ...]:
        """All series, those of a histogram one by one."""
        return tuple(one for item in self.series for one in ((item,) if isinstance(item, Samples) else item))

    def check(self) -> Iterator[Problem]:
        if not (self.fires_at or self.silent_at):
            yield self.fault(
                "U801", "rule-untested", f"example {self.title!r} proves nothing", "give fires_at or silent_at"
            )
        for duration in (*self.fires_at, *self.silent_at, self.interval):
            if seconds(duration) is None:
                yield self.fault(
                    "Q200", "parse-error", f"example {self.title!r}: {duration!r} is not a duration", "write 30m, 26h …"
                )
