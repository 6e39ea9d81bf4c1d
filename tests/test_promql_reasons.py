"""Why a result may be missing, NaN or infinite, and why a label is there, perhaps or never."""

from __future__ import annotations

from dataclasses import replace

import pytest

from metricloom.checks.example_world import OTHERS, TABLE, TARGET
from metricloom.content_platform import REGISTRY
from metricloom.monitoring.units import ONE, SECONDS
from metricloom.promql.explain import steps
from metricloom.promql.infer import infer, record_type
from metricloom.promql.nodes import Matcher
from metricloom.promql.types import NO_GAPS, Kind, Presence, SeriesType
from tests.promql_samples import KNOWN

NATIVE = SeriesType(
    "reply_seconds", Kind.NATIVE, TARGET | {"model"}, OTHERS, ONE, histogram="reply_seconds", observed=SECONDS
)
WORLD = {**KNOWN, "reply_seconds": replace(NATIVE, gaps=NO_GAPS)}


@pytest.mark.parametrize(
    "text",
    [
        "calls_total", "sum(rate(calls_total[5m]))", "up", "time()", "vector(1)", "calls_total{model='m1'}",
        "calls_total{model=~'m.', kind=''}", "calls_total{model!='m1'}", "queue_items > bool 5", "count(up) > 0",
        "sum(calls_total) / sum(failures_total)", "failures_total / calls_total", "topk(1, calls_total)",
        "rare_total or vector(0)", "rare_total + on () fill (0) sum(up)", "up and on () vector(1)",
        "call_seconds_bucket{le='+Inf'}", "absent(x) or up", "histogram_quantile(0.9, rate(call_seconds_bucket[5m]))",
        "max_over_time(calls_total[5m:1m])", "clamp(up, 0, 1)", "calls_total{job!=''}",
        "histogram_count(reply_seconds)",
    ],
)  # fmt: skip
def test_a_result_is_surely_there(text: str) -> None:
    assert infer(text, WORLD).result.absent == ""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("rare_total", "nothing says that it always exists"),
        ("sum(rate(rare_total[5m]))", "nothing says that it always exists"),
        ("nobody_knows_it", "nothing is known of what it reads"),
        ("calls_total{model='m3'}", "no series may have a model that the matchers ask for"),
        ("calls_total{job='a'}", "no series may have a job that the matchers ask for"),
        ("queue_items > 5", "the comparison > may let no value pass"),
        ("absent(up)", "absent gives nothing while what it reads is there"),
        ("calls_total / queue_items", "the two sides of / may have no labels in common"),
        ("up unless calls_total", "unless drops what the other side has, too"),
        ("up offset 1w", "the service may not have run as long ago as the offset says"),
        ("up @ 5", "the service may not have run at the time that @ names"),
        ("topk(scalar(up), up)", "topk of less than one series keeps none"),
        ("limit_ratio(0.5, up)", "limit_ratio may keep no series"),
        ("clamp(up, 5, 1)", "clamp gives nothing where its minimum is above its maximum"),
        ("histogram_quantile(0.9, up)", "histogram_quantile passes over what is no bucket"),
        ("histogram_count(up)", "histogram_count reads native histograms only, and passes over numbers"),
        ("rate((up)[1m:1m])", "the window of the subquery may hold fewer than two steps"),
        ("rate(topk(1, up)[1h:1m])", "topk in a subquery may give other series at each step"),
        ("up </ 5", "</ passes over what is no histogram"),
    ],
)
def test_a_result_may_be_missing(text: str, why: str) -> None:
    assert infer(text, WORLD).result.absent == why


@pytest.mark.parametrize(
    ("text", "nan", "infinite"),
    [
        ("calls_total", "", ""),
        ("rate(failures_total[5m]) / rate(calls_total[5m])", "0 / 0 is NaN, where both sides are 0", ""),
        ("calls_total / queue_items", "0 / 0 is NaN, where both sides are 0", "a number / 0 is infinite"),
        ("calls_total / (queue_items > 0)", "", ""),
        ("calls_total / (queue_items != 0)", "", ""),
        ("sum(calls_total / queue_items) > 5", "", "a number / 0 is infinite"),
        ("count(up) / count(queue_items)", "", ""),
        ("1 / queue_items", "", "a number / 0 is infinite"),
        ("sum(1 / queue_items)", "a number / 0 is infinite", "a number / 0 is infinite"),
        ("scalar(up)", "scalar() of no series, or of more than one, is NaN", ""),
        ("scalar(sum(up))", "", ""),
        ("histogram_quantile(0.9, rate(call_seconds_bucket[5m]))", "histogram_quantile of no observations is NaN", ""),
        ("histogram_avg(rate(reply_seconds[5m]))", "the mean over no observations is NaN", ""),
        ("sqrt(calls_total)", "", ""),
        ("sqrt(signed)", "the square root of a negative number is NaN", ""),
        ("ln(calls_total)", "", "the logarithm of 0 is -Inf"),
        ("shaky", "it is NaN at times", "it is Inf at times"),
        ("shaky > 0 < Inf", "", ""),
        ("shaky != 0", "it is NaN at times", "it is Inf at times"),
        ("count(shaky)", "", ""),
        ("clamp(shaky, 0, 1)", "it is NaN at times", ""),
        ("queue_items % queue_items", "the remainder of a division by 0 is NaN", ""),
        ("vector(NaN)", "NaN is written there", ""),
        ("quantile(0.5, up)", "", ""),
        ("quantile(5, up)", "", "a quantile outside of 0 to 1 is infinite"),
    ],
)
def test_a_value_may_be_no_number(text: str, nan: str, infinite: str) -> None:
    result = infer(text, WORLD).result
    assert (result.nan, result.infinite) == (nan, infinite)


@pytest.mark.parametrize(
    ("text", "label", "presence", "why"),
    [
        ("calls_total", "model", Presence.SURELY, "calls_total has it"),
        ("rate(calls_total[5m])", "pod", Presence.POSSIBLY, "it is a target label that only some have"),
        ("calls_total{pod='a'} > 5", "pod", Presence.SURELY, "a matcher asks for it"),
        ("calls_total{model=''}", "model", Presence.NEVER, 'the selector asks for model=""'),
        ("sum(calls_total)", "stauts", Presence.NEVER, "no series here has it"),
        ("max(sum by (model) (calls_total))", "job", Presence.NEVER, "sum by (model) drops it"),
        ("max(sum by (model) (calls_total))", "model", Presence.NEVER, "max without `by` drops it"),
        ("sum without (job) (calls_total)", "job", Presence.NEVER, "sum without (job) drops it"),
        ("calls_total / on (job) group_left used_bytes", "kind", Presence.NEVER, "no series here has it"),
        ("sum by (job) (up) * on (job) group_left (kind) used_bytes", "kind", Presence.SURELY,
         "group_left takes it from the other side"),
        ("up * on (job) calls_total", "model", Presence.NEVER, "the match on (job) keeps only these"),
        ("up * ignoring (model) calls_total", "model", Presence.NEVER, "the match ignores it"),
        ("up or calls_total", "model", Presence.POSSIBLY, "only one side of `or` has it"),
        ("up + sum by (job) (up)", "pod", Presence.NEVER, "both sides must have it alike, and one has it never"),
        ("label_replace(up, 'a', 'x', '', '.*')", "a", Presence.SURELY, "label_replace writes it"),
        ("label_join(up, 'a', '', 'x')", "a", Presence.POSSIBLY, "label_join may write it, or take it away"),
        ("count_values('v', up)", "v", Presence.SURELY, "count_values writes it"),
        ("absent(up{job='a'})", "job", Presence.SURELY, "the selector sets it with ="),
        ("absent(up{job='a'})", "instance", Presence.NEVER, "absent keeps only labels that the selector sets with ="),
        ("scalar(up)", "job", Presence.NEVER, "scalar() drops all labels"),
        ("info(up)", "version", Presence.POSSIBLY, "info() adds the labels of info series"),
        ("nobody_knows_it", "x", Presence.POSSIBLY, "nothing is known of what it reads: it may have any label"),
        ("histogram_quantile(1, call_seconds_bucket)", "le", Presence.NEVER, "histogram_quantile uses it up"),
        ("sum without (a) (nobody_knows_it)", "a", Presence.NEVER, "sum without (a) drops it"),
        ("sum without (a) (nobody_knows_it)", "b", Presence.POSSIBLY,
         "nothing is known of what it reads: it may have any label"),
        ("nobody_knows_it{a=''} or nobody_knows_it{a=''}", "a", Presence.NEVER, "the selector asks for a=\"\""),
        ("nobody_knows_it{a=''} or nobody_knows_it", "a", Presence.POSSIBLY,
         "nothing is known of what it reads: it may have any label"),
        ("label_replace(nobody_knows_it{a=''}, 'a', '$1', 'x', '(.*)')", "a", Presence.POSSIBLY,
         "label_replace may write it, or take it away"),
        ("sum(up) - ignoring () group_right (job) fill (0) nobody_knows_it", "job", Presence.POSSIBLY,
         "group_right takes it from the other side"),
        ("histogram_quantile(1, nobody_knows_it)", "le", Presence.NEVER, "histogram_quantile uses it up"),
        ("absent(nobody_knows_it{a='b', a='c'})", "a", Presence.POSSIBLY,
         "the selector sets it with =, and asks for more of it"),
        ("up + fill (0) calls_total", "model", Presence.POSSIBLY, "a series that is filled in lacks it"),
    ],
)  # fmt: skip
def test_a_label_has_a_reason(text: str, label: str, presence: Presence, why: str) -> None:
    labels = infer(text, WORLD).result.labels
    assert (labels.presence(label), labels.why(label)) == (presence, why)


def test_a_long_chain_has_reasons_too() -> None:
    labels = infer("sum(up)" + " + sum(up)" * 900, WORLD).result.labels
    assert labels.why("job") == "sum without `by` drops it"


def test_a_scope_lets_all_pass_that_is_meant() -> None:
    scoped = {name: replace(series, scope=frozenset({Matcher("job", "=~", "a.*")})) for name, series in KNOWN.items()}
    assert infer('calls_total{job=~"a.*"}', scoped).result.absent == ""
    assert infer('calls_total{job=~"b.*"}', scoped).result.absent


def test_a_record_may_be_missing_as_what_it_is_computed_from() -> None:
    record = record_type("a:b:c", infer("rate(failures_total[5m]) / rate(calls_total[5m])", KNOWN).result)
    assert (record.always, record.gaps.nan) == (True, "0 / 0 is NaN, where both sides are 0")
    assert not record_type("a:b:c", infer("up == 0", KNOWN).result).always


def test_a_registry_says_what_exists_from_the_start() -> None:
    table = REGISTRY.series_types
    assert table["llm_calls_total"].always
    assert infer("llm_calls_total{model='gpt-4o'}", table).result.absent == ""
    assert infer("llm_calls_total{model='nobody-knows-it'}", table).result.absent
    assert table["storage_used_bytes"].gaps.absent == "storage_used_bytes is not there until it is first set"
    assert table["retention_cleanup_runs_total"].initialised
    assert "+Inf" in table["llm_oldest_call_start_timestamp_seconds"].gaps.infinite
    assert not table["retention_overdue_items"].additive


@pytest.mark.parametrize(
    ("text", "kind", "unit"),
    [
        ("reply_seconds", Kind.NATIVE, ONE),
        ("sum by (model) (rate(reply_seconds[5m]))", Kind.NATIVE, ONE / SECONDS),
        ("histogram_quantile(0.9, sum by (model) (rate(reply_seconds[5m])))", Kind.QUANTILE, SECONDS),
        ("histogram_avg(rate(reply_seconds[5m]))", Kind.MEAN, SECONDS),
        ("histogram_count(rate(reply_seconds[5m]))", Kind.GAUGE, ONE / SECONDS),
        ("histogram_sum(increase(reply_seconds[5m]))", Kind.GAUGE, SECONDS),
        ("histogram_stdvar(reply_seconds)", Kind.GAUGE, SECONDS * SECONDS),
        ("histogram_fraction(0, 1, rate(reply_seconds[5m]))", Kind.RATIO, ONE),
        ("reply_seconds + reply_seconds", Kind.NATIVE, ONE),
        ("reply_seconds * 2", Kind.NATIVE, None),
        ("reply_seconds </ 5", Kind.NATIVE, ONE),
    ],
)
def test_native_histograms(text: str, kind: Kind, unit: object) -> None:
    result = infer(text, WORLD).result
    assert (result.kind, result.unit) == (kind, unit)
    assert result.labels.presence("le") is Presence.NEVER
    assert not WORLD["reply_seconds"].open
    assert WORLD["reply_seconds"].native


@pytest.mark.parametrize(
    ("text", "additive"),
    [("shared", False), ("sum(shared)", False), ("sum by (job) (max by (job, model) (shared))", True), ("up", True)],
)
def test_copies_that_all_show_the_same_cannot_be_added(text: str, additive: bool) -> None:
    table = {**KNOWN, "shared": replace(KNOWN["queue_items"], name="shared", additive=False)}
    assert infer(text, table).result.additive == additive


def test_an_expression_is_explained_step_by_step() -> None:
    found = steps(infer("sum by (model) (rate(calls_total[5m])) > 5", KNOWN))
    assert [(step.text, step.depth) for step in found] == [
        ("calls_total[5m]", 3),
        ("rate(calls_total[5m])", 2),
        ("sum by (model) (rate(calls_total[5m]))", 1),
        ("5", 1),
        ("sum by (model) (rate(calls_total[5m])) > 5", 0),
    ]
    last = found[-1]
    assert (last.unit, last.values, last.absent) == ("1/seconds", "5 or more", "the comparison > may let no value pass")
    assert (last.nan, last.infinite, last.open) == ("", "", False)
    assert [(label.name, label.presence, label.why) for label in last.labels][:2] == [
        ("model", Presence.SURELY, "calls_total has it"),
        ("cluster", Presence.NEVER, "sum by (model) drops it"),
    ]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("up", "0 to 1"), ("vector(2)", "2"), ("group(up)", "always 1"), ("queue_items > 0", "above 0"),
        ("signed", "-5 to 5"), ("signed != 0", "-5 to 5, but not 0"), ("-queue_items", "0 or less"),
        ("nobody_knows_it", "any number"), ("up > 5", "none: no value lies between the bounds"), ("vector(NaN)", "nan"),
    ],
)  # fmt: skip
def test_values_in_words(text: str, values: str) -> None:
    assert steps(infer(text, KNOWN))[-1].values == values


def test_what_is_no_promql_has_no_steps() -> None:
    assert steps(infer("sum(", KNOWN)) == ()
    assert steps(infer('label_replace(up, "a", "b", "c", "d")', TABLE))[1].shape == "a string"
