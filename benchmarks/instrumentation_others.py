"""The same call recorded by other libraries, where they are installed: the extra `benchmarks` brings them."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.instrumented_service import BUCKETS

Work = Callable[[], object]
OK = {"model": "small"}


def others() -> Iterator[tuple[str, Work | None]]:
    """Yield each library with what records a call; None where it is not installed."""
    for name, made in (
        ("OpenTelemetry SDK", opentelemetry),
        ("aioprometheus", aioprometheus),
        ("autometrics", autometrics),
    ):
        try:
            yield name, made()
        except ImportError:
            yield name, None


def opentelemetry() -> Work:
    """Return what records with OpenTelemetry's SDK, read by its Prometheus exporter."""
    reader = importlib.import_module("opentelemetry.exporter.prometheus").PrometheusMetricReader()
    meter = importlib.import_module("opentelemetry.sdk.metrics").MeterProvider([reader]).get_meter("benchmark")
    calls, seconds = meter.create_counter("otel_calls"), meter.create_histogram("otel_call_seconds")

    def work() -> None:
        calls.add(1, OK)
        seconds.record(0.3, OK)

    return work


def aioprometheus() -> Work:
    """Return what records with aioprometheus."""
    library: Any = importlib.import_module("aioprometheus")
    calls = library.Counter("aio_calls_total", "Calls")
    seconds = library.Histogram("aio_call_seconds", "Duration of a call", buckets=list(BUCKETS))

    def work() -> None:
        calls.inc(OK)
        seconds.observe(OK, 0.3)

    return work


def autometrics() -> Work:
    """Return a function that does nothing, decorated by autometrics."""
    library = importlib.import_module("autometrics")
    library.init(tracker="prometheus")
    decorate: Callable[[Work], Work] = library.autometrics

    @decorate
    def work() -> None:
        pass

    return work
