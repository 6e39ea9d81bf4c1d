"""The families of one collector registry: each once, whatever is reloaded or forked."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from typing import Protocol, cast
from weakref import WeakSet

import prometheus_client as client
from prometheus_client import CollectorRegistry

from .bounds import Bound
from .declarations import (
    DROPPED,
    UNKNOWN,
    Counter,
    Gauge,
    Histogram,
    Label,
    Metric,
    shape,
)
from .family import Family, GaugeSeries, shared_folder
from .gate import GATE
from .in_flight import InFlight

KEPT_AS = "_metricloom_families_1"  # a number for each form of `Families`


class Holder(Protocol):
    """What holds series, and must take new ones when the families begin again."""

    def restart(self) -> None:
        """Take the series anew."""


class Families:
    """The families of one collector registry."""

    gate = GATE
    """Nothing is registered by who holds it: that may wait for who waits for it."""

    def __init__(self, collector_registry: CollectorRegistry) -> None:
        self.strict = os.environ.get("INSTRUMENTATION_STRICT", "") not in {"", "0"}
        self._collector_registry = collector_registry
        self._families: dict[str, Family] = {}
        self._dropped: dict[tuple[str, str], client.Counter] = {}
        self._bounds: dict[object, Bound] = {}
        self._in_flight: dict[object, InFlight] = {}
        self._holders: WeakSet[Holder] = WeakSet()

    @classmethod
    def of(cls, collector_registry: CollectorRegistry) -> Families:
        """Return the one of this collector registry, where no reload can lose it."""
        with GATE:
            kept = vars(collector_registry).setdefault(KEPT_AS, cls(collector_registry))
            EVERY.add(kept)
        return cast(Families, kept)

    def __iter__(self) -> Iterator[Family]:
        """Return the families, in the order of their declaration."""
        return iter(list(self._families.values()))

    def family(self, metric: Metric) -> Family:
        """Return the family of this declaration.

        Raises:
            ValueError: another declaration, or another collector, has the name.
        """
        known = self._families.get(metric.name)
        if known is None:
            known = self._new_family(metric)
        if shape(known.metric) != shape(metric):
            message = f"{metric.name} is declared twice, with other labels or buckets"
            raise ValueError(message)
        return known

    def _new_family(self, metric: Metric) -> Family:
        """Register a family, once; a thread that registers a collector may need GATE."""
        made = Family(metric, lambda: self.count(metric.name, "bad_value"))
        with GATE:
            known = self._families.setdefault(metric.name, made)
        if known is made:
            try:
                self._collector_registry.register(made)
            except ValueError:
                del self._families[metric.name]
                raise
        return known

    def declare(self, metrics: Iterable[Metric]) -> None:
        """Put metrics on the page, in this order, with or without series.

        All, before GATE is held for their series: see `_new_family`.
        """
        for metric in (*metrics, DROPPED):
            self.family(metric)
        self.may_drop(UNKNOWN, "collector_failed")

    def counter(self, metric: Counter, *values: str) -> client.Counter:
        """Return one series of a counter; it is on the page from now on."""
        family = self.family(metric)
        with GATE:
            return cast(client.Counter, family.child(values))

    def histogram(self, metric: Histogram, *values: str) -> client.Histogram:
        """Return one series of a histogram; it is on the page from now on."""
        family = self.family(metric)
        with GATE:
            return cast(client.Histogram, family.child(values))

    def gauge(self, metric: Gauge, *values: str) -> GaugeSeries:
        """Return one series of a gauge: on the page once set, or if it begins at one."""
        family = self.family(metric)
        with GATE:
            series = GaugeSeries(family, values)
            if metric.initial is not None:
                series.shown(metric.initial)
            return series

    def in_flight(
        self,
        count: GaugeSeries,
        oldest: GaugeSeries | None = None,
    ) -> InFlight:
        """Return what counts the operations under way, in one or two gauges."""
        with GATE:
            key = count.family.metric.name, count.values
            if key not in self._in_flight:
                self._in_flight[key] = InFlight(count, oldest)
            return self._in_flight[key]

    def bound(self, label: Label) -> Bound:
        """Return what admits values of a label: one for all metrics that have it."""
        with GATE:
            aliases = tuple(label.aliases.items())
            key = label.name, label.values, label.max_values, aliases
            return self._bounds.setdefault(key, Bound(label, GATE))

    # --- beginning again ---

    def hold(self, holder: Holder) -> None:
        """Note who holds series, for as long as it lives."""
        with GATE:
            self._holders.add(holder)

    def reset(self) -> None:
        """Begin again at zero: for tests. No series is lost, and no timer.

        Raises:
            RuntimeError: processes share their values in files, which others read.
        """
        if shared_folder():
            message = "no reset: other processes share PROMETHEUS_MULTIPROC_DIR"
            raise RuntimeError(message)
        self.restart()

    def restart(self) -> None:
        """Begin again at zero, with all that holds series."""
        with GATE:
            for family in self:
                family.restart()
            for under_way in self._in_flight.values():
                under_way.restart()
            for key in self._dropped:
                self._dropped[key] = self.counter(DROPPED, *key)
            for holder in list(self._holders):
                holder.restart()

    def wait_for_registry(self) -> None:
        """Return when no thread is inside of the collector registry's lock, which stays.

        Values have locks, too; but in a forked process they are new ones.
        """
        self._collector_registry.get_target_info()

    # --- what is dropped ---

    def may_drop(self, name: str, reason: str) -> client.Counter:
        """Let what is dropped begin at 0, so that the first is seen; return its count."""
        with GATE:
            counter = self.counter(DROPPED, name, reason)
            self._dropped[name, reason] = counter
            return counter

    def drop(
        self,
        metric: Metric,
        reason: str,
        what: str,
        value: object,
        *,
        wrong_type: bool,
    ) -> None:
        """Count a value that is not recorded as it was given; in strict mode raise."""
        if self.strict:
            kind = TypeError if wrong_type else ValueError
            message = f"{metric.name}: {value!r:.200} is no {what} that it can have"
            raise kind(message)
        self.count(metric.name, reason)

    def count(self, name: str, reason: str) -> None:
        """Count what was dropped."""
        counter = self._dropped.get((name, reason)) or self.may_drop(name, reason)
        counter.inc()


# --- forks ----------------------------------------------------------------------------

EVERY: WeakSet[Families] = WeakSet()


def _before_fork() -> None:
    with GATE:
        every = list(EVERY)
    for families in every:  # without GATE: who registers a collector may wait for it
        families.wait_for_registry()
    GATE.acquire()


def _in_forked_process() -> None:
    try:
        for families in list(EVERY):
            families.restart()
    finally:
        GATE.release()


if sys.platform != "win32":
    os.register_at_fork(
        before=_before_fork,
        after_in_parent=GATE.release,
        after_in_child=_in_forked_process,
    )
