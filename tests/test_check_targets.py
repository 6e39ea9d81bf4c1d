"""What `metricloom check` is told to check: standard input, folders, several registries; and what it does not mix."""

from __future__ import annotations

import json
import os
import pty
from pathlib import Path

import pytest

from metricloom.commands.printing import progress
from metricloom.sources.read import is_file
from tests.command_line import metricloom

UNKNOWN = """\
groups:
- name: llm
  rules:
  - alert: A
    expr: nobody_knows > 1
"""
MENDABLE = "histogram_quantile(95, sum by (le) (rate(llm_call_seconds_bucket[5m]))) > 60"


def rules(*expressions: str) -> str:
    items = [{"alert": f"A{number}", "expr": expression} for number, expression in enumerate(expressions)]
    return "groups:\n- name: g\n  rules:\n" + "".join(f"  - {json.dumps(item)}\n" for item in items)


def registry(name: str, help_text: str) -> str:
    return (
        "import metricloom as ml\n"
        f"JOBS = ml.Counter('{name}', '{help_text}')\n"
        f"REGISTRY = ml.Registry('{name}', [ml.Subsystem('mine', 'Mine', 'me', metrics=[JOBS])])\n"
    )


# --- standard input -------------------------------------------------------------------------------------------


def test_standard_input_is_checked_with_its_lines_shown(tmp_path: Path) -> None:
    done = metricloom(tmp_path, "check", "-", given=UNKNOWN)
    assert done.returncode == 1
    assert "<stdin>:5:11: error: alert A: no metric or recording rule is called nobody_knows" in done.stdout
    assert "\n  5 |     expr: nobody_knows > 1\n    |           ^^^^^^^^^^^^\n" in done.stdout


def test_the_comments_of_standard_input_excuse(tmp_path: Path) -> None:
    text = UNKNOWN.replace("  - alert", "  # metricloom: ignore Q201 -- it comes tomorrow\n  - alert")
    done = metricloom(tmp_path, "check", "-", given=text)
    assert (done.returncode, done.stdout) == (0, "no problems\n")
    assert "1 excused by comments" in done.stderr


def test_a_dashboard_may_come_from_standard_input_beside_a_file(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(UNKNOWN)
    board = {"title": "B", "panels": [{"title": "P", "type": "timeseries", "targets": [{"expr": "nor_this"}]}]}
    done = metricloom(tmp_path, "check", "--format", "json", "-", "rules.yml", given=json.dumps(board))
    assert {each["path"] for each in json.loads(done.stdout)["problems"]} == {"<stdin>", "rules.yml"}


def test_what_is_neither_rules_nor_a_dashboard_is_told_of_standard_input_too(tmp_path: Path) -> None:
    done = metricloom(tmp_path, "check", "-", given="hello\n")
    assert done.returncode == 2
    assert "<stdin> holds neither rules" in done.stderr


# --- folders --------------------------------------------------------------------------------------------------


def test_a_folder_with_nothing_to_check_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "ops").mkdir()
    (tmp_path / "ops/values.yaml").write_text("image: nginx\n")
    done = metricloom(tmp_path, "check", "ops")
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is nothing to check in ops: no rules, no tests of rules and no dashboard" in done.stderr


def test_a_folder_with_nothing_to_check_beside_others_is_told(tmp_path: Path) -> None:
    (tmp_path / "ops").mkdir()
    (tmp_path / "rules.yml").write_text(rules("up == 0"))
    done = metricloom(tmp_path, "check", "ops", "rules.yml")
    assert (done.returncode, done.stdout) == (0, "no problems\n")
    assert "not checked: there is nothing to check in ops" in done.stderr


def test_a_file_that_is_named_twice_is_checked_once_and_hidden_folders_are_not(tmp_path: Path) -> None:
    for folder in ("ops/team", "ops/.cache", "ops/node_modules"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "rules.yml").write_text(UNKNOWN)
    done = metricloom(tmp_path, "check", "--format", "json", "ops", "ops/team/rules.yml", "ops")
    assert [each["path"] for each in json.loads(done.stdout)["problems"]] == ["ops/team/rules.yml"]
    assert "nothing to check" not in done.stderr


@pytest.mark.parametrize("target", ["dashboards/", "ops/rules", "./rules"])
def test_a_path_that_is_not_there_is_no_module(tmp_path: Path, target: str) -> None:
    done = metricloom(tmp_path, "check", target)
    assert done.returncode == 2
    assert "No such file or directory" in done.stderr


@pytest.mark.parametrize(
    ("target", "files"),
    [
        ("-", True),
        ("rules.yml", True),
        ("board.JSON", True),
        ("no/such/folder/", True),
        ("monitoring.py", False),
        ("src/monitoring.py", False),
        ("src/monitoring.py:REGISTRY", False),
        ("package.module:REGISTRY", False),
    ],
)
def test_files_and_registries_are_told_apart(target: str, files: bool) -> None:
    assert is_file(target) is files


# --- registries -----------------------------------------------------------------------------------------------


def test_several_registries_are_checked_each_with_its_problems(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text(registry("one_total", "One."))
    (tmp_path / "two.py").write_text(registry("two_total", "Two."))
    done = metricloom(tmp_path, "check", "--severity", "note", "--format", "junit", "one.py", "two.py")
    assert 'name="one.py"' in done.stdout
    assert 'name="two.py"' in done.stdout
    missing = metricloom(tmp_path, "check", "one.py", "two.py", env={"METRICLOOM_PROMTOOL": "/nowhere/promtool"})
    assert missing.stderr.count("promtool's checks") <= 1


# --- options that do not go together --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--fix", "-"], "--fix writes into files"),
        (["--promtool", "promtool", "rules.yml"], "promtool check rules rules.yml"),
        (["--site", "eu", "--metrics", "page.txt", "rules.yml"], "name it with --registry"),
        (["--fix"], "--fix is for rule files and dashboards"),
        (["--registry", "mine.py", "mine.py"], "--registry is for rule files and dashboards"),
        (["page.txt"], "give it with --metrics page.txt"),
    ],
)
def test_what_does_not_go_together_is_told(tmp_path: Path, arguments: list[str], said: str) -> None:
    (tmp_path / "rules.yml").write_text(UNKNOWN)
    (tmp_path / "page.txt").write_text("# TYPE up gauge\nup 1\n")
    done = metricloom(tmp_path, "check", *arguments, given="")
    assert done.returncode == 2
    assert said in done.stderr


def test_files_need_no_promtool(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(rules("up == 0"))
    done = metricloom(tmp_path, "check", "rules.yml", env={"METRICLOOM_PROMTOOL": "/nowhere/promtool", "PATH": ""})
    assert (done.returncode, done.stdout, done.stderr) == (0, "no problems\n", "")


# --- pages of metrics -----------------------------------------------------------------------------------------


def test_of_a_metric_on_two_pages_the_labels_of_both_are_known(tmp_path: Path) -> None:
    page = '# TYPE jobs_total counter\njobs_total{{queue="a"{0}}} 1\n# TYPE {1} gauge\n{1} 1\n'
    (tmp_path / "one.txt").write_text(page.format(',kind="x"', "only_one"))
    (tmp_path / "two.txt").write_text(page.format(',sort="x"', "only_two"))
    queries = [
        'rate(jobs_total{kind="x"}[5m]) > 1',
        'rate(jobs_total{sort="x"}[5m]) > 1',
        "only_one > 1",
        "only_two > 1",
    ]
    (tmp_path / "rules.yml").write_text(rules(*queries))
    both = metricloom(tmp_path, "check", "--metrics", "one.txt", "--metrics", "two.txt", "rules.yml")
    assert (both.returncode, both.stdout) == (0, "no problems\n")
    one = metricloom(tmp_path, "check", "--format", "json", "--metrics", "one.txt", "rules.yml")
    assert [each["code"] for each in json.loads(one.stdout)["problems"]] == ["Q202", "Q201"]


def test_a_metric_that_two_pages_type_otherwise_has_no_type(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("# TYPE jobs counter\njobs 1\n")
    (tmp_path / "two.txt").write_text("# TYPE jobs gauge\njobs 1\n")
    (tmp_path / "rules.yml").write_text(rules("jobs > 1", "rate(jobs[5m]) > 1"))
    done = metricloom(tmp_path, "check", "--metrics", "one.txt", "--metrics", "two.txt", "rules.yml")
    assert (done.returncode, done.stdout) == (0, "no problems\n")


# --- --fix ----------------------------------------------------------------------------------------------------


def test_what_is_left_after_mending_decides_the_exit_code(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(rules(MENDABLE, "nobody_knows > 1"))
    done = metricloom(tmp_path, "check", "--fix", "rules.yml")
    assert done.returncode == 1
    assert "rules.yml: mended 1\n" in done.stderr
    assert "nobody_knows" in done.stdout
    assert "quantile-range" not in done.stdout
    again = metricloom(tmp_path, "check", "--fix", "rules.yml")
    assert again.returncode == 1
    assert "nothing was found that can be mended safely" in again.stderr


def test_a_fix_that_two_rules_share_counts_for_both(tmp_path: Path) -> None:
    text = f"groups:\n- name: g\n  rules:\n  - {{alert: A, expr: &e '{MENDABLE}'}}\n  - {{alert: B, expr: *e }}\n"
    (tmp_path / "rules.yml").write_text(text)
    done = metricloom(tmp_path, "check", "--fix", "rules.yml")
    assert (done.returncode, done.stdout) == (0, "no problems\n")
    assert (tmp_path / "rules.yml").read_text() == text.replace("(95,", "(0.95,")


# --- progress -------------------------------------------------------------------------------------------------


def test_progress_is_told_on_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("metricloom.commands.printing.PATIENCE_SECONDS", 0.0)
    with progress("checking"):
        pass
    assert capsys.readouterr().err == ""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr("sys.stderr", terminal)
        with progress("checking"):
            assert os.read(ours, 100) == "checking …\r\n".encode()
    os.close(ours)
