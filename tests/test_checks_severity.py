"""How sure a check is: an error is dead or lying for certain, and what public rules do on purpose is no problem."""

from __future__ import annotations

from dataclasses import replace

import pytest

from metricloom.checks import run
from metricloom.checks.example_world import WORLD
from metricloom.checks.examples import AT, of_expression
from metricloom.checks.versions import FUNCTIONS
from metricloom.errors import Severity
from metricloom.promql.parse import parse
from metricloom.sources.model import Group, Rule, Sources, Use, World, Written
from metricloom.sources.tables import with_records

OPEN = World(open=True)
SAMPLED = replace(WORLD, sampled=True)
NEW, NEWEST = replace(WORLD, min_prometheus=(3, 10)), replace(WORLD, min_prometheus=(3, 14))
ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE


def severity_of(code: str, text: str, world: World = WORLD, use: Use = Use.ALERT) -> Severity | None:
    return next((each.severity for each in run(of_expression(text, use, world)) if each.code == code), None)


SUMS = "sum by (a, b) (x{b=~'c|d'}) / on (a) sum by (a) (y) > 1"

CASES = [
    # what the data decides is an error only where it must be so
    ("Q220", "rate(call_seconds_bucket[5m]) / ignoring (le) rate(call_seconds_count[5m]) > 1", WORLD, ERROR),
    ("Q220", "queue_items * on (job) group_left () used_bytes > 1", WORLD, WARNING),
    ("Q220", SUMS, OPEN, NOTE),
    ("Q220", "sum by (a, b) (x) * on (a) group_left (b) y > 1", OPEN, None),
    ("Q220", "x * on (instance) group_left (version) build_info > 1", OPEN, None),
    ("Q219", "sum by (a, b) (x{b=~'c|d'}) / sum by (a) (y) > 1", OPEN, ERROR),
    ("Q219", "sum by (a, b) (x) / sum by (a) (y) > 1", OPEN, None),
    ("Q219", "x / sum by (a) (y) > 1", OPEN, None),
    ("Q227", "sum by (__name__) (rate(calls_total[5m])) > 1", WORLD, WARNING),  # a feature flag keeps it
    ("Q227", 'sum by (zone, host) (x{zone=""}) > 1', OPEN, None),
    ("Q227", "sum by (zone, host) (sum by (host) (x)) > 1", OPEN, ERROR),
    # to ignore what is not there changes nothing
    ("Q228", "sum by (job) (queue_items) + ignoring (kind) sum by (job) (queue_items) > 1", WORLD, WARNING),
    ("Q228", "sum(queue_items) + on (job) sum(queue_items) > 1", WORLD, None),
    ("Q228", "sum(queue_items) + on (model) sum(queue_items) > 1", WORLD, WARNING),
    ("Q228", "queue_items + on (modle) group_left () sum(queue_items) > 1", WORLD, ERROR),
    ("Q228", "x * on (a) group_left (b) sum by (a) (y) > 1", OPEN, WARNING),
    ("Q201", "nothing_total > 1", WORLD, ERROR),
    ("Q201", "nothing_total > 1", SAMPLED, WARNING),
    ("Q201", "nothing_total > 1", OPEN, None),
    # a page of metrics shows the labels of one moment, and none of a service discovery
    ("Q202", 'queue_items{zone="a"} > 1', WORLD, ERROR),
    ("Q202", 'queue_items{zone="a"} > 1', SAMPLED, WARNING),
    ("Q227", "sum by (zone) (queue_items) > 1", WORLD, ERROR),
    ("Q227", "sum by (zone) (queue_items) > 1", SAMPLED, WARNING),
    ("Q228", "queue_items + on (zone) group_left () sum(queue_items) > 1", SAMPLED, WARNING),
    ("Q228", "queue_items * on (job) group_left (zone) sum by (job) (queue_items) > 1", WORLD, ERROR),
    ("Q228", "queue_items * on (job) group_left (zone) sum by (job) (queue_items) > 1", SAMPLED, WARNING),
    # a name may hint, and never prove
    ("H304", "histogram_quantile(0.9, sum by (job) (rate(x_bucket[5m]))) > 1", OPEN, WARNING),
    ("H304", "histogram_quantile(0.9, sum by (job) (rate(x_seconds[5m]))) > 1", OPEN, None),
    ("H304", "histogram_quantile(0.9, sum by (vmrange) (rate(x_bucket[5m]))) > 1", OPEN, None),
    ("Q204", "calls_total > 10", WORLD, ERROR),
    ("Q204", "calls_total > 10 or queue_items > 1", WORLD, ERROR),
    ("Q204", "2 * calls_total > 10", WORLD, ERROR),
    ("Q204", "calls_total > 10 unless up == 0", WORLD, ERROR),
    ("Q204", "queue_items > 1 unless calls_total > 10", WORLD, WARNING),
    ("Q204", "queue_items > 1 and calls_total > 10", WORLD, WARNING),
    ("Q204", "written_bytes_total - tokens_total > 1", WORLD, WARNING),
    ("Q204", "calls_total - failures_total > 1", WORLD, NOTE),
    ("Q206", "delta(calls_total[5m]) > 1", WORLD, ERROR),
    ("Q206", "0 > delta(calls_total[5m])", WORLD, WARNING),
    ("Q221", "time() - used_bytes > 1", WORLD, ERROR),
    ("Q221", "time() - calls_total > 1", WORLD, ERROR),
    ("Q221", "time() - queue_items > 1", WORLD, WARNING),
    ("A501", "count by (job) (queue_items)", WORLD, ERROR),
    ("A501", 'count by (job) (queue_items{model="a"})', WORLD, WARNING),
    ("Q204", "sum by (job) (upload_failures_total) > 10", OPEN, WARNING),
    ("Q204", "upload_failures_total < 10", OPEN, None),
    ("Q204", "disk_space_total > 10", OPEN, None),
    ("Q204", "pending_requests_total > 10", OPEN, None),
    ("Q204", "policy_info_total == 1", OPEN, None),
    ("Q206", "delta(x_total[5m]) > 1", OPEN, WARNING),
    ("Q206", "avg_over_time(x_total[5m]) > 1", OPEN, None),
    ("H305", "histogram_quantile(0.9, sum by (le) (x_bucket)) > 1", OPEN, WARNING),
    ("H305", "histogram_quantile(0.9, sum by (le) (x:rate5m)) > 1", OPEN, None),
    ("H308", "rate(x_sum[5m]) / rate(x_count[1m]) > 1", OPEN, WARNING),
    ("H308", "rate(x_sum[5m]) / increase(x_count[5m]) > 1", OPEN, ERROR),
    ("H308", 'rate(x_sum{a="b"}[5m]) / on (a) rate(x_count[5m]) > 1', OPEN, None),
    ("H308", 'sum(rate(x_sum{a=~".*"}[5m])) / sum(rate(x_count[5m])) > 1', OPEN, None),
    ("Q213", "count by (job) (x) == 0", OPEN, ERROR),
    ("Q213", "count by (job) (x) < 1 or absent(x)", OPEN, ERROR),
    ("Q214", "count by (job) (x == 0) >= 1", OPEN, None),
    ("Q217", "sum(time() - x) > 1", OPEN, None),
    ("Q208", "rate(calls_total[15s]) > 1", WORLD, ERROR),
    ("Q208", "rate(calls_total[20s]) > 1", WORLD, WARNING),  # two samples wherever the moment of the scrape suits
    ("Q208", "rate(calls_total[45s]) > 1", WORLD, NOTE),
    ("Q223", "queue_items offset -10m > 1", WORLD, ERROR),
    ("Q223", "queue_items offset -1m > 1", WORLD, WARNING),
    ("Q223", "queue_items @ 1600000000 offset -10m > 1", WORLD, None),
    ("Q218", "limitk(3, queue_items) > 1", WORLD, ERROR),
    ("Q218", "limitk(3, queue_items) > 1", NEW, WARNING),
    ("Q218", "limitk(3, queue_items) > 1", replace(WORLD, min_prometheus=None), None),
    ("Q218", "first_over_time(queue_items[5m]) > 1", NEW, WARNING),
    ("Q218", "first_over_time(queue_items[5m]) > 1", NEWEST, None),
    ("Q218", "queue_items + on (job) group_left () fill (0) sum by (job) (queue_items) > 1", WORLD, ERROR),
    ("Q218", "queue_items @ 1600000000 offset -1m > 1", replace(WORLD, min_prometheus=(2, 30)), ERROR),
]


@pytest.mark.parametrize(("code", "text", "world", "severity"), CASES)
def test_a_problem_is_as_bad_as_it_is_sure(code: str, text: str, world: World, severity: Severity | None) -> None:
    assert severity_of(code, text, world) == severity


@pytest.mark.parametrize("text", ["histogram_quantile(0.9, x) < ($shown * -Inf)", "up > $limit * 5"])
def test_a_number_that_grafana_fills_in_is_not_known(text: str) -> None:
    assert severity_of("Q213", text, OPEN, Use.PANEL) is None


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("Q227", "sum by (topic) (sum by ($by, group) (x))"),
        ("Q219", "sum by ($by) (x) / sum by (job, $by) (y)"),
        ("Q228", "sum by ([[by]]) (x) * on (job) group_left (team) sum by ([[by]]) (y)"),
    ],
)
def test_labels_that_grafana_fills_in_are_not_known(code: str, text: str) -> None:
    assert severity_of(code, text, OPEN, Use.PANEL) is None


def test_an_operator_that_grafana_fills_in_is_not_known() -> None:
    assert severity_of("Q200", 'sum(x{a="b"} $compared)', OPEN, Use.PANEL) is None
    assert severity_of("Q200", 'sum(x{a="b"} $compared', OPEN, Use.ALERT) is ERROR
    assert severity_of("Q200", 'sum(x{a="$b"} y)', OPEN, Use.PANEL) is ERROR


def test_a_record_may_be_a_metric_of_elsewhere() -> None:
    query = Written('sum by (name) (switch_bytes{module="big"} * on (id) group_left (name) owners)', AT)
    groups = [Group("g", AT, (Rule(Use.RECORD, "switch_bytes", query, AT),))]
    found = run(Sources(with_records(OPEN, groups), groups))
    assert [each.code for each in found if each.severity is ERROR] == []


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_with_a_version_are_functions(name: str) -> None:
    forms = ("{}()", "{}(x)", "{}(x[5m])", "{}(0.5, x)", "{}(0, 1, x)", '{}(x, "a")', '{}(x, "a", 0.9)',
             "{}(1, 2)", "{}(x[5m], 0.5, 0.5)")  # fmt: skip
    assert any(not parse(form.format(name)).fault for form in forms)
