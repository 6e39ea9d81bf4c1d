"""The dashboard of the content platform: what stands above its rows answers the two people who open it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from math import inf

from metricloom import DROPPED, PRESENCE, Dashboard, FiringAlerts, Stat, increase, presence, time_since, total
from metricloom.content_platform import content, llm, retention, storage
from metricloom.content_platform.model_prices import MODEL_PRICES

PRICED_MODELS = "|".join(re.escape(prices.model).replace("\\", "\\\\") for prices in MODEL_PRICES)
CHECKED = min(price.checked for prices in MODEL_PRICES for price in prices.prices if price.checked is not None)
PRICES_OF = int(datetime.combine(CHECKED, time(), UTC).timestamp())

# --- on call ---

# An increase, not a rate: $__rate_interval is too short for a model that is called once a minute.
WORST = (
    f"1 - {increase(llm.FAILURES, by=[llm.MODEL], window='15m')} / {increase(llm.CALLS, by=[llm.MODEL], window='15m')}"
)

on_call = [
    FiringAlerts(
        "Alerts firing",
        "What fires now, since when, and what to do about it: the runbook. Normal is an empty table. Alerts that were"
        " silenced in Alertmanager are among them: Prometheus does not know of silences.",
        about=[llm.MODEL, storage.ARTIFACT_TYPE, storage.OPERATION, content.PROVIDER, content.RENDERER, retention.PLAN],
    ),
    Stat(
        "Worst model's success",
        f"min({WORST})",
        "Share of calls that did not fail in the last 15 minutes, of the model with the lowest. Normal is above 98 %."
        " When it falls, LLM Performance says which model and why; switch to another if its provider is down.",
        alert=["HighLLMErrorRate", "LLMOutage"],
        complement=True,
    ),
    Stat(
        "Calls in flight",
        {"oldest": time_since(llm.OLDEST_START), "calls": total(llm.IN_FLIGHT)},
        "How long the call that runs longest has been running, and how many run. Normal is below a minute, and follows"
        " the traffic. Past the line calls are stuck: the provider accepts them and does not answer.",
        alert="LLMCallsStuck",
        units={"oldest": "s", "calls": "short"},
        minimum=0,
        no_value="No call in flight, or target down",
    ),
    Stat(
        "Targets up",
        "avg(up and on (cluster, namespace, job) job:content_platform_targets:count)",
        "Share of the platform's targets that answer Prometheus. Normal is 100 %. When one is down, its numbers are"
        " missing from all that is shown here: look at its pod.",
        alert="TargetsDown",
        complement=True,
        unit="percentunit",
        minimum=0,
        maximum=1,
    ),
    Stat(
        "Data",
        {
            "LLM": presence(llm.CALLS),
            "Storage": presence(storage.PUTS),
            "TTS": presence(content.TTS_JOBS),
            "Video": presence(content.VIDEO_RENDERS),
            "Retention": presence(retention.RUNS),
        },
        "Why panels are empty, by part of the platform, in the time shown. Normal is Receiving; No traffic is normal at"
        " night. Target down: look at its pod. Not instrumented: this service never exposed these metrics.",
        states=PRESENCE,
    ),
]

on_call.append(
    Stat(
        "Refused by instrumentation",
        increase(DROPPED, by=["family"]),
        "What the service tried to record in the time shown and its instrumentation refused, clamped or counted under "
        "other, by metric. Normal is 0. When it is not, a caller passes a value that is none, or a label has more "
        "values than it may: its number of series is bounded, and what is beyond is not told apart.",
        no_value="Nothing refused, or target down",
    )
)

# --- who pays: these follow no filter ---

COST = "service:cost_dollars:increase5m"
THIS_MONTH = "and on () (month() == last_over_time(month()[1m:1m] @ end()))"
SPENT = f"(sum(sum_over_time(({COST} {THIS_MONTH})[31d:5m])) or sum({COST}))"
SECONDS_LEFT = "(days_in_month() - day_of_month() + 1) * 86400 - hour() * 3600 - minute() * 60"
FORECAST = f"{SPENT} + (sum(avg_over_time({COST}[7d:5m])) or sum({COST})) / 300 * scalar({SECONDS_LEFT})"

who_pays = [
    Stat(
        "Spent this month",
        SPENT,
        "US$ since the month began, in UTC, by the prices then in force; Prometheus must keep 35 days. Normal is the"
        " part of the budget that the month has lasted. When it is more, see Costs & Efficiency.",
        filters=False,
        unit="currencyUSD",
        time_from="7d",
        no_value="Nothing recorded, or no price declared",
    ),
    Stat(
        "Forecast",
        FORECAST,
        "US$ at the end of this month if the rest of it costs what the last 7 days did. Normal is below the budget."
        " When it is above, there is still time: see which model, and what failed calls cost.",
        alert="MonthlyBudgetForecast",
        filters=False,
        unit="currencyUSD",
        minimum=0,
        time_from="7d",
        no_value="Nothing recorded, or no price declared",
    ),
    Stat(
        "Budget left",
        f"$budget_month - {SPENT}",
        "US$ of this month's budget that are not spent. Normal reaches 0 on the last day of the month. Negative:"
        " overspent; decide what may go on.",
        filters=False,
        unit="currencyUSD",
        minimum=-inf,
        time_from="7d",
        no_value="No budget declared",
    ),
    Stat(
        "Tokens priced",
        {
            "priced": (
                f'1 - (sum(increase({llm.TOKENS}{{priced_by="table",model!~"{PRICED_MODELS}"}}[24h])) or vector(0)) '
                f"/ sum(increase({llm.TOKENS}[24h]))"
            ),
            "prices of": f"vector({PRICES_OF}) * 1000",
        },
        "Share of the tokens of the last 24 hours that have a declared price, and the date of the prices. Normal is 100"
        " %. What is not priced is estimated at a default: import its price. Prices older than a quarter: import them"
        " again.",
        alert="UnpricedModelInUse",
        units={"prices of": "dateTimeAsLocalNoDateIfToday"},
        no_value="No traffic, or target down",
    ),
]

DASHBOARD = Dashboard(
    "Content platform",
    uid="content-platform",
    band=[*on_call, *who_pays],
    variables=[llm.MODEL, storage.ARTIFACT_TYPE],
    tags=["content-platform"],
)
