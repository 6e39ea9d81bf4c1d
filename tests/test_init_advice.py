"""What `metricloom init` says of what it can't declare, and what it leaves to a person: true, and of use."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.command_line import metricloom
from tests.test_init import assert_formatted, written

CODE = """\
from prometheus_client import INF, Counter, Gauge, Histogram, Info

Info("app", "Build")
Counter("app_calls", "Calls", ["route", "method", "status", "tenant"])
Histogram("app_wait_seconds", "Waiting", ["route", "method", "queue"])
Histogram("app_same_seconds", "As usual", buckets=Histogram.DEFAULT_BUCKETS)
Histogram("app_more_seconds", "And more", buckets=[*list(Histogram.DEFAULT_BUCKETS), 30, INF])
Histogram("app_made_seconds", "Made up", ["route"], buckets=[2**n for n in range(8)])
"""


@pytest.fixture
def code(tmp_path: Path) -> str:
    """Return the registry of CODE, which stands beside it."""
    (tmp_path / "app.py").write_text(CODE)
    done = metricloom(tmp_path, "init", "--from-code", "app.py")
    assert done.returncode == 0
    assert done.stderr == "app.py:8: buckets of app_made_seconds is no literal: fill it in\n"
    text = (tmp_path / "registry.py").read_text()
    assert_formatted(text)
    return text


def test_what_is_made_of_code_has_no_problem_of_its_own(code: str, tmp_path: Path) -> None:
    assert code
    checked = metricloom(tmp_path, "check", "registry.py", "--fail-on", "warning")
    assert (checked.returncode, checked.stdout) == (0, "no problems\n")


def test_the_default_buckets_are_known_by_name(code: str) -> None:
    flat = " ".join(code.split())
    assert "5, 7.5, 10)" in flat.partition('"app_same_seconds"')[2].partition("ml.Histogram")[0]
    assert "7.5, 10, 30)" in flat.partition('"app_more_seconds"')[2].partition("ml.Histogram")[0]


def test_a_histogram_of_computed_buckets_stands_there_to_be_filled_in(code: str) -> None:
    assert "app_made_seconds: its buckets are computed where it is created: only a run can tell them" in code
    start = code.index("# TODO: better, in place of these:")
    lines = [line.removeprefix("# ") for line in code[start:].splitlines()[1:] if line.startswith("# ")]
    constant, _, declared = "\n".join(lines).partition(" = ")
    assert constant == "MADE_SECONDS"
    for part in ("ml.Histogram(", "app_made_seconds", 'ml.Label("route", "Route", max_values=20)', "buckets=TODO,"):
        assert part in declared


def test_the_labels_of_an_info_of_the_code_are_asked_for_and_its_page_is_no_error(code: str, tmp_path: Path) -> None:
    assert "# TODO: name its labels, which the code gives to info(…): labels=[…]\nINFO = ml.External(" in code
    (tmp_path / "page.txt").write_text('# HELP app_info Build\n# TYPE app_info gauge\napp_info{version="1",os="x"} 1\n')
    options = ("--registry", "registry.py", "--ignore", "V101")
    done = metricloom(tmp_path, "verify", "page.txt", *options)
    assert (done.returncode, 'name them: labels=["os", "version"]' in done.stdout) == (0, True)
    named = code.replace('"app_info", "Build"', '"app_info", "Build", labels=["os", "version"]')
    assert named != code
    (tmp_path / "registry.py").write_text(named)
    assert metricloom(tmp_path, "verify", "page.txt", *options).stdout == "no problems\n"


def test_nobody_is_told_to_rename_an_info() -> None:
    text = written('# TYPE app_build_info gauge\napp_build_info{version="1"} 1\n')
    assert "app_build_info: an info: it is its labels that say something" in text
    assert "rename" not in text


@pytest.mark.parametrize("name", ["up", "ALERTS", "scrape_duration_seconds"])
def test_a_name_of_prometheus_itself_is_left_out(name: str) -> None:
    text = written(f"# TYPE {name} gauge\n{name} 1\n# TYPE app_x gauge\napp_x 1\n")
    assert f"# {name}: Prometheus stores series of this name" in text
    assert f'"{name}"' not in text


def test_what_a_person_is_to_write_is_asked_for_once() -> None:
    text = written("# TYPE app_jobs gauge\napp_jobs 1\n")
    assert re.findall(r'"App jobs\. TODO: [^"]*"', text)
    assert not re.search("TODO.*TODO", text)


REQUESTS = "# HELP http_requests_total Requests\n# TYPE http_requests_total counter\n" + "".join(
    f'http_requests_total{{route="/",method="GET",status="{status}"}} 3\n' for status in (200, 404, 500)
)
FAILED = (
    "# HELP http_requests_failed_total Failed\n# TYPE http_requests_failed_total counter\n"
    'http_requests_failed_total{route="/",method="GET"} 3\n'
)


def with_numbers(text: str) -> str:
    """Return a registry with its proposed alerts, as a person would take them: 5 % for TODO."""
    start = re.compile(r"^( +)# (?=ml\.Alert|(?: |\),$))", re.MULTILINE)
    return start.sub(r"\1", text).replace("Threshold(TODO)", "Threshold(0.05)")


@pytest.mark.parametrize(
    ("page", "proposed"),
    [
        (REQUESTS + FAILED, "subset_of=HTTP_REQUESTS"),
        (REQUESTS, """part_where='status=~"5.."'"""),
    ],
)
def test_failures_are_a_share_by_their_name_or_by_a_status(page: str, proposed: str, tmp_path: Path) -> None:
    text = written(page)
    assert proposed in text
    (tmp_path / "registry.py").write_text(with_numbers(text))
    checked = metricloom(tmp_path, "check", "registry.py", "--fail-on", "warning")
    assert (checked.returncode, checked.stdout) == (0, "no problems\n")
    proved = metricloom(tmp_path, "test", "registry.py")
    assert (proved.returncode, "2 examples, 0 failures" in proved.stdout) == (0, True), proved.stdout


def test_a_status_that_is_none_of_http_is_no_failure() -> None:
    assert "5.." not in written('# TYPE app_x_total counter\napp_x_total{status="done"} 1\n')


def test_what_a_pushgateway_adds_is_not_declared() -> None:
    pushed = 'push_time_seconds{instance="",job="nightly"} 1\n'
    page = 'app_rows_total{instance="",job="nightly",kind="x"} 1\n'
    text = written(f"# TYPE app_rows_total counter\n{page}# TYPE push_time_seconds gauge\n{pushed}")
    assert 'ml.Counter("app_rows_total"' in text
    assert "labels=[KIND]" in text
    assert "push_time" not in text


def test_a_registry_is_a_python_file(tmp_path: Path) -> None:
    done = metricloom(tmp_path, "init", "-o", "reg.txt")
    assert (done.returncode, "ends in .py" in done.stderr) == (2, True)
    assert not (tmp_path / "reg.txt").exists()
