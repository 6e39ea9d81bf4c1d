"""`metricloom init` as a command: what it writes, what it never overwrites, and what it says to do next."""

from __future__ import annotations

import re
from pathlib import Path

from tests.command_line import metricloom
from tests.test_exposition_live import CLASSIC, serving
from tests.test_init import assert_formatted
from tests.test_verify import PAGE


def test_from_nothing_a_pattern_is_written_that_generates_and_fires(tmp_path: Path) -> None:
    done = metricloom(tmp_path, "init")
    assert done.returncode == 0
    assert "metricloom generate registry.py" in done.stdout
    assert_formatted((tmp_path / "registry.py").read_text())
    assert metricloom(tmp_path, "check", "registry.py", "--severity", "note").stdout == "no problems\n"
    assert metricloom(tmp_path, "generate", "registry.py").returncode == 0
    assert metricloom(tmp_path, "test", "registry.py").returncode == 0


def test_a_file_is_never_overwritten_without_force(tmp_path: Path) -> None:
    (tmp_path / "registry.py").write_text("mine\n")
    refused = metricloom(tmp_path, "init")
    assert (refused.returncode, "--force" in refused.stderr) == (1, True)
    assert (tmp_path / "registry.py").read_text() == "mine\n"
    (tmp_path / "link.py").symlink_to("nowhere.py")
    assert metricloom(tmp_path, "init", "-o", "link.py").returncode == 1
    assert metricloom(tmp_path, "init", "--force").returncode == 0
    assert "ml.Registry" in (tmp_path / "registry.py").read_text()
    assert metricloom(tmp_path, "init", "-o", "no/such/registry.py").returncode == 2


def test_a_page_and_what_is_wrong_with_it_are_told(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text(PAGE + "?\n")
    done = metricloom(tmp_path, "init", "--from-metrics", "page.txt", "-o", "-")
    assert done.returncode == 0
    assert "page.txt:27:1: error" in done.stderr
    compile(done.stdout, "registry.py", "exec")
    (tmp_path / "empty.txt").write_text("# TYPE go_goroutines gauge\ngo_goroutines 3\n")
    empty = metricloom(tmp_path, "init", "--from-metrics", "empty.txt")
    assert (empty.returncode, "no metric" in empty.stderr) == (2, True)
    assert not (tmp_path / "registry.py").exists()


def test_what_init_says_to_do_next_works_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text("# HELP app_jobs_total Jobs\n# TYPE app_jobs_total counter\napp_jobs_total 1\n")
    done = metricloom(tmp_path, "init", "--from-metrics", "page.txt")
    assert "wrote registry.py: 1 metric in 1 subsystem\n" in done.stdout
    for verb in re.findall(r"^  metricloom (.+?)  +#", done.stdout, re.MULTILINE):
        assert metricloom(tmp_path, *verb.split()).returncode == 0, verb
    assert "metricloom verify page.txt --registry registry.py" in done.stdout
    (tmp_path / "pyproject.toml").write_text("\n".join(done.stdout.splitlines()[-2:]))
    assert metricloom(tmp_path, "verify", "page.txt").returncode == 0


def test_a_service_that_counts_the_readings_of_its_page_is_read_twice(tmp_path: Path) -> None:
    readings = "# HELP page_readings_total Readings\n# TYPE page_readings_total counter\npage_readings_total 1\n"
    with serving([(CLASSIC, PAGE)], then=[(CLASSIC, PAGE + readings)]) as address:
        assert metricloom(tmp_path, "init", "--from-metrics", f"http://{address}/0").returncode == 0
        verified = metricloom(tmp_path, "verify", f"http://{address}/0", "--registry", "registry.py")
        assert (verified.returncode, verified.stdout) == (0, "no problems\n")
