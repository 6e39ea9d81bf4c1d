"""Calls of language models: how many, how they end, how long they take, what they consume."""

from __future__ import annotations

from math import inf

from metricloom import Counter, Gauge, Given, Histogram, Label, Operation, Outcomes, Subsystem, Timer
from metricloom.content_platform.model_prices import MODEL_PRICES

# --- what is measured ---

MODEL = Label(
    "model",
    "Model requested, by its canonical name: a failed call has no model that answered",
    values=[prices.model for prices in MODEL_PRICES],
    max_values=100,
)
OUTCOME = Label(
    "outcome",
    "How the call ended",
    values=["ok", "cancelled", "timeout", "rate_limit", "auth", "bad_request", "content_filter", "server", "other"],
)
TOKEN_TYPE = Label(
    "token_type",
    "How a token is billed: each in exactly one type (reasoning is output; cached input is not input again)",
    values=["input", "cache_read", "cache_write", "output"],
)
PRICED_BY = Label(
    "priced_by",
    "Where the cost of these tokens comes from: the price table, or the dollars that the application reported",
    values=["table", "report"],
)

TIMEOUT_SECONDS = 600

CALLS = Counter(
    "llm_calls_total",
    "LLM calls that ended, whatever the outcome. A call is one attempt at a provider: a retry is another.",
    labels=[MODEL],
)
FAILURES = Counter(
    "llm_failures_total",
    "LLM calls that failed. A call that its caller cancelled is a call, not a failure.",
    labels=[MODEL],
    subset_of=CALLS,
)
SECONDS = Histogram(
    "llm_call_seconds",
    "Duration of an LLM call",
    labels=[MODEL],
    buckets=(0.5, 1, 2.5, 5, 10, 20, 30, 45, 60, 90, 120, 300, TIMEOUT_SECONDS),
    timeout=TIMEOUT_SECONDS,
)
OUTCOMES = Counter(
    "llm_call_outcomes_total",
    "LLM calls by how they ended. They sum to the calls; all but ok and cancelled sum to the failures.",
    labels=[MODEL, OUTCOME],
    subset_of=CALLS,
)
TOKENS = Counter("llm_tokens_total", "Tokens billed", labels=[MODEL, TOKEN_TYPE, PRICED_BY])
REPORTED_DOLLARS = Counter(
    "llm_cost_dollars_total",
    "US$ of the calls whose cost the application knows: reported by the provider, or computed per request",
    labels=[MODEL],
)
IN_FLIGHT = Gauge("llm_calls_in_flight", "LLM calls that have begun and not ended", labels=[MODEL], minimum=0)
OLDEST_START = Gauge(
    "llm_oldest_call_start_timestamp_seconds",
    "When the longest-running call in flight began; +Inf when there is none",
    labels=[MODEL],
    copies="min",
    initial=inf,
    minimum=0,
)
FIRST_TOKEN_SECONDS = Histogram(
    "llm_time_to_first_token_seconds",
    "Time from the request to the first token, of calls that stream",
    labels=[MODEL],
    buckets=(0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120),
)

record_call = Operation(
    "record_call",
    "LLMMetrics",
    help="Record one call that ended.",
    labels=[MODEL],
    arguments=["duration", "success"],
    effects=[
        CALLS.inc(),
        FAILURES.inc(on="failure"),
        SECONDS.observe("duration"),
        OUTCOMES.inc(),
        *(
            TOKENS.inc(f"{token_type}_tokens", token_type=token_type, priced_by=Given("cost", "report", "table"))
            for token_type in ("input", "output", "cache_read", "cache_write")
        ),
        REPORTED_DOLLARS.inc("cost"),
    ],
    outcomes=Outcomes(
        OUTCOME,
        exceptions={
            "TimeoutError": "timeout",
            "APITimeoutError": "timeout",
            "RateLimitError": "rate_limit",
            "AuthenticationError": "auth",
            "PermissionDeniedError": "auth",
            "BadRequestError": "bad_request",
            "ContentFilterError": "content_filter",
            "InternalServerError": "server",
            "APIConnectionError": "server",
        },
    ),
    timer=Timer(in_flight=IN_FLIGHT, oldest=OLDEST_START, first=FIRST_TOKEN_SECONDS, first_method="first_token"),
)

llm = Subsystem(
    "llm",
    title="LLM Performance",
    owner="ml-platform",
    service="content-platform",
    operations=[record_call],
)
