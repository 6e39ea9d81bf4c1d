"""What Prometheus fires is no error: each of these was seen to fire, or may on good grounds be meant so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from metricloom.checks import run
from metricloom.checks.example_world import OTHERS, TABLE, TARGET, WORLD, counter, gauge
from metricloom.checks.examples import of_expression, rules_read
from metricloom.errors import Severity
from metricloom.monitoring.units import SECONDS
from metricloom.promql.types import NO_GAPS, Kind, SeriesType
from metricloom.sources.model import World

BUCKETS = (1.0, 2.5, 10.0)
SERIES = (
    SeriesType("h_bucket", Kind.BUCKETS, TARGET | {"le"}, OTHERS, buckets=BUCKETS, histogram="h", observed=SECONDS),
    SeriesType("p99_record", Kind.QUANTILE, TARGET, OTHERS, SECONDS, low=0.0, high=10.0, histogram="h", buckets=BUCKETS,
               record=True),
    counter("whole_total"),
    counter("part_total", part_of="whole_total"),
    replace(counter("init_total", "tenant"), gaps=NO_GAPS, initialised=True, initial={"tenant": ("a", "b")}),
    counter("mallocs_total"),
    counter("frees_total"),
    counter("tenant_calls_total", "tenant"),
    gauge("last_backup"),
    gauge("snapshot_epoch"),
)  # fmt: skip
ALIVE = replace(WORLD, table={**TABLE, **{series.name: series for series in SERIES}})


def errors(text: str, world: World = ALIVE) -> list[str]:
    found = run(of_expression(text, world=world))
    return [f"{each.code} {each.message}" for each in found if each.severity is Severity.ERROR]


HQ = "histogram_quantile(0.9, sum by (le) (rate(h_bucket[5m])))"
SHARE = "sum(rate(part_total[5m])) / sum(rate(whole_total[5m]))"

FIRING = [
    # a quantile whose range has been left
    "predict_linear(p99_record[10m], 3600) > 10",
    f"round({HQ}, 20) > 10",
    f"clamp_min({HQ}, 20) > 10",
    f"({HQ} or vector(20)) > 10",
    "histogram_quantile(1.5, sum by (le) (rate(h_bucket[5m]))) > 10",
    # a part that is born late is extrapolated further than its whole
    f"{SHARE} > 1.2",
    f"{SHARE} * 100 > 105",
    f"1 - {SHARE} < 0",
    # two samples wherever the moment of the scrape suits
    "rate(whole_total[20s]) > 1",
    # one series for each match, or as many as the values leave
    "queue_items * on (job) group_left () topk by (job) (1, init_total) > 1",
    "queue_items * on (job) group_left () (init_total > 5) > 1",
    # the name is a label
    "sum by (__name__) (queue_items) > 1",
    # both start at 0 with their process
    "mallocs_total - frees_total > 100",
    # a guard
    "rate(failures_total[5m]) > 0.1 and calls_total > 100",
    # being there is the condition
    'queue_items and on (job) tenant_calls_total{tenant="bad"}',
    'count by (job) (tenant_calls_total{tenant="bad"})',
    'present_over_time(tenant_calls_total{tenant="bad"}[5m])',
    # a gauge of no unit may hold a time
    "time() - last_backup > 60",
    "time() - snapshot_epoch > 60",
    # a restart is asked for
    "delta(whole_total[5m]) < 0",
    "idelta(whole_total[5m]) < 0",
    # parts that are about as large
    f"avg({HQ}) > 1",
    "count_over_time(queue_items[1h:5s]) > 700",
]


@pytest.mark.parametrize("text", FIRING)
def test_what_fires_is_no_error(text: str) -> None:
    if text.startswith("histogram_quantile(1.5"):
        assert [each[:4] for each in errors(text)] == ["H306"]
    else:
        assert errors(text) == []


@pytest.mark.parametrize(
    "text",
    [
        f"{HQ} > 10",
        f"{SHARE} > 5",
        "rate(whole_total[15s]) > 1",
        "queue_items * on (job) group_left () init_total > 1",
        "mallocs_total > 100",
        "time() - whole_total > 60",
        "delta(whole_total[5m]) > 1",
    ],
)
def test_what_is_dead_or_lies_for_sure_stays_an_error(text: str) -> None:
    assert errors(text) != []


RULES = [
    """- alert: Example
  expr: queue_items > 1
  annotations: {summary: "{{ $labels.__name__ }}"}""",
    """- alert: Example
  expr: rate(calls_total[5m]) > 1
  for: 1m
  labels: {calls: '{{ printf "%.0f" $value }}'}""",
    """- {record: "job:a:sum", expr: job:b:sum + 1 or sum by (job) (queue_items)}
- {record: "job:b:sum", expr: job:a:sum}
- {alert: Example, expr: job:b:sum > 1}""",
    """- alert: Example
  expr: sum by (job) (queue_items) > 1
  annotations:
    summary: "{{ with $labels.zone }}{{ . }}{{ end }}{{ if $labels.instance }}x{{ end }}"
    description: '{{ or $labels.region "none" }}'""",
]


@pytest.mark.parametrize("text", RULES)
def test_rules_that_fire_are_no_error(text: str) -> None:
    with rules_read(text) as (sources, problems):
        found = [*problems, *run(sources)]
    assert [f"{each.code} {each.message}" for each in found if each.severity is Severity.ERROR] == []


def test_a_group_that_is_evaluated_late_is_no_error() -> None:
    text = """
groups:
- name: late
  query_offset: 5m
  rules:
  - {alert: Example, expr: queue_items offset -5m > 1}
"""
    with rules_read(text, replace(WORLD, min_prometheus=(3, 0))) as (sources, problems):
        found = [*problems, *run(sources)]
    assert [f"{each.code} {each.message}" for each in found if each.severity is Severity.ERROR] == []


def test_a_page_of_metrics_does_not_say_how_prometheus_writes_a_bound() -> None:
    text = 'rate(call_seconds_bucket{le="1"}[5m]) > 1'
    assert errors(text, replace(ALIVE, sampled=True)) == []
