"""What it costs: dollars formed at each evaluation with the price then in force, and then summed."""

from __future__ import annotations

from math import inf

from metricloom import (
    GB,
    HOUR,
    MILLION,
    Alert,
    Budget,
    Counter,
    Example,
    ModelPrices,
    Price,
    Query,
    RecordingRule,
    Samples,
    Stat,
    Subsystem,
    Table,
    Threshold,
    TimeSeries,
    increase,
    one_of,
    samples,
)
from metricloom.content_platform.content import TTS_CHARACTERS, VIDEO_OUTPUT_SECONDS
from metricloom.content_platform.llm import CALLS, FAILURES, MODEL, REPORTED_DOLLARS, TOKENS
from metricloom.content_platform.model_prices import MODEL_PRICES
from metricloom.content_platform.storage import BYTES_READ, HELD

ABOUT = """\
Every dollar is formed when it is spent, with the price in force at that moment, and then summed. What is charged by
tier, batch, time of day or tool call cannot be recovered from sums of tokens: such a price uses its named base, and
says so in its note. Where the application knows what a call cost, pass `cost=`: those dollars are counted as they
are, and the call's tokens are not priced again. One price for all tokens of a model is wrong by factors: input,
cached and output tokens differ.

A model that the table lacks is priced at US$0.10 for a million tokens, marked `pricing="default"`, and
UnpricedModelInUse names it.

A day is 24 hours up to now; a month is the calendar's, in UTC, and needs 35 days of retention in Prometheus. What an
outage of the rules loses, the raw counters still hold: CostAccountingGap says so.
"""

# --- prices ---

DEFAULT_TOKEN = Price(
    "default_token", 0.10, per=MILLION, unit="token", source="an assumption", note="of a model that the table lacks"
)
STORAGE = Price(
    "storage", 0.023, per=GB, unit="GB-month", source="an object store's list price", note="a GB is 10^9 bytes"
)
EGRESS = Price("egress", 0.09, per=GB, unit="GB", source="an object store's list price", note="a GB is 10^9 bytes")
SPEECH = Price("speech", None, per=MILLION, unit="character")
VIDEO = Price("video", None, per=1, unit="second of video")

MONTH_SECONDS = 730 * HOUR
CALL_TOKENS = 750
"""What a call is taken to consume where a model's tokens are not counted."""

MONTHLY_BUDGET = Budget("month", 3000, period="month")
DAILY_BUDGET = Budget("llm_day", 100, period="day")

# --- what is recorded: increments that meet without gap, read by subqueries whose step is their window ---

WINDOW = 300
SCRAPE = 15
"""The registry's scrape interval, in seconds."""
STEP = "5m"
DAY = f"23h59m59s999ms:{STEP}"  # 288 steps, whether or not the end falls on one
SIX_HOURS = f"5h59m59s999ms:{STEP}"
HOUR_WINDOW = f"59m59s999ms:{STEP}"
THIS_MONTH = "and on () (month() == last_over_time(month()[1m:1m] @ end()))"


def increment(counter: Counter, by: str, where: str = "") -> str:
    """Return the growth of *counter* in each 5 minutes: a window that is a scrape longer meets the one before."""
    selector = f"{counter}{{{where}}}" if where else str(counter)
    return f"sum by ($identity{by}) (increase({selector}[{WINDOW + SCRAPE}s])) * {WINDOW} / {WINDOW + SCRAPE}"


def priced(quantity: str, price: Price) -> str:
    """Return US$. Where nobody declared the price, no rule is made of it: nothing is recorded, and not 0."""
    return f"{quantity} * {price}"


PRICED_MODELS = one_of(prices.model for prices in MODEL_PRICES)
TOKENS_USED = RecordingRule(
    "model_token_type:llm_tokens:increase5m",
    increment(TOKENS, ", model, token_type", 'priced_by="table"'),
    "Tokens whose cost the price table gives",
)
MODEL_COST = "model_token_type:llm_cost_dollars:increase5m"
SERVICE_COST = "service:cost_dollars:increase5m"
SAVED = "model_token_type:llm_cache_saved_dollars:increase5m"


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

# --- when somebody must act ---


def llm_cost(window: str, before: str = "") -> str:
    """Return US$ of language models over *window*."""
    return f'sum by ($identity) (sum_over_time({SERVICE_COST}{{service="llm"}}[{window}]{before}))'


def tokens(model: str, values: str) -> Samples:
    """Return plain input tokens of a model."""
    return samples(TOKENS, values, model=model, token_type="input", priced_by="table")  # noqa: S106 - no password


def reported(values: str, **target: str) -> Samples:
    """Return US$ that the application reported."""
    return samples(REPORTED_DOLLARS, values, model="gpt-4o", **target)


def spent(last_week: float, today: float, **target: str) -> list[Samples]:
    """Return US$ a minute, through a week and through eight hours after it."""
    week = 7 * 24 * 60
    return [reported(f"0+{last_week}x{week} {last_week * week + today}+{today}x480", **target)]


unpriced_model = Alert(
    "UnpricedModelInUse",
    f'sum by ($identity, model) (increase({TOKENS}{{priced_by="table",model!~"{PRICED_MODELS}"}}[2h])) > 0',
    for_="1h",
    severity="warning",
    summary="Model $labels.model is in use and has no price",
    description=(
        "$value tokens of $labels.model in 2 hours are priced at the default, which may be wrong by a factor of a"
        " hundred."
    ),
    next_steps="Import its price (metricloom prices --import), or pass cost= where the application knows it.",
    examples=lambda _: [
        Example(
            "a model that the table lacks",
            [tokens("new-model", "0+100x300")],
            fires_at=["3h"],
            firing=[{"model": "new-model"}],
        ),
        Example("a model that it has", [tokens("gpt-4o", "0+100x300")], silent_at=["3h", "5h"]),
    ],
)
daily_budget = Alert(
    "LLMDailyBudgetExceeded",
    Query(f"{llm_cost(DAY)} / {DAILY_BUDGET}", unit="ratio") > Threshold(1),
    for_="",
    severity="warning",
    summary="Language models have cost $value of the daily budget in 24 hours",
    description="What language models cost in the last 24 hours is more than $threshold of the budget for a day.",
    next_steps="See Cost by model: which one, and did calls grow with it? If not, prompts grew or the cache is missed.",
    examples=lambda limit: [
        Example("twice the budget", [reported(f"0+{200 * limit / 1440}x1500")], fires_at=["24h"]),
        Example("half of it", [reported(f"0+{50 * limit / 1440}x1500")], silent_at=["24h"]),
    ],
)
monthly_forecast = Alert(
    "MonthlyBudgetForecast",
    Query(
        f"(sum_over_time(({HOURLY_COST} {THIS_MONTH})[31d:1h])\n"
        f"+ avg_over_time({HOURLY_COST}[7d:1h]) * on () group_left ()\n"
        f"((days_in_month() - day_of_month() + 1) * 24 - hour())) / {MONTHLY_BUDGET}",
        unit="ratio",
    )
    > Threshold(1),
    for_="1h",
    severity="warning",
    summary="This month is on course to cost $value of its budget",
    description=(
        "What this month (UTC) has cost, and the rest of it at the last week's average, is more than $threshold of the "
        "budget."
    ),
    next_steps=(
        "See Cost trend for what grew, and decide while there is time: a cheaper model, shorter retention, a larger"
        " budget."
    ),
    examples=lambda limit: [
        Example("twice the budget", [reported(f"0+{6000 * limit / 31 / 1440}x3000")], fires_at=["2d"]),
        Example("half of it", [reported(f"0+{1500 * limit / 31 / 1440}x3000")], silent_at=["2d"]),
    ],
)
cost_spike = Alert(
    "LLMCostSpike",
    Query(f"{llm_cost(SIX_HOURS)} / {llm_cost(SIX_HOURS, ' offset 7d')}") > Threshold(2),
    for_="15m",
    severity="warning",
    # Ten dollars at least, and last week's six hours there (72 steps) but for a few.
    guard=f"{llm_cost(SIX_HOURS)} > 10 and\n"
    f'sum by ($identity) (count_over_time({SERVICE_COST}{{service="llm"}}[{SIX_HOURS}] offset 7d)) > 65',
    summary="Language models cost $value of what they did in the same hours last week",
    description="Over 6 hours, language models cost more than $threshold of what they did a week before.",
    next_steps="See Cost by model and Calls by model: a new release, a loop, or growth that is meant.",
    examples=lambda limit: [
        Example("one more than the factor", spent(0.05, 0.05 * (limit + 1)), fires_at=["175h"], silent_at=["167h"]),
        # Two in one: promtool takes seconds for each week.
        Example(
            "half the factor; elsewhere the factor, of cents",
            [*spent(0.05, 0.05 * limit / 2), *spent(0.0005, 0.0005 * (limit + 1), namespace="namespace-2")],
            silent_at=["167h", "175h"],
        ),
    ],
)
accounting_gap = Alert(
    "CostAccountingGap",
    # In tokens, so that no price stands between.
    Query(
        f"abs(sum by ($identity, model, token_type) (sum_over_time({TOKENS_USED}[{DAY}]))\n"
        f'/ sum by ($identity, model, token_type) (increase({TOKENS}{{priced_by="table"}}[1d])) - 1)',
        unit="ratio",
    )
    > Threshold(0.01),
    for_="1h",
    severity="info",
    guard=f"sum by ($identity, model, token_type) (sum_over_time({TOKENS_USED}[{DAY}])) > 1e5",
    summary="Recorded and raw tokens of $labels.model differ by $value",
    description=(
        "What the rules recorded of $labels.model ($labels.token_type) in 24 hours differs by more than $threshold from"
        " what the counters hold: the rules were not evaluated, or scrapes were lost. Costs of that day are wrong by as"
        " much."
    ),
    next_steps="Look for an outage of Prometheus or of scrapes in the last day. The raw counters still hold the truth.",
    examples=lambda _: [
        Example(
            "an hour without scrapes",
            [tokens("gpt-4o", f"0+6000x600 _x60 {6000 * 661}+6000x900")],
            fires_at=["24h"],
            silent_at=["9h"],
            firing=[{"model": "gpt-4o", "token_type": "input"}],
        ),
        Example("a steady day", [tokens("gpt-4o", "0+6000x1500")], silent_at=["9h", "24h"]),
    ],
)

# --- what is shown ---

STORAGE_COST = SERVICE_COST + '{service="storage"}'


def recorded(record: str, by: str = "", window: str = DAY) -> str:
    """Return what *record* adds up to over *window*; in a store younger than the first step, what it holds now."""
    total = f"sum by ({by})" if by else "sum"
    return f"({total} (sum_over_time({record}[{window}])) or {total} ({record}))"


LAST_DAY = recorded(MODEL_COST, "model")
# Nothing recorded a week ago is 0 US$ recorded: a table needs the cell.
A_WEEK_BEFORE = f"(sum by (model) (sum_over_time({MODEL_COST}[{DAY}] offset 7d)) or {LAST_DAY} * 0)"
# Of the models that were called: 0 / 0 of another would spoil the sum.
FAILED_SHARE = f"({increase(FAILURES, by=[MODEL], window='24h')} / ({increase(CALLS, by=[MODEL], window='24h')} > 0))"

panels = [
    Stat(
        "LLM cost per day",
        recorded(f'{SERVICE_COST}{{service="llm"}}'),
        "US$ spent on language models in the last 24 hours, each token at the price then in force. Normal is near"
        " yesterday's. When it jumps, the table below says which model.",
        unit="currencyUSD",
        time_from="7d",
        no_value="No price declared, or no traffic",
    ),
    Stat(
        "Storage cost per month",
        f"(sum(avg_over_time({STORAGE_COST}[{DAY}])) or sum({STORAGE_COST})) * 12 * 730",
        "US$ that a month (730 hours) costs at what was held on average in the last 24 hours, by the price per GB of"
        " 10^9 bytes. Normal grows slowly; when it does not, see Growth in a day under Storage.",
        unit="currencyUSD",
        time_from="30d",
        no_value="No price declared, or nothing held",
    ),
    Stat(
        "Bandwidth cost per day",
        recorded(f'{SERVICE_COST}{{service="bandwidth"}}'),
        "US$ for the bytes read in the last 24 hours, which is what leaves the provider. Normal follows the audience."
        " When it jumps, see Bytes read under Storage.",
        unit="currencyUSD",
        time_from="7d",
        no_value="No price declared, or nothing read",
    ),
    Stat(
        "Failed calls and caching",
        {
            "spent on failed calls": f"sum({LAST_DAY} * on (model) {FAILED_SHARE})",
            "saved by caching": recorded(SAVED),
        },
        "US$ of the last 24 hours that went to calls that failed, as if they cost what the others do (an upper bound"
        " where the provider bills no failures); and what the same hours would have cost more had no input been read"
        " from a cache, less what writes into it cost more than plain input. Normal is below 2 % of the day for"
        " failures: when it rises, see Failures by outcome. Negative savings: cache less.",
        unit="currencyUSD",
        minimum=-inf,
        time_from="7d",
        no_value="No price declared, or no traffic",
    ),
    TimeSeries(
        "Cost trend",
        recorded(SERVICE_COST, "service", HOUR_WINDOW),
        "US$ in the hour before each moment, by what they were spent on. Normal repeats by day and week. A step up is a"
        " release, a new model, or a loop.",
        unit="currencyUSD",
        time_from="7d",
        stacked=True,
    ),
    Table(
        "Cost by model",
        {
            "Last 24 h": LAST_DAY,
            "A week before": A_WEEK_BEFORE,
            "Change": f"{LAST_DAY} - {A_WEEK_BEFORE}",
            "Calls": increase(CALLS, by=[MODEL], window="24h"),
        },
        "US$ of each model in the last 24 hours, beside the same hours a week before (0: nothing was recorded then)."
        " Normal is a small change. Where it doubled, see whether calls did too: if not, prompts grew or the cache is"
        " missed.",
        units={"Last 24 h": "currencyUSD", "A week before": "currencyUSD", "Change": "currencyUSD"},
    ),
]

costs = Subsystem(
    "costs",
    title="Costs & Efficiency",
    owner="finance",
    service="content-platform",
    about=ABOUT,
    proven_every="5m",
    prices=[
        *(price for prices in MODEL_PRICES for price in prices.prices),
        DEFAULT_TOKEN,
        STORAGE,
        EGRESS,
        SPEECH,
        VIDEO,
    ],
    budgets=[MONTHLY_BUDGET, DAILY_BUDGET],
    recordings=[
        TOKENS_USED,
        *(rule for prices in MODEL_PRICES for rule in model_costs(prices)),
        *other_model_costs,
        *(rule for prices in MODEL_PRICES for rule in cache_savings(prices)),
        HELD,  # of storage, and here, where it is read: groups are not evaluated in step
        *service_costs,
        HOURLY_COST,
    ],
    alerts=[unpriced_model, daily_budget, monthly_forecast, cost_spike, accounting_gap],
    panels=panels,
)
