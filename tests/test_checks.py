"""Checks: each finds its bad examples, none finds anything in a good one, and none fails on any text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricloom.checks import CHECKS, Check, Example, Language, run
from metricloom.checks.examples import of_expression, problems_in
from metricloom.errors import Problem, Severity
from metricloom.sources.model import Use
from tests.promql_texts import any_text, expressions


def found(text: str, use: Use = Use.ALERT) -> list[Problem]:
    return run(of_expression(text, use))


def cases(kind: str) -> list[tuple[Check, Example]]:
    return [(check, example) for check in CHECKS.values() for example in getattr(check, kind)]


def name(case: object) -> str:
    return case.name if isinstance(case, Check) else case.text if isinstance(case, Example) else str(case)


@pytest.mark.parametrize(("check", "example"), cases("bad"), ids=name)
def test_a_bad_example_is_found(check: Check, example: Example) -> None:
    problems = problems_in(example)
    assert check.code in {problem.code for problem in problems}
    for problem in problems:
        assert problem.message
        assert problem.hint
        assert problem.at


@pytest.mark.parametrize(("check", "example"), cases("good"), ids=name)
def test_a_good_example_is_clean(check: Check, example: Example) -> None:
    problems = problems_in(example)
    assert check.code not in {problem.code for problem in problems}
    if example.language is Language.PROMQL:
        assert [problem.message for problem in problems if problem.severity != "note"] == []


@pytest.mark.parametrize("check", CHECKS.values(), ids=name)
def test_a_check_says_why(check: Check) -> None:
    assert check.why.endswith(".")
    assert check.bad
    assert check.good
    assert check.find.__name__.replace("_", "-") == check.name


@pytest.mark.parametrize(
    ("text", "code", "shown"),
    [
        ("rate(call_total[5m]) > 1", "Q201", "call_total"),
        ('rate(calls_total{modle="a"}[5m]) > 1', "Q202", "modle"),
        ('rate(tokens_total{model="a", kind="vidoe"}[5m]) > 1', "Q203", '"vidoe"'),
        ("1 < sum(rate(calls_total[5m])) and calls_total > 10", "Q204", "calls_total"),
        ("sum by (job, modle) (rate(calls_total[5m])) > 1", "Q227", "modle"),
        ("histogram_quantile(95, rate(call_seconds_bucket[5m])) > 1", "H306", "95"),
        ("sum(rate(calls_total[5m]) > 1", "Q200", "("),
    ],
)
def test_a_problem_points_at_the_word(text: str, code: str, shown: str) -> None:
    problem = next(problem for problem in found(text) if problem.code == code)
    assert problem.span is not None
    assert problem.source[slice(*problem.span)] == shown


def test_a_hint_names_what_was_meant() -> None:
    assert "calls_total" in found("rate(call_total[5m]) > 1")[0].hint
    assert "model" in found('rate(calls_total{modle="a"}[5m]) > 1')[0].hint
    assert "increase(calls_total[1h])" in found("calls_total > 10")[0].hint
    [trap] = found('call_seconds{quantile="0.95"} > 60')
    assert "histogram_quantile(0.95, sum by (model, le) (rate(call_seconds_bucket[5m])))" in trap.hint


RIGHT_FORMS = [
    "histogram_quantile(0.95, sum by (cluster, namespace, job, model, le) (rate(call_seconds_bucket[5m]))) > 60",
    "sum by (job, model) (rate(failures_total[5m])) / sum by (job, model) (rate(calls_total[5m])) > 0.1",
    "time() - max by (job) (last_success_timestamp_seconds > 0 < +Inf) > 86400",
    "absent(up{job=\"x\"})",
    "(sum by (job) (increase(calls_total[5m])) > 5) and on (job) (model:failures:ratio_rate5m > 0.1)",
    "sum by (job) (up) / count by (job) (up) < 0.8",
    "sum by (model) (rate(call_seconds_sum[5m])) / sum by (model) (rate(call_seconds_count[5m])) > 5",
    "sum by (job) (used_bytes) > 2 * sum by (job) (used_bytes offset 1w)",
    "sum by (model) (queue_items) > 3 unless on (model) sum by (model) (increase(calls_total[5m])) > 0",
    "max_over_time(sum by (job) (rate(calls_total[5m]))[1h:1m]) > 10",
    "label_replace(up == 0, \"target\", \"$1\", \"instance\", \"(.*)\")",
    "count by (job) (absent_over_time(calls_total[1h])) > 0",
    "resets(calls_total[1h]) > 5",
    "changes(last_success_timestamp_seconds[26h]) == 0",
    "predict_linear(used_bytes[6h], 86400) > 1e12",
    'rate(call_seconds_bucket{le=~"60\\\\.0|60"}[5m]) > 1',
]  # fmt: skip


@pytest.mark.parametrize("text", RIGHT_FORMS)
def test_a_right_form_is_clean(text: str) -> None:
    assert [problem.message for problem in found(text)] == []


@pytest.mark.parametrize(
    "text",
    ["sum by ($by) (rate(calls_total{model=~\"$model\",$filter}[$__rate_interval]))", "$metric{a='b'} > $value",
     "used_bytes{kind=\"$kind\"}"],
)  # fmt: skip
def test_what_only_grafana_knows_is_no_problem(text: str) -> None:
    assert found(text, Use.PANEL) == []


@given(st.one_of(any_text, expressions), st.sampled_from(Use))
def test_no_text_makes_a_check_fail(text: str, use: Use) -> None:
    for problem in found(text, use):
        assert problem.severity in Severity


NAMES = ["calls_total", "call_seconds_bucket", "call_seconds", "used_bytes", "up", "model:failures:ratio_rate5m"]
LABELS = ["model", "kind", "le", "job", "nope"]
atoms = st.sampled_from([*NAMES, "1", "time()", "nothing"])
series = st.builds(
    "{}{{{}{}'{}'}}".format, st.sampled_from(NAMES), st.sampled_from(LABELS),
    st.sampled_from(["=", "!=", "=~", "!~"]), st.sampled_from(["video", "1", "", "(a|b)*", "(?i)x",
    "[", "a|b", ".+", "\\\\pL"]),
)  # fmt: skip


def compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    functions = st.sampled_from(
        ["rate({}[5m])", "abs({})", "delta({}[5m:1m])", "absent({})", "histogram_quantile(9, {})"]
    )
    ops = st.sampled_from(["+", "-", "/", "*", ">", "> bool", "and", "or on (job)", "/ on (nope) group_left (kind)"])
    grouped = st.builds("{} by ({}, job) ({})".format, st.sampled_from(["sum", "max"]), st.sampled_from(LABELS), inner)
    called = st.builds(lambda form, text: form.format(f"({text})" if ":" in form else text), functions, inner)
    return st.one_of(st.builds("({}) {} ({})".format, inner, ops, inner), called, grouped)


@given(st.recursive(st.one_of(atoms, series), compound, max_leaves=6))
def test_no_expression_of_declared_series_makes_a_check_fail(text: str) -> None:
    for problem in found(text):
        assert problem.span is None or 0 <= problem.span[0] <= problem.span[1] <= len(text)
