"""The type of an expression."""

from __future__ import annotations

import pytest
from hypothesis import given

from metricloom.checks.example_world import TABLE
from metricloom.monitoring.units import BYTES, ONE, SECONDS, Unit
from metricloom.promql.functions import KNOWN_FUNCTIONS
from metricloom.promql.infer import infer, merged_records, record_type
from metricloom.promql.types import Kind, Presence, Shape
from tests.promql_texts import any_text, expressions

PER_SECOND = ONE / SECONDS


@pytest.mark.parametrize(
    ("text", "kind", "unit"),
    [
        ("calls_total", Kind.COUNTER, ONE),
        ("rate(calls_total[5m])", Kind.RATE, PER_SECOND),
        ("sum by (model) (rate(written_bytes_total[5m]))", Kind.RATE, BYTES / SECONDS),
        ("rate(cpu_seconds_total[5m])", Kind.RATE, ONE),
        ("increase(written_bytes_total[1h])", Kind.INCREASE, BYTES),
        ("rate(failures_total[5m]) / rate(calls_total[5m])", Kind.RATIO, ONE),
        ("sum(rate(failures_total[5m])) / sum(rate(calls_total[5m]))", Kind.RATIO, ONE),
        ("1 - sum(rate(failures_total[5m])) / sum(rate(calls_total[5m]))", Kind.RATIO, ONE),
        ('sum(rate(tokens_total{kind="audio"}[5m])) / sum(rate(tokens_total[5m]))', Kind.RATIO, ONE),
        ("sum(rate(tokens_total[5m])) / sum(rate(calls_total[5m]))", Kind.GAUGE, ONE),
        ("sum(up) / count(up)", Kind.RATIO, ONE),
        ("avg by (job) (up)", Kind.RATIO, ONE),
        ("used_bytes / ignoring(kind) group_left limit_bytes", Kind.RATIO, ONE),
        ("rate(call_seconds_sum[5m]) / rate(call_seconds_count[5m])", Kind.MEAN, SECONDS),
        ("rate(written_bytes_total[5m]) / rate(calls_total[5m])", Kind.GAUGE, BYTES),
        ('rate(call_seconds_bucket{le="1.0"}[5m]) / ignoring (le) rate(call_seconds_count[5m])', Kind.RATIO, ONE),
        ("histogram_quantile(0.95, sum by (le) (rate(call_seconds_bucket[5m])))", Kind.QUANTILE, SECONDS),
        ("max(histogram_quantile(0.95, rate(call_seconds_bucket[5m]))) > 60", Kind.QUANTILE, SECONDS),
        ("time() - max(last_success_timestamp_seconds)", Kind.GAUGE, SECONDS),
        ("time() - last_success_timestamp_seconds > 86400", Kind.GAUGE, SECONDS),
        ("last_success_timestamp_seconds + 3600", Kind.TIMESTAMP, SECONDS),
        ("used_bytes * 2", Kind.GAUGE, None),
        ("2 * 3 + 4", Kind.CONSTANT, ONE),
        ("used_bytes + used_bytes", Kind.GAUGE, BYTES),
        ("used_bytes or vector(0)", Kind.GAUGE, BYTES),
        ("vector(10) and on () (vector(time()) < 5) or vector(4)", Kind.CONSTANT, ONE),
        ("deriv(used_bytes[1h])", Kind.GAUGE, BYTES / SECONDS),
        ("stdvar(used_bytes)", Kind.GAUGE, BYTES * BYTES),
        ("used_bytes > bool 5", Kind.BOOLEAN, ONE),
        ("absent(calls_total)", Kind.BOOLEAN, ONE),
        ("count(calls_total)", Kind.GAUGE, ONE),
        ("5 < used_bytes", Kind.GAUGE, BYTES),
        ("-used_bytes", Kind.GAUGE, BYTES),
        ("used_bytes offset 1w", Kind.GAUGE, BYTES),
        ("avg_over_time(used_bytes[1d])", Kind.GAUGE, BYTES),
        ("max_over_time(sum(used_bytes)[1d:5m])", Kind.GAUGE, BYTES),
        ("no_such_thing", Kind.UNKNOWN, None),
        ("sum(rate(no_such_thing[5m]))", Kind.UNKNOWN, None),
        ("sum(model:failures:ratio_rate5m)", Kind.UNKNOWN, ONE),
        ("up", Kind.BOOLEAN, ONE),
        ("topk(3, used_bytes)", Kind.GAUGE, BYTES),
        ("sum(", Kind.UNKNOWN, None),
        ("avg_over_time(up[1h])", Kind.RATIO, ONE),
        ("max_over_time(up[1h])", Kind.BOOLEAN, ONE),
        ("up + up", Kind.GAUGE, ONE),
        ("-up", Kind.GAUGE, ONE),
        ("clamp_min(up, 0.5)", Kind.GAUGE, ONE),
        ("used_bytes ^ 2", Kind.GAUGE, BYTES * BYTES),
        ("used_bytes ^ queue_items", Kind.GAUGE, None),
        ("queue_items ^ 0.5", Kind.GAUGE, ONE),
        ("sqrt(used_bytes ^ 2)", Kind.GAUGE, BYTES),
        ("sqrt(used_bytes)", Kind.GAUGE, None),
        ("stddev(used_bytes)", Kind.GAUGE, BYTES),
        ("exp(used_bytes)", Kind.GAUGE, None),
        ("ln(queue_items)", Kind.GAUGE, ONE),
        ("sgn(used_bytes)", Kind.GAUGE, ONE),
        ("used_bytes % 5", Kind.GAUGE, BYTES),
        ("used_bytes % queue_items", Kind.GAUGE, None),
        ("used_bytes atan2 limit_bytes", Kind.GAUGE, ONE),
        ("used_bytes atan2 queue_items", Kind.GAUGE, None),
        ("last_success_timestamp_seconds + used_bytes", Kind.TIMESTAMP, None),
        ("stddev(queue_items) / stddev(calls_total)", Kind.GAUGE, ONE),
        ("count(queue_items) / count(queue_items)", Kind.RATIO, ONE),
        ("timestamp(up)", Kind.TIMESTAMP, SECONDS),
        ("delta(last_success_timestamp_seconds[1h])", Kind.GAUGE, SECONDS),
        ("hour() >= 9", Kind.GAUGE, ONE),
        ("step()", Kind.GAUGE, SECONDS),
        ("max_of(1, 2)", Kind.CONSTANT, ONE),
        ("quantile_over_time(0.5, used_bytes[1h])", Kind.QUANTILE, BYTES),
        ("sum_over_time(used_bytes[1h])", Kind.GAUGE, BYTES),
        ("sum_over_time(up[1h])", Kind.GAUGE, ONE),
        ("count_over_time(used_bytes[1h])", Kind.GAUGE, ONE),
        ("integral(used_bytes[1h])", Kind.GAUGE, BYTES * SECONDS),
        ("integral((rate(written_bytes_total[5m]))[1h:1m], 0)", Kind.INCREASE, BYTES),
        ("start_timestamp(calls_total)", Kind.TIMESTAMP, SECONDS),
        ("used_bytes + fill (0) limit_bytes", Kind.GAUGE, BYTES),
    ],
)
def test_kind_and_unit(text: str, kind: Kind, unit: Unit | None) -> None:
    result = infer(text, TABLE).result
    assert (result.kind, result.unit) == (kind, unit)


@pytest.mark.parametrize(
    ("text", "sure", "possible"),
    [
        ("calls_total", "instance job model", "cluster namespace pod"),
        ('calls_total{cluster="a"}', "cluster instance job model", "namespace pod"),
        ('calls_total{model=""}', "instance job", "cluster namespace pod"),
        ('calls_total{pod=~"a|b",namespace=~"a|"}', "instance job model pod", "cluster namespace"),
        ('calls_total{pod=~"(?U)a+"}', "instance job model", "cluster namespace pod"),
        ("sum by (cluster, model, nope) (rate(calls_total[5m]))", "model", "cluster"),
        ("sum without (instance, pod) (calls_total)", "job model", "cluster namespace"),
        ("sum(calls_total)", "", ""),
        ("topk by (job) (3, calls_total)", "instance job model", "cluster namespace pod"),
        ('count_values by (job) ("v", calls_total)', "job v", ""),
        ("histogram_quantile(0.9, sum by (le, model) (rate(call_seconds_bucket[5m])))", "model", ""),
        ("sum by (model) (calls_total) / sum by (model) (calls_total)", "model", ""),
        ("calls_total / on (model) queue_items", "model", ""),
        ("calls_total / ignoring (instance, pod) queue_items", "job model", "cluster namespace"),
        ("tokens_total * on (model) group_left () queue_items", "instance job kind model", "cluster namespace pod"),
        ("queue_items * on (model) group_right (job) sum by (model) (x)", "job model", ""),
        ("sum by (model) (x) * on (model) group_left (job) queue_items", "job model", ""),
        ('label_replace(sum by (job) (queue_items), "a", "$1", "job", "(.*)")', "a job", ""),
        ('label_replace(sum by (job) (queue_items), "a", "$1", "x", "(.*)")', "job", "a"),
        ('label_replace(sum by (job) (queue_items), "a", "b", "", ".*")', "a job", ""),
        ('label_replace(sum by (job) (queue_items), "job", "", "x", "")', "", "job"),
        ('label_join(sum by (job) (queue_items), "a", "-", "job", "x")', "a job", ""),
        ("vector(1)", "", ""),
        ("used_bytes or vector(0)", "", "cluster instance job kind namespace pod"),
        ("queue_items and on (job) used_bytes", "instance job model", "cluster namespace pod"),
        ('absent(queue_items{job="a",model=~"b"})', "job", ""),
        ('absent(queue_items{job=~"a",job="b",model="c",model!="d",le=""})', "", "job model"),
        ("absent(sum(queue_items))", "", ""),
        ("time() - queue_items", "instance job model", "cluster namespace pod"),
        ("scalar(sum(queue_items))", "", ""),
    ],
)  # fmt: skip
def test_labels_that_survive(text: str, sure: str, possible: str) -> None:
    labels = infer(text, TABLE).result.labels
    assert (labels.sure, labels.possible) == (frozenset(sure.split()), frozenset(possible.split()))


def test_labels_of_what_is_not_known_are_possible() -> None:
    assert infer("no_such_thing", TABLE).result.labels.presence("anything") is Presence.POSSIBLY
    assert infer("sum by (a) (no_such_thing)", TABLE).result.labels.presence("b") is Presence.NEVER
    assert infer("info(queue_items)", TABLE).result.labels.presence("version") is Presence.POSSIBLY


def test_a_lost_label_has_a_reason() -> None:
    labels = infer("max(sum by (model) (rate(calls_total[5m])))", TABLE).result.labels
    assert labels.lost["instance"] == "sum by (model) drops it"
    assert labels.lost["model"] == "max without `by` drops it"


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("rate(calls_total[5m])", 0, float("inf")),
        ("sum(irate(failures_total[5m])) / sum(irate(calls_total[5m]))", 0, 1),
        ("1 - sum(irate(failures_total[5m])) / sum(irate(calls_total[5m]))", 0, 1),
        ("clamp(used_bytes, 1, 5)", 1, 5),
        ("clamp_max(used_bytes, 5)", 0, 5),
        ("used_bytes - used_bytes", float("-inf"), float("inf")),
        ("used_bytes * queue_items", 0, float("inf")),
        ("used_bytes > 5 < 9", 5, 9),
        ("absent(x)", 1, 1),
        ("clamp(-used_bytes, 1, 5)", 1, 1),
        ("rate(deriv(used_bytes[5m])[1h:1m])", float("-inf"), float("inf")),
        ("used_bytes % 5", 0, 5),
        ("round(clamp(used_bytes, 1, 5), 10)", 0, float("inf")),
        ("used_bytes % -5", 0, float("inf")),
        ("avg_over_time(up[1h])", 0, 1),
        ("sum(irate(failures_total[5m])) / sum(irate(calls_total[5m])) * 100", 0, 100),
        ("up * up", 0, 1),
        ("up / 2", 0, 0.5),
        ("count_over_time(up[1h])", 1, float("inf")),
        ("hour()", 0, 23),
        ("abs(vector(-5))", 5, 5),
        ("sgn(used_bytes)", 0, 1),
        ("used_bytes / Inf", 0, float("inf")),
        ("clamp_max(up, scalar(sum(up)))", 0, 1),
        ("clamp_max(vector(3), scalar(sum(up)))", 0, 3),
        ("quantile(0.5, up)", 0, 1),
        ("quantile(2, up)", 0, float("inf")),
        ("up + fill (5) up", 0, 10),
        ("queue_items ^ 2", 0, float("inf")),
    ],
)
def test_range_of_values(text: str, low: float, high: float) -> None:
    result = infer(text, TABLE).result
    assert (result.low, result.high) == (low, high)


@pytest.mark.parametrize(
    ("text", "shape"),
    [("time()", Shape.SCALAR), ("1 + 1", Shape.SCALAR), ("x[5m]", Shape.RANGE), ("x[5m:]", Shape.RANGE),
     ('"a"', Shape.STRING)],
)  # fmt: skip
def test_shape(text: str, shape: Shape) -> None:
    assert infer(text, TABLE).result.shape is shape


def test_a_record_carries_its_type_on() -> None:
    text = "sum by (job, model) (rate(failures_total[5m])) / sum by (job, model) (rate(calls_total[5m]))"
    record = record_type("model:failures:ratio", infer(text, TABLE).result, labels=["team"])
    assert (record.kind, record.labels, record.high) == (Kind.RATIO, frozenset({"job", "model", "team"}), 3.2)
    table = {
        name: record_type(name, infer(f"sum by (job) (increase({name}_total[5m]))", TABLE).result)
        for name in ("failures", "calls")
    }
    assert infer("failures / calls", table).result.kind is Kind.RATIO
    assert infer("calls / failures", table).result.kind is Kind.GAUGE


def test_a_record_of_a_price_takes_its_unit_from_its_name() -> None:
    result = infer("increase(tokens_total[1h]) * 0.1", TABLE).result
    assert record_type("model:cost_dollars:increase1h", result).unit == Unit.named("dollars")
    assert record_type("model:cost:increase1h", result).unit is None


def test_rules_that_write_one_record_have_its_type_together() -> None:
    first = record_type("a:b:c", infer("sum by (job) (used_bytes)", TABLE).result)
    second = record_type("a:b:c", infer("sum by (job, kind) (used_bytes)", TABLE).result)
    merged = merged_records(first, second)
    assert (merged.kind, merged.unit, merged.labels, merged.possible) == (
        Kind.GAUGE, BYTES, frozenset({"job"}), frozenset({"kind"}),
    )  # fmt: skip


@given(any_text)
def test_any_text_has_a_type(text: str) -> None:
    for variables in (False, True):
        infer(text, TABLE, variables=variables)


@given(expressions)
def test_every_part_has_a_type(text: str) -> None:
    typing = infer(text, TABLE)
    for node in typing.parsed.nodes:
        labels = typing.of(node).labels
        assert not labels.sure & labels.possible


FUNCTIONS_OF_PROMETHEUS = 91


def test_every_function_of_prometheus_has_a_rule() -> None:
    """Those of 3.16, experimental ones included, and one that 2.42 has by another name."""
    assert len(KNOWN_FUNCTIONS - {"holt_winters"}) == FUNCTIONS_OF_PROMETHEUS
