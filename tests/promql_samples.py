"""Samples of the series of the examples of checks, as OpenMetrics, and what inference is told of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random

from metricloom.checks.example_world import BUCKETS, OTHERS, TABLE, TARGET
from metricloom.monitoring.units import ONE, SECONDS, Unit
from metricloom.promql.infer import PROMETHEUS_SERIES
from metricloom.promql.types import NO_GAPS, Gaps, Kind, SeriesType

STEP_SECONDS = 60
SAMPLES = 301
TARGETS = (
    {"job": "a", "instance": "i1", "cluster": "c1", "pod": "p1"},
    {"job": "a", "instance": "i2", "cluster": "c1"},
    {"job": "b", "instance": "i3", "namespace": "n"},
)
VALUES = {"model": ("m1", "m2"), "kind": ("audio", "video")}

_SAMPLED = (
    *("calls_total", "failures_total", "tokens_total", "written_bytes_total", "cpu_seconds_total", "used_bytes"),
    *("limit_bytes", "queue_items", "last_success_timestamp_seconds", "last_success_seconds"),
    *("call_seconds_bucket", "call_seconds_sum", "call_seconds_count"),
)
_EXTRAS = (
    SeriesType("idle_total", Kind.COUNTER, TARGET, OTHERS, low=0.0, gaps=NO_GAPS),
    SeriesType("rare_total", Kind.COUNTER, TARGET | {"model"}, OTHERS, low=0.0),
    SeriesType("unborn_total", Kind.COUNTER, TARGET | {"model"}, OTHERS, low=0.0),
    SeriesType("late_total", Kind.COUNTER, TARGET, OTHERS, low=0.0, part_of=frozenset({"begun_total"})),
    SeriesType("begun_total", Kind.COUNTER, TARGET, OTHERS, low=0.0, gaps=NO_GAPS),
    SeriesType("shaky", Kind.GAUGE, TARGET, OTHERS, gaps=Gaps(nan="it is NaN at times", infinite="it is Inf at times")),
    SeriesType("signed", Kind.GAUGE, TARGET | {"kind"}, OTHERS, low=-5.0, high=5.0, gaps=NO_GAPS),
)


def _told(series: SeriesType) -> SeriesType:
    """Return what is known of a series that all targets have from the start."""
    initial = {label: values for label, values in VALUES.items() if label in series.labels}
    return replace(series, gaps=NO_GAPS, initial=initial, initialised=True)


KNOWN: Mapping[str, SeriesType] = {
    **{name: _told(TABLE[name]) for name in _SAMPLED},
    **{series.name: series for series in _EXTRAS},
    "signed": _told(_EXTRAS[-1]),
    "up": replace(PROMETHEUS_SERIES["up"], possible=OTHERS, open=False),
}

HALF_KNOWN = {name: series for place, (name, series) in enumerate(sorted(KNOWN.items())) if place % 2}
"""What is told in an open world: of every other series nothing."""

# --- another world, in which everything that is measured in a unit is larger -----------------------------

FACTORS = {"bytes": 8.0, "joules": 0.25}
"""Powers of two: floating point then scales exactly. Joules stand for the seconds of samples, not of windows."""

SCALED_PREFIX = "scaled_"
JOULES = Unit.named("joules")


def _in_joules(series: SeriesType) -> SeriesType:
    seconds = series.kind is not Kind.TIMESTAMP
    unit = JOULES if series.unit == SECONDS and seconds else series.unit
    return replace(series, unit=unit, observed=JOULES if series.observed else None)


MEASURED: Mapping[str, SeriesType] = {name: _in_joules(series) for name, series in KNOWN.items()}
SCALED_NAMES = {
    name: SCALED_PREFIX + name
    for name, series in MEASURED.items()
    if series.unit not in (ONE, SECONDS) or series.kind is Kind.BUCKETS
}


def factor(unit: Unit) -> float:
    """Return by how much a value in *unit* is larger in the other world."""
    return math.prod(FACTORS.get(name, 1.0) ** power for name, power in unit.powers)


# --- samples --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Series:
    """One series: its name, its labels, and a value for each step at which it is there."""

    name: str
    labels: Mapping[str, str]
    values: tuple[float | None, ...]

    def lines(self, begin: int) -> Iterator[str]:
        """Yield its samples."""
        labels = ",".join(f'{label}="{value}"' for label, value in self.labels.items())
        for step, value in enumerate(self.values):
            if value is not None:
                yield f"{self.name}{{{labels}}} {_number(value)} {begin + step * STEP_SECONDS}"


def _number(value: float) -> str:
    return {math.inf: "+Inf", -math.inf: "-Inf"}.get(value, repr(value))


def open_metrics(random: Random, begin: int) -> str:
    """Return the samples of both worlds, from *begin* on. Each name is of no declared type, which suits promtool."""
    by_name: dict[str, list[Series]] = {}
    for series in _series(random):
        for one in (series, *_scaled(series)):
            by_name.setdefault(one.name, []).append(one)
    lines = []
    for name, found in by_name.items():
        lines.append(f"# TYPE {name} unknown")
        lines += [line for series in found for line in series.lines(begin)]
    return "\n".join([*lines, "# EOF", ""])


def _scaled(series: Series) -> Iterator[Series]:
    if series.name in SCALED_NAMES:
        unit = MEASURED[series.name].unit or ONE
        labels = dict(series.labels)
        if labels.get("le", "+Inf") != "+Inf":
            labels["le"] = str(float(labels["le"]) * FACTORS["joules"])
        yield Series(
            SCALED_NAMES[series.name], labels, tuple(value and value * factor(unit) for value in series.values)
        )


def _series(random: Random) -> Iterator[Series]:
    for target in TARGETS:
        yield from _of_target(random, target)
    yield Series("rare_total", {**TARGETS[0], "model": "m1"}, _counting(random, 1))


def _of_target(random: Random, target: Mapping[str, str]) -> Iterator[Series]:
    yield Series("idle_total", target, (0.0,) * SAMPLES)
    born = SAMPLES - random.randint(2, 4)
    events = _counting(random, 9)[born:]
    yield Series("begun_total", target, (events[0],) * born + events)
    yield Series("late_total", target, (None,) * born + events)
    yield Series("cpu_seconds_total", target, _counting(random, 30))
    yield Series("limit_bytes", target, (1e6,) * SAMPLES)
    yield Series("last_success_timestamp_seconds", target, (1.6e9,) * SAMPLES)
    yield Series("last_success_seconds", target, _wandering(random, 0, 9))
    yield Series("up", target, _wandering(random, 0, 1))
    yield Series("shaky", target, tuple(random.choice((0.0, 1.5, -2.0, math.nan, math.inf)) for _ in range(SAMPLES)))
    for kind in VALUES["kind"]:
        labels = {**target, "kind": kind}
        yield Series("written_bytes_total", labels, _counting(random, 1000))
        yield Series("used_bytes", labels, _wandering(random, 0, 2**20))
        yield Series("signed", labels, _wandering(random, -5, 5))
    for model in VALUES["model"]:
        yield from _of_model(random, {**target, "model": model})


def _of_model(random: Random, labels: Mapping[str, str]) -> Iterator[Series]:
    calls = _counting(random, random.choice((0, 5, 60)))
    yield Series("calls_total", labels, calls)
    yield Series("failures_total", labels, tuple(count // 3 for count in calls))
    yield Series("queue_items", labels, _wandering(random, 0, 9))
    for kind in VALUES["kind"]:
        yield Series("tokens_total", {**labels, "kind": kind}, _counting(random, 50))
    for place, bound in enumerate((*BUCKETS, math.inf)):
        part = tuple(count * (place + 1) // (len(BUCKETS) + 1) for count in calls)
        le = "+Inf" if bound == math.inf else str(float(bound))
        yield Series("call_seconds_bucket", {**labels, "le": le}, part)
    yield Series("call_seconds_sum", labels, tuple(count * 1.75 for count in calls))
    yield Series("call_seconds_count", labels, calls)


def _counting(random: Random, most: int) -> tuple[float, ...]:
    """A counter that now and then begins again."""
    values, count = [], 0.0
    for _ in range(SAMPLES):
        count = 0.0 if random.random() < 0.01 else count + random.randint(0, most)
        values.append(count)
    return tuple(values)


def _wandering(random: Random, low: int, high: int) -> tuple[float, ...]:
    return tuple(float(random.randint(low, high)) for _ in range(SAMPLES))
