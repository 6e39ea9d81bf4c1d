"""The dashboards that are shipped: the content platform's, a site's of it, and the example's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from metricloom.content_platform import REGISTRY
from metricloom.generators.dashboard import render
from metricloom.registry.boards import dashboards
from metricloom.registry.load import load
from metricloom.registry.overrides import for_site
from metricloom.registry.registry import Registry
from metricloom.registry.site import Site
from tests.dashboard_checklist import failures, subject_of
from tests.dashboard_rewrites import rewrites

SITE = Site(
    "eu",
    scope='job=~"content-.*",cluster="eu"',
    target={"job": "content-api"},
    thresholds={"HighLLMErrorRate": 0.05, "LLMOutage": 0.8},
    prices={"storage": 0.01},
    off=["SlowVideoRenders"],
    rename={"llm_calls_total": "ai_calls_total", "artifact_type": "kind"},
    docs_url="https://docs.example.org/eu",
)
EXAMPLE = load(str(Path(__file__).parent.parent / "examples" / "http_service.py"))
REGISTRIES: Mapping[str, Registry] = {
    "content platform": REGISTRY,
    "site": for_site(REGISTRY, SITE),
    "example": EXAMPLE,
}
ASKED = {
    "LLM Performance": {"Calls by model", "Duration by model", "Error rate", "Estimated daily cost"},
    "Storage": {"Bytes written", "Bytes read", "Total storage used", "Operations by artifact type"},
    "Content Generation": {
        *("TTS jobs", "Video renders", "TTS jobs: success rate", "Video renders: success rate"),
    },
    "Costs & Efficiency": {"LLM cost per day", "Storage cost per month", "Bandwidth cost per day", "Cost trend"},
    "Retention": {"Bytes freed", "Deletes by plan", "Last clean-up run", "Items cleaned today"},
}


def texts(registry: Registry) -> list[str]:
    return [artifact.text for artifact in render(registry) if artifact.path.suffix == ".json"]


@pytest.mark.parametrize("registry", REGISTRIES.values(), ids=REGISTRIES)
def test_it_meets_all_points_of_the_checklist(registry: Registry) -> None:
    for dashboard, text, again in zip(dashboards(registry), texts(registry), texts(registry), strict=True):
        assert failures(subject_of(registry, dashboard, text, again)) == {}


@pytest.mark.parametrize("registry", REGISTRIES.values(), ids=REGISTRIES)
def test_grafana_has_nothing_to_rewrite_on_import(registry: Registry) -> None:
    assert [rewrites(json.loads(text)) for text in texts(registry)] == [[]]


def test_the_rows_stand_in_the_asked_order_with_the_asked_panels() -> None:
    [text] = texts(REGISTRY)
    rows: dict[str, set[str]] = {}
    row = ""
    panels: list[dict[str, Any]] = json.loads(text)["panels"]
    for panel in panels:
        row = panel["title"] if panel["type"] == "row" else row
        rows.setdefault(row, set()).add(panel["title"])
    assert [title for title in rows if title] == list(ASKED)
    assert {title: ASKED[title] - rows[title] for title in ASKED} == {title: set() for title in ASKED}


def test_what_the_forecast_is_compared_with_is_not_drawn_among_dollars() -> None:
    """MonthlyBudgetForecast compares a share of the budget: its 1 is no dollar."""
    found = panel("Forecast")
    assert [step["color"] for step in found["fieldConfig"]["defaults"]["thresholds"]["steps"]] == ["blue"]
    assert "fires" not in found["description"]
    assert [link["title"] for link in found["links"]] == ["Runbook: MonthlyBudgetForecast"]


def test_the_date_of_the_prices_is_the_same_west_of_greenwich() -> None:
    """Grafana would show a date that is a value in the reader's own time zone."""
    day = min(price.checked for price in REGISTRY.prices if price.checked is not None)
    legends = [target["legendFormat"] for target in panel("Tokens priced")["targets"]]
    assert legends == ["priced", f"prices of {day.isoformat()}"]
    assert "dateTime" not in json.dumps(panel("Tokens priced"))


def panel(title: str) -> dict[str, Any]:
    [text] = texts(REGISTRY)
    return next(each for each in json.loads(text)["panels"] if each["title"] == title)


def test_an_alert_that_waits_for_nothing_is_said_to_fire_at_once() -> None:
    [text] = [artifact.text for artifact in render(REGISTRY) if artifact.path.suffix == ".json"]
    assert "Alert LLMOutage fires above 50%." in text
    assert "held for ." not in text
