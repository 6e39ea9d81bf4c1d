"""The dashboard of the content platform: what stands above its rows answers the two people who open it."""

from __future__ import annotations

from datetime import UTC, datetime, time
from math import inf

from metricloom import DROPPED, PRESENCE, Dashboard, FiringAlerts, Query, Stat, increase, presence, time_since, total
from metricloom.content_platform import content, llm, retention_metrics, storage, targets
from metricloom.content_platform.cost_records import MONTHLY_BUDGET
from metricloom.content_platform.dollars import PRICED_MODELS, SERVICE_COST, STEP, WINDOW, recorded_this_month
from metricloom.content_platform.model_prices import MODEL_PRICES

CHECKED = min(price.checked for prices in MODEL_PRICES for price in prices.prices if price.checked is not None)
PRICES_OF = f"prices of {CHECKED}"
CHECKED_AT = int(datetime.combine(CHECKED, time(), UTC).timestamp())

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
        about=[
            llm.MODEL,
            storage.ARTIFACT_TYPE,
            storage.OPERATION,
            content.PROVIDER,
            content.RENDERER,
            retention_metrics.PLAN,
        ],
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
        Query(f"avg({targets.UP} and on ($deployment) {targets.TARGETS})", unit="ratio"),
        "Share of the platform's targets that answer Prometheus. Normal is 100 %. When one is down, its numbers are"
        " missing from all that is shown here: look at its pod.",
        alert="TargetsDown",
        complement=True,
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
            "Retention": presence(retention_metrics.RUNS),
        },
        "Why panels are empty, by part of the platform, in the time shown. Normal is Receiving; No traffic is normal at"
        " night. Target down: look at its pod. Not instrumented: this service never exposed these metrics.",
        states=PRESENCE,
    ),
    Stat(
        "Refused by instrumentation",
        increase(DROPPED, by=["family"]),
        "What the service tried to record in the time shown and its instrumentation refused, clamped or counted under "
        "other, by metric. Normal is 0. When it is not, a caller passes a value that is none, or a label has more "
        "values than it may: its number of series is bounded, and what is beyond is not told apart.",
        no_value="Nothing refused, or target down",
    ),
]

# --- who pays: these follow no filter ---

SPENT_BY_EACH = recorded_this_month(SERVICE_COST, "$deployment")
SPENT = f"sum({SPENT_BY_EACH})"
SECONDS_LEFT = "(days_in_month() - day_of_month() + 1) * 86400 - hour() * 3600 - minute() * 60"
A_SECOND = f"(sum(avg_over_time({SERVICE_COST}[7d:{STEP}])) or sum({SERVICE_COST})) / {WINDOW}"

who_pays = [
    Stat(
        "Spent this month",
        SPENT,
        "US$ since the month began, in UTC, by the prices then in force, of all deployments together; Prometheus must"
        " keep 35 days. Normal is the part of their budgets that the month has lasted. When it is more, see Costs &"
        " Efficiency.",
        filters=False,
        unit="currencyUSD",
        time_from="7d",
        no_value="Nothing recorded, or no price declared",
    ),
    Stat(
        "Forecast",
        f"{SPENT} + {A_SECOND} * scalar({SECONDS_LEFT})",
        "US$ at the end of this month if the rest of it costs what the last 7 days did, of all deployments together."
        " Normal is below the sum of their budgets. When it is above, or one deployment is on course to exceed its own,"
        " there is still time: see which model, and what failed calls cost.",
        alert="MonthlyBudgetForecast",
        filters=False,
        unit="currencyUSD",
        minimum=0,
        time_from="7d",
        no_value="Nothing recorded, or no price declared",
    ),
    Stat(
        "Budget left",
        f"sum({MONTHLY_BUDGET} - {SPENT_BY_EACH})",
        "US$ of this month's budgets that are not spent. Each deployment has a budget of its own: this is the sum of"
        " what each has left. Normal reaches 0 on the last day of the month. Negative: overspent; decide what may go"
        " on.",
        filters=False,
        unit="currencyUSD",
        minimum=-inf,
        time_from="7d",
        no_value="No budget declared, or nothing recorded",
    ),
    Stat(
        "Tokens priced",
        {
            "priced": (
                f'1 - (sum(increase({llm.TOKENS}{{priced_by="table",model!~"{PRICED_MODELS}"}}[24h])) or vector(0)) '
                f"/ sum(increase({llm.TOKENS}[24h]))"
            ),
            # The date as a text, and how old it is: a date as a value is the day before west of Greenwich.
            PRICES_OF: f"vector(time() - {CHECKED_AT})",
        },
        "Share of the tokens of the last 24 hours that have a declared price, and the date of the prices with their"
        " age. Normal is 100 %. What is not priced is estimated at a default: import its price. Prices older than a"
        " quarter: import them again.",
        alert="UnpricedModelInUse",
        units={PRICES_OF: "s"},
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
