"""The machinery of metrics.py beside it: what is the same in every service.

It is one file so that two files, it and metrics.py, can be copied into any package.
It stands on prometheus_client's public API alone. In production nothing here raises, and
nothing poisons a sum: what cannot be recorded is clamped, refused or counted under
"other", and shows in `instrumentation_dropped_total`. In strict mode, which is for tests
(`Metrics(collector_registry, strict=True)`, or INSTRUMENTATION_STRICT=1 in the
environment), the same raises before anything is written.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gzip
import inspect
import itertools
import math
import os
import re
import socket
import threading
import time
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    Awaitable,
    Callable,
    Coroutine,
    Iterable,
    Iterator,
    Mapping,
    MutableMapping,
)
from dataclasses import dataclass, field
from decimal import Decimal
from numbers import Real
from types import TracebackType
from typing import Any, Generic, Literal, ParamSpec, Self, TypeAlias, TypeVar, cast
from wsgiref.simple_server import WSGIRequestHandler, make_server

import prometheus_client as client
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import ThreadingWSGIServer, choose_encoder
from prometheus_client.metrics_core import Metric as Exposed
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

P = ParamSpec("P")
R = TypeVar("R")
Row = TypeVar("Row")
Chunk = TypeVar("Chunk")

Function: TypeAlias = Callable[..., Any]
Level: TypeAlias = float | Callable[[], float | None]
"""What a gauge takes: a number, or a function read at each scrape (None: absent)."""

LARGEST = 1e100  # beyond it a number is a mistake, and a sum might reach infinity
LONGEST_LABEL_VALUE = 256  # characters
LONGEST_EXEMPLAR = 128  # characters of its names and values: OpenMetrics
EXEMPLAR_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
ROOM_IF_UNDECLARED = 100  # values of a label that declares neither values nor a bound
KEPT_AS = "_metricloom_families_1"  # a number for each form of `Families`
OTHER, UNKNOWN = "other", "unknown"


# --- declarations ---------------------------------------------------------------------
# Told apart by `kind`, not by class: after a reload, or from a second copy of this module,
# the same declarations are of other classes.


@dataclass(frozen=True, slots=True)
class Label:
    """A label. Known values have series from the start.

    Beyond `max_values` (without it: beyond the known ones), all count as "other".
    `aliases`: other names of known values, which count under these.
    """

    name: str
    values: tuple[str, ...] = ()
    max_values: int | None = None
    aliases: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Counter:
    """A count that only grows."""

    name: str
    help: str
    labels: tuple[Label, ...] = ()
    kind: Literal["counter"] = field(default="counter", init=False)


@dataclass(frozen=True, slots=True)
class Gauge:
    """A level that rises and falls.

    `initial`: what is shown before it is set; None: nothing is. `copies`: how the values
    of several processes combine.
    """

    name: str
    help: str
    labels: tuple[Label, ...] = ()
    initial: float | None = 0.0
    copies: Literal["sum", "shared", "min"] = "sum"
    minimum: float = -math.inf
    maximum: float = math.inf
    kind: Literal["gauge"] = field(default="gauge", init=False)


@dataclass(frozen=True, slots=True)
class Histogram:
    """Durations or sizes, counted in buckets by their upper bounds."""

    name: str
    help: str
    labels: tuple[Label, ...] = ()
    buckets: tuple[float, ...] = ()
    kind: Literal["histogram"] = field(default="histogram", init=False)


Metric: TypeAlias = Counter | Gauge | Histogram

DROPPED = Counter(
    "instrumentation_dropped_total",
    "Values that the instrumentation refused, clamped or counted under another label",
    (Label("family"), Label("reason", ("bad_value", "bad_label", "label_overflow"))),
)


# --- one set of families for each collector registry ----------------------------------


class Family(Collector):
    """One metric on one collector registry.

    What is registered is this, not prometheus_client's object, to expose that without its
    `_created` samples: `disable_created_metrics()` would change the whole process. And a
    series of a gauge is exposed only while it is set.
    """

    def __init__(self, families: Families, metric: Metric) -> None:
        self.metric = metric
        self._families = families
        self._label_names = tuple(label.name for label in metric.labels)
        self._levels: dict[tuple[str, ...], Level] = {}
        self.made = self._make(metric)

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
        modes = {"sum": "livesum", "shared": "mostrecent", "min": "livemin"}
        return client.Gauge(
            metric.name,
            metric.help,
            self._label_names,
            registry=None,
            multiprocess_mode=cast(Any, modes[metric.copies]),
        )

    def child(self, values: tuple[str, ...]) -> Any:
        """Return prometheus_client's object for one series; a new one is at 0."""
        return self.made.labels(*values) if values else self.made

    def set(self, values: tuple[str, ...], level: Level | None) -> None:
        """Set one series of a gauge; None takes it off the page."""
        if level is None:
            self._levels.pop(values, None)
            return
        if not callable(level):
            self.child(values).set(level)
        self._levels[values] = level

    def is_set(self, values: tuple[str, ...]) -> bool:
        """Tell whether a series of a gauge is on the page."""
        return values in self._levels

    def describe(self) -> Iterable[Exposed]:
        """Name what is collected, so that a clash is found when this is registered."""
        return self.made.describe()

    def collect(self) -> Iterable[Exposed]:
        """Return the samples for the page."""
        is_gauge = self.metric.kind == "gauge"
        absent = self._read_functions() if is_gauge else frozenset()
        for family in self.made.collect():
            if is_gauge:
                shown = set(self._levels.copy()) - absent
                family.samples = [s for s in family.samples if self._values(s) in shown]
            else:
                created = f"{family.name}_created"
                family.samples = [s for s in family.samples if s.name != created]
            yield family

    def _values(self, sample: Sample) -> tuple[str, ...]:
        return tuple(sample.labels[name] for name in self._label_names)

    def _read_functions(self) -> frozenset[tuple[str, ...]]:
        """Set the series that are read from functions; return those without a number."""
        absent = set()
        for values, level in list(self._levels.items()):
            if callable(level):
                number = self._called(level)
                if number is None:
                    absent.add(values)
                else:
                    self.child(values).set(number)
        return frozenset(absent)

    def _called(self, function: Callable[[], float | None]) -> float | None:
        """Return the function's number, or None if it has none: a scrape never fails."""
        try:
            level, as_given = _level(self.metric, function())
        except Exception:  # noqa: BLE001 - whatever the application's function does
            level, as_given = None, False
        if not as_given:
            self._families.count(self.metric, "bad_value")
        return level


class Families:
    """The families of one collector registry: each once, whatever is imported twice."""

    def __init__(self, collector_registry: CollectorRegistry) -> None:
        self.strict = os.environ.get("INSTRUMENTATION_STRICT", "") not in {"", "0"}
        self._collector_registry = collector_registry
        self._lock = threading.RLock()
        self._families: dict[str, Family] = {}
        self._dropped: dict[tuple[str, str], client.Counter] = {}
        self._bounds: dict[object, Bound] = {}
        self._in_flight: dict[object, InFlight] = {}

    @classmethod
    def of(cls, collector_registry: CollectorRegistry) -> Families:
        """Return the one of this collector registry, where no reload can lose it."""
        kept = vars(collector_registry).setdefault(KEPT_AS, cls(collector_registry))
        return cast(Families, kept)

    def family(self, metric: Metric) -> Family:
        """Return the family of this declaration.

        Raises:
            ValueError: another declaration, or another collector, has the name.
        """
        with self._lock:
            known = self._families.get(metric.name)
            if known is None:
                known = Family(self, metric)
                self._collector_registry.register(known)
                self._families[metric.name] = known
        if _shape(known.metric) != _shape(metric):
            message = f"{metric.name} is declared twice, with other labels or buckets"
            raise ValueError(message)
        return known

    def declare(self, metrics: Iterable[Metric]) -> None:
        """Put metrics on the page, in this order, with or without series."""
        for metric in metrics:
            self.family(metric)

    def counter(self, metric: Counter, *values: str) -> client.Counter:
        """Return one series of a counter; it is on the page from now on."""
        return cast(client.Counter, self.family(metric).child(values))

    def histogram(self, metric: Histogram, *values: str) -> client.Histogram:
        """Return one series of a histogram; it is on the page from now on."""
        return cast(client.Histogram, self.family(metric).child(values))

    def gauge(self, metric: Gauge, *values: str) -> GaugeSeries:
        """Return one series of a gauge: on the page once set, or if it begins at one."""
        series = GaugeSeries(self.family(metric), values)
        if metric.initial is not None:
            series.shown(metric.initial)
        return series

    def in_flight(
        self,
        count: GaugeSeries,
        oldest: GaugeSeries | None = None,
    ) -> InFlight:
        """Return what counts the operations under way, in one or two gauges."""
        with self._lock:
            key = count.family.metric.name, count.values
            known = self._in_flight.get(key)
            return known or self._in_flight.setdefault(key, InFlight(count, oldest))

    def bound(self, label: Label) -> Bound:
        """Return what admits values of a label: one for all metrics that have it."""
        with self._lock:
            aliases = tuple(label.aliases.items())
            key = label.name, label.values, label.max_values, aliases
            return self._bounds.setdefault(key, Bound(label))

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
        self.count(metric, reason)

    def count(self, metric: Metric, reason: str) -> None:
        """Count what was dropped."""
        key = metric.name, reason
        if key not in self._dropped:
            self._dropped[key] = self.counter(DROPPED, *key)
        self._dropped[key].inc()


def _shape(metric: Metric) -> tuple[object, ...]:
    """Return what two declarations of one name must agree in."""
    labels = tuple(label.name for label in metric.labels)
    return metric.kind, labels, getattr(metric, "buckets", ())


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


class InFlight:
    """The operations under way of one series: how many, and when the oldest began.

    +Inf stands for no oldest: 0 would blind a minimum over processes and replicas.

    A call can come within a call, in the same thread and at any point of it: from a
    stream that the garbage collector finds unfinished, or from a signal handler. With a
    plain lock it would wait for ever.
    """

    def __init__(self, count: GaugeSeries, oldest: GaugeSeries | None) -> None:
        self._count = count.shown(0)
        self._oldest = oldest.shown(math.inf) if oldest is not None else None
        self._lock = threading.RLock()
        self._numbers = itertools.count()
        self._latest = 0  # the number of the latest change
        self._begun: dict[int, float] = {}  # as they began: the oldest stands first

    def begin(self) -> int:
        """Note that an operation began; return the number to end it by."""
        with self._lock:
            self._latest = number = next(self._numbers)
            self._begun[number] = time.time()
            self._show()
        return number

    def end(self, number: int) -> None:
        """Note that the operation ended."""
        with self._lock:
            self._latest = next(self._numbers)
            self._begun.pop(number, None)
            self._show()

    def _show(self) -> None:
        """Show both; and again if a call within this one has changed them meanwhile."""
        shown = -1
        while shown != self._latest:
            shown = self._latest
            self._count.set(len(self._begun))
            if self._oldest is not None:
                try:
                    self._oldest.set(next(iter(self._begun.values()), math.inf))
                except RuntimeError:  # such a call changed it under the iterator
                    continue


# --- label values ---------------------------------------------------------------------


class Bound:
    """Which values of one label may have series of their own."""

    def __init__(self, label: Label) -> None:
        self.name = label.name
        self._aliases = label.aliases
        self._admitted = {*label.values, OTHER, UNKNOWN}
        room = 0 if label.values else ROOM_IF_UNDECLARED
        if label.max_values is not None:
            room = label.max_values - len(label.values)
        self._room = iter(range(room))
        self._lock = threading.RLock()  # see InFlight: a call can come within a call

    def admit(self, value: object) -> tuple[str, str]:
        """Return the value to count under, and if it is another, the reason."""
        if not isinstance(value, str):
            return UNKNOWN, "bad_label"
        value = str.__str__(value)  # the text itself of a StrEnum, or an Enum of str
        if not value or len(value) > LONGEST_LABEL_VALUE or not _encodable(value):
            return UNKNOWN, "bad_label"
        value = self._aliases.get(value, value)
        if value in self._admitted or self._admit_new(value):
            return value, ""
        return OTHER, "label_overflow"

    def _admit_new(self, value: str) -> bool:
        """Admit a value if there is room: each place is taken once, whoever asks."""
        with self._lock:
            if value in self._admitted:
                return True
            if next(self._room, None) is None:
                return False
            self._admitted.add(value)
            return True


def _encodable(value: str) -> bool:
    """Tell whether a page can hold the text: a lone surrogate fails every scrape."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


class Table(Generic[Row]):
    """The series of a helper by label values: a row is made whole, each series at 0."""

    def __init__(
        self,
        families: Families,
        make: Callable[..., Row],
        metric: Metric,
        *labels: Label,
    ) -> None:
        self._families, self._make, self._metric = families, make, metric
        self._bounds = [families.bound(label) for label in labels]
        self._rows: dict[object, Row] = {}
        families.counter(DROPPED, metric.name, "bad_label")
        families.counter(DROPPED, metric.name, "label_overflow")
        for values in itertools.product(*(label.values for label in labels)):
            self._row(values)

    def of(self, *values: object) -> Row:
        """Return the row of these values, or of "other" or "unknown" in their place."""
        try:
            return self._rows[values]
        except (KeyError, TypeError):  # TypeError: a list, a dict
            return self._row(tuple(map(self._admit, self._bounds, values)))

    def _admit(self, bound: Bound, value: object) -> str:
        admitted, reason = bound.admit(value)
        if reason:
            wrong_type = not isinstance(value, str)
            self._families.drop(
                self._metric,
                reason,
                bound.name,
                value,
                wrong_type=wrong_type,
            )
        return admitted

    def _row(self, values: tuple[str, ...]) -> Row:
        row = self._rows.get(values)
        if row is None:  # two threads may both make it: the series are the same
            row = self._rows.setdefault(values, self._make(self._families, *values))
        return row


class Choice:
    """One label whose values are all declared, given as an argument: an outcome."""

    def __init__(self, families: Families, metric: Metric, label: Label) -> None:
        self._families, self._metric, self._label = families, metric, label
        families.counter(DROPPED, metric.name, "bad_label")

    def checked(self, value: str) -> str:
        """Return the value, or "other" for one that is not declared."""
        wrong_type = not isinstance(value, str)
        if not wrong_type:
            value = self._label.aliases.get(value, value)
            if value in self._label.values:
                return value
        self._families.drop(
            self._metric,
            "bad_label",
            self._label.name,
            value,
            wrong_type=wrong_type,
        )
        return OTHER


# --- numbers --------------------------------------------------------------------------


class Amounts:
    """The test that numbers for one metric pass before anything is written."""

    def __init__(self, families: Families, metric: Metric) -> None:
        self._families, self._metric = families, metric
        families.counter(DROPPED, metric.name, "bad_value")

    def counted(self, value: float) -> float:
        """Return what a counter grows by: the value, or 0 if no counter can take it."""
        amount = _number(value)
        if amount is None:
            self._drop(value)
            return 0
        return amount

    def given(self, value: float | None) -> float | None:
        """Return what a counter grows by: the value, or None if it cannot take it."""
        if value is None:
            return None
        amount = _number(value)
        if amount is None:
            self._drop(value)
        return amount

    def observed(self, value: float | None) -> float | None:
        """Return what a histogram observes: the value, or 0 for a negative one.

        None, for what is no number, is not observed.
        """
        if value is None:
            return None
        amount = _number(value)
        if amount is None:
            self._drop(value)
            return None if _number(value, -LARGEST) is None else 0
        return amount

    def level(self, value: Level | None) -> Level | None:
        """Return what a gauge is set to: the value, clamped; None for no number."""
        if callable(value):
            return value
        level, as_given = _level(self._metric, value)
        if not as_given:
            self._drop(value)
        return level

    def exemplar(self, labels: Mapping[str, str] | None) -> dict[str, str] | None:
        """Return the exemplar if prometheus_client takes it, else None."""
        if labels is None:
            return None
        if _is_exemplar(labels):
            return dict(labels)
        self._drop(labels)
        return None

    def _drop(self, value: object) -> None:
        wrong_type = not isinstance(value, (int, float))
        self._families.drop(
            self._metric,
            "bad_value",
            "value",
            value,
            wrong_type=wrong_type,
        )


def _number(value: object, least: float = 0, most: float = LARGEST) -> float | None:
    """Return the value if it is a number between two others, which NaN is not."""
    if not isinstance(value, (int, float)):
        return _converted(value, least, most)
    return value if least <= value <= most else None


def _converted(value: object, least: float, most: float) -> float | None:
    """Return a number of numpy, decimal or fractions as a float: a sum must be one."""
    try:
        if isinstance(value, (Real, Decimal)):
            return _number(float(value), least, most)
    except (ValueError, OverflowError):
        pass
    return None


def _level(metric: Metric, value: object) -> tuple[float | None, bool]:
    """Return what a gauge is set to, and whether that is the value given.

    One out of the declared range is clamped; None is for no number.
    """
    least, most = _range(metric)
    level = _number(value, least, most)
    if level is not None or value is None:
        return level, True
    level = _number(value, -LARGEST)
    return None if level is None else min(max(level, least), most), False


def _range(metric: Metric) -> tuple[float, float]:
    """Return what values a metric can have."""
    if metric.kind == "gauge":
        return max(metric.minimum, -LARGEST), min(metric.maximum, LARGEST)
    return 0, LARGEST


def _is_exemplar(labels: Mapping[str, str]) -> bool:
    """Tell whether prometheus_client takes the exemplar."""
    try:
        size = sum(len(name) + len(value) for name, value in labels.items())
        named = all(EXEMPLAR_LABEL.fullmatch(name) for name in labels)
    except (TypeError, AttributeError):
        return False
    return size <= LONGEST_EXEMPLAR and named


# --- timers ---------------------------------------------------------------------------


class Timer:
    """One operation: `with`, `async with`, a decorator, or around a stream.

    An exception is a failure, and goes on to the caller. A cancellation is neither a
    success nor a failure.
    A timer is for one operation; a decorator makes one for each call.
    """

    success = True
    outcome: str | None = None
    outcomes: Mapping[str, str] = {}

    def __init__(self, in_flight: InFlight | None = None) -> None:
        self._in_flight = in_flight
        self._runs: list[tuple[float, int]] = []  # more than one: used again while open
        self._none_yet = True

    def again(self) -> Self:
        """Return a new timer of the same operation and label values."""
        raise NotImplementedError

    def _record(self, duration: float, outcome: str | None) -> None:
        """Record the operation that ended."""
        raise NotImplementedError

    def first_item(self) -> None:
        """Note that a stream gave an item. Only the first one counts."""

    def _first(self) -> bool:
        """Tell whether this is the first time that it is asked."""
        first, self._none_yet = self._none_yet, False
        return first

    def _elapsed(self) -> float:
        return time.perf_counter() - self._runs[-1][0] if self._runs else 0.0

    def __enter__(self) -> Self:
        """Begin."""
        number = 0 if self._in_flight is None else self._in_flight.begin()
        self._runs.append((time.perf_counter(), number))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End, and record."""
        started, number = self._runs.pop()
        duration = time.perf_counter() - started
        if self._in_flight is not None:
            self._in_flight.end(number)
        outcome = self.outcome
        if error is not None:
            outcome = outcome or outcome_of(error, self.outcomes)
            self.success = outcome == "cancelled"
        try:
            self._record(duration, outcome)
        except (TypeError, ValueError):  # strict mode refused a value
            if error is None:  # the block's own exception says more
                raise

    async def __aenter__(self) -> Self:
        """Begin."""
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End, and record."""
        self.__exit__(kind, error, traceback)

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """Time each call of a function: plain, async, or a generator of either kind."""
        return cast(Callable[P, R], _timed(self, cast(Function, function)))

    def stream(self, items: Iterable[Chunk]) -> Iterator[Chunk]:
        """Yield the items; the operation lasts until the last, or until it is left."""
        with contextlib.nullcontext() if self._runs else self:
            for item in items:
                self.first_item()
                yield item

    async def stream_async(
        self,
        items: AsyncIterable[Chunk],
    ) -> AsyncGenerator[Chunk, None]:
        """Yield the items of an asynchronous stream, like `stream`."""
        with contextlib.nullcontext() if self._runs else self:
            async for item in items:
                self.first_item()
                yield item


def _timed(timer: Timer, function: Function) -> Function:
    """Return the function with each call timed by a timer of its own."""
    if inspect.iscoroutinefunction(function):
        wrapper = _timed_coroutine
    elif inspect.isasyncgenfunction(function):
        wrapper = _timed_async_generator
    elif inspect.isgeneratorfunction(function):
        wrapper = _timed_generator
    else:
        wrapper = _timed_function
    return functools.wraps(function)(wrapper(timer, function))


def _timed_function(timer: Timer, function: Function) -> Function:
    def call(*args: Any, **kwargs: Any) -> Any:
        with timer.again():
            return function(*args, **kwargs)

    return call


def _timed_coroutine(timer: Timer, function: Function) -> Function:
    async def call(*args: Any, **kwargs: Any) -> Any:
        with timer.again():
            return await function(*args, **kwargs)

    return call


def _timed_generator(timer: Timer, function: Function) -> Function:
    def call(*args: Any, **kwargs: Any) -> Iterator[Any]:
        with contextlib.closing(function(*args, **kwargs)) as items:
            yield from timer.again().stream(items)

    return call


def _timed_async_generator(timer: Timer, function: Function) -> Function:
    async def call(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, None]:
        items = function(*args, **kwargs)
        timed = timer.again().stream_async(items)
        async with contextlib.aclosing(items), contextlib.aclosing(timed):
            async for item in timed:
                yield item

    return call


def outcome_of(error: BaseException, outcomes: Mapping[str, str]) -> str:
    """Return an exception's outcome, by its class or the nearest base that is listed."""
    if not isinstance(error, Exception):
        return "cancelled"  # asyncio's CancelledError, GeneratorExit, KeyboardInterrupt
    names = (base.__name__ for base in type(error).__mro__)
    return next((outcomes[name] for name in names if name in outcomes), OTHER)


# --- the page -------------------------------------------------------------------------

Environ: TypeAlias = dict[str, Any]
Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Answer: TypeAlias = tuple[str, list[tuple[str, str]], bytes]


def _answer(
    collector_registry: CollectorRegistry,
    method: str,
    path: str,
    accept: str,
    encodings: str,
) -> Answer:
    """Return status, headers and body for one request.

    *path* is what follows the place where the application is mounted.
    """
    if path not in {"", "/", "/metrics", "/metrics/"}:
        return (
            "404 Not Found",
            [("Content-Type", "text/plain")],
            b"Metrics are at /metrics\n",
        )
    if method not in {"GET", "HEAD"}:
        return "405 Method Not Allowed", [("Allow", "GET, HEAD")], b""
    encode, content_type = choose_encoder(accept)
    body = encode(collector_registry)
    headers = [("Content-Type", content_type), ("Vary", "Accept, Accept-Encoding")]
    if _takes_gzip(encodings):
        body = gzip.compress(body, compresslevel=1)
        headers.append(("Content-Encoding", "gzip"))
    return (
        "200 OK",
        [*headers, ("Content-Length", str(len(body)))],
        b"" if method == "HEAD" else body,
    )


def _takes_gzip(encodings: str) -> bool:
    """Tell whether gzip is among the encodings asked for, with a weight above 0."""
    for encoding in "".join(encodings.lower().split()).split(","):
        name, weighted, weight = encoding.partition(";q=")
        if name == "gzip":
            return not weighted or weight.strip("0.") != ""
    return False


def wsgi_app(
    collector_registry: CollectorRegistry = client.REGISTRY,
) -> Callable[[Environ, Callable[..., Any]], list[bytes]]:
    """Return a WSGI application that serves /metrics, alone or mounted there."""

    def app(environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
        keys = "PATH_INFO", "HTTP_ACCEPT", "HTTP_ACCEPT_ENCODING"
        asked = [environ.get(key, "") for key in keys]
        method = environ["REQUEST_METHOD"]
        status, headers, body = _answer(collector_registry, method, *asked)
        start_response(status, headers)
        return [body]

    return app


def asgi_app(
    collector_registry: CollectorRegistry = client.REGISTRY,
) -> Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]:
    """Return an ASGI application that serves /metrics, alone or mounted there.

    The page is made in a thread, off the event loop.
    """

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        sent = scope["headers"]
        asked = {name.lower(): value.decode("latin-1") for name, value in sent}
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        answer = await asyncio.to_thread(
            _answer,
            collector_registry,
            scope["method"],
            path,
            asked.get(b"accept", ""),
            asked.get(b"accept-encoding", ""),
        )
        status, headers, body = answer
        encoded = [(name.lower().encode(), value.encode()) for name, value in headers]
        await send(
            {
                "type": "http.response.start",
                "status": int(status[:3]),
                "headers": encoded,
            }
        )
        await send({"type": "http.response.body", "body": body})

    return app


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        event = (await receive())["type"]
        await send({"type": f"{event}.complete"})
        if event == "lifespan.shutdown":
            return


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_args: object) -> None:
        """Log nothing: a scrape every few seconds is no news."""


class Server:
    """A server of /metrics on a thread of its own, until it is closed."""

    def __init__(self, server: ThreadingWSGIServer) -> None:
        self._server = server
        self.port: int = server.server_port
        serve = server.serve_forever
        self._thread = threading.Thread(target=serve, name="metrics", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving, and free the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        """Serve."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """Stop."""
        self.close()


def start_server(
    port: int = 8000,
    host: str = "",
    collector_registry: CollectorRegistry = client.REGISTRY,
) -> Server:
    """Serve /metrics from a thread of this process.

    An empty host means all addresses. Port 0 takes a free one: see `.port` of the result.
    """

    class _Server(ThreadingWSGIServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

    server = make_server(host, port, wsgi_app(collector_registry), _Server, _Quiet)
    return Server(cast(ThreadingWSGIServer, server))
