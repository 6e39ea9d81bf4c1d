"""Fixes of checks: what is rewritten is mended, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from metricloom.checks import Found
from metricloom.checks.example_world import WORLD
from metricloom.checks.examples import of_expression
from metricloom.checks.run import found
from metricloom.errors import Severity
from metricloom.promql.text import edited
from metricloom.sources.model import Use, World

FIXES = [
    ("Q208", "sum(rate(calls_total [ 15s ] offset 1h)) > 1", "sum(rate(calls_total [ 1m ] offset 1h)) > 1"),
    ("Q208", 'irate(calls_total{model="a[b]"}[40s]) > 1', 'irate(calls_total{model="a[b]"}[1m]) > 1'),
    ("Q223", "queue_items offset -5m > 1", "queue_items > 1"),
    ("Q223", "queue_items offset -1m > 1", "queue_items > 1"),
    ("Q223", "rate(calls_total[5m]  OFFSET -5m) > 1", "rate(calls_total[5m]) > 1"),
    (
        "H306",
        "histogram_quantile(95, sum by (le) (rate(call_seconds_bucket[5m]))) > 1",
        "histogram_quantile(0.95, sum by (le) (rate(call_seconds_bucket[5m]))) > 1",
    ),
    ("H306", "quantile_over_time(99.9, queue_items[1h]) > 1", "quantile_over_time(0.999, queue_items[1h]) > 1"),
    ("H307", 'rate(call_seconds_bucket{le="1"}[5m]) > 1', 'rate(call_seconds_bucket{le="1.0"}[5m]) > 1'),
    ("H307", "rate(call_seconds_bucket{le='60'}[5m]) > 1", 'rate(call_seconds_bucket{le="60.0"}[5m]) > 1'),
    ("R608", "sum(jobs_waiting) > 1", 'sum(jobs_waiting{job=~"content-.*"}) > 1'),
    (
        "R608",
        'sum(jobs_waiting{instance="a"} offset 1h) > 1',
        'sum(jobs_waiting{instance="a",job=~"content-.*"} offset 1h) > 1',
    ),
]


def found_of(code: str, text: str, world: World = WORLD) -> list[Found]:
    return [each for each in found(of_expression(text, world=world)) if each.problem.code == code]


@pytest.mark.parametrize(("code", "text", "mended"), FIXES)
def test_a_fix_mends_what_is_wrong(code: str, text: str, mended: str) -> None:
    [wrong] = found_of(code, text)
    assert edited(text, wrong.finding.fix) == mended
    assert found_of(code, mended) == []


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("H306", "histogram_quantile(9 * 10, rate(call_seconds_bucket[5m])) > 1"),
        ("H306", "histogram_quantile(950, rate(call_seconds_bucket[5m])) > 1"),
        ("H306", "histogram_quantile(1.5, rate(call_seconds_bucket[5m])) > 1"),
        ("H306", "quantile_over_time(100, queue_items[1h]) > 1"),
        ("Q209", "irate(calls_total[5m]) > 1"),
        # a longer window counts more, or grows by what an offset has cut off
        ("Q208", "increase(calls_total[40s]) > 10"),
        ("Q208", "increase(calls_total[15s]) > 10"),
        ("Q208", "rate(calls_total[40s]) > 10"),
        ("Q223", "rate(calls_total[5m] offset -1m) > 1"),
        # what is read once instead of three times
        ("Q222", "count_over_time(queue_items[1h:5s]) > 700"),
        ("Q222", "sum_over_time((queue_items > bool 10)[1h:5s]) > 1"),
        ("Q222", "avg_over_time(queue_items[1h:5s]) > 1"),
        ("Q222", "max_over_time(queue_items[1h:5s]) > 1"),
    ],
)
def test_what_is_meant_is_not_guessed(code: str, text: str) -> None:
    [wrong] = found_of(code, text)
    assert wrong.finding.fix == ()


def test_a_bound_is_rewritten_only_where_its_text_is_known() -> None:
    text = 'rate(call_seconds_bucket{le="1"}[5m]) > 1'
    sampled = replace(WORLD, sampled=True)
    [unsure] = found_of("H307", text, sampled)
    assert unsure.problem.severity is Severity.WARNING
    assert 'le=~"1|1\\\\.0"' in unsure.problem.hint
    assert unsure.finding.fix == ()
    [sure] = found_of("H307", text, replace(sampled, min_prometheus=(3, 0)))
    assert sure.problem.severity is Severity.ERROR
    assert edited(text, sure.finding.fix) == text.replace('"1"', '"1.0"')


def test_a_panel_keeps_its_windows() -> None:
    assert list(found(of_expression("sum(rate(calls_total[15s]))", Use.PANEL))) == []
