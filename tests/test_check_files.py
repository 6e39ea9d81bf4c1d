"""`metricloom check` on files that others wrote, and `metricloom infer`, as a person runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command_line import metricloom

RULES = """\
groups:
- name: llm
  rules:
  # Nobody has looked at this one for a year.
  - alert: SlowLLMCalls
    expr: |
      llm_call_seconds{quantile="0.95"} > 60
    labels: {severity: warning}
  - alert: ManyCalls
    expr: sum by (job, modle) (rate(llm_calls_total[5m])) > 100
  - alert: Fine
    expr: sum by (job, model) (rate(llm_calls_total[5m])) > 100
    annotations:
      summary: "{{ $labels.model }} of {{ $labels.instance }}"
"""
MANIFEST = """\
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: llm}
spec:
  groups:
  - name: llm
    rules:
    - alert: Unknown
      expr: rate(llm_call_total[5m]) > 1
"""
QUERY = 'rate(llm_calls_total{model=~"$model", modle="x"}[$__rate_interval])'
DASHBOARD = {
    "title": "LLM",
    "panels": [
        {
            "title": "Row",
            "type": "row",
            "collapsed": True,
            "panels": [
                {
                    "title": "Calls",
                    "type": "timeseries",
                    "targets": [
                        {"refId": "B", "expr": 'rate(llm_calls_total{model=~"$model", modle="x"}[$__rate_interval])'}
                    ],
                }
            ],
        }
    ],
}
PAGE = """\
# HELP jobs_total Jobs.
# TYPE jobs_total counter
jobs_total{queue="fast"} 3
# HELP queue_items Items.
# TYPE queue_items gauge
queue_items{queue="fast"} 3
"""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def problems(here: Path, *arguments: str) -> list[tuple[str, str, int, int]]:
    done = metricloom(here, "check", "--format", "json", *arguments)
    assert done.returncode in (0, 1), done.stderr
    found = json.loads(done.stdout)["problems"]
    return [(problem["code"], problem["path"], problem["line"], problem["column"]) for problem in found]


@pytest.fixture
def rules(here: Path) -> Path:
    (here / "rules.yml").write_text(RULES)
    return here


def test_a_problem_of_a_rule_file_is_shown_at_its_character(rules: Path) -> None:
    assert problems(rules, "rules.yml") == [
        ("Q224", "rules.yml", 7, 7),
        ("Q227", "rules.yml", 10, 24),
        ("T401", "rules.yml", 14, 43),
    ]
    done = metricloom(rules, "check", "rules.yml")
    assert done.returncode == 1
    assert 'llm_call_seconds{quantile="0.95"} > 60' in done.stdout
    assert "histogram_quantile(0.95, sum by (model, le) (rate(llm_call_seconds_bucket[5m])))" in done.stdout
    assert "^^^^^" in done.stdout


def test_manifests_and_dashboards_are_read_too_and_so_is_a_folder(here: Path) -> None:
    folder = here / "ops"
    folder.mkdir()
    (folder / "rule.yaml").write_text(MANIFEST)
    (folder / "board.json").write_text(json.dumps(DASHBOARD, indent=1))
    (folder / "values.yaml").write_text("image: nginx\n")
    found = problems(here, "ops")
    assert [(code, path) for code, path, _, _ in found] == [("Q202", "ops/board.json"), ("Q201", "ops/rule.yaml")]
    done = metricloom(here, "check", "ops")
    assert "panel 'Calls' target B" in done.stdout
    assert "did you mean llm_calls_total?" in done.stdout


def test_a_registry_can_be_named_or_the_world_left_open(here: Path) -> None:
    (here / "mine.py").write_text(
        "import metricloom as ml\n"
        "JOBS = ml.Counter('jobs_total', 'Jobs')\n"
        "REGISTRY = ml.Registry('mine', [ml.Subsystem('mine', 'Mine', 'me', metrics=[JOBS])])\n"
    )
    (here / "rules.yml").write_text(
        "groups: [{name: a, rules: [{alert: A, expr: jobs_total > 5}, {alert: B, expr: other_total > 5 and up > 1}]}]\n"
    )
    assert [code for code, *_ in problems(here, "--registry", "mine.py", "rules.yml")] == ["Q204", "Q201", "Q213"]
    assert [code for code, *_ in problems(here, "--open-world", "rules.yml")] == ["Q213"]
    done = metricloom(here, "check", "rules.yml")
    assert "2 of 2 series that these files read are not known" in done.stderr
    assert "--metrics" in done.stderr


def test_a_page_of_metrics_stands_for_a_registry(here: Path) -> None:
    (here / "page.txt").write_text(PAGE)
    (here / "rules.yml").write_text(
        "groups:\n- name: a\n  rules:\n"
        "  - {alert: A, expr: jobs_total > 5}\n"
        "  - {alert: B, expr: 'rate(queue_items[5m]) > 1'}\n"
        "  - {alert: C, expr: 'rate(jobs_total{queu=\"fast\"}[5m]) > 1'}\n"
        "  - {alert: D, expr: 'rate(job_total[5m]) > 1'}\n"
    )
    done = metricloom(here, "check", "--format", "json", "--metrics", "page.txt", "rules.yml")
    found = {(each["code"], each["severity"]) for each in json.loads(done.stdout)["problems"]}
    assert found == {("Q204", "error"), ("Q205", "error"), ("Q202", "warning"), ("Q201", "warning")}
    gone = metricloom(here, "check", "--metrics", "http://127.0.0.1:9/metrics", "rules.yml")
    assert gone.returncode == 3


def test_what_can_be_mended_safely_is_mended_in_place(here: Path) -> None:
    text = (
        "# Kept.\ngroups:\n- name: a\n  rules:\n  - alert: A\n"
        "    expr: |  # here, too\n      histogram_quantile(95, sum by (le) (\n"
        "        rate(llm_call_seconds_bucket[5m])\n      )) > 60 # and here\n"
    )
    (here / "rules.yml").write_text(text)
    done = metricloom(here, "check", "--fix", "rules.yml")
    assert (here / "rules.yml").read_text() == text.replace("(95,", "(0.95,")
    assert "rules.yml: mended 1" in done.stderr
    assert done.returncode == 0, done.stdout


def test_what_a_comment_excuses_is_neither_shown_nor_mended(here: Path) -> None:
    text = (
        "groups:\n- name: a\n  rules:\n"
        "  # metricloom: ignore H306 -- it is what the vendor asked for\n"
        "  - alert: A\n    expr: histogram_quantile(95, sum by (le) (rate(llm_call_seconds_bucket[5m]))) > 60\n"
    )
    (here / "rules.yml").write_text(text)
    done = metricloom(here, "check", "--fix", "rules.yml")
    assert (done.returncode, (here / "rules.yml").read_text()) == (0, text)
    assert "1 excused by comments" in done.stderr


@pytest.mark.parametrize("shape", ["text", "json", "sarif", "github", "gitlab", "junit"])
def test_every_format_says_the_same_and_exits_alike(rules: Path, shape: str) -> None:
    done = metricloom(rules, "check", "--format", shape, "rules.yml")
    assert done.returncode == 1
    assert all(code in done.stdout for code in ("Q224", "Q227", "T401"))


def test_only_what_was_asked_for_is_shown_and_fails(rules: Path) -> None:
    assert [code for code, *_ in problems(rules, "--select", "T", "rules.yml")] == ["T401"]
    assert [code for code, *_ in problems(rules, "--ignore", "Q2,label-aggregated-away", "rules.yml")] == []
    assert metricloom(rules, "check", "--fail-on", "never", "rules.yml").returncode == 0
    wrong = metricloom(rules, "check", "--select", "Q999", "rules.yml")
    assert wrong.returncode == 2
    assert "Q999" in wrong.stderr


def test_a_baseline_leaves_out_what_was_there_before(rules: Path) -> None:
    made = metricloom(rules, "check", "--baseline", "old.json", "--write-baseline", "rules.yml")
    assert made.returncode == 0, made.stderr
    (rules / "rules.yml").write_text(RULES.replace("groups:", "# moved\ngroups:") + "  - {alert: New, expr: up > 1}\n")
    assert [code for code, *_ in problems(rules, "--baseline", "old.json", "rules.yml")] == ["Q213"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing.yml"], "nothing.yml"),
        (["rules.yml", "mine.py"], "check one after the other"),
        (["--open-world"], "name some"),
        (["notes.txt"], "holds neither rules"),
    ],
)
def test_wrong_use_is_told(rules: Path, arguments: list[str], said: str) -> None:
    (rules / "notes.txt").write_text("hello\n")
    done = metricloom(rules, "check", *arguments)
    assert done.returncode == 2
    assert said in done.stderr


def test_infer_says_what_an_expression_is_and_why(here: Path) -> None:
    ratio = "sum by (model) (rate(llm_failures_total[5m])) / sum by (model) (rate(llm_calls_total[5m]))"
    done = metricloom(here, "infer", ratio)
    assert done.returncode == 0, done.stderr
    assert "values   0 to 3.2" in done.stdout  # the part may begin later than the whole: it is extrapolated further
    assert "sum by (model) drops it" in done.stdout
    assert "0 / 0 is NaN" in done.stdout
    never = metricloom(here, "infer", f"{ratio} > 5")
    assert never.returncode == 1
    assert "Q213" in never.stdout
    data = json.loads(metricloom(here, "infer", "--format", "json", f"{ratio} > 5").stdout)
    assert data["problems"][0]["code"] == "Q213"
    assert data["steps"][-1]["values"].startswith("none")


def test_infer_reads_a_page_of_metrics_and_the_variables_of_grafana(here: Path) -> None:
    (here / "page.txt").write_text(PAGE)
    done = metricloom(
        here, "infer", "--metrics", "page.txt", "--panel", 'sum(rate(jobs_total{queue=~"$queue"}[$__rate_interval]))'
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "how much was counted per second" in done.stdout
    broken = metricloom(here, "infer", "sum(rate(x[5m])")
    assert broken.returncode == 1
    assert "Q200" in broken.stdout


def test_what_nobody_named_says_nothing_of_the_files_of_others(here: Path) -> None:
    """The content platform declares `up` as its own targets have it: other people's targets have other labels."""
    (here / "rules.yml").write_text(
        "groups:\n- name: a\n  rules:\n"
        '  - {alert: A, expr: \'absent(up{job="kubelet",metrics_path="/metrics"})\'}\n'
        "  - {alert: B, expr: 'sum by (service) (up) == 0'}\n"
        "  - {alert: C, expr: 'sum(limitk(3, up)) == 0', for: 90s}\n"
    )
    assert problems(here, "--open-world", "rules.yml") == []


def test_what_is_no_page_of_metrics_is_told(here: Path) -> None:
    (here / "rules.yml").write_text("groups: []\n")
    (here / "page.txt").write_text("<html>Please log in</html>\n")
    done = metricloom(here, "check", "--metrics", "page.txt", "rules.yml")
    assert done.returncode == 2
    assert "page.txt is no page of metrics" in done.stderr


def test_a_record_that_is_named_like_a_metric_does_not_judge_other_files_in_an_open_world(here: Path) -> None:
    (here / "compat.yml").write_text(
        "groups: [{name: a, rules: [{record: disk_io_seconds_total, expr: 'rate(disk_io_time_seconds_total[5m])'}]}]\n"
    )
    (here / "rules.yml").write_text(
        "groups: [{name: b, rules: [{alert: A, expr: 'rate(disk_io_seconds_total[5m]) > 1'}]}]\n"
    )
    assert problems(here, "--open-world", "compat.yml", "rules.yml") == []
