"""Examples: series that must fire an alert, or must not. Each becomes a promtool test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil, inf

from metricloom.declaration import Declaration, seconds
from metricloom.errors import Problem
from metricloom.monitoring.metrics import External, Histogram, Metric, Part
from metricloom.monitoring.prices import number


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

    def wrong_types(self) -> Iterator[Problem]:
        """See `Declaration`."""
        yield from self.expect("series", Metric, Part, External)
        yield from self.expect("values", str)
        yield from self.expect("labels", Mapping)

    def check(self) -> Iterator[Problem]:
        """See `Declaration`."""
        if isinstance(self.series, Histogram):
            yield self.fault(
                "Q224",
                "histogram-without-suffix",
                f"{self.name}: a histogram has no series of its bare name",
                "use observations(HISTOGRAM, …), or HISTOGRAM.count",
            )


def samples(series: Metric | Part | External, values: str, **labels: str) -> Samples:
    """Return the samples of one series: `samples(CALLS, "0+6x60", model="gpt-4o")`."""
    return Samples(series, values, labels)


def observations(histogram: Histogram, value: float, values: str, **labels: str) -> list[Samples]:
    """Return the series of *histogram* when every event measures *value*; *values* counts the events.

    Each bucket from *value* up counts all of them, those below it none.
    """
    buckets = [
        Samples(histogram.bucket, values if value <= bound else "0x1000", {**labels, "le": le_text(bound)})
        for bound in (*histogram.buckets, float("inf"))
    ]
    return [*buckets, Samples(histogram.count, values, labels)]


def steps(interval: str, until: str, *changes: tuple[str, float | None]) -> str:
    """Return samples every *interval* up to the time *until*, each with the latest value given by then; None is none.

    `steps("1m", "1h", ("0m", 0), ("20m", 7))` is 0 for twenty minutes, and 7 from then on.
    """
    every, end = seconds(interval) or 1, seconds(until) or 0
    starts = [min(seconds(time) or 0, end + every) for time, _ in changes] + [end + every]
    counts = [ceil(later / every) - ceil(earlier / every) for earlier, later in pairwise(starts)]
    before = [f"_x{ceil(starts[0] / every)}"] if starts[0] else []
    runs = [_run(value, count) for (_, value), count in zip(changes, counts, strict=True) if count]
    return " ".join([*before, *runs])


def _run(value: float | None, count: int) -> str:
    if value is None:
        return f"_x{count}"
    return f"{'Inf' if value == inf else number(value)}+0x{count - 1}"


def le_text(bound: float) -> str:
    """Return *bound* as prometheus_client writes it in `le`."""
    return "+Inf" if bound == float("inf") else str(float(bound))


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

    def __post_init__(self) -> None:
        for name in ("series", "fires_at", "silent_at", "firing"):
            self.as_tuple(name)
        super().__post_init__()

    @property
    def samples(self) -> tuple[Samples, ...]:
        """All series, those of a histogram one by one."""
        return tuple(one for item in self.series for one in ((item,) if isinstance(item, Samples) else item))

    def wrong_types(self) -> Iterator[Problem]:
        """See `Declaration`."""
        yield from self.expect("title", str)
        yield from self.expect_each("series", Samples, list, tuple)
        yield from self.expect_each("fires_at", str)
        yield from self.expect_each("silent_at", str)
        yield from self.expect_each("firing", Mapping)

    def check(self) -> Iterator[Problem]:
        """See `Declaration`."""
        for one in self.samples:
            yield from one.faults
        if not (self.fires_at or self.silent_at):
            yield self.fault(
                "U801", "rule-untested", f"example {self.title!r} proves nothing", "give fires_at or silent_at"
            )
        for duration in (*self.fires_at, *self.silent_at, self.interval):
            if seconds(duration) is None:
                yield self.fault(
                    "Q200", "parse-error", f"example {self.title!r}: {duration!r} is not a duration", "write 30m, 26h …"
                )
