"""`metricloom verify` as a command: exit codes, formats, places, and whose registry it is."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.command_line import metricloom
from tests.test_exposition_live import CLASSIC, serving

# --- the command ------------------------------------------------------------------------------------

DECLARED = """\
from metricloom import Counter, Gauge, Registry, Site, Subsystem

JOBS = Counter("jobs_total", "Jobs that ended")
DEPTH = Gauge("depth", "Jobs that wait")
PARTS = [Subsystem("jobs", "Jobs", "me", metrics=[JOBS, DEPTH])]
REGISTRY = Registry("jobs", PARTS, sites=[Site("old", rename={"depth": "queue_depth"})])
"""
JOBS = "# HELP jobs_total Jobs that ended\n# TYPE jobs_total counter\njobs_total 1\n"
DEPTH = "# HELP depth Jobs that wait\n# TYPE depth gauge\ndepth 1\n"


def test_exit_codes_and_formats_are_those_of_check(tmp_path: Path) -> None:
    (tmp_path / "jobs.py").write_text(DECLARED)
    (tmp_path / "page.txt").write_text(JOBS + DEPTH)
    clean = metricloom(tmp_path, "verify", "page.txt", "--registry", "jobs.py")
    assert (clean.returncode, clean.stdout) == (0, "no problems\n")
    assert clean.stderr == "compared with jobs.py: seen: 2 of 2 families, 2 of 2 names of series\n"

    (tmp_path / "page.txt").write_text(JOBS.replace("counter", "gauge"))
    drifted = metricloom(tmp_path, "verify", "page.txt", "--registry", "jobs.py", "--format", "json")
    assert drifted.returncode == 1
    problems = json.loads(drifted.stdout)["problems"]
    assert [(each["code"], each["path"], each["line"]) for each in problems] == [
        ("V103", "page.txt", 1),
        ("V101", "jobs.py", 4),
    ]
    assert problems[0]["related"] == [{"path": "jobs.py", "line": 3, "column": 0}]
    ignored = metricloom(tmp_path, "verify", "page.txt", "--registry", "jobs.py", "--ignore", "V")
    assert ignored.returncode == 0
    suite = metricloom(tmp_path, "verify", "page.txt", "--registry", "jobs.py", "--format", "junit").stdout
    assert '<testsuite name="metricloom verify"' in suite
    assert 'classname="metricloom.verify"' in suite
    for shape in ("sarif", "github", "gitlab", "junit", "text"):
        done = metricloom(tmp_path, "verify", "page.txt", "--registry", "jobs.py", "--format", shape)
        assert done.returncode == 1
        assert "jobs_total" in done.stdout


def test_a_comment_in_the_registry_excuses_what_is_missing(tmp_path: Path) -> None:
    excused = DECLARED.replace('wait")', 'wait")  # metricloom: ignore V101 -- comes with the next release')
    (tmp_path / "jobs.py").write_text(excused)
    (tmp_path / "page.txt").write_text(JOBS)
    done = metricloom(tmp_path, "verify", "page.txt", "--registry", "jobs.py")
    assert (done.returncode, done.stdout) == (0, "no problems\n")


def test_a_site_has_its_own_names_and_a_pipe_is_read(tmp_path: Path) -> None:
    (tmp_path / "jobs.py").write_text(DECLARED)
    page = JOBS + DEPTH.replace("depth", "queue_depth")
    given = ("verify", "-", "--registry", "jobs.py")
    assert metricloom(tmp_path, *given, given=page).returncode == 1
    assert metricloom(tmp_path, *given, "--site", "old", given=page).returncode == 0


def test_a_url_is_read_and_one_that_does_not_answer_is_no_drift(tmp_path: Path) -> None:
    (tmp_path / "jobs.py").write_text(DECLARED)
    with serving([(CLASSIC, JOBS + DEPTH), (CLASSIC, JOBS)]) as address:
        assert metricloom(tmp_path, "verify", f"http://{address}/0", "--registry", "jobs.py").returncode == 0
        drifted = metricloom(tmp_path, "verify", f"http://{address}/1", "--registry", "jobs.py")
        assert (drifted.returncode, "depth is declared" in drifted.stdout) == (1, True)
    assert metricloom(tmp_path, "verify", f"http://{address}/0", "--registry", "jobs.py").returncode == 3
    assert metricloom(tmp_path, "verify", "none.txt", "--registry", "jobs.py").returncode == 2


def test_what_is_wrong_with_a_page_is_said_where_rules_are_checked_against_it(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text(JOBS + "?\n")
    done = metricloom(tmp_path, "infer", "jobs_total", "--metrics", "page.txt")
    assert "page.txt:4:1: error" in done.stderr
    (tmp_path / "page.txt").write_text(JOBS + "?\n" * 30)
    assert "page.txt: 10 more lines" in metricloom(tmp_path, "infer", "jobs_total", "--metrics", "page.txt").stderr


def test_no_page_is_held_against_a_registry_that_nobody_named(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text(JOBS + DEPTH)
    unnamed = metricloom(tmp_path, "verify", "page.txt")
    assert (unnamed.returncode, unnamed.stdout) == (2, "")
    assert "name the registry: --registry FILE" in unnamed.stderr
    (tmp_path / "registry.py").write_text(DECLARED)
    assert "name the registry: --registry registry.py" in metricloom(tmp_path, "verify", "page.txt").stderr
    (tmp_path / "pyproject.toml").write_text('[tool.metricloom]\nregistry = "registry.py"\n')
    named = metricloom(tmp_path, "verify", "page.txt")
    assert (named.returncode, named.stderr.partition(";")[0]) == (
        0,
        "compared with registry.py: seen: 2 of 2 families, 2 of 2 names of series\n",
    )


@pytest.mark.parametrize("shape", ["text", "github", "gitlab", "sarif"])
@pytest.mark.parametrize("given", ["url", "pipe"])
def test_what_differs_on_a_page_that_is_no_file_stands_at_a_line_of_the_registry(
    tmp_path: Path, shape: str, given: str
) -> None:
    (tmp_path / "jobs.py").write_text(DECLARED)
    page = JOBS.replace("counter", "gauge") + DEPTH + "more 1\n?\n"
    options = ("--registry", "jobs.py", "--format", shape)
    with serving([(CLASSIC, page)]) as address:
        url = f"http://{address}/0"
        done = metricloom(tmp_path, "verify", url if given == "url" else "-", *options, given=page)
    assert done.returncode == 1
    for line in (1, 7, 8):
        assert (f"{url}:{line})" if given == "url" else f"line {line} of standard input)") in done.stdout
    assert set(re.findall(PLACES[shape], done.stdout)) == {("jobs.py", "3"), ("jobs.py", "6")}


PLACES = {
    "text": r"(?m)^([^ ]+?):(\d+): error",
    "github": r"(?m)^::error file=([^,]+),line=(\d+)",
    "gitlab": r'"path": "([^"]+)",\s+"lines": \{\s+"begin": (\d+)',
    "sarif": r'"uri": "([^"]+)"\s+\},\s+"region": \{\s+"startLine": (\d+)',
}


# --- the shipped registry ---------------------------------------------------------------------------

SHIPPED = ("--registry", "metricloom.content_platform:REGISTRY")


@contextmanager
def platform(bundle: Path) -> Iterator[str]:
    """Run a service on the generated module of the content platform; yield where it exposes its metrics."""
    command = [sys.executable, str(Path(__file__).with_name("live_service.py")), str(bundle)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/metrics"
        finally:
            process.kill()


def test_the_generated_module_of_the_content_platform_exposes_what_is_declared(tmp_path: Path) -> None:
    assert metricloom(tmp_path, "generate", "-o", "bundle").returncode == 0
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with platform(tmp_path / "bundle") as url:
        live = metricloom(tmp_path, "verify", url, *SHIPPED, "--severity", "note")
        asked = urllib.request.Request(url, headers={"Accept": "application/openmetrics-text; version=1.0.0"})
        with opener.open(asked, timeout=10) as answer:
            text = answer.read().decode()
    assert (live.returncode, live.stdout) == (0, "no problems\n")
    assert text.endswith("# EOF\n")
    saved = metricloom(tmp_path, "verify", "-", *SHIPPED, "--severity", "note", given=text)
    assert (saved.returncode, saved.stdout, saved.stderr) == (0, "no problems\n", live.stderr)
