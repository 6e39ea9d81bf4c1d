"""`record_call` of the content platform, the registry that comes along, against the same series by hand."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from functools import partial
from typing import Any

import prometheus_client as client
from prometheus_client import CollectorRegistry

from benchmarks.instrumentation_timing import Work, fastest

ALIAS = "the platform's record_call, by another name"
RECORD = "the platform's record_call"
TOKENS = "the same with tokens, whole numbers"
NO_SPAN = "the same, OpenTelemetry imported"
SPAN = "the same, in a span, with its exemplar"


class ByHand:
    """What people write for the same series."""

    def __init__(self, buckets: tuple[float, ...]) -> None:
        page = CollectorRegistry()
        self.calls = client.Counter("hand_calls_total", "Calls", ["model"], registry=page)
        self.outcomes = client.Counter("hand_outcomes_total", "By outcome", ["model", "outcome"], registry=page)
        self.seconds = client.Histogram("hand_seconds", "Duration", ["model"], registry=page, buckets=buckets)
        self.tokens = client.Counter("hand_tokens_total", "Tokens", ["model", "type", "priced_by"], registry=page)

    def record(self, exemplar: dict[str, str] | None = None) -> None:
        """Record one call."""
        self.calls.labels(model="o3").inc()
        self.seconds.labels(model="o3").observe(1.0, exemplar)
        self.outcomes.labels(model="o3", outcome="ok").inc()

    def record_tokens(self) -> None:
        """Record one call with its tokens."""
        self.record()
        self.tokens.labels(model="o3", type="input", priced_by="table").inc(900)
        self.tokens.labels(model="o3", type="output", priced_by="table").inc(70)

    def record_traced(self, tracing: Any) -> None:
        """Record one call with the trace that it is in."""
        span = tracing.get_current_span().get_span_context()
        self.record({"trace_id": f"{span.trace_id:032x}", "span_id": f"{span.span_id:016x}"})


def platform(metrics: Any) -> Iterator[tuple[str, float | None]]:
    """Yield each form's ratio to the same by hand; None where OpenTelemetry is not installed, which comes last."""
    llm, hand = metrics.Metrics(CollectorRegistry()).llm, ByHand(metrics.LLM_CALL_SECONDS.buckets)
    alias = next(iter(metrics.MODEL.aliases))

    def record() -> None:
        llm.record_call("o3", 1.0)

    yield RECORD, _ratio(record, hand.record)
    yield ALIAS, _ratio(lambda: llm.record_call(alias, 1.0), hand.record)
    yield TOKENS, _ratio(lambda: llm.record_call("o3", 1.0, input_tokens=900, output_tokens=70), hand.record_tokens)
    try:
        provider = importlib.import_module("opentelemetry.sdk.trace").TracerProvider()
    except ImportError:
        yield from ((NO_SPAN, None), (SPAN, None))
        return
    yield NO_SPAN, _ratio(record, hand.record)
    tracing = importlib.import_module("opentelemetry.trace")
    with provider.get_tracer("benchmark").start_as_current_span("call"):
        yield SPAN, _ratio(record, partial(hand.record_traced, tracing))


def _ratio(work: Work, by_hand: Work) -> float:
    seconds = fastest({"ours": work, "by hand": by_hand})
    return seconds["ours"] / seconds["by hand"]
