"""Dollars as they are recorded, and how they are added up: the names and windows that rules and panels share."""

from __future__ import annotations

from metricloom import one_of
from metricloom.content_platform.model_prices import MODEL_PRICES

SCRAPE = 15
"""The registry's scrape interval, in seconds."""
WINDOW = 300
STEP = "5m"
"""The same: increments of this length meet without gap, and are read by subqueries whose step it is."""

DAY = f"23h59m59s999ms:{STEP}"  # 288 steps, whether or not the end falls on one
SIX_HOURS = f"5h59m59s999ms:{STEP}"
HOUR_WINDOW = f"59m59s999ms:{STEP}"
THIS_MONTH = "and on () (month() == last_over_time(month()[1m:1m] @ end()))"

SERVICE_COST = "service:cost_dollars:increase5m"
MODEL_COST = "model_token_type:llm_cost_dollars:increase5m"
SAVED = "model_token_type:llm_cache_saved_dollars:increase5m"
LLM_COST = f'{SERVICE_COST}{{service="llm"}}'

PRICED_MODELS = one_of(prices.model for prices in MODEL_PRICES)


def recorded(record: str, by: str = "", window: str = DAY) -> str:
    """Return what *record* adds up to over *window*; in a store younger than the first step, what it holds now."""
    total = f"sum by ({by})" if by else "sum"
    return f"({total} (sum_over_time({record}[{window}])) or {total} ({record}))"


def recorded_this_month(record: str, by: str) -> str:
    """Return what *record* adds up to since the month began, in UTC."""
    return recorded(f"({record} {THIS_MONTH})", by, f"31d:{STEP}")
