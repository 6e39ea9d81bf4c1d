"""Checks of alerts and their texts, where an example each does not say enough."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricloom.checks import run
from metricloom.checks.anchors import anchors_of, guide_of
from metricloom.checks.example_world import WORLD
from metricloom.checks.examples import AT, rules_read
from metricloom.errors import Problem, Severity
from metricloom.sources.model import Group, Rule, Sources, Use, World, Written
from metricloom.sources.templates import template


def found(text: str, code: str, world: World = WORLD) -> list[Problem]:
    with rules_read(text, world) as (sources, problems):
        assert problems == ()
        return [problem for problem in run(sources) if problem.code == code]


def severities(text: str, code: str, world: World = WORLD) -> list[Severity]:
    return [problem.severity for problem in found(text, code, world)]


def alert(expr: str, more: str = "", summary: str = "") -> str:
    annotations = f"\n  annotations: {{summary: '{summary}'}}" if summary else ""
    return f"- alert: Example\n  expr: '{expr}'{annotations}\n{more}"


# --- texts ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expr", "shown", "hint"),
    [
        ("max(last_success_timestamp_seconds) > 1", "humanize", "humanizeTimestamp"),
        ("max(last_success_timestamp_seconds) > 1", "humanizeDuration", "humanizeTimestamp"),
        ("time() - max(last_success_timestamp_seconds) > 1", "humanizeTimestamp", "humanizeDuration"),
        ("min by (job) (time() - last_success_timestamp_seconds) > 1", "humanizeTimestamp", "humanizeDuration"),
        ("sum(used_bytes) > 1", "humanizeDuration", "humanize1024"),
        ("rate(written_bytes_total[5m]) > 1", "humanizePercentage", "humanize1024"),
        ("model:failures:ratio_rate5m > 0.1", "humanizeDuration", "humanizePercentage"),
        ("model:failures:ratio_rate5m > 0.1", "humanize1024", "humanizePercentage"),
        ("rate(call_seconds_sum[5m]) / rate(call_seconds_count[5m]) > 1", "humanizeTimestamp", "humanizeDuration"),
    ],
)
def test_a_value_is_shown_as_what_it_is(expr: str, shown: str, hint: str) -> None:
    [problem] = found(alert(expr, summary=f"{{{{ $value | {shown} }}}}"), "T404")
    assert hint in problem.hint
    assert found(alert(expr, summary=f"{{{{ $value | {hint} }}}}"), "T404") == []
    assert problem.span is not None
    assert problem.source[slice(*problem.span)] == "$value"


@pytest.mark.parametrize(
    ("expr", "summary"),
    [
        ("queue_items > 1", "{{ $value | humanizeDuration }}"),  # a count may be anything
        ("nothing_known > 1", "{{ $value | humanizePercentage }}"),
        ("time() - nothing_known > 1", "{{ $value | humanizeDuration }} ago"),
        ("last_success_seconds > 1", "{{ $value | humanizeTimestamp }}"),  # seconds may be a time
        ("100 * model:failures:ratio_rate5m > 10", "{{ $value }}% fail"),
        ("model:failures:ratio_rate5m > 0.1", "{{ $value | humanizePercentage }} of 100%"),
    ],
)
def test_what_may_be_meant_is_no_mismatch(expr: str, summary: str) -> None:
    assert found(alert(expr, summary=summary), "T404", replace(WORLD, open=True)) == []


def test_a_percent_sign_is_written_once() -> None:
    expr = "model:failures:ratio_rate5m > 0.1"
    assert severities(alert(expr, summary="{{ $value | humanizePercentage }}%"), "T404") == ["warning"]
    assert severities(alert(expr, summary="{{ $value }} %"), "T404") == ["error"]
    assert severities(alert(expr, summary='{{ printf "%.1f" $value }}%'), "T404") == ["error"]
    assert severities(alert(f"100 * {expr}", summary="{{ $value | humanizePercentage }}"), "T404") == ["error"]


def test_a_value_in_a_label_is_an_error_where_it_never_stands_still() -> None:
    label = "  labels: {v: '{{ $value }}'}\n"
    assert severities(alert("rate(calls_total[5m]) > 1", f"  for: 5m\n{label}"), "T403") == ["error"]
    assert severities(alert("rate(calls_total[5m]) > 1", label), "T403") == ["warning"]
    assert severities(alert("queue_items > 1", f"  for: 5m\n{label}"), "T403") == ["warning"]
    rounded = """  for: 1m\n  labels: {v: '{{ printf "%.0f" $value }}'}\n"""
    assert severities(alert("rate(calls_total[5m]) > 1", rounded), "T403") == ["warning"]
    choice = "  labels: {v: '{{ if ge $value 5.0 }}a{{ else }}b{{ end }}'}\n"
    assert found(alert("queue_items > 1", choice), "T403") == []
    assert found(alert("sum(increase(calls_total[5m])) == 0", f"  for: 5m\n{label}"), "T403") == []  # it is always 0


@pytest.mark.parametrize(
    "summary",
    [
        "{{ with $labels.zone }}in {{ . }}{{ end }}",
        "{{ if $labels.zone }}in {{ $labels.zone }}{{ end }}",
        '{{ or $labels.zone "none" }}',
    ],
)
@pytest.mark.parametrize("expr", ["sum by (job) (queue_items) > 1", "queue_items > 1"])
def test_a_text_that_asks_for_a_label_may_name_any(expr: str, summary: str) -> None:
    assert found(alert(expr, summary=summary), "T401") == []
    assert found(alert(expr, summary=summary), "T402") == []


def test_labels_that_a_page_of_metrics_did_not_show_may_come() -> None:
    sampled = replace(WORLD, sampled=True)
    lost = alert("sum by (job) (queue_items) > 1", summary="{{ $labels.instance }}")
    unknown = alert("queue_items > 1", summary="{{ $labels.zone }}")
    assert severities(lost, "T401") == severities(unknown, "T402") == ["error"]
    assert severities(unknown, "T402", sampled) == ["warning"]
    assert severities(lost, "T401", sampled) == ["error"]  # whatever comes, the aggregation drops it


def test_labels_that_the_rule_adds_are_not_there_yet() -> None:
    """Tried with promtool: `$labels` holds those of the result only."""
    text = alert("queue_items > 1", "  labels: {team: ml}\n", summary="{{ $labels.team }}")
    [problem] = found(text, "T402")
    assert "adds only afterwards" in problem.message
    grouped = (
        f"groups:\n- name: g\n  labels: {{zone: a}}\n  rules:\n{alert('queue_items > 1', summary='{{ $labels.zone }}')}"
    )
    [problem] = found(grouped.replace("  rules:\n- ", "  rules:\n  - ").replace("\n  expr", "\n    expr")
                      .replace("\n  annotations", "\n    annotations"), "T402")  # fmt: skip
    assert "adds only afterwards" in problem.message


def test_what_a_text_asks_is_checked_as_an_expression() -> None:
    text = alert("queue_items > 1", summary='{{ with query "sum(queue_itmes)" }}{{ . | first | value }}{{ end }}')
    [problem] = found(text, "Q201")
    assert "summary" in problem.message
    assert problem.span is not None
    assert problem.source[slice(*problem.span)] == "queue_itmes"
    broken = alert("queue_items > 1", summary='{{ query "sum(queue_items" | first | value }}')
    assert len(found(broken, "Q200")) == 1
    shown = alert("queue_items > 1", summary='{{ query "queue_items" | first | value }}')
    assert found(shown, "A501") == []


def test_anchors_are_those_of_headings_and_those_set_by_hand(tmp_path: Path) -> None:
    guide = tmp_path / "docs" / "guide.md"
    guide.parent.mkdir()
    guide.write_text(
        "# The Guide\n\nLong queue?\n-----------\n\n### `HighErrorRate` and [more](x.md)\n\n"
        '<a id="by-hand"></a>\n## Own {#own}\n',
        encoding="utf-8",
    )
    assert {"the-guide", "long-queue", "higherrorrate-and-more", "by-hand", "own"} <= anchors_of(guide)
    rule_file = str(tmp_path / "rules" / "a.yml")
    assert guide_of("docs/guide.md#x", rule_file) == guide
    for link in ("docs/guide.md", "docs/other.md#x", "https://example.com/docs/guide.md#x", "\0.md#x", "#x", ""):
        assert guide_of(link, rule_file) is None


# --- conditions -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expr", "count"),
    [
        ("sum(rate(rare_total[5m])) == 0", 1),
        ("0 == sum(rate(rare_total[5m]))", 1),
        ("sum(rate(rare_total[5m])) <= 0 and on () up == 1", 1),
        ("up == 1 unless on (job) sum by (job) (rate(rare_total[5m])) == 0", 0),
        ("sum(rate(rare_total[5m])) == 0 or absent(rare_total)", 0),
        ("sum(rate(started_total[5m])) == 0", 0),
        ("sum(rate(rare_total[5m])) < 5", 0),
        ("sum(rate(rare_total[5m])) == bool 0", 0),
    ],
)
def test_nothing_is_not_zero(expr: str, count: int) -> None:
    assert len(found(alert(expr), "A502")) == count


def test_of_series_that_nobody_described_it_is_only_noted() -> None:
    assert severities(alert("sum(rate(calls_total[5m])) == 0"), "A502") == ["note"]


@pytest.mark.parametrize(
    ("expr", "count"),
    [
        ("increase(rare_total[5m]) > 0", 1),
        ("sum by (job) (increase(rare_total[5m])) >= 0.5 or up == 0", 1),
        ("increase(started_total[5m]) > 0", 0),
        ("increase(calls_total[5m]) > 0", 0),
        ("increase(rare_total[5m]) > 3", 0),
        ("queue_items > 1 unless on (job) increase(rare_total[5m]) > 0", 0),
    ],
)
def test_the_first_event_of_a_series_is_lost(expr: str, count: int) -> None:
    assert len(found(alert(expr), "A505")) == count


@pytest.mark.parametrize(
    ("expr", "wait", "code"),
    [
        ("increase(failures_total[5m]) > 0", "10m", "A504"),
        ("increase(failures_total[5m]) > 0", "5m", ""),
        ("increase(failures_total[5m]) > 1", "10m", ""),
        ("sum(increase(calls_total[1d])) == 0", "1d", "A514"),
        ("sum(increase(calls_total[1d])) < 1", "13h", "A514"),
        ("sum(increase(calls_total[1d])) == 0", "2h", ""),
        ("sum(increase(calls_total[1d])) > 5", "1d", ""),
        ("queue_items > 1", "59s", "A503"),
        ("queue_items > 1", "1m", ""),
        ("queue_items > 1", "0s", ""),
    ],
)
def test_for_and_windows_together_say_when_an_alert_fires(expr: str, wait: str, code: str) -> None:
    text = alert(expr, f"  for: {wait}\n")
    assert [one for one in ("A503", "A504", "A514") if found(text, one)] == ([code] if code else [])


def test_the_delay_is_said() -> None:
    [problem] = found(alert("sum(increase(calls_total[24h])) == 0", "  for: 25h\n"), "A514")
    assert "49h" in problem.message


def test_the_interval_of_a_group_counts_before_that_of_the_server() -> None:
    rules = "- name: g\n  interval: 10s\n  rules:\n  - {alert: A, expr: queue_items > 1, for: 30s}\n"
    assert found(f"groups:\n{rules}", "A503") == []
    assert len(found(f"groups:\n{rules.replace('10s', '1m')}", "A503")) == 1
    nobody = replace(WORLD, evaluation_seconds=None)
    assert found("- {alert: A, expr: queue_items > 1, for: 1s}", "A503", nobody) == []


# --- identities -------------------------------------------------------------------------------------


def test_rules_of_one_name_and_the_same_labels_are_told_with_both_places() -> None:
    text = "- {record: 'job:q:sum', expr: sum by (job) (queue_items)}\n"
    [problem] = found(text * 2, "A512")
    assert problem.severity == "warning"
    assert problem.at is not None
    assert [place.line for place in (problem.at, *problem.related)] == [5, 4]
    assert severities(text + text.replace("queue_items", "used_bytes"), "A512") == ["note"]
    assert found(text + text.replace("}", ", labels: {a: b}}"), "A512") == []


def test_severities_are_asked_only_where_routes_are_known() -> None:
    text = alert("queue_items > 1", "  labels: {severity: nosuch}\n")
    [problem] = found(text, "A506")
    assert problem.source == "nosuch"
    assert found(text, "A506", replace(WORLD, severities=None)) == []
    assert found(alert("queue_items > 1", "  labels: {severity: '{{ $labels.x }}'}\n"), "A506") == []
    assert found(alert("queue_items > 1"), "A506") == []


@pytest.mark.parametrize(
    ("op", "warning", "critical", "count"),
    [(">", 5, 3, 1), (">", 3, 5, 0), (">", 5, 5, 0), ("<", 5, 10, 1), ("<", 10, 5, 0), (">=", 0.5, 0.1, 1)],
)
def test_the_milder_of_two_alerts_comes_first(op: str, warning: float, critical: float, count: int) -> None:
    text = (
        f"- {{alert: A, expr: 'sum(queue_items) {op} {warning}', labels: {{severity: warning}}}}\n"
        f"- {{alert: B, expr: 'sum( queue_items ) {op} {critical}', labels: {{severity: critical}}}}\n"
    )
    assert len(found(text, "A507")) == count


# --- whatever is written ----------------------------------------------------------------------------

pieces = st.sampled_from(
    ["{{", "}}", "{{ $value }}", "{{ $labels.model }}", "{{ $labels.nope }}", "%", " | ", "humanize", "$value", '"',
     '{{ query "up" }}', "{{ $value | humanizePercentage }}", "{{ if gt $value 1.0 }}", "{{ end }}", "#", "guide.md#x"]
)  # fmt: skip
texts = st.lists(st.one_of(pieces, st.text(max_size=5)), max_size=6).map("".join)
conditions = st.sampled_from(
    ["up == 0", "time() - max(last_success_timestamp_seconds) > 1", "1 < model:failures:ratio_rate5m", "vector(1)",
     "sum(increase(rare_total[5m])) == 0", "topk(3, queue_items) > 1 or absent(up)", "scalar(up) > 1", "5", "up =="]
)  # fmt: skip
uses = st.sampled_from(["summary", "runbook_url", "severity"])


@given(st.lists(st.tuples(conditions, uses, texts, st.sampled_from([0.0, 1.0, 1e9])), min_size=1, max_size=3))
def test_no_text_and_no_condition_makes_a_check_fail(alerts: list[tuple[str, str, str, float]]) -> None:
    def rule(expr: str, field: str, text: str, wait: float) -> Rule:
        given_texts = {field: template(Written(text, AT))}
        return Rule(Use.ALERT, "Example", Written(expr, AT), AT, given_texts, given_texts, for_seconds=wait)

    group = Group("example", AT, tuple(rule(*one) for one in alerts), 60.0, {"severity": template(Written("info", AT))})
    for problem in run(Sources(WORLD, [group])):
        assert problem.message
        assert problem.hint
        assert problem.span is None or 0 <= problem.span[0] <= problem.span[1] <= len(problem.source)
