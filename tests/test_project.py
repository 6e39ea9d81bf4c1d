"""What a fresh clone promises: its two commands, what they need, and that nothing of a developer's machine is in it."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from metricloom.commands.check import command
from metricloom.project import Project

ROOT = Path(__file__).parent.parent
# What the scripts may count on: there is nothing else on PATH in the tests below.
SHELL_TOOLS = ("sh", "cat", "dirname", "head", "ln", "mkdir", "realpath", "rm", "sed", "sort")
MACHINE_PATH = re.compile(r"(?<![\w./-])/(?:work|root|home/\w+|Users/\w+)/")
REGISTRY_HOST = re.compile(r"pypi\.(?=org)|python(?=hosted)|registry\.(?=npmjs)|proxy\.(?=golang)")


def run(*command: str | Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def bare_path(tmp_path: Path) -> Path:
    """A PATH with the shell's tools and nothing else: no promtool, no apt-get, no Go."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in SHELL_TOOLS:
        found = shutil.which(tool)
        assert found, tool
        (folder / tool).symlink_to(found)
    return folder


def get_prometheus(tools: Path, path: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return run(ROOT / "scripts/get-prometheus.sh", tools, env={"PATH": str(path), **env})


def test_without_promtool_and_any_way_to_get_it_the_tests_do_not_run(tmp_path: Path, bare_path: Path) -> None:
    done = get_prometheus(tmp_path / "tools", bare_path)
    assert done.returncode == 1
    assert "METRICLOOM_PROMTOOL=/path/to/promtool" in done.stderr


@pytest.mark.parametrize(
    ("version", "taken"), [("2.41.0", False), ("2.42.0+ds", True), ("2.100.1", True), ("3.16.0", True), ("", True)]
)
def test_a_promtool_on_path_is_taken_if_it_is_recent_enough(
    tmp_path: Path, bare_path: Path, version: str, taken: bool
) -> None:
    program(bare_path / "promtool", f"echo 'promtool, version {version} (branch: HEAD)'")
    assert (get_prometheus(tmp_path / "tools", bare_path).returncode == 0) is taken
    assert (tmp_path / "tools/bin/promtool").exists() is taken


def test_a_promtool_that_the_user_names_is_the_only_one_that_will_do(tmp_path: Path, bare_path: Path) -> None:
    program(bare_path / "promtool", "echo 'promtool, version 3.16.0'")
    other = program(tmp_path / "other", "exit 1")
    done = get_prometheus(tmp_path / "tools", bare_path, METRICLOOM_PROMTOOL=str(other))
    assert done.returncode == 1
    assert f"METRICLOOM_PROMTOOL={other} is not a promtool" in done.stderr


def test_a_python_that_is_too_old_is_named(tmp_path: Path) -> None:
    old = program(tmp_path / "python3", '[ "$1" != --version ] || { echo Python 3.9.2; exit 0; }; exit 1')
    done = run(ROOT / "scripts/make-venv.sh", old, tmp_path / "venv")
    assert done.returncode == 1
    assert f"needs Python 3.11 or newer; {old} is Python 3.9.2." in done.stderr
    assert not (tmp_path / "venv").exists()


@pytest.mark.parametrize(
    ("target", "last"), [("generate", ".venv/bin/metricloom generate"), ("test", ".venv/bin/python -m pytest")]
)
def test_the_last_command_of_a_target_is_what_it_is_for(target: str, last: str) -> None:
    done = run("make", "--dry-run", "--always-make", "--no-print-directory", target)
    assert done.returncode == 0, done.stderr
    assert "scripts/make-venv.sh" in done.stdout
    assert done.stdout.splitlines()[-1].startswith(last)


@pytest.mark.parametrize("status", [0, 2])
def test_ci_ends_with_the_line_and_the_status_of_pytest(tmp_path: Path, status: int) -> None:
    failure = f"echo 'make: *** [Makefile:22: test] Error 1' >&2; exit {status}"
    program(tmp_path / "make", f"echo '=== 5 tests in 1.20s ==='; {failure if status else 'exit 0'}")
    done = run(ROOT / ".ci/run", env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert done.returncode == status
    assert done.stdout.splitlines()[-1] == "=== 5 tests in 1.20s ==="


def test_no_file_names_a_machine_or_a_package_registry() -> None:
    listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard")
    if listed.returncode:
        pytest.skip("not a git checkout")
    texts = {
        name: (ROOT / name).read_text(errors="replace")
        for name in listed.stdout.splitlines()
        if (ROOT / name).is_file()
    }
    assert texts
    assert not [name for name, text in texts.items() if MACHINE_PATH.search(text) or REGISTRY_HOST.search(text)]


# --- what other projects use of this one: the hooks of pre-commit, and what docs/ci.md shows ---

HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
CI_DOCS = (ROOT / "docs/ci.md").read_text()


@pytest.mark.parametrize(
    ("path", "checked"),
    [
        ("rules/http.yml", True),
        ("deploy/prometheus/rules/a/b.yaml", True),
        ("http.rules.yml", True),
        ("k8s/http-alerts.yaml", True),
        ("rules/tests/http.yml", True),
        ("dashboards/service.json", True),
        ("my-dashboard.json", True),
        ("alertmanager.yml", False),
        ("prometheus.yml", False),
        ("rules/README.md", False),
        ("rulesets/x.json", False),
        ("package.json", False),
    ],
)
def test_the_hook_takes_rule_files_and_dashboards(path: str, checked: bool) -> None:
    assert bool(re.search(HOOKS["metricloom-check"]["files"], path)) is checked


def test_the_docs_name_the_hooks_that_there_are() -> None:
    [config] = [text for text in fenced("yaml") if text.startswith("repos:")]
    [repo] = yaml.safe_load(config)["repos"]
    assert {hook["id"] for hook in repo["hooks"]} == set(HOOKS)
    assert {hook["entry"] for hook in HOOKS.values()} == {"metricloom check"}


def test_what_the_docs_show_can_be_read_and_asks_for_options_that_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text in fenced("yaml"):
        assert yaml.safe_load(text)
    assert set(json.loads(*fenced("json"))["problems"][0]) == {
        "code", "name", "severity", "path", "line", "column", "message", "hint", "related"
    }  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text(*fenced("toml"))
    assert Project.here().check.fail_on == "warning"
    options = {
        option for line in re.findall(r"metricloom check.*", CI_DOCS) for option in re.findall(r"--[\w-]+", line)
    }
    assert options
    assert options <= {name for option in command.params for name in option.opts}


def fenced(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", CI_DOCS, re.DOTALL | re.MULTILINE)
