"""What a file of tests names is looked at to a bound: pipes, devices, and patterns that match a whole machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from metricloom.sources import test_files
from metricloom.sources.model import RuleTest
from metricloom.sources.test_files import read_test_file

RULES = "groups: [{name: g, rules: [{alert: Down, expr: up == 0}]}]\n"


def naming(folder: Path, *entries: str) -> RuleTest:
    listed = "".join(f"- '{entry}'\n" for entry in entries)
    test, problems = read_test_file(str(folder / "test.yml"), f"rule_files:\n{listed}tests: []\n")
    assert problems == ()
    return test


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "rules.yml").write_text(RULES)
    os.mkfifo(tmp_path / "a_pipe")
    (tmp_path / "device").symlink_to("/dev/zero")
    (tmp_path / "loop").symlink_to("loop")
    return tmp_path


@pytest.mark.parametrize("entry", ["/dev/zero", "a_pipe", "device", "loop", "[ad]*"])
def test_what_is_no_regular_file_is_none_of_rules(here: Path, entry: str) -> None:
    test = naming(here, entry)
    assert [each.text for each in test.missing] == [entry]
    assert test.loaded == frozenset()


def test_a_pattern_finds_the_rules_beside_a_pipe(here: Path) -> None:
    test = naming(here, "*")
    assert (test.missing, test.loaded) == ((), frozenset({"Down"}))


def test_only_so_many_folders_are_gone_into(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abcdef":
        (here / name).mkdir()
        (here / name / "r.yml").write_text(RULES.replace("Down", f"Down{name}"))
    assert len(naming(here, "?/r.yml").loaded) == 6
    monkeypatch.setattr(test_files, "MAX_FOLDERS", 2)
    assert len(naming(here, "?/r.yml").loaded) == 2
    assert len(naming(here, "?/*", "rules.yml").loaded) == 3
    monkeypatch.setattr(test_files, "MAX_FILES", 1)
    assert len(naming(here, "?/*").loaded) == 1


def test_only_so_much_is_read(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (here / "endless.yml").open("w") as file:
        file.truncate(2**40)
    test = naming(here, "rules.yml", "endless.yml")
    assert (test.missing, test.loaded) == ((), frozenset({"Down"}))
    monkeypatch.setattr(test_files, "MAX_SIZE", 1)
    assert naming(here, "rules.yml").loaded == frozenset()
