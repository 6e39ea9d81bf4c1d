"""What the real promtool says, as problems that name declarations."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

import pytest

from metricloom.errors import Location, Problem
from metricloom.promtool import Places, Promtool, find_promtool

GOOD = """\
groups:
  - name: llm
    rules:
      - {record: 'job:calls:sum', expr: sum by (job) (calls_total)}
      - alert: ManyCalls
        expr: job:calls:sum > 3
        annotations: {summary: "{{ $value }} calls"}
"""
BAD = """\
groups:
  - name: llm
    rules:
      - {record: 'job:calls:sum', expr: sum by (job) (calls_total)}
      - alert: ManyCalls
        expr: |
          sum(x)
            + sum(calls_total
      - alert: BadTemplate
        expr: up == 0
        annotations: {summary: "{{ $labels.job"}
"""
TEST = """\
rule_files: [../{file}]
evaluation_interval: 1m
tests:
  - name: {name}
    interval: 1m
    input_series: [{{series: 'calls_total{{job="a"}}', values: '1+1x20'}}]
    alert_rule_test:
      - eval_time: 10m
        alertname: ManyCalls
        exp_alerts: [{{exp_labels: {{job: a}}, exp_annotations: {{summary: {summary}}}}}]
    promql_expr_test:
      - expr: job:calls:sum
        eval_time: 3m
        exp_samples: [{{labels: 'job:calls:sum{{job="a"}}', value: {value}}}]
"""
RULES = PurePosixPath("rules/llm.yml")
TESTS = PurePosixPath("rules/tests/llm.yml")
RECORD, ALERT, TEMPLATE = Location("registry.py", 11), Location("registry.py", 22), Location("registry.py", 33)
PLACES: Places = {
    ("rules/llm.yml", "llm", "job:calls:sum"): RECORD,
    ("rules/llm.yml", "llm", "ManyCalls"): ALERT,
    ("rules/llm.yml", "llm", 3): TEMPLATE,
}


@pytest.fixture(scope="session")
def promtool() -> Promtool:
    """The real one. Without it these tests fail: what they show is not shown otherwise."""
    return find_promtool()


def bundle(folder: Path, rules: str = GOOD, **test: str) -> Path:
    (folder / TESTS).parent.mkdir(parents=True)
    (folder / RULES).write_text(rules, encoding="utf-8")
    values = {"name": "busy", "file": "llm.yml", "summary": '"11 calls"', "value": "4", **test}
    (folder / TESTS).write_text(TEST.format(**values), encoding="utf-8")
    return folder


def test_good_files_have_no_problems(promtool: Promtool, tmp_path: Path) -> None:
    bundle(tmp_path)
    (tmp_path / "prometheus.yml").write_text("rule_files: ['rules/*.yml']\nscrape_configs: []\n")
    assert promtool.check_rules(tmp_path, [RULES], PLACES) == []
    assert promtool.check_config(tmp_path, PurePosixPath("prometheus.yml"), PLACES) == []
    assert list(promtool.test_rules(tmp_path, [TESTS], PLACES)) == [(TESTS, [])]
    assert promtool.check_metrics("# HELP a_total Things.\n# TYPE a_total counter\na_total 1\n") == []


def _assert_bad_rules_are_named(problems: list[Problem]) -> None:
    expression, template = problems
    assert expression.at == ALERT
    assert expression.message.startswith("ManyCalls: could not parse expression: 3:1: parse error: unclosed left paren")
    assert (expression.source, expression.span) == ("  + sum(calls_total", (19, 20))
    assert [place.line for place in expression.related] == [6]
    assert template.at == TEMPLATE
    assert "unclosed action" in template.message


def test_a_bad_rule_is_named_by_its_declaration(promtool: Promtool, tmp_path: Path) -> None:
    bundle(tmp_path, BAD)
    (tmp_path / "prometheus").mkdir()
    (tmp_path / "prometheus/prometheus.yml").write_text("rule_files: ['../rules/*.yml']\n")
    _assert_bad_rules_are_named(promtool.check_rules(tmp_path, [RULES], PLACES))
    _assert_bad_rules_are_named(promtool.check_config(tmp_path, PurePosixPath("prometheus/prometheus.yml"), PLACES))
    [(_, problems)] = promtool.test_rules(tmp_path, [TESTS], PLACES)
    _assert_bad_rules_are_named(problems)


def test_a_bad_rule_of_an_unknown_place_is_named_by_the_file(promtool: Promtool, tmp_path: Path) -> None:
    problem = promtool.check_rules(bundle(tmp_path, BAD), [RULES])[0]
    assert problem.at == Location(str(tmp_path / RULES), 6)


def test_the_caret_counts_characters_not_bytes(promtool: Promtool, tmp_path: Path) -> None:
    rules = GOOD.replace("job:calls:sum > 3", 'calls_total{job="éé"} > > 3')
    problem = promtool.check_rules(bundle(tmp_path, rules), [RULES], PLACES)[0]
    assert problem.span is not None
    assert problem.source[slice(*problem.span)] == ">"
    assert problem.source[: problem.span[0]].count(">") == 1


@pytest.mark.parametrize(
    ("rules", "line", "message"),
    [
        ("groups: [\n", 1, "did not find expected node content"),
        (GOOD.replace("record", "recorded"), 4, "field recorded not found"),
        (GOOD.replace("annotations", "for: 5 bananas\n        annotations"), 1, "5 bananas"),
    ],
)
def test_a_file_that_is_no_rule_file_is_said(
    promtool: Promtool, tmp_path: Path, rules: str, line: int, message: str
) -> None:
    [problem] = promtool.check_rules(bundle(tmp_path, rules), [RULES], PLACES)
    assert problem.at == Location(str(tmp_path / RULES), line)
    assert message in problem.message


def test_two_rules_that_write_the_same_series_are_a_problem(promtool: Promtool, tmp_path: Path) -> None:
    record = "      - {record: 'job:calls:sum', expr: sum(calls_total), labels: {a: b}}\n"
    problems = promtool.check_rules(bundle(tmp_path, GOOD + record + record), [RULES], PLACES)
    assert [(problem.name, problem.at) for problem in problems] == [("promtool-duplicate-rule", RECORD)]


def test_a_bad_configuration_is_said(promtool: Promtool, tmp_path: Path) -> None:
    (tmp_path / "prometheus.yml").write_text("scrape_configs:\n- job_name: x\n  scrape_intervall: 3s\n")
    [problem] = promtool.check_config(tmp_path, PurePosixPath("prometheus.yml"))
    assert "scrape_intervall" in problem.message
    assert problem.at == Location(str(tmp_path / "prometheus.yml"), 1)


def test_an_unmet_expectation_is_named_by_the_declaration_and_the_test(promtool: Promtool, tmp_path: Path) -> None:
    folder = bundle(tmp_path, name="many, busy", summary='"12 calls"', value="5")
    [(_, [alert, sample])] = promtool.test_rules(folder, [TESTS], PLACES)
    assert (alert.at, sample.at) == (ALERT, RECORD)
    assert alert.message.startswith("ManyCalls: at 10m in the test 'many, busy':\nexp:[\n")
    assert "12 calls" in alert.message.split("got:")[0]
    assert "11 calls" in alert.message.split("got:")[1]
    assert re.search(r"exp: .* 5E\+00\ngot: .* 4E\+00", sample.message)
    assert alert.related == (Location(str(tmp_path / TESTS), 1),)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("job:calls:sum\n", "'sum('\n", "parse error"),
        ("1+1x20", "1 two", "parse error"),
        ("tests:", "testing:", "field testing not found"),
    ],
)
def test_a_test_file_that_cannot_run_is_said(
    promtool: Promtool, tmp_path: Path, before: str, after: str, message: str
) -> None:
    bundle(tmp_path)
    text = (tmp_path / TESTS).read_text()
    (tmp_path / TESTS).write_text(text.replace(before, after))
    [(_, [problem])] = promtool.test_rules(tmp_path, [TESTS], PLACES)
    assert message in problem.message
    assert problem.at == Location(str(tmp_path / TESTS), 1)


def test_a_test_that_loads_no_rules_is_a_problem_though_promtool_passes_it(promtool: Promtool, tmp_path: Path) -> None:
    bundle(tmp_path)
    (tmp_path / TESTS).write_text("rule_files: ['../lllm*.yml']\ntests: []\n")
    [(_, [problem])] = promtool.test_rules(tmp_path, [TESTS], PLACES)
    assert problem.name == "promtool-no-rule-file"
    assert "rules/lllm*.yml" in problem.message


def test_each_of_many_test_files_is_run_and_told_apart(promtool: Promtool, tmp_path: Path) -> None:
    bundle(tmp_path)
    files = [TESTS.with_name(f"{number}.yml") for number in range(7)]
    for number, file in enumerate(files):
        text = (tmp_path / TESTS).read_text()
        (tmp_path / file).write_text(text.replace("11 calls", "other" if number == 3 else "11 calls"))
    found = list(promtool.test_rules(tmp_path, files, PLACES))
    assert [file for file, _ in found] == files
    assert [len(problems) for _, problems in found] == [0, 0, 0, 1, 0, 0, 0]


def test_badly_exposed_metrics_are_named_by_their_declaration(promtool: Promtool) -> None:
    page = "# HELP fooBar x\n# TYPE fooBar gauge\nfooBar 1\n"
    [problem] = promtool.check_metrics(page, {"fooBar": RECORD})
    assert (problem.name, problem.at) == ("promtool-metric", RECORD)
    [problem] = promtool.check_metrics("nonsense{ 3\n")
    assert "parsing error" in problem.message
