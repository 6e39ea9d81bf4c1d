"""Fixes written into files: how many were made, how many were not, and what stands there when none can be."""

from __future__ import annotations

from pathlib import Path

import pytest

from metricloom.checks import Found
from metricloom.checks.mending import Mended, mend
from metricloom.checks.model import Finding
from metricloom.errors import Problem
from metricloom.promql.text import Edit
from metricloom.sources.read import Files, read

RULES = "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: |\n      up\n  - {alert: B, expr: up}\n"


@pytest.fixture
def files(tmp_path: Path) -> Files:
    (tmp_path / "rules.yml").write_text(RULES)
    return read([str(tmp_path)])


def found(files: Files, number: int, *edits: Edit) -> Found:
    on = files.groups[0].rules[number].query
    return Found(Problem("Q201", "n", "m", on.at), Finding("m", "", fix=edits), on)


def test_what_was_made_is_counted_and_so_is_what_could_not_be_written(files: Files, tmp_path: Path) -> None:
    # a block that begins with a space would have another indentation
    wanted = [found(files, 0, (0, 0, " ")), found(files, 1, (0, 2, "down")), found(files, 1)]
    assert list(mend(files.texts, wanted)) == [Mended(str(tmp_path / "rules.yml"), made=1, left=1)]
    assert (tmp_path / "rules.yml").read_text() == RULES.replace("expr: up}", "expr: down}")


def test_of_two_fixes_that_overlap_one_is_left(files: Files) -> None:
    wanted = [found(files, 1, (0, 2, "down")), found(files, 1, (1, 2, "P")), found(files, 1, (0, 2, "down"))]
    assert [(each.made, each.left) for each in mend(files.texts, wanted)] == [(2, 1)]


def test_a_file_that_changed_meanwhile_is_kept(files: Files, tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text("# mine\n" + RULES)
    [kept] = mend(files.texts, [found(files, 1, (0, 2, "down"))])
    assert (kept.made, kept.left) == (0, 1)
    assert "changed just now" in str(kept.fault)
    assert (tmp_path / "rules.yml").read_text() == "# mine\n" + RULES


def test_a_read_only_file_is_kept(files: Files, tmp_path: Path) -> None:
    (tmp_path / "rules.yml").chmod(0o444)
    [kept] = mend(files.texts, [found(files, 1, (0, 2, "down"))])
    assert "rules.yml cannot be written: it is read-only" in str(kept.fault)
    assert (tmp_path / "rules.yml").read_text() == RULES


def test_what_is_not_mended_stays_to_the_byte(tmp_path: Path) -> None:
    file = tmp_path / "rules.yml"
    file.write_bytes(("\ufeff# é\n" + RULES).replace("\n", "\r\n").encode())
    before = file.read_bytes()
    files = read([str(file)])
    assert [each.made for each in mend(files.texts, [found(files, 1, (0, 2, "down"))])] == [1]
    assert file.read_bytes() == before.replace(b"expr: up}", b"expr: down}")
