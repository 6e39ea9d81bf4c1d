"""Rule files of others: what is in them and where, and what Prometheus would refuse."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from metricloom.errors import Location, Problem, Severity
from metricloom.promtool import find_promtool
from metricloom.sources.model import Group, Rule, Use
from metricloom.sources.rule_files import RuleFile, read_rule_file

GOOD = """\
# A comment
groups:
  - name: service
    interval: 1m
    limit: 10
    rules:
      - record: job:calls:rate5m
        expr: sum by (job) (rate(calls_total[5m]))
        labels:
          team: a
      - alert: Failing
        expr: |
          job:calls:rate5m
            > 5
        for: 1h30m
        keep_firing_for: 5m
        labels: &labels
          severity: page
        annotations:
          summary: '{{ $labels.job }} is failing'
      - alert: Down
        expr: >-
          up
          == 0
        labels: *labels
"""
RULES = "groups:\n- name: g\n  rules:\n"


def read(text: str) -> RuleFile:
    return read_rule_file("rules.yml", text)


def good(text: str) -> tuple[Group, ...]:
    file = read(text)
    assert file.problems == ()
    return file.groups


def rules(text: str) -> list[Rule]:
    return [rule for group in good(text) for rule in group.rules]


def found(text: str) -> list[tuple[str, int, int]]:
    return [(problem.name, problem.at.line, problem.at.column) for problem in read(text).problems if problem.at]


def test_a_rule_file_is_read_with_the_places_of_everything() -> None:
    [group] = good(GOOD)
    assert (group.name, group.interval_seconds, group.at) == ("service", 60, Location("rules.yml", 3, 11))
    record, failing, down = group.rules
    assert (record.use, record.name, record.at) == (Use.RECORD, "job:calls:rate5m", Location("rules.yml", 7, 17))
    assert (failing.use, failing.for_seconds, failing.keep_firing_seconds) == (Use.ALERT, 5400, 300)
    assert failing.for_at == Location("rules.yml", 15, 14)
    assert [rule.lines for rule in group.rules] == [(7, 10), (11, 20), (21, 25)]
    assert failing.query.text == "job:calls:rate5m\n  > 5\n"
    assert failing.query.location((19, 20)) == Location("rules.yml", 14, 13)
    assert failing.annotations["summary"].mentions[0].name == "job"
    assert down.query.text == "up == 0"
    assert down.query.location((3, 5)) == Location("rules.yml", 24, 11)
    assert down.labels == failing.labels


def test_labels_of_records_are_no_templates_and_those_of_alerts_are() -> None:
    record, alert = rules(
        RULES
        + "  - {record: a, expr: up, labels: {x: '{{ foo }}'}}\n  - {alert: A, expr: up, labels: {x: '{{ foo }}'}}\n"
    )
    assert record.labels["x"].fault == ""
    assert "no function foo" in alert.labels["x"].fault


def test_labels_of_a_group_are_templates_where_it_has_an_alert() -> None:
    text = "groups:\n- name: g\n  labels: {x: '{{ foo }}'}\n  rules:\n  - {record: a, expr: up}\n"
    [group] = good(text)
    assert group.labels["x"].fault == ""
    [group] = good(text + "  - {alert: A, expr: up}\n")
    assert "no function foo" in group.labels["x"].fault


MANIFEST = """\
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: a}
spec:
  groups:
  - name: %s
    partial_response_strategy: warn
    rules:
    - alert: Down
      expr: up == 0
"""


def indented(text: str) -> str:
    return "- " + text.replace("\n", "\n  ").rstrip(" ")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        ("# nothing\n", []),
        ("groups:\n", []),
        (MANIFEST % "a", ["a"]),
        (f"{MANIFEST % 'a'}---\nkind: Service\nspec: {{ports: []}}\n---\n{MANIFEST % 'b'}", ["a", "b"]),
        (f"kind: List\nitems:\n{indented(MANIFEST % 'a')}{indented(MANIFEST % 'b')}", ["a", "b"]),
        ("namespace: x\ngroups:\n- {name: a, rules: [], source_tenants: [t]}\n", ["a"]),
        ("namespace: x\ngroups: [{name: a}]\n---\nnamespace: y\ngroups: [{name: a}]\n", ["a", "a"]),
    ],
)
def test_manifests_documents_and_namespaces_are_read(text: str, names: list[str]) -> None:
    assert [group.name for group in good(text)] == names


def test_prometheus_does_not_load_a_second_document() -> None:
    file = read("groups: [{name: a}]\n---\ngroups: [{name: b}]\n")
    assert [group.name for group in file.groups] == ["a", "b"]
    [problem] = file.problems
    assert (problem.name, problem.at, problem.severity) == (
        "second-document",
        Location("rules.yml", 3, 1),
        Severity.WARNING,
    )


def test_one_broken_rule_does_not_hide_the_others() -> None:
    file = read(RULES + "  - {alert: A, exprr: up}\n  - alert: B\n    expr: [up]\n  - {alert: C, expr: up, for: 5}\n")
    assert [rule.name for group in file.groups for rule in group.rules] == ["C"]
    assert [problem.name for problem in file.problems] == [
        "missing-field",
        "unknown-field",
        "wrong-field-type",
        "bad-duration",
    ]


BROKEN = {
    "unknown field of the file": ("rules: []\n", "unknown-field", 1, 1),
    "unknown field of a group": ("groups:\n- name: g\n  intervall: 1m\n", "unknown-field", 3, 3),
    "field of Thanos": ("groups:\n- name: g\n  partial_response_strategy: warn\n", "unknown-field", 3, 3),
    "unknown field of a rule": (RULES + "  - {alert: A, expr: up, sumary: x}\n", "unknown-field", 4, 26),
    "no mapping": ("- a\n", "wrong-field-type", 1, 1),
    "groups no list": ("groups: {name: g}\n", "wrong-field-type", 1, 9),
    "group no mapping": ("groups: [g]\n", "wrong-field-type", 1, 10),
    "rules no list": ("groups:\n- name: g\n  rules: {alert: A}\n", "wrong-field-type", 3, 10),
    "rule no mapping": (RULES + "  - up\n", "wrong-field-type", 4, 5),
    "expression no text": (RULES + "  - {alert: A, expr: {a: b}}\n", "wrong-field-type", 4, 22),
    "labels no mapping": (RULES + "  - {alert: A, expr: up, labels: [a]}\n", "wrong-field-type", 4, 34),
    "label no text": (RULES + "  - {alert: A, expr: up, labels: {a: [b]}}\n", "wrong-field-type", 4, 38),
    "limit no number": ("groups:\n- {name: g, limit: '5'}\n", "wrong-field-type", 2, 20),
    "no name": ("groups:\n- rules: []\n", "missing-field", 2, 3),
    "empty name": ("groups:\n- name: ''\n", "missing-field", 2, 3),
    "no expression": (RULES + "  - {alert: A}\n", "missing-field", 4, 13),
    "empty expression": (RULES + "  - alert: A\n    expr:\n", "missing-field", 5, 10),
    "no alert and no record": (RULES + "  - {expr: up}\n", "missing-field", 4, 5),
    "alert and record": (RULES + "  - {alert: A, record: b, expr: up}\n", "misplaced-field", 4, 13),
    "for of a record": (RULES + "  - {record: a, expr: up, for: 5m}\n", "misplaced-field", 4, 27),
    "keep_firing_for of a record": (
        RULES + "  - {record: a, expr: up, keep_firing_for: 5m}\n",
        "misplaced-field",
        4,
        27,
    ),
    "annotations of a record": (RULES + "  - {record: a, expr: up, annotations: {a: b}}\n", "misplaced-field", 4, 27),
    "duration without a unit": (RULES + "  - {alert: A, expr: up, for: 5}\n", "bad-duration", 4, 31),
    "duration with a wrong unit": (RULES + "  - {alert: A, expr: up, for: 5min}\n", "bad-duration", 4, 31),
    "units in the wrong order": (RULES + "  - {alert: A, expr: up, for: 5m1h}\n", "bad-duration", 4, 31),
    "negative duration": ("groups:\n- {name: g, interval: -5m}\n", "bad-duration", 2, 23),
    "fractional duration": ("groups:\n- {name: g, interval: 1.5m}\n", "bad-duration", 2, 23),
    "endless duration": ("groups:\n- {name: g, interval: 300y}\n", "bad-duration", 2, 23),
    "empty duration": ("groups:\n- {name: g, interval: ''}\n", "bad-duration", 2, 23),
    "braces in a record": (RULES + "  - {record: 'a{b=\"c\"}', expr: up}\n", "invalid-name", 4, 14),
    "label __name__": (RULES + "  - {alert: A, expr: up, labels: {__name__: b}}\n", "invalid-name", 4, 35),
    "label without a name": (RULES + "  - {alert: A, expr: up, labels: {'': b}}\n", "invalid-name", 4, 35),
    "two groups of a name": ("groups:\n- name: g\n- name: g\n", "repeated-group", 3, 9),
    "a key twice": (RULES + "  - alert: A\n    expr: up\n    expr: up\n", "yaml-duplicate-key", 6, 5),
    "a tab": (RULES + "\t- alert: A\n", "yaml-syntax", 4, 1),
    "colon in a plain text": (RULES + "  - alert: A\n    expr: a: b\n", "yaml-syntax", 5, 12),
    "open quote": (RULES + "  - alert: 'A\n    expr: up\n", "yaml-syntax", 6, 1),
    "unknown alias": (RULES + "  - *rule\n", "yaml-syntax", 4, 5),
    "alias within itself": ("groups: &a [*a]\n", "yaml-syntax", 1, 13),
    "control character": ("groups: \x00\n", "not-a-text", 1, 9),
    "helm's condition": ("{{- if .Values.x }}\ngroups: []\n{{- end }}\n", "unrendered-template", 1, 1),
    "helm's value": (RULES + "  - alert: {{ .Values.name }}\n    expr: up\n", "unrendered-template", 4, 12),
    "a template of Ruby's": ("groups:\n<% if x %>\n- name: g\n<% end %>\n", "unrendered-template", 2, 1),
    "helm in an expression": (
        RULES + "  - alert: A\n    expr: up > {{ x }}\n    {{- y }}\n",
        "unrendered-template",
        6,
        5,
    ),
}


@pytest.mark.parametrize(("text", "name", "line", "column"), BROKEN.values(), ids=BROKEN)
def test_what_is_broken_has_a_name_a_place_and_a_remedy(text: str, name: str, line: int, column: int) -> None:
    problems = [problem for problem in read(text).problems if problem.name == name]
    assert [problem.at for problem in problems][:1] == [Location("rules.yml", line, column)]
    assert all(problem.hint for problem in problems)
    assert all(problem.severity is Severity.ERROR for problem in problems)


ALLOWED = {
    "a number as a name": "groups:\n- name: 5\n  rules: [{alert: 1, expr: 2, labels: {a: 3, b: true, c: }}]\n",
    "nothing": "groups:\n- name: g\n  interval:\n  limit: ~\n  rules:\n",
    "nothing in a list": "groups:\n-\n- name: g\n  rules: [~, {alert: A, expr: up}]\n",
    "zero": RULES + "  - {record: a, expr: up, for: 0s, keep_firing_for: 0, annotations: {}}\n",
    "empty record": RULES + "  - {record: '', alert: A, expr: up}\n",
    "odd durations": RULES + "  - {alert: A, expr: up, for: 1y1w1d1h1m1s1ms}\n",
    "odd numbers": "groups:\n- {name: g, limit: 0x10}\n- {name: h, limit: 1_000}\n- {name: i, limit: 1.5}\n",
    "merged mappings": RULES + "  - &a {alert: A, expr: up}\n  - {<<: *a, alert: B}\n",
    "windows": (RULES + "  - alert: A\n    expr: |\n      up\n").replace("\n", "\r\n"),
    "byte order mark": "\ufeff" + RULES + "  - {alert: A, expr: up}\n",
}


@pytest.mark.parametrize("text", ALLOWED.values(), ids=ALLOWED)
def test_what_prometheus_takes_is_taken(text: str) -> None:
    assert read(text).problems == ()


def test_promtool_refuses_what_is_refused_here_and_takes_what_is_taken(tmp_path: Path) -> None:
    broken = {name: text for name, (text, *_) in BROKEN.items()}
    for name, text in {**broken, **ALLOWED}.items():
        (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    command = [str(find_promtool().path), "check", "rules", "--lint=none", *broken, *ALLOWED]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    refused = {name for name in (*broken, *ALLOWED) if f"{name}: " in done.stderr}
    assert refused == set(broken)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (RULES + "  - {record: 'a-b', expr: up}\n", 4),
        (RULES + "  - {alert: A, expr: up, labels: {'a-b': c}}\n", 4),
        (RULES + "  - {alert: A, expr: up, annotations: {'a.b': c}}\n", 4),
    ],
)
def test_names_that_only_prometheus_3_takes_are_warned_of(text: str, line: int) -> None:
    [problem] = read(text).problems
    assert (problem.name, problem.severity) == ("name-before-3", Severity.WARNING)
    assert problem.at is not None
    assert problem.at.line == line
    assert read(text).groups[0].rules


def test_a_wrong_word_is_put_right() -> None:
    [problem] = read("groups:\n- {name: g, intervall: 1m}\n").problems
    assert problem.hint == "did you mean interval?"
    [problem] = read("groups:\n- {name: g, evaluation_delay: 1m}\n").problems
    assert "Mimir" in problem.hint


def test_a_fault_after_a_text_that_begins_with_braces_is_none_of_a_template() -> None:
    texts = "    annotations:\n      a: |\n        {{ $value }}\n"
    text = f"{RULES}  - alert: A\n    expr: up\n{texts}  - alert: B\n    expr: a: b\n"
    assert found(text) == [("yaml-syntax", 10, 12)]


def test_a_byte_that_is_no_utf_8_is_named() -> None:
    [problem] = read(b"groups: \xff\n".decode("utf-8", errors="surrogateescape")).problems
    assert problem.message == "the byte 0xFF is no UTF-8: is this a text file?"
    assert problem.at == Location("rules.yml", 1, 9)


LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{depth}: &a{depth} [{', '.join([f'*a{depth - 1}'] * 10)}]\n" for depth in range(1, 20)
)
HOSTILE = {
    "laughs": (LAUGHS, "yaml-too-large"),
    "deep lists": ("[" * 200_000, "yaml-too-large"),
    "deep mappings": ("{a: " * 100_000, "yaml-too-large"),
    "deep blocks": ("- " * 100_000, "yaml-too-large"),
    "large": ("#" * 50_000_000, "yaml-too-large"),
    "binary": (bytes(range(256)).decode("latin-1") * 100, "not-a-text"),
    "half a character": ("a: \ud800", "not-a-text"),
    "long key": ("a" * 100_000 + ": b", "yaml-syntax"),
}


@pytest.mark.parametrize(("text", "name"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_one_clear_problem(text: str, name: str) -> None:
    [problem] = read(text).problems
    assert problem.name == name
    assert len(problem.message) < 300
    assert problem.hint


def test_a_problem_of_an_aliased_rule_is_said_once() -> None:
    rules = ", ".join(["*r"] * 50)
    file = read(f"groups:\n- name: g\n  rules: [&r {{alert: A, expr: up, for: x}}, {rules}]\n")
    assert len(file.problems) == 1
    assert len(file.groups[0].rules) == 51


def test_an_expression_of_a_megabyte_is_read_and_its_end_found() -> None:
    [rule] = rules(RULES + "  - alert: A\n    expr: |\n" + "      up +\n" * 100_000)
    assert rule.query.location((499_996, 499_998)) == Location("rules.yml", 100_005, 8)


def test_a_problem_shows_no_more_of_a_text_than_a_person_can_read() -> None:
    problems: tuple[Problem, ...] = read(
        RULES + f"  - {{alert: {'A' * 500}, {'b' * 500}: c, for: {'5' * 500}}}\n"
    ).problems
    assert len(problems) == 3
    assert all(len(problem.message) < 300 for problem in problems)
