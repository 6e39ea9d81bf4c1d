"""`metricloom check --fix` where a file cannot be written: it is kept and named, and the others are mended."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.command_line import METRICLOOM, metricloom

QUERY = "histogram_quantile(95, sum by (le) (rate(llm_call_seconds_bucket[5m]))) > 60"
BEFORE = f"groups: [{{name: a, rules: [{{alert: Slow, expr: '{QUERY}'}}]}}]\n"
AFTER = BEFORE.replace("(95,", "(0.95,")


@pytest.fixture
def here(tmp_path: Path) -> Path:
    for name in ("a.yml", "b.yml", "c.yml"):
        (tmp_path / name).write_text(BEFORE)
    return tmp_path


def texts(here: Path) -> list[str]:
    return [(here / name).read_text() for name in ("a.yml", "b.yml", "c.yml")]


def test_of_three_files_of_which_one_is_read_only_two_are_mended(here: Path) -> None:
    (here / "b.yml").chmod(0o444)
    done = metricloom(here, "check", "--fix", "a.yml", "b.yml", "c.yml", "--fail-on", "never")
    assert done.returncode == 2
    assert "b.yml cannot be written: it is read-only\n  see that it may be written" in done.stderr
    assert ("a.yml: mended 1" in done.stderr, "c.yml: mended 1" in done.stderr) == (True, True)
    assert "b.yml: mended" not in done.stderr
    assert texts(here) == [AFTER, BEFORE, AFTER]
    assert "(95," in done.stdout


def test_a_file_that_does_not_fit_on_the_disk_is_named(here: Path) -> None:
    (here / "b.yml").write_text(BEFORE + "# and more\n" * 10_000)
    script = (
        f"ulimit -f 50; exec {METRICLOOM} check --fix a.yml b.yml c.yml"  # as a full disk: the write fails half-way
    )
    done = subprocess.run(["bash", "-c", script], cwd=here, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "b.yml cannot be written: File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert texts(here) == [AFTER, BEFORE + "# and more\n" * 10_000, AFTER]
    assert sorted(path.name for path in here.iterdir()) == ["a.yml", "b.yml", "c.yml"]


def test_what_could_not_be_written_where_its_text_stands_is_counted(here: Path) -> None:
    # The text is indented deeper than its indicator says: a fix must not move it.
    (here / "b.yml").write_text(f"groups:\n- name: a\n  rules:\n  - alert: Slow\n    expr: |+2\n          {QUERY}\n")
    before = (here / "b.yml").read_text()
    done = metricloom(here, "check", "--fix", "b.yml")
    after = (here / "b.yml").read_text()
    assert after != before or "b.yml: 1 to be mended by hand" in done.stderr
