"""Checks of rule tests, each on a rule file and a test beside it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from metricloom.checks import run
from metricloom.checks.example_world import WORLD
from metricloom.checks.examples import rules_read
from metricloom.errors import Problem
from metricloom.sources.model import World

RULES = """
- {record: "job:queue:sum", expr: sum by (job) (queue_items)}
- {alert: LongQueue, expr: queue_items > 10}
- {alert: Full, expr: used_bytes > 10}
---
"""
FIRES = "{eval_time: 5m, alertname: LongQueue, exp_alerts: [{exp_labels: {job: api}}]}"
SILENT = "{eval_time: 5m, alertname: Full, exp_alerts: []}"


def found(
    series: str = "queue_items", alerts: str = FIRES, file: str = "rules.yml", world: World = WORLD
) -> list[Problem]:
    test = f"""rule_files: [{file}]
tests:
- interval: 1m
  input_series: [{{series: '{series}', values: 20x10}}]
  alert_rule_test: [{alerts}]
"""
    with rules_read(RULES + test, world) as (sources, problems):
        assert problems == ()
        return [problem for problem in run(sources) if problem.code.startswith("U")]


def test_an_alert_that_is_only_seen_silent_is_told_and_one_without_any_test_is_noted() -> None:
    assert [(one.code, one.severity) for one in found()] == [("U801", "note")]
    assert [(one.code, one.severity) for one in found(alerts=f"{FIRES}, {SILENT}")] == [("U801", "warning")]


@pytest.mark.parametrize(("expected", "says"), [("[]", "it passes"), ("[{exp_labels: {job: api}}]", "it fails")])
def test_a_name_that_no_rule_has_is_told_at_its_place(expected: str, says: str) -> None:
    [problem] = [
        one
        for one in found(alerts=f"{{eval_time: 5m, alertname: LongQueues, exp_alerts: {expected}}}")
        if one.code == "U802"
    ]
    assert says in problem.message
    assert "LongQueue" in problem.hint
    assert problem.at is not None
    assert problem.at.line == 5
    assert problem.at.path.endswith("rules_test.yml")


@pytest.mark.parametrize(
    ("series", "says"),
    [
        ("queue_itmes", "queue_items"),
        ('queue_items{modle="a"}', "model"),
        ('call_seconds_bucket{le="30"}', "60"),
        ('call_seconds_bucket{le="lots"}', "60"),
        ('written_bytes_total{kind="vidoe"}', "video"),
    ],
)
def test_a_series_that_nothing_exposes_is_no_input(series: str, says: str) -> None:
    [problem] = [one for one in found(series) if one.code == "U803"]
    assert problem.severity == "error"
    assert says in problem.hint


@pytest.mark.parametrize(
    "series",
    [
        'queue_items{job="a", instance="b", model="c", cluster="d"}',
        'call_seconds_bucket{le="60"}',
        'call_seconds_bucket{le="+Inf"}',
        'job:queue:sum{job="a"}',
        'up{job="a", anything="b"}',
        'ALERTS{alertname="LongQueue"}',
        "{}",
    ],
)
def test_a_series_that_there_may_be_is_an_input(series: str) -> None:
    assert [one.message for one in found(series) if one.code == "U803"] == []


def test_what_is_not_known_may_exist_in_an_open_world() -> None:
    assert not [one for one in found("other_total", world=replace(WORLD, open=True)) if one.code == "U803"]
    assert not [one for one in found("other_total", world=replace(WORLD, sampled=True)) if one.code == "U803"]
    assert [one.severity for one in found('job:queue:sum{x="a"}') if one.code == "U803"] == ["warning"]


def test_a_file_that_is_not_there_is_told_and_the_names_it_would_hold_are_not_guessed() -> None:
    problems = found(alerts=SILENT, file="ruels*.yml")
    assert [(one.code, one.source) for one in problems] == [("U804", "ruels*.yml")]
