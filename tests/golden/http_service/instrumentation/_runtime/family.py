"""One metric on one collector registry, and one series of a gauge."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, cast

import prometheus_client as client
from prometheus_client.metrics_core import Metric as Exposed
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from .amounts import level_of
from .declarations import Gauge, Level, Metric
from .gate import GATE, Guarded

MODES = {"sum": "livesum", "shared": "mostrecent", "min": "livemin"}
"""How prometheus_client combines a gauge's values of several processes."""
ABSENT = {"sum": 0.0, "shared": math.nan, "min": math.inf}
"""What stands for an absent value there: a file of values has no way to take one back."""


PART = 100  # series that one object of prometheus_client holds

IN_PARTS: ContextVar[bool] = ContextVar("in_parts", default=False)
"""Whether what is collected may come in parts: several families of one name.

All samples of a large page at a time are so many objects that Python's garbage collector
would search the whole process for what to free, and no other thread would run meanwhile.
"""


def shared_folder() -> str:
    """Return where processes share their values; empty if each has its own page."""
    return os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")


class Family(Collector):
    """One metric on one collector registry.

    What is registered is this, not prometheus_client's object, to expose that without its
    `_created` samples: `disable_created_metrics()` would change the whole process. And a
    series of a gauge is exposed only while it is set.
    """

    def __init__(self, metric: Metric, dropped: Callable[[], None]) -> None:
        self.metric = metric
        self._dropped = dropped  # called when a function gives what is no number
        self._label_names = tuple(label.name for label in metric.labels)
        self._levels: dict[tuple[str, ...], Level] = {}
        self._parts = [self._make(metric)]
        self._children: dict[tuple[str, ...], Any] = {}

    @property
    def name(self) -> str:
        """The name of what is collected: that of a counter is without `_total`."""
        return next(iter(self.describe())).name

    def _make(self, metric: Metric) -> client.Counter | client.Gauge | client.Histogram:
        if metric.kind == "counter":
            names = self._label_names
            return client.Counter(metric.name, metric.help, names, registry=None)
        if metric.kind == "histogram":
            return client.Histogram(
                metric.name,
                metric.help,
                self._label_names,
                registry=None,
                buckets=metric.buckets,
            )
        return client.Gauge(
            metric.name,
            metric.help,
            self._label_names,
            registry=None,
            multiprocess_mode=cast(Any, _mode(metric)),
        )

    def restart(self) -> None:
        """Begin again without series. Gauges that are read from functions go on."""
        if not shared_folder():  # there, prometheus_client itself begins a file anew
            self._parts = [self._make(self.metric)]
            self._children = {}
        for values, level in list(self._levels.items()):
            if not callable(level):
                del self._levels[values]

    def child(self, values: tuple[str, ...]) -> Any:
        """Return prometheus_client's object for one series; a new one is at 0."""
        known = self._children.get(values)
        return self._new_child(values) if known is None else known

    def _new_child(self, values: tuple[str, ...]) -> Any:
        with GATE:
            if len(self._children) >= PART * len(self._parts) and not shared_folder():
                self._parts.append(self._make(self.metric))
            last = self._parts[-1]
            series = last.labels(*values) if values else last
            made = Guarded(series) if shared_folder() else series
            return self._children.setdefault(values, made)

    def set(self, values: tuple[str, ...], level: Level | None) -> None:
        """Set one series of a gauge; None takes it off the page, NaN leaves it as it is."""
        if level is None:
            if self._levels.pop(values, None) is not None and shared_folder():
                self._set_absent(values)
            return
        if not callable(level) and math.isnan(level):
            return
        with GATE:
            if not self._would_fall(values, level):
                self._set_child(values, level)

    def _set_child(self, values: tuple[str, ...], level: Level) -> None:
        if not callable(level):
            self.child(values).set(level)
        self._levels[values] = level

    def _would_fall(self, values: tuple[str, ...], level: Level) -> bool:
        """Tell whether it would lower what never falls."""
        known = self._levels.get(values)
        if known is None or callable(known) or callable(level):
            return False
        return self.metric.kind == "gauge" and self.metric.rising and level < known

    def is_set(self, values: tuple[str, ...]) -> bool:
        """Tell whether a series of a gauge is on the page."""
        return values in self._levels

    def describe(self) -> Iterable[Exposed]:
        """Name what is collected, so that a clash is found when this is registered."""
        return self._parts[0].describe()

    def collect(self) -> Iterable[Exposed]:
        """Return the samples for the page: in parts for who takes them so."""
        if IN_PARTS.get():
            return self._collected()
        whole, *others = self._collected()
        for part in others:
            whole.samples += part.samples
        return [whole]

    def _collected(self) -> Iterator[Exposed]:
        is_gauge = self.metric.kind == "gauge"
        absent = self.read_functions() if is_gauge else frozenset()
        for part in list(self._parts):
            for family in part.collect():
                if is_gauge:
                    shown = set(self._levels.copy()) - absent
                    kept = [s for s in family.samples if self._values(s) in shown]
                else:
                    created = f"{family.name}_created"
                    kept = [s for s in family.samples if s.name != created]
                family.samples = kept
                yield family

    def _values(self, sample: Sample) -> tuple[str, ...]:
        return tuple(sample.labels[name] for name in self._label_names)

    def read_functions(self) -> frozenset[tuple[str, ...]]:
        """Set the series that are read from functions; return those without a number."""
        absent = set()
        for values, level in list(self._levels.items()):
            if callable(level):
                number = self._called(level)
                if number is not None:
                    self.child(values).set(number)
                    continue
                absent.add(values)
                if shared_folder():
                    self._set_absent(values)
        return frozenset(absent)

    def _called(self, function: Callable[[], float | None]) -> float | None:
        """Return the function's number, or None if it has none: a scrape never fails."""
        try:
            level, as_given = level_of(self.metric, function())
        except Exception:  # noqa: BLE001 - whatever the application's function does
            level, as_given = None, False
        if not as_given:
            self._dropped()
        return level

    def _set_absent(self, values: tuple[str, ...]) -> None:
        if self.metric.kind == "gauge":
            self.child(values).set(ABSENT[self.metric.copies])


def _mode(gauge: Gauge) -> str:
    return "max" if gauge.rising else MODES[gauge.copies]


@dataclass(frozen=True, slots=True)
class GaugeSeries:
    """One series of a gauge."""

    family: Family
    values: tuple[str, ...]

    def shown(self, level: float) -> client.Gauge:
        """Put it on the page, at *level* if it is new; return prometheus_client's."""
        if not self.family.is_set(self.values):
            self.family.set(self.values, level)
        return cast(client.Gauge, self.family.child(self.values))

    def set(self, level: Level | None) -> None:
        """Set it to a number, or to a function; None takes it off the page."""
        self.family.set(self.values, level)
