"""Which quotients are a share of a whole, and how large it can be."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from metricloom.checks.example_world import TABLE
from metricloom.promql.infer import infer, record_type
from metricloom.promql.shares import LATE_SHARE

RATE = "sum(rate({}[5m])) / sum(rate({}[5m]))"


@pytest.mark.parametrize(
    ("text", "share"),
    [
        (RATE.format("failures_total", "calls_total"), True),
        (RATE.format("calls_total", "failures_total"), False),
        (RATE.format('tokens_total{kind="audio"}', "tokens_total"), True),
        (RATE.format("tokens_total", 'tokens_total{kind="audio"}'), False),
        (RATE.format('tokens_total{kind="audio"}', 'tokens_total{kind="video"}'), False),
        (RATE.format('failures_total{job="a"}', 'calls_total{job="a"}'), True),
        ("rate(failures_total[5m]) / rate(calls_total[1h])", False),
        ("rate(calls_total[5m]) / rate(calls_total[5m] offset 1w)", False),
        ("rate(calls_total[5m]) / rate(calls_total[5m] @ end())", False),
        ("calls_total / (calls_total + failures_total)", True),
        ("(calls_total + calls_total) / calls_total", False),
        ("(failures_total + failures_total) / calls_total", False),
        ("max(failures_total) / min(calls_total)", False),
        ("sum(failures_total) / on (job) group_right sum by (job, model) (calls_total)", False),
        ("sum by (model, job) (failures_total) / on (job) group_left sum by (job) (calls_total)", True),
        ("scalar(sum(up)) / absent(nothing)", False),
        ("sum(call_seconds_bucket) / sum(call_seconds_count)", False),
        ("sum_over_time(failures_total[1h]) / sum_over_time(calls_total[1h])", True),
        ("sum_over_time(failures_total[1h:1m] offset 1d) / sum_over_time(calls_total[1h:1m])", False),
        ("(failures_total or vector(0)) / calls_total", True),
        ("(failures_total or vector(5)) / calls_total", False),
        ("abs(failures_total) / calls_total", False),
        ("sum(failures_total) / (sum(calls_total) > 0)", True),
        ("sum(failures_total) / sum(calls_total > 0)", False),
        ("sum(failures_total) / sum(calls_total and on (job) queue_items)", False),
        ("sum(failures_total) / sum(topk(1, calls_total))", False),
        ("scalar(sum(up)) / up", False),
    ],
)  # fmt: skip
def test_a_share_is_at_most_one(text: str, share: bool) -> None:
    assert (infer(text, TABLE).result.high <= LATE_SHARE) == share


def test_a_share_is_known_through_records() -> None:
    table = {
        name: record_type(name, infer(f"sum by (job) (increase({name}_total[5m]))", TABLE).result)
        for name in ("failures", "calls")
    }
    assert infer("failures / calls", table).result.high == LATE_SHARE
    assert infer('failures{job="a"} / calls', table).result.high == LATE_SHARE
    assert infer('failures / calls{job="a"}', table).result.high == math.inf
    assert infer("failures offset 1d / calls", table).result.high == math.inf


@pytest.mark.parametrize(
    ("text", "high"),
    [
        (RATE.format("failures_total", "calls_total"), LATE_SHARE),
        ("1 - " + RATE.format("failures_total", "calls_total"), 1),
        ("failures_total / calls_total", 1),
        ("irate(failures_total[5m]) / irate(calls_total[5m])", 1),
        (RATE.format('tokens_total{kind="audio"}', "tokens_total"), 1),
        ("rate(call_seconds_bucket{le='1.0'}[5m]) / ignoring (le) rate(call_seconds_count[5m])", 1),
    ],
)
def test_a_part_that_begins_later_is_extrapolated_further(text: str, high: float) -> None:
    assert infer(text, TABLE).result.high == high
    known = {**TABLE, "failures_total": replace(TABLE["failures_total"], initialised=True)}
    assert infer(text, known).result.high == 1
