"""Prices, and the dollars that are recorded with them: formed at each evaluation with the price then in force."""

from __future__ import annotations

from metricloom import GB, HOUR, MILLION, Budget, Counter, ModelPrices, Price, RecordingRule
from metricloom.content_platform.content import TTS_CHARACTERS, VIDEO_OUTPUT_SECONDS
from metricloom.content_platform.dollars import (
    HOUR_WINDOW,
    MODEL_COST,
    PRICED_MODELS,
    SAVED,
    SCRAPE,
    SERVICE_COST,
    WINDOW,
)
from metricloom.content_platform.llm import CALLS, REPORTED_DOLLARS, TOKENS
from metricloom.content_platform.model_prices import MODEL_PRICES
from metricloom.content_platform.storage import BYTES_READ, HELD

# --- prices ---

DEFAULT_TOKEN = Price(
    "default_token", 0.10, per=MILLION, unit="tokens", source="an assumption", note="of a model that the table lacks"
)
STORAGE = Price(
    "storage", 0.023, per=GB, unit="GB-month", source="an object store's list price", note="a GB is 10^9 bytes"
)
EGRESS = Price("egress", 0.09, per=GB, unit="GB", source="an object store's list price", note="a GB is 10^9 bytes")
SPEECH = Price("speech", None, per=MILLION, unit="characters")
VIDEO = Price("video", None, per=1, unit="second of video")

MONTH_SECONDS = 730 * HOUR
CALL_TOKENS = 750
"""What a call is taken to consume where a model's tokens are not counted."""

MONTHLY_BUDGET = Budget("month", 3000, period="month")
DAILY_BUDGET = Budget("llm_day", 100, period="day")

# --- what is recorded: increments that meet without gap, read by subqueries whose step is their window ---


def increment(counter: Counter, by: str, where: str = "") -> str:
    """Return the growth of *counter* in each 5 minutes: a window that is a scrape longer meets the one before."""
    selector = f"{counter}{{{where}}}" if where else str(counter)
    return f"sum by ($identity{by}) (increase({selector}[{WINDOW + SCRAPE}s])) * {WINDOW} / {WINDOW + SCRAPE}"


def priced(quantity: str, price: Price) -> str:
    """Return US$. Where nobody declared the price, no rule is made of it: nothing is recorded, and not 0."""
    return f"{quantity} * {price}"


TOKENS_USED = RecordingRule(
    "model_token_type:llm_tokens:increase5m",
    increment(TOKENS, ", model, token_type", 'priced_by="table"'),
    "Tokens whose cost the price table gives",
)


def model_costs(prices: ModelPrices) -> list[RecordingRule]:
    """Return what the tokens of one model cost, by type; or its calls, where its tokens are not counted."""
    if prices.tokens == "estimated" and prices.input is not None:
        each_call = f"{increment(CALLS, ', model', _is(prices.model))} * {CALL_TOKENS}"
        labels = {"model": prices.model, "token_type": "input", "pricing": "estimated"}
        return [RecordingRule(MODEL_COST, priced(each_call, prices.input), "US$ in 5m", labels, at=prices.at)]
    return [
        RecordingRule(
            MODEL_COST,
            priced(f'{TOKENS_USED}{{{_is(prices.model)},token_type="{token_type}"}}', price),
            "US$ in 5m",
            {"model": prices.model, "token_type": token_type, "pricing": "table"},
            at=price.at,
        )
        for token_type, price in prices.by_type.items()
    ]


def cache_savings(prices: ModelPrices) -> list[RecordingRule]:
    """Return what one model's cached input would have cost more as plain input; and, negative, what writing it did."""
    if prices.input is None:
        return []
    return [
        RecordingRule(
            SAVED,
            f'{TOKENS_USED}{{{_is(prices.model)},token_type="{token_type}"}} * ({prices.input} - {price})',
            "US$ saved by caching in 5m",
            {"model": prices.model, "token_type": token_type},
            at=price.at,
        )
        for token_type, price in prices.by_type.items()
        if token_type in ("cache_read", "cache_write")
    ]


def _is(model: str) -> str:
    return f'model="{model}"'


def service_cost(service: str, dollars: str) -> RecordingRule:
    """Return what one service costs."""
    return RecordingRule(SERVICE_COST, dollars, "US$ in 5m", {"service": service})


other_model_costs = [
    RecordingRule(
        MODEL_COST,
        priced(f'{TOKENS_USED}{{model!~"{PRICED_MODELS}"}}', DEFAULT_TOKEN),
        "US$ in 5m of models that the price table lacks",
        {"pricing": "default"},
    ),
    RecordingRule(
        MODEL_COST,
        increment(REPORTED_DOLLARS, ", model"),
        "US$ in 5m that the application reported",
        {"token_type": "reported", "pricing": "report"},
    ),
]
service_costs = [
    service_cost("llm", f"sum by ($identity) ({MODEL_COST})"),
    service_cost("storage", priced(f"sum by ($identity) ({HELD}) * {WINDOW} / {MONTH_SECONDS}", STORAGE)),
    service_cost("bandwidth", priced(increment(BYTES_READ, ""), EGRESS)),
    service_cost("tts", priced(increment(TTS_CHARACTERS, ""), SPEECH)),
    service_cost("video", priced(increment(VIDEO_OUTPUT_SECONDS, ""), VIDEO)),
]
HOURLY_COST = RecordingRule(
    "job:cost_dollars:increase1h",
    f"sum by ($identity) (sum_over_time({SERVICE_COST}[{HOUR_WINDOW}]))",
    "US$ in the hour before, of all services",
)

PRICES = [
    *(price for prices in MODEL_PRICES for price in prices.prices),
    DEFAULT_TOKEN,
    STORAGE,
    EGRESS,
    SPEECH,
    VIDEO,
]
RECORDS = [
    TOKENS_USED,
    *(rule for prices in MODEL_PRICES for rule in model_costs(prices)),
    *other_model_costs,
    *(rule for prices in MODEL_PRICES for rule in cache_savings(prices)),
    HELD,  # of storage, and here, where it is read: groups are not evaluated in step
    *service_costs,
    HOURLY_COST,
]
