"""Costs: the recorded dollars of two eventful days are those of the calls, at the prices of their time."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from metricloom import GB, HOUR, MILLION, Price, Site, Stat
from metricloom.commands.prices import amount
from metricloom.content_platform import REGISTRY
from metricloom.content_platform.content import TTS_CHARACTERS, VIDEO_OUTPUT_SECONDS
from metricloom.content_platform.cost_records import DEFAULT_TOKEN, EGRESS, MONTHLY_BUDGET, STORAGE
from metricloom.content_platform.llm import REPORTED_DOLLARS, TOKENS
from metricloom.content_platform.model_prices import MODEL_PRICES
from metricloom.content_platform.storage import BYTES_READ, USED_BYTES
from metricloom.generators.chapters.costs import price_rows
from metricloom.registry.expand import panel_text
from metricloom.registry.overrides import for_site
from metricloom.registry.registry import Registry
from tests.platform.scenario import (
    Case,
    Expectation,
    Series,
    Shape,
    Value,
    alert,
    failures,
    firing,
    near,
    series,
    silent,
    steps,
)

SCRAPED = 15
DAY = 24 * HOUR
UNTIL = 2 * DAY - 60
DOLLARS, SPENT = "model_token_type:llm_cost_dollars:increase5m", "service:cost_dollars:increase5m"
TWO_DAYS = "[47h59m59s999ms:5m]"
"""Steps of five minutes, one for each increment, whether or not the end falls on one."""

SPEECH = Price("speech", 15, per=MILLION, unit="characters")
VIDEO = Price("video", 0.005, per=1, unit="second of video")
SITE = Site(
    "priced",
    prices={
        # promtool's clock begins in 1970: the price falls after the first day.
        "llm_claude_sonnet_4_5_input": Price(
            "llm_claude_sonnet_4_5_input", 10, per=MILLION, unit="tokens", changes={date(1970, 1, 2): 4}
        ),
        "speech": SPEECH,
        "video": VIDEO,
    },
)
PRICED = for_site(REGISTRY, SITE)

# --- what happens, and what it costs ---


def per_unit(price: Price, t: float) -> float:
    """Return US$ for one unit at a time."""
    today = date.fromordinal(date(1970, 1, 1).toordinal() + int(t // DAY))
    dollars = [price.dollars, *(price.changes[day] for day in sorted(price.changes) if day <= today)][-1]
    assert dollars is not None
    return dollars / price.per


def price_of(model: str, token_type: str) -> Price:
    """Return the price in the registry as the site has it."""
    names = [prices.by_type[token_type].name for prices in MODEL_PRICES if prices.model == model]
    return next((price for price in PRICED.prices if price.name in names), DEFAULT_TOKEN)


def busy(most: int, begin: float = 0, end: float = 9e9, restarts: Sequence[float] = (), start: int = 0) -> Shape:
    """Return a counter that grows at another rate in each hour, of a process that runs between two times."""
    values: dict[int, int] = {}
    count = start
    for number in range(int((UNTIL + HOUR) // SCRAPED)):
        t = number * SCRAPED
        if not begin <= t < end:
            continue
        if any(restart <= t < restart + SCRAPED for restart in restarts):
            count = 0
        elif values:
            count += most * (1 + (t // HOUR * 7) % 5)
        values[number] = count
    return lambda t: values.get(round(t / SCRAPED))


def cost(shape: Shape, price: Price, until: float = UNTIL) -> float:
    """Return what a counter's growth costs, each part at the price in force when it was scraped."""
    times = [number * SCRAPED for number in range(int(until // SCRAPED) + 1)]
    return sum(_grown(shape(before), shape(now)) * per_unit(price, now) for before, now in pairwise(times))


def _grown(before: Value, now: Value) -> float:
    if before is None or now is None:
        return 0
    return now - before if now >= before else now


@dataclass(frozen=True, slots=True)
class Used:
    """Tokens of one replica."""

    model: str
    token_type: str
    shape: Shape
    replica: str = "a"
    priced_by: str = "table"

    @property
    def series(self) -> Series:
        labels = {"token_type": self.token_type, "priced_by": self.priced_by, "instance": self.replica}
        return series(TOKENS, self.shape, model=self.model, **labels)

    @property
    def dollars(self) -> float:
        return cost(self.shape, price_of(self.model, self.token_type)) if self.priced_by == "table" else 0


COUNTED = [
    ("gpt-4o", "input", 900),
    ("gpt-4o", "cache_read", 2100),
    ("gpt-4o", "output", 240),
    ("claude-sonnet-4-5", "input", 1500),
    ("claude-sonnet-4-5", "cache_write", 130),
    ("claude-sonnet-4-5", "output", 300),
]
RESTARTS = (20 * HOUR + 7 * SCRAPED, 31 * HOUR)
USED = [
    *(Used(model, kind, busy(most, restarts=RESTARTS)) for model, kind, most in COUNTED),
    # A replica that comes and goes.
    *(
        Used(model, kind, busy(most + 30, 9 * HOUR + 4 * SCRAPED, 33 * HOUR + 11 * SCRAPED), "b")
        for model, kind, most in COUNTED
    ),
    # A model without a price, first seen when it has counted already.
    Used("new-model", "input", busy(9000, 25 * HOUR + 5 * SCRAPED, start=9000)),
    # Tokens whose dollars the application reports: not priced again.
    Used("gpt-4o", "output", busy(5000), priced_by="report"),
]
TABLE = sum(used.dollars for used in USED if used.model != "new-model")
DEFAULT = sum(used.dollars for used in USED if used.model == "new-model")


def evenly(per_scrape: float) -> Shape:
    return lambda t: t / SCRAPED * per_scrape


HELD = steps((0, 1e12), (DAY, 3e12))
EVENTS = [
    *(used.series for used in USED),
    series(REPORTED_DOLLARS, evenly(1 / 128), model="gpt-4o"),  # a power of two: exact in a float
    series(BYTES_READ, evenly(150_000_000), artifact_type="video"),
    series(TTS_CHARACTERS, evenly(100), provider="openai"),
    series(VIDEO_OUTPUT_SECONDS, evenly(2), renderer="cloud"),
    *(series(USED_BYTES, HELD, artifact_type="video", instance=name) for name in "abc"),
]
SCRAPES = UNTIL / SCRAPED
REPORTED = SCRAPES / 128
SERVICES = {
    "llm": TABLE + DEFAULT + REPORTED,
    "bandwidth": SCRAPES * 150_000_000 * per_unit(EGRESS, 0),
    "tts": SCRAPES * 100 * per_unit(SPEECH, 0),
    "video": SCRAPES * 2 * per_unit(VIDEO, 0),
    # Three replicas see the same store.
    "storage": (1000 * 24 + 3000 * (UNTIL / HOUR - 24)) / 730 * per_unit(STORAGE, 0) * GB,
}


def steps_of_a_day(at: str) -> Expectation:
    query = f'sum(count_over_time({SPENT}{{service="tts"}}[23h59m59s999ms:5m]))'
    return Expectation(at, query, [("{}", 288)])


def two_days() -> Case:
    """Return two days with restarts, a replica that comes and goes, a new model, caching, and a price that changes."""
    end = f"{UNTIL // 60}m"
    by_pricing = {"table": TABLE, "default": DEFAULT, "report": REPORTED}
    month = "(month() == last_over_time(month()[1m:1m] @ end()))"
    expected = [
        *(near(end, f'sum_over_time({DOLLARS}{{pricing="{name}"}}{TWO_DAYS})', of) for name, of in by_pricing.items()),
        *(near(end, f'sum_over_time({SPENT}{{service="{name}"}}{TWO_DAYS})', of) for name, of in SERVICES.items()),
        near(
            "48h1m",
            f"sum_over_time((job:cost_dollars:increase1h and on () {month})[31d:1h])",
            sum(SERVICES.values()),
        ),
        steps_of_a_day("47h"),
        steps_of_a_day("47h2m"),
        *silent("25h30m", about="UnpricedModelInUse"),
        firing("27h", alert("UnpricedModelInUse", model="new-model"), about="UnpricedModelInUse"),
        *silent("47h", about="CostAccountingGap"),
        *silent("47h", about="LLMCostSpike"),
    ]
    return Case("two days", EVENTS, expected, UNTIL + HOUR - 120, SCRAPED)


# Alerts that sum a day at each evaluation take most of promtool's time: once is enough for them.
QUICK = for_site(REGISTRY, replace(SITE, off=["CostAccountingGap", "LLMCostSpike", "MonthlyBudgetForecast"]))


@pytest.mark.parametrize(("evaluated", "registry"), [("1m", QUICK), ("5m", PRICED)], ids=["1m", "5m"])
def test_two_days_of_calls_cost_what_they_cost(evaluated: str, registry: Registry, tmp_path: Path) -> None:
    assert failures(two_days(), tmp_path, "costs", "storage", evaluated=evaluated, registries=[registry]) == []


@pytest.mark.parametrize("end", ["190m", "193m20s"])
def test_bursts_are_counted_once_each(end: str, tmp_path: Path) -> None:
    """Scraped off the edges of the windows, as a server scrapes: then their increments meet without gap."""
    chance = random.Random(1)
    counts = [0]
    for _ in range(4 * HOUR // SCRAPED):
        counts.append(counts[-1] + chance.choice((0, 0, 0, 0, 0, 0, 4000, 9000)))
    half = SCRAPED / 2

    def seen(t: float) -> Value:
        scrape, off = divmod(round(t / half) - 1, 2)
        return None if off or scrape < 0 else counts[scrape]

    query = "sum_over_time(model_token_type:llm_tokens:increase5m[2h59m59s999ms:5m])"
    first, last = (round((minutes * 60 - half) // SCRAPED) for minutes in (10, 190))
    case = Case(
        "bursts",
        [series(TOKENS, seen, model="gpt-4o", token_type="input", priced_by="table")],
        [near(end, query, counts[last] - counts[first], within=0.001)],
        4 * HOUR,
        every=half,
    )
    assert failures(case, tmp_path, "costs") == []


def test_prices_read_well_in_the_list_and_in_the_guide() -> None:
    per = {price.name: amount(price) for price in PRICED.prices}
    names = ("default_token", "storage", "egress", "speech", "video")
    assert [per[name] for name in names] == ["1M tokens", "GB-month", "GB", "1M characters", "second of video"]
    guide = {row.name.strip("`"): row.price for row in price_rows(PRICED)}
    assert [guide[name] for name in names] == [
        "US$0.1 per 1,000,000 tokens",
        "US$0.023 per GB-month",
        "US$0.09 per GB",
        "US$15 per 1,000,000 characters",
        "US$0.005 per second of video",
    ]


# --- budgets: one of each deployment ---

REPORTED_BY = {"eu": 2.0, "us": 0.05}
"""US$ a minute, by cluster: 2880 and 72 a day, where 100 are the budget of each."""


def shown(title: str) -> str:
    """Return the query of a panel in the band, as Grafana sends it but for its windows: promtool holds few samples."""
    panels = [panel for panel in REGISTRY.dashboards[0].band if isinstance(panel, Stat) and panel.title == title]
    text = panel_text(REGISTRY, panels[0].targets[0].query.text, lambda _name: ())
    return text.replace("[31d:", "[30h:").replace("[7d:", "[30h:")


def test_what_is_left_is_the_sum_of_what_each_deployment_has_left(tmp_path: Path) -> None:
    spent, budget = sum(REPORTED_BY.values()) * 24 * 60, MONTHLY_BUDGET.dollars
    assert budget is not None
    left = len(REPORTED_BY) * budget - spent
    expected = [
        near("24h1m", shown("Budget left"), left, within=0.001),
        near("24h1m", shown("Spent this month"), spent),
        near("24h1m", shown("Forecast"), spent * 31, within=0.02),
        *(firing("24h1m", alert(name), about=name) for name in ("LLMDailyBudgetExceeded", "MonthlyBudgetForecast")),
    ]
    events = [
        series(REPORTED_DOLLARS, evenly(each / 4), model="gpt-4o", cluster=cluster)
        for cluster, each in REPORTED_BY.items()
    ]
    case = Case("two deployments", events, expected, DAY + 120, SCRAPED)
    assert failures(case, tmp_path, "costs", evaluated="5m") == []


# --- estimated models, and prices that nobody gave ---


def test_a_service_without_a_price_costs_nothing_that_is_shown(tmp_path: Path) -> None:
    """Not even 0, which would say that it is free."""
    case = Case(
        "characters, and no price of speech",
        [
            series(TTS_CHARACTERS, evenly(100), provider="openai"),
            series(BYTES_READ, evenly(1e9), artifact_type="video"),
        ],
        [Expectation("50m", f"count by (service) ({SPENT})", [('{service="bandwidth"}', 1)])],
        HOUR,
        SCRAPED,
    )
    assert failures(case, tmp_path, "costs") == []


def test_what_caching_saves_is_the_difference_of_the_prices(tmp_path: Path) -> None:
    model = "claude-sonnet-4-5"
    plain, read, write = (per_unit(price_of(model, kind), 2 * DAY) for kind in ("input", "cache_read", "cache_write"))
    used = [Used(model, "cache_read", evenly(3000)), Used(model, "cache_write", evenly(500))]
    saved = 20 * (3000 * (plain - read) - 500 * (write - plain))
    case = Case(
        "reads and writes of a cache",
        [one.series for one in used],
        [near("50h", "model_token_type:llm_cache_saved_dollars:increase5m", saved)],
        50 * HOUR,
        SCRAPED,
    )
    assert failures(case, tmp_path, "costs", evaluated="5m", registries=[PRICED]) == []
