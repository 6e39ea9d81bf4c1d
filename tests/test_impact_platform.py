"""The shipped content platform against edited copies of itself: what each edit reaches there, by name."""

from __future__ import annotations

import pytest

from metricloom.impact.changes import Change
from metricloom.registry.by_name import declared
from tests.impact_edits import Data, Edit, compared, data, each_label, named, renamed_label, replaced, threshold

PLATFORM = data(declared("metricloom.content_platform:REGISTRY"))


def only(kind: str, *edits: Edit) -> Change:
    """Return the one change of a kind that edits of the platform make."""
    [found] = [change for change in compared(*edits, old=PLATFORM).changes if change.kind.name == kind]
    return found


def names(change: Change, verdict: str, sort: str) -> set[str]:
    return {one.name for one in change.consequences if (one.verdict, one.sort) == (verdict, sort)}


def test_it_does_not_differ_from_itself() -> None:
    assert compared(old=PLATFORM).changes == ()


def test_calls_renamed_with_all_that_reads_them_break_nothing_here_and_yet_others() -> None:
    changes = compared(replaced("llm_calls_total", "llm_requests_total"), old=PLATFORM).changes
    [renamed] = [change for change in changes if change.impact.word == "breaking"]
    assert renamed.kind.name == "metric-renamed"
    assert {one.verdict.value for one in renamed.consequences} == {"follows"}
    assert "LLM Performance › Calls by model" in names(renamed, "follows", "panel")
    assert names(renamed, "follows", "call") == {"LLMMetrics.record_call"}
    assert not any(change.kind.name in ("record-expression", "panel-query", "alert-condition") for change in changes)


def test_calls_renamed_alone_break_alerts_through_records() -> None:
    renamed = only("metric-renamed", replaced("llm_calls_total", "llm_requests_total", "metrics", "operations"))
    assert names(renamed, "breaks", "alert") >= {"HighLLMErrorRate", "LLMOutage", "LLMCallsStuck"}
    [high] = [one for one in renamed.consequences if one.name == "HighLLMErrorRate"]
    assert high.via == ("model:llm_failures:ratio_rate5m",)
    assert high.place == "rules/llm.yml, docs/monitoring.md#highllmerrorrate"


def buckets(most: int) -> Edit:
    """Return an edit that leaves the first buckets of the duration of a call."""

    def edit(whole: Data) -> None:
        metric = named(whole["metrics"], "llm_call_seconds")
        metric["buckets"] = metric["buckets"][:most]

    return edit


def test_an_alert_above_the_highest_bucket_that_is_left_can_never_fire() -> None:
    dropped = only("bucket-removed", buckets(7))
    assert names(dropped, "breaks", "alert") == {"SlowLLMCalls"}
    [slow] = [one for one in dropped.consequences if one.name == "SlowLLMCalls"]
    assert "compares a quantile with 60, and the highest bucket is 30 now: it never holds" in slow.reasons
    assert names(dropped, "alters", "panel") == {"LLM Performance › Duration by model"}


def test_a_bucket_far_above_the_threshold_breaks_no_alert() -> None:
    assert names(only("bucket-removed", buckets(12)), "breaks", "alert") == set()


def test_a_model_that_is_no_longer_named_is_looked_for_where_its_price_is() -> None:
    forgotten = only("value-forgotten", each_label("model", lambda one: one["values"].remove("o3")))
    assert forgotten.impact.word == "altering"
    assert "model_token_type:llm_cost_dollars:increase5m" in names(forgotten, "alters", "record")


@pytest.mark.parametrize(("alert", "value"), [("HighLLMErrorRate", 0.2), ("SlowLLMCalls", 90)])
def test_a_threshold_that_is_raised_alters_that_alert_alone(alert: str, value: float) -> None:
    changes = compared(threshold(alert, value), old=PLATFORM).changes
    assert [(change.kind.name, change.name) for change in changes] == [("alert-threshold", alert)]


def test_a_label_that_one_side_of_a_ratio_loses_breaks_the_alerts_on_it() -> None:
    def edit(whole: Data) -> None:
        named(whole["metrics"], "llm_failures_total")["labels"].clear()

    removed = only("label-removed", edit)
    assert names(removed, "breaks", "alert") == {"HighLLMErrorRate", "LLMOutage"}
    assert "Worst model's success" in names(removed, "breaks", "panel")


def test_a_renamed_label_reaches_what_groups_by_it() -> None:
    renamed = only("label-renamed", renamed_label("artifact_type", "kind"))
    assert names(renamed, "breaks", "record")
    assert names(renamed, "breaks", "panel")


def test_a_price_alters_what_is_computed_from_it_and_no_other_cost() -> None:
    def edit(whole: Data) -> None:
        price = next(one for one in whole["prices"] if one["name"] == "llm_claude_haiku_4_5_input")
        before, price["dollars"] = price["expression"], 7
        price["expression"] = "7e-06"
        for rule in whole["recordings"]:
            if "$price_llm_claude_haiku_4_5_input" in rule["written"]:
                rule["expression"] = rule["expression"].replace(before, "7e-06")

    changes = compared(edit, old=PLATFORM).changes
    assert [change.kind.name for change in changes] == ["price-changed"]
    assert "LLMDailyBudgetExceeded" in names(changes[0], "alters", "alert")
    assert "Costs & Efficiency › Storage cost per month" not in names(changes[0], "alters", "panel")


def test_no_edit_of_one_metric_reaches_what_does_not_read_it() -> None:
    removed = only("metric-removed", lambda whole: whole["metrics"].remove(named(whole["metrics"], "llm_calls_total")))
    for rule in PLATFORM["alerts"]:
        if rule["subsystem"] in ("storage", "retention"):
            assert rule["name"] not in {one.name for one in removed.consequences}
