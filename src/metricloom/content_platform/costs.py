"""What it costs: when somebody must act, and what is shown, of the dollars that `cost_records` records."""

from __future__ import annotations

from math import inf

from metricloom import (
    Alert,
    Example,
    Query,
    Samples,
    Stat,
    Subsystem,
    Table,
    Threshold,
    TimeSeries,
    increase,
    samples,
)
from metricloom.content_platform.cost_records import (
    DAILY_BUDGET,
    HOURLY_COST,
    MONTHLY_BUDGET,
    PRICES,
    RECORDS,
    TOKENS_USED,
)
from metricloom.content_platform.dollars import (
    DAY,
    HOUR_WINDOW,
    LLM_COST,
    MODEL_COST,
    PRICED_MODELS,
    SAVED,
    SERVICE_COST,
    SIX_HOURS,
    THIS_MONTH,
    recorded,
)
from metricloom.content_platform.llm import CALLS, FAILURES, MODEL, REPORTED_DOLLARS, TOKENS

ABOUT = """\
Every dollar is formed when it is spent, with the price in force at that moment, and then summed. What is charged by
tier, batch, time of day or tool call cannot be recovered from sums of tokens: such a price uses its named base, and
says so in its note. Where the application knows what a call cost, pass `cost=`: those dollars are counted as they
are, and the call's tokens are not priced again. One price for all tokens of a model is wrong by factors: input,
cached and output tokens differ.

A model that the table lacks is priced at US$0.10 for a million tokens, marked `pricing="default"`, and
UnpricedModelInUse names it.

A budget is that of one deployment, and each is compared with what that one has spent: what one saves, another may not
spend. On the dashboard, Budget left is the sum of what each has left.

A day is 24 hours up to now; a month is the calendar's, in UTC, and needs 35 days of retention in Prometheus. What an
outage of the rules loses, the raw counters still hold: CostAccountingGap says so.
"""

# --- when somebody must act ---


def llm_cost(window: str, before: str = "") -> str:
    """Return US$ of language models over *window*."""
    return f"sum by ($identity) (sum_over_time({LLM_COST}[{window}]{before}))"


def tokens(model: str, values: str) -> Samples:
    """Return plain input tokens of a model."""
    return samples(TOKENS, values, model=model, token_type="input", priced_by="table")  # noqa: S106 - no password


def reported(values: str, **target: str) -> Samples:
    """Return US$ that the application reported."""
    return samples(REPORTED_DOLLARS, values, model="gpt-4o", **target)


def a_month(dollars: float) -> str:
    """Return half a day of what, going on, comes to *dollars* in the examples' month, which has 31 days."""
    return f"0+{dollars / 31 / 1440}x720"


def spent(last_week: float, today: float, **target: str) -> list[Samples]:
    """Return US$ a minute in eight hours, and in nine hours a week after; between them nothing, to be quick."""
    return [reported(f"0+{last_week}x480 _x9479 0+{today}x540", **target)]


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
    summary="Language models of $labels.job have cost $value of its daily budget in 24 hours",
    description=(
        "What language models cost this one deployment in the last 24 hours is more than $threshold of its own budget"
        " for a day."
    ),
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
    summary="This month of $labels.job is on course to cost $value of its budget",
    description=(
        "What this month (UTC) has cost this one deployment, and the rest of it at the last week's average, is more"
        " than $threshold of its own budget for a month."
    ),
    next_steps=(
        "See Cost trend for what grew, and decide while there is time: a cheaper model, shorter retention, a larger"
        " budget."
    ),
    examples=lambda limit: [
        Example(
            "twice the budget; another deployment, half of its own",
            [reported(a_month(6000 * limit)), reported(a_month(1500 * limit), namespace="namespace-2")],
            fires_at=["12h"],
        ),
        Example(
            "three deployments, each two thirds of it",
            [reported(a_month(2000 * limit), namespace=f"namespace-{number}") for number in range(3)],
            silent_at=["12h"],
        ),
    ],
)
cost_spike = Alert(
    "LLMCostSpike",
    Query(f"{llm_cost(SIX_HOURS)} / {llm_cost(SIX_HOURS, ' offset 7d')}") > Threshold(2),
    for_="15m",
    severity="warning",
    # Ten dollars at least, and last week's six hours there (72 steps) but for a few.
    guard=f"{llm_cost(SIX_HOURS)} > 10 and\n"
    f"sum by ($identity) (count_over_time({LLM_COST}[{SIX_HOURS}] offset 7d)) > 65",
    summary="Language models cost $value of what they did in the same hours last week",
    description="Over 6 hours, language models cost more than $threshold of what they did a week before.",
    next_steps="See Cost by model and Calls by model: a new release, a loop, or growth that is meant.",
    examples=lambda limit: [
        # Three in one: promtool takes seconds for each week.
        Example(
            "one more than the factor; elsewhere half of it, or the factor of cents",
            [
                *spent(0.05, 0.05 * (limit + 1)),
                *spent(0.05, 0.05 * limit / 2, namespace="namespace-2"),
                *spent(0.0005, 0.0005 * (limit + 1), namespace="namespace-3"),
            ],
            fires_at=["175h"],
            silent_at=["167h"],
        ),
        Example("a first day: there is no last week", [reported(f"0+{limit}x480")], silent_at=["2h", "8h"]),
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


LAST_DAY = recorded(MODEL_COST, "model")
# Nothing recorded a week ago is 0 US$ recorded: a table needs the cell.
A_WEEK_BEFORE = f"(sum by (model) (sum_over_time({MODEL_COST}[{DAY}] offset 7d)) or {LAST_DAY} * 0)"
# Of the models that were called: 0 / 0 of another would spoil the sum.
FAILED_SHARE = f"({increase(FAILURES, by=[MODEL], window='24h')} / ({increase(CALLS, by=[MODEL], window='24h')} > 0))"

panels = [
    Stat(
        "LLM cost per day",
        recorded(LLM_COST),
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
    prices=PRICES,
    budgets=[MONTHLY_BUDGET, DAILY_BUDGET],
    recordings=RECORDS,
    alerts=[unpriced_model, daily_budget, monthly_forecast, cost_spike, accounting_gap],
    panels=panels,
)
