"""What a hook passes to `metricloom check` beside rules: told, and no reason to leave the rules unchecked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command_line import metricloom

RULES = "groups: [{name: a, rules: [{alert: Down, expr: not_there == 0}]}]\n"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "a.yml").write_text(RULES)
    (tmp_path / "compose.yml").write_text("services: {web: {image: nginx}}\n")
    (tmp_path / "empty.yml").write_text("\n")
    return tmp_path


def test_a_file_of_another_program_is_passed_over(here: Path) -> None:
    done = metricloom(here, "check", "compose.yml", "a.yml", "empty.yml")
    assert done.returncode == 1
    assert "not_there" in done.stdout
    assert "not checked: compose.yml holds neither rules, tests of rules nor a dashboard" in done.stderr
    assert "not checked: empty.yml is empty" in done.stderr


def test_where_nothing_is_left_to_check_it_was_called_wrongly(here: Path) -> None:
    done = metricloom(here, "check", "compose.yml", "empty.yml")
    assert (done.returncode, done.stdout) == (2, "")
    assert "compose.yml holds neither rules" in done.stderr
    assert "empty.yml is empty" in done.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (RULES.encode("utf-16"), "this is UTF-16, not UTF-8"),
        (RULES.encode("utf-16-be"), "zero bytes"),
        (b"a: b\0\n", "zero bytes"),
    ],
)
def test_a_file_that_is_no_text_is_a_problem_of_its_own(here: Path, content: bytes, said: str) -> None:
    (here / "b.yml").write_bytes(content)
    done = metricloom(here, "check", "--format", "json", "a.yml", "b.yml")
    problem = json.loads(done.stdout)["problems"][1]
    assert (problem["code"], problem["path"]) == ("F905", "b.yml")
    assert said in problem["message"]


def test_a_rule_file_does_not_become_a_baseline(here: Path) -> None:
    for target in ("a.yml", "compose.yml"):
        before = (here / target).read_text()
        done = metricloom(here, "check", "a.yml", "--baseline", target, "--write-baseline")
        assert done.returncode == 1
        assert "it is kept" in done.stderr
        assert (here / target).read_text() == before
