"""Calls of language models: how many, how they end, how long they take, what they consume."""

from __future__ import annotations

from math import ceil, inf

from metricloom import (
    Alert,
    Counter,
    Example,
    Gauge,
    Given,
    Histogram,
    Label,
    Operation,
    Outcomes,
    Query,
    RecordingRule,
    Samples,
    Stat,
    Subsystem,
    Threshold,
    Timer,
    TimeSeries,
    durations_over,
    enough_failures,
    enough_slow,
    failures_over,
    increase,
    observations,
    p95,
    quantile,
    rate,
    ratio,
    samples,
    steps,
    time_since,
    total,
)
from metricloom.content_platform.dollars import LLM_COST, recorded
from metricloom.content_platform.model_prices import MODEL_PRICES

ABOUT = """\
A call is one attempt at a provider: a retry is another. A call that hangs is in no ratio and no percentile until it
ends, so the calls in flight are watched beside them. Put a time-out inside the timer, not around it: a call that is
cancelled from outside is a call of which nobody knows whether it would have failed, and counts as cancelled. What a
process counts between its last scrape and its end is seen by no rule.
"""

# --- what is measured ---

MODEL = Label(
    "model",
    "Model requested, by its canonical name: a failed call has no model that answered",
    values=[prices.model for prices in MODEL_PRICES],
    max_values=100,
    aliases={alias: prices.model for prices in MODEL_PRICES for alias in prices.aliases},
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
    exemplars=True,
)

# --- when somebody must act ---

BY_MODEL = [MODEL]
FAILED = {window: failures_over(window, FAILURES, CALLS, BY_MODEL) for window in ("5m", "10m", "15m", "1h")}
DURATIONS = {window: durations_over(window, SECONDS, BY_MODEL) for window in ("5m", "15m")}
RECENT_CALLS = RecordingRule("model:llm_calls:increase5m", increase(CALLS, BY_MODEL, "5m"), "Calls that ended in 5m")

# Where an exporter creates the series of failures with the first failure, no series means no failure.
# A call that its caller gave up is no success either: that is how a hang ends where callers are impatient.
RECENTLY_CANCELLED = increase(OUTCOMES, BY_MODEL, "5m", where='outcome="cancelled"').text
RECENT_SUCCESSES = (
    f"({RECENT_CALLS} - ({FAILED['5m'].count} or {RECENT_CALLS} * 0) - ({RECENTLY_CANCELLED} or {RECENT_CALLS} * 0))"
)
LONGEST_IN_FLIGHT = time_since(OLDEST_START, BY_MODEL)


def calls(each_minute: float, failures: float = 0, minutes: int = 30) -> list[Samples]:
    """Return calls, and how many of them fail, at an even spacing."""
    return [
        samples(CALLS, f"0+{each_minute}x{minutes}", model="gpt-4o"),
        samples(FAILURES, f"0+{failures}x{minutes}", model="gpt-4o"),
    ]


def in_flight(number: int, since: int) -> list[Samples]:
    """Return calls that hang, the oldest of them from the minute *since* on."""
    oldest = steps("1m", "30m", ("0m", inf), (f"{since}m", since * 60))
    return [samples(IN_FLIGHT, f"{number}x30", model="gpt-4o"), samples(OLDEST_START, oldest, model="gpt-4o")]


GPT_4O = [{"model": "gpt-4o"}]

high_error_rate = Alert(
    "HighLLMErrorRate",
    FAILED["5m"].ratio > Threshold(0.1),
    for_="5m",
    severity="warning",
    guard=enough_failures(FAILED["5m"], FAILED["15m"]),
    summary="$value of calls to $labels.model fail",
    description="More than $threshold of the calls to $labels.model failed over 5 minutes, for 5 minutes.",
    next_steps=(
        "See Failures by outcome: rate_limit and timeout are the provider's or our quota, auth our key, bad_request "
        "our prompt. Compare with the provider's status page, and send the calls to another model if it is theirs."
    ),
    examples=lambda limit: [
        Example("more fail than may", calls(60, 60 * (1 + limit) / 2), fires_at=["15m"], firing=GPT_4O),
        Example("half of what may fail does", calls(60, 60 * limit / 2), silent_at=["15m", "30m"]),
        Example(
            "one of eleven replicas fails all its calls: the model's ratio counts, not the replica's",
            [
                samples(
                    counter,
                    f"0+{6 if counter is CALLS or replica == 0 else 0}x30",
                    model="gpt-4o",
                    instance=f"i{replica}",
                )
                for replica in range(ceil(1.1 / limit))
                for counter in (CALLS, FAILURES)
            ],
            silent_at=["15m", "30m"],
        ),
        Example(
            "one cluster fails, another is busy and well",
            [
                *calls(6, 6),
                samples(CALLS, "0+600x30", model="gpt-4o", cluster="cluster-2"),
                samples(FAILURES, "0x30", model="gpt-4o", cluster="cluster-2"),
            ],
            fires_at=["15m"],
            firing=GPT_4O,
        ),
        Example(
            "the only call in half an hour fails",
            [samples(counter, "0x20 1x20", model="gpt-4o") for counter in (CALLS, FAILURES)],
            silent_at=["22m", "27m", "40m"],
        ),
    ],
)
outage = Alert(
    "LLMOutage",
    # The shortest window that holds enough failures; a model that is called once in ten minutes needs the hour.
    Query(
        f"({FAILED['5m'].ratio} and {FAILED['5m'].count} > 4.5)\n"
        f"or\n({FAILED['10m'].ratio} and {FAILED['10m'].count} > 3.5)\n"
        f"or\n({FAILED['1h'].ratio} > 0.9 and {FAILED['1h'].count} > 2.5)",
        unit="ratio",
    )
    > Threshold(0.5),
    for_="",  # the number of failures is the persistence: waiting longer finds one outage in twenty too late
    severity="critical",
    summary="$value of calls to $labels.model fail: an outage",
    description=(
        "Nearly all calls to $labels.model fail: more than $threshold over the last minutes, or over the hour where "
        "it is called rarely."
    ),
    next_steps=(
        "Send the calls to another model now. Then read the provider's status page, and one failed call's error."
    ),
    examples=lambda limit: [
        Example("all fail, one call a minute", calls(1, 1), fires_at=["10m"], firing=GPT_4O),
        Example("one call in ten minutes, all fail", calls(0.1, 0.1, 120), fires_at=["2h"], firing=GPT_4O),
        Example("half of what may fail does", calls(20, 20 * limit / 2), silent_at=["10m", "30m"]),
        Example(
            "two calls of a quiet hour fail",
            [samples(counter, "0x20 1x3 2x60", model="gpt-4o") for counter in (CALLS, FAILURES)],
            silent_at=["25m", "35m", "80m"],
        ),
    ],
)
calls_stuck = Alert(
    "LLMCallsStuck",
    LONGEST_IN_FLIGHT > Threshold(TIMEOUT_SECONDS / 2),
    for_="1m",
    severity="critical",
    guard=(
        f"({total(IN_FLIGHT, BY_MODEL)} > 2.5 unless {RECENT_SUCCESSES} > 0.5)\nor\n"
        f"{LONGEST_IN_FLIGHT} > {TIMEOUT_SECONDS + 30}"
    ),
    summary="Calls to $labels.model hang: the oldest for $value",
    description=(
        "Three or more calls to $labels.model are in flight, the oldest for more than $threshold, and none has "
        "succeeded for 5 minutes; or one is past its time-out. Calls that never end are in no ratio and no percentile."
    ),
    next_steps=(
        "Send the calls to another model. See whether the provider accepts connections and answers nothing, and "
        "whether the time-out of the client works: a call past it holds a worker for good."
    ),
    examples=lambda limit: [
        Example(
            "three hang, and nothing has ended before",
            in_flight(3, 2),
            fires_at=[f"{2 + int(limit / 60) + 3}m"],
            firing=GPT_4O,
        ),
        Example("three hang while others succeed", [*in_flight(3, 20), *calls(20)], silent_at=["29m"]),
        Example(
            "one is past its time-out while others succeed",
            [*in_flight(1, 2), *calls(20)],
            fires_at=["16m"],
            firing=GPT_4O,
        ),
        Example("two have run for long", in_flight(2, 20), silent_at=["29m"]),
        Example("none is in flight", in_flight(0, 60), silent_at=["29m"]),
    ],
)
slow_calls = Alert(
    "SlowLLMCalls",
    p95(DURATIONS["5m"]) > Threshold(60),
    for_="10m",
    severity="warning",
    guard=enough_slow(DURATIONS["15m"]),
    summary="5 % of calls to $labels.model take longer than $value",
    description="The 95th percentile of calls to $labels.model has been above $threshold for 10 minutes.",
    next_steps=(
        "See whether one model is slow or all are. One: its provider, or longer prompts and answers. All: our network."
    ),
    examples=lambda limit: [
        Example(
            "all are slow", observations(SECONDS, limit + 1, "0+2x60", model="gpt-4o"), fires_at=["35m"], firing=GPT_4O
        ),
        Example(
            "all take half of that", observations(SECONDS, limit / 2, "0+2x60", model="gpt-4o"), silent_at=["35m", "1h"]
        ),
        Example(
            "one slow call of a quiet hour",
            observations(SECONDS, limit + 1, "0x20 1x40", model="gpt-4o"),
            silent_at=["25m", "35m"],
        ),
    ],
)

# --- what is shown ---

panels = [
    Stat(
        "Error rate",
        ratio(FAILURES, CALLS),
        "Share of calls that fail now, over all models chosen. Normal is below 2 %. When it rises, see which model and"
        " which outcome: rate limits and time-outs are the provider's, bad requests are ours.",
        alert=["HighLLMErrorRate", "LLMOutage"],
    ),
    Stat(
        "Estimated daily cost",
        recorded(LLM_COST),
        "US$ of the last 24 hours: tokens at the price then in force, and what the application reported. Normal is near"
        " yesterday's. When it jumps, see Cost by model under Costs & Efficiency.",
        unit="currencyUSD",
        time_from="7d",
        no_value="No calls recorded, or no price",
    ),
    TimeSeries(
        "Calls by model",
        rate(CALLS, by=[MODEL]),
        "Calls that end per second, whatever the outcome. Normal is the usual course of the day. A line that falls to 0"
        " is no traffic, or calls that hang: see Calls in flight above.",
    ),
    TimeSeries(
        "Duration by model",
        {
            "p50": quantile(0.5, SECONDS, by=[MODEL]),
            "p95": quantile(0.95, SECONDS, by=[MODEL]),
            "p99": quantile(0.99, SECONDS, by=[MODEL]),
        },
        "Half, 95 % and 99 % of calls take no longer. Normal is a p95 below half the line. When it rises for one model,"
        " its provider is slow; for all, look at our own network and at the length of prompts.",
        alert="SlowLLMCalls",
    ),
    TimeSeries(
        "Failures by outcome",
        rate(OUTCOMES, by=[OUTCOME], where='outcome!~"ok|cancelled"'),
        "Failed calls per second by how they ended. Normal is near 0. rate_limit: ask for quota or slow down; auth:"
        " renew the key; timeout and server: the provider's; bad_request and content_filter: look at what is sent.",
        stacked=True,
        colours={"rate_limit": "warning", "timeout": "warning", "server": "bad", "auth": "bad"},
    ),
    TimeSeries(
        "Time to first token",
        {"p50": quantile(0.5, FIRST_TOKEN_SECONDS, by=[MODEL]), "p95": quantile(0.95, FIRST_TOKEN_SECONDS, by=[MODEL])},
        "How long a reader of a stream waits for its first token. Normal is a few seconds. When it rises while"
        " durations do not, the provider queues requests.",
        no_value="No calls that stream, or target down",
    ),
]

llm = Subsystem(
    "llm",
    title="LLM Performance",
    owner="ml-platform",
    service="content-platform",
    about=ABOUT,
    operations=[record_call],
    recordings=[
        RECENT_CALLS,
        *(rule for failed in FAILED.values() for rule in failed.rules),
        *(each.record for each in DURATIONS.values()),
    ],
    alerts=[high_error_rate, outage, calls_stuck, slow_calls],
    panels=panels,
)
