"""Metrics: counters, gauges, histograms, and series that come from elsewhere."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from metricloom.declaration import Declaration
from metricloom.errors import Problem
from metricloom.monitoring.effects import Action, Effect, Given, on_result
from metricloom.monitoring.labels import ANY_LABEL_NAME, Label
from metricloom.monitoring.units import BASE_UNITS, ONE, UNIT_NAME, Unit, is_timestamp, scaled_ending, unit_of_name

METRIC_NAME = re.compile(r"[a-z_][a-z0-9_]*")
ANY_METRIC_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
"""What Prometheus takes; ours are lower-case, and leave the colon to recording rules."""
RESERVED_SUFFIXES = ("_bucket", "_count", "_sum", "_created", "_info")

PYTHON_MAX_DIGITS = 6
"""Above so many digits before the point, prometheus_client writes a bound with an exponent, as Go does."""

Copies = Literal["sum", "shared", "min"]
"""How copies of a gauge on several replicas combine: each holds a part, all see the same thing, or the least counts."""


def bound_text(bound: float) -> str:
    """Return *bound* as prometheus_client writes it in `le`: `0.5`, `60.0`, `1e+06`, `+Inf`."""
    if bound == math.inf:
        return "+Inf"
    text = repr(float(bound))
    digits, point, decimals = text.partition(".")
    if not point or len(digits) <= PYTHON_MAX_DIGITS or bound < 0:
        return text
    mantissa = f"{digits[0]}.{digits[1:]}{decimals}".rstrip("0.")
    return f"{mantissa}e+{len(digits) - 1:02d}"


def bound_texts(bound: float) -> tuple[str, ...]:
    """Return the forms in which `le` may hold *bound*, that of prometheus_client first.

    Prometheus 3 writes `60.0` whatever the target wrote; 2.x keeps the `60` of clients in other languages.
    """
    text = bound_text(bound)
    return tuple(dict.fromkeys((text, text.removesuffix(".0"))))


@dataclass(frozen=True, eq=False)
class Metric(Declaration):
    """A metric family of the service. *unit* is taken from the name where it is not given."""

    name: str
    help: str
    labels: Sequence[Label] = ()
    unit: str | None = None
    internal: bool = False

    def __str__(self) -> str:
        return str(self.name)

    @property
    def label_names(self) -> tuple[str, ...]:
        """The names of the labels, in the order declared."""
        return tuple(label.name for label in self.labels)

    @property
    def measured_in(self) -> Unit:
        """The unit of a sample."""
        return unit_of_name(self.name) if self.unit is None else Unit.named(self.unit)

    @property
    def series_names(self) -> tuple[str, ...]:
        """The names under which Prometheus stores the family."""
        return (self.name,)

    def check(self) -> Iterator[Problem]:
        yield from self._check_name()
        yield from self._check_labels()
        yield from self._check_unit()
        if not self.help.strip():
            yield self.fault("M122", "no-help", f"{self.name} has no help text", "say in one line what a sample means")

    def _check_name(self) -> Iterator[Problem]:
        if not METRIC_NAME.fullmatch(self.name):
            yield self.fault(
                "M103",
                "reserved-suffix-or-label",
                f"{self.name!r} is not a metric name",
                "use lower-case letters, digits and _, not beginning with a digit",
            )
        for suffix in RESERVED_SUFFIXES:
            if self.name.endswith(suffix):
                yield self.fault(
                    "M103",
                    "reserved-suffix-or-label",
                    f"{self.name}: {suffix} is the ending of a histogram's or info's series",
                    f"rename to {self.name.removesuffix(suffix)}",
                )
        if self.name.endswith("_total") and not isinstance(self, Counter):
            yield self.fault(
                "M103",
                "reserved-suffix-or-label",
                f"{self.name}: _total is the ending of a counter",
                f"rename to {self.name.removesuffix('_total')}, or declare a Counter",
            )

    def _check_labels(self) -> Iterator[Problem]:
        names = self.label_names
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield self.fault("M121", "duplicate-label", f"{self.name}: label {name!r} stands twice", "keep one")

    def _check_unit(self) -> Iterator[Problem]:
        if (scaled := scaled_ending(self.name)) is not None:
            ending, base = scaled
            right = re.sub(rf"_{ending}(_total)?$", rf"_{base}\1", self.name)
            yield self.fault(
                "M102",
                "base-unit",
                f"{self.name} is in {ending}: Prometheus counts in {base}",
                f"rename to {right}, and record {base}",
            )
        if self.unit is not None and not UNIT_NAME.fullmatch(self.unit):
            yield self.fault(
                "M155", "unit-name", f"{self.name}: {self.unit!r} is no unit", "use lower-case letters, digits and _"
            )
        named = unit_of_name(self.name)
        if self.unit in BASE_UNITS and named not in (ONE, Unit.named(self.unit)):
            yield self.fault(
                "M104",
                "unit-suffix-mismatch",
                f"{self.name}: the name says {named}, unit= says {self.unit}",
                "make the name end in the unit, or leave unit= out",
            )


@dataclass(frozen=True, eq=False)
class Counter(Metric):
    """A count that only grows while its process lives.

    *subset_of* names the counter that counts all of what this one counts some of; or, where a label of this one tells
    which, one for each value of that label: `{"put": PUTS, "get": GETS}`.
    """

    subset_of: Counter | Mapping[str, Counter] | None = None

    def inc(
        self, by: str | float = 1.0, *, on: Literal["always", "success", "failure"] = "always", **labels: str | Given
    ) -> Effect:
        """Return the effect of adding the argument called *by* (or a number) to the series of *labels*."""
        return Effect(self, Action.INC, by, on_result(on), labels)

    def check(self) -> Iterator[Problem]:
        yield from super().check()
        if not self.name.endswith("_total"):
            yield self.fault(
                "M101",
                "counter-needs-total",
                f"counter {self.name} does not end in _total",
                f"rename to {self.name}_total",
            )


@dataclass(frozen=True, eq=False)
class Gauge(Metric):
    """A value that goes up and down.

    *initial* is what a series shows before it is first set; None: there is no series until then. *minimum* and
    *maximum* bound what a sample can be.
    """

    copies: Copies = "sum"
    initial: float | None = 0.0
    minimum: float = -math.inf
    maximum: float = math.inf

    @property
    def is_timestamp(self) -> bool:
        """Whether a sample is a Unix time."""
        return is_timestamp(self.name)

    def set(
        self, value: str | float, *, on: Literal["always", "success", "failure"] = "always", **labels: str | Given
    ) -> Effect:
        """Return the effect of setting the series of *labels* to the argument called *value* (or a number)."""
        return Effect(self, Action.SET, value, on_result(on), labels)

    def set_to_now(self, *, on: Literal["always", "success", "failure"] = "always", **labels: str | Given) -> Effect:
        """Return the effect of setting the series of *labels* to the current Unix time."""
        return Effect(self, Action.SET_TO_NOW, 1.0, on_result(on), labels)


@dataclass(frozen=True, eq=False)
class Part(Declaration):
    """One of the series of a histogram: `_bucket`, `_sum` or `_count`, each a counter."""

    name: str
    histogram: Histogram

    def __str__(self) -> str:
        return str(self.name)


@dataclass(frozen=True, eq=False)
class Histogram(Metric):
    """A distribution, by upper bounds. *timeout* is how long the longest event can last, in the metric's unit."""

    buckets: Sequence[float] = ()
    timeout: float | None = None

    @property
    def bucket(self) -> Part:
        """The cumulative counters by `le`."""
        return Part(f"{self.name}_bucket", self)

    @property
    def sum(self) -> Part:
        """The counter of all values added up."""
        return Part(f"{self.name}_sum", self)

    @property
    def count(self) -> Part:
        """The counter of events."""
        return Part(f"{self.name}_count", self)

    @property
    def series_names(self) -> tuple[str, ...]:
        """The names under which Prometheus stores the family: the bare name is not among them."""
        return (f"{self.name}_bucket", f"{self.name}_sum", f"{self.name}_count")

    def observe(
        self, value: str, *, on: Literal["always", "success", "failure"] = "always", **labels: str | Given
    ) -> Effect:
        """Return the effect of observing the argument called *value* in the series of *labels*."""
        return Effect(self, Action.OBSERVE, value, on_result(on), labels)

    def check(self) -> Iterator[Problem]:
        yield from super().check()
        yield from self._check_buckets()

    def _check_buckets(self) -> Iterator[Problem]:
        if not self.buckets:
            yield self.fault("M124", "buckets", f"{self.name} has no buckets", "list upper bounds in rising order")
        for lower, upper in zip(self.buckets, self.buckets[1:], strict=False):
            if not lower < upper:
                yield self.fault(
                    "M124",
                    "buckets",
                    f"{self.name}: bucket {upper:g} comes after {lower:g}",
                    "list upper bounds in rising order, each once",
                )
        if any(not math.isfinite(bound) for bound in self.buckets):
            yield self.fault(
                "M124", "buckets", f"{self.name}: a bucket is not finite", "leave +Inf out: it is always there"
            )
        elif self.timeout is not None and self.buckets and self.buckets[-1] < self.timeout:
            yield self.fault(
                "M109",
                "top-bucket-below-timeout",
                f"{self.name}: events last up to {self.timeout:g}, the top bucket is {self.buckets[-1]:g}",
                f"add a bucket of {self.timeout:g}",
            )


@dataclass(frozen=True, eq=False)
class External(Declaration):
    """A series that something else exposes (`up`, node_exporter): its type is known, nothing is generated for it.

    *of_service* is True where it is of the service's own targets, as `up` is: then a site's scope selects it, too.
    """

    name: str
    help: str
    labels: Sequence[str] = ()
    kind: Literal["counter", "gauge"] = "gauge"
    unit: str | None = None
    of_service: bool = False

    def __str__(self) -> str:
        return str(self.name)

    @property
    def measured_in(self) -> Unit:
        """The unit of a sample."""
        return unit_of_name(self.name) if self.unit is None else Unit.named(self.unit)

    def check(self) -> Iterator[Problem]:
        if not ANY_METRIC_NAME.fullmatch(self.name):
            yield self.fault(
                "M139", "external-name", f"{self.name!r} is not the name of a series", "use letters, digits, _ and :"
            )
        for label in self.labels:
            if not ANY_LABEL_NAME.fullmatch(label):
                yield self.fault(
                    "M140", "external-label", f"{self.name}: {label!r} is not a label", "use letters, digits and _"
                )
