"""Tests of rules that others wrote, and what a file holds."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from metricloom.errors import Location
from metricloom.promtool import find_promtool
from metricloom.sources.files import FileKind, kind_of
from metricloom.sources.test_files import read_test_file

RULES = """\
groups:
- name: g
  rules:
  - {alert: Down, expr: up == 0}
  - {record: job:up:sum, expr: sum by (job) (up)}
"""
TEST = """\
rule_files: [rules/*.yml, "nosuch*.yml"]
evaluation_interval: 1m
tests:
  - name: a test
    interval: 1m
    input_series:
      - series: 'up{job="a"}'
        values: "1 0x10"
    alert_rule_test:
      - eval_time: 0m
        alertname: Down
        exp_alerts: []
      - eval_time: 5m
        alertname: Down
        exp_alerts:
          - exp_labels: {job: a}
    promql_expr_test:
      - expr: sum(up)
        eval_time: 1m
        exp_samples:
          - {labels: "{}", value: 0}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/a.yml").write_text(RULES, encoding="utf-8")
    (tmp_path / "rules/.b.yml").write_text(RULES.replace("Down", "Hidden"), encoding="utf-8")
    return tmp_path


def test_a_test_is_read_with_its_places(folder: Path) -> None:
    path = str(folder / "tests.yml")
    test, problems = read_test_file(path, TEST)
    assert problems == ()
    assert [entry.text for entry in test.rule_files] == ["rules/*.yml", "nosuch*.yml"]
    assert [(entry.text, entry.at) for entry in test.missing] == [("nosuch*.yml", Location(path, 1, 27))]
    assert test.loaded == {"Down", "Hidden", "job:up:sum"}
    assert [(series.text, series.location((3, 6))) for series in test.series] == [
        ('up{job="a"}', Location(path, 7, 21)),
    ]
    assert [(alert.alert, alert.fires, alert.at.line) for alert in test.expected] == [
        ("Down", False, 11),
        ("Down", True, 14),
    ]
    assert [(query.text, query.at) for query in test.queries] == [("sum(up)", Location(path, 18, 15))]


def test_a_rule_file_that_changes_is_read_again(folder: Path) -> None:
    path = str(folder / "tests.yml")
    assert "Other" not in read_test_file(path, TEST)[0].loaded
    (folder / "rules/a.yml").write_text(RULES.replace("Down", "Another"), encoding="utf-8")
    assert "Another" in read_test_file(path, TEST)[0].loaded


def test_files_are_named_from_the_folder_of_the_test(folder: Path) -> None:
    text = f"rule_files: [a.yml, ../rules/a.yml, '{folder}/rules/[^x].yml']"
    test, _ = read_test_file(str(folder / "rules/tests.yml"), text)
    assert test.missing == ()
    assert test.loaded == {"Down", "job:up:sum"}


BROKEN = {
    "unknown field": ("rule_file: []\n", "unknown-field", 1, 1),
    "unknown field of a test": ("tests: [{inputs: []}]\n", "unknown-field", 1, 10),
    "unknown field of a series": ("tests: [{input_series: [{series: a, values: 1, x: 1}]}]\n", "unknown-field", 1, 48),
    "unknown field of an alert": ("tests: [{alert_rule_test: [{alertname: a, at: 1m}]}]\n", "unknown-field", 1, 43),
    "unknown field of what is expected": (
        "tests: [{alert_rule_test: [{alertname: a, exp_alerts: [{labels: {}}]}]}]\n", "unknown-field", 1, 57),
    "unknown field of a sample": (
        "tests: [{promql_expr_test: [{expr: a, exp_samples: [{x: 1}]}]}]\n", "unknown-field", 1, 54),
    "no list of tests": ("tests: {name: a}\n", "wrong-field-type", 1, 8),
    "no list of files": ("rule_files: a.yml\n", "wrong-field-type", 1, 13),
    "no mapping": ("- tests\n", "wrong-field-type", 1, 1),
    "no number": ("tests: [{promql_expr_test: [{expr: a, exp_samples: [{value: x}]}]}]\n", "wrong-field-type", 1, 61),
    "no duration": ("evaluation_interval: 5\n", "bad-duration", 1, 22),
    "no duration of a test": ("tests: [{interval: x}]\n", "bad-duration", 1, 20),
    "no duration of an alert": ("tests: [{alert_rule_test: [{alertname: a, eval_time: x}]}]\n", "bad-duration", 1, 54),
    "no alert": ("tests: [{alert_rule_test: [{eval_time: 1m}]}]\n", "missing-field", 1, 28),
    "no expression": ("tests: [{promql_expr_test: [{eval_time: 1m}]}]\n", "missing-field", 1, 29),
    "no series": ("tests: [{input_series: [{values: 1}]}]\n", "missing-field", 1, 25),
    "no YAML": ("tests: [\n", "yaml-syntax", 2, 1),
    "a key twice": ("tests: []\ntests: []\n", "yaml-duplicate-key", 2, 1),
}  # fmt: skip


@pytest.mark.parametrize(("text", "name", "line", "column"), BROKEN.values(), ids=BROKEN)
def test_what_is_broken_has_a_name_and_a_place(text: str, name: str, line: int, column: int) -> None:
    _, problems = read_test_file("tests.yml", text)
    assert [(problem.name, problem.at) for problem in problems if problem.name == name][:1] == [
        (name, Location("tests.yml", line, column))
    ]
    assert all(problem.hint for problem in problems)


def test_promtool_refuses_the_same(folder: Path) -> None:
    for name, (text, *_) in BROKEN.items():
        (folder / name).write_text(text, encoding="utf-8")
    command = [str(find_promtool().path), "test", "rules", *BROKEN]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr.count("FAILED") == len(BROKEN)
    assert "SUCCESS" not in done.stdout


@pytest.mark.parametrize(
    "text", ["", "#", "tests:\n", "[" * 10_000, "\x00", 'rule_files: ["\\0", "[", "", "/*/*/nosuch*"]']
)
def test_anything_can_be_read(text: str) -> None:
    test, _ = read_test_file("tests.yml", text)
    assert test.expected == ()


MANIFEST = "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec:\n  groups: []\n"


@pytest.mark.parametrize(
    ("path", "text", "kind"),
    [
        ("a.yml", RULES, FileKind.RULES),
        ("a", RULES, FileKind.RULES),
        ("a.yml", "\ufeff" + RULES.replace("\n", "\r\n"), FileKind.RULES),
        ("a.yml", "groups:\n", FileKind.RULES),
        ("a.yml", "groups: []\n", FileKind.RULES),
        ("a.yml", MANIFEST, FileKind.RULES),
        ("a.yml", "kind: Service\n---\n" + MANIFEST, FileKind.RULES),
        ("a.yml", "kind: List\nitems:\n- kind: PrometheusRule\n", FileKind.RULES),
        ("a.json", '{"groups": [{"name": "g", "rules": []}]}', FileKind.RULES),
        ("a.json", '{"kind": "PrometheusRule", "spec": {}}', FileKind.RULES),
        ("a.yml", "{groups: [{name: g, rules: [{alert: A, expr: up}]}]}", FileKind.RULES),
        ("a.yml", "- alert: A\n  expr: up\n", FileKind.RULES),
        ("a.yml", "{{- if .Values.x }}\n" + RULES + "{{- end }}", FileKind.RULES),
        ("a.yml", TEST, FileKind.TEST),
        ("a.yml", "tests:\n- input_series: []\n", FileKind.TEST),
        ("a.json", '{"rule_files": [], "tests": []}', FileKind.TEST),
        ("a.json", '{"title": "x", "panels": []}', FileKind.DASHBOARD),
        ("a", '{"rows": []}', FileKind.DASHBOARD),
        ("a.json", '{"dashboard": {"panels": []}}', FileKind.DASHBOARD),
        ("a.json", '{"spec": {"elements": {}}}', FileKind.DASHBOARD),
        ("a.json", '{"panels": [', FileKind.DASHBOARD),
        ("a.prom", "# HELP up Whether.\n# TYPE up gauge\nup 1\n", FileKind.METRICS),
        ("a.yml", "", FileKind.OTHER),
        ("a.yml", "groups:\n- id: http\n  brief: semantic conventions\n", FileKind.OTHER),
        ("a.yml", "kind: ClusterRole\nrules:\n- apiGroups: []\n", FileKind.OTHER),
        ("a.yml", "tests:\n- name: of another program\n", FileKind.OTHER),
        ("a.yml", "rule_files: [a.yml]\nscrape_configs: []\n", FileKind.OTHER),
        ("a.yml", "extraRules:\n  groups:\n  - name: values of Helm\n    rules:\n    - alert: A\n", FileKind.OTHER),
        ("values.yaml", "extraObjects:\n- kind: PrometheusRule\n", FileKind.OTHER),
        ("a.json", '{"name": "package"}', FileKind.OTHER),
        ("a.json", "[1]", FileKind.OTHER),
        ("a.json", "[" * 100_000, FileKind.OTHER),
        ("a.json", '{"a":' * 100_000, FileKind.OTHER),
        ("a.bin", "\x00\udcff", FileKind.OTHER),
    ],
)
def test_a_file_is_known_by_its_content(path: str, text: str, kind: FileKind) -> None:
    assert kind_of(path, text) is kind
