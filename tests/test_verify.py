"""`metricloom verify` and `metricloom.verify`: what a page of /metrics shows beside what is declared."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import prometheus_client as client
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics

import metricloom as ml
from metricloom.errors import Location, Problem, Severity
from metricloom.exposition.page import read_page
from metricloom.exposition.verify import Coverage, verified
from tests.command_line import metricloom
from tests.test_exposition_live import CLASSIC, serving

ROUTE = ml.Label("route", "Route that answered", max_values=3)
KIND = ml.Label("kind", "What was asked for", values=["page", "image"], aliases={"img": "image"})
REQUESTS = ml.Counter("app_requests_total", "Requests that ended", labels=[ROUTE, KIND])
QUEUE = ml.Gauge("app_queue", "Requests that wait")
SECONDS = ml.Histogram("app_seconds", "Duration of a request", labels=[ROUTE], buckets=(0.1, 1))
RELOAD = ml.External("lib_reloads_total", "Reloads", labels=["result"], kind="counter")
UP = ml.External("up", "Whether it answers", labels=["job", "instance"], of_service=True)
REGISTRY = ml.Registry("app", [ml.Subsystem("app", "App", "me", metrics=[REQUESTS, QUEUE, SECONDS, RELOAD, UP])])

PAGE = """\
# HELP app_requests_total Requests that ended
# TYPE app_requests_total counter
app_requests_total{route="/",kind="page"} 5
app_requests_total{route="/a",kind="other"} 5
# HELP app_requests_created Requests that ended
# TYPE app_requests_created gauge
app_requests_created{route="/",kind="page"} 1.7e+09
# HELP app_queue Requests that wait
# TYPE app_queue gauge
app_queue 1
# HELP app_seconds Duration of a request
# TYPE app_seconds histogram
app_seconds_bucket{route="/",le="0.1"} 1
app_seconds_bucket{route="/",le="1.0"} 2
app_seconds_bucket{route="/",le="+Inf"} 3
app_seconds_count{route="/"} 3
app_seconds_sum{route="/"} 12.5
# HELP lib_reloads_total Reloads
# TYPE lib_reloads_total counter
lib_reloads_total{result="ok"} 1
# HELP process_open_fds Number of open file descriptors.
# TYPE process_open_fds gauge
process_open_fds 9
# HELP python_gc_collections_total Number of times this generation was collected
# TYPE python_gc_collections_total counter
python_gc_collections_total{generation="0"} 68
"""


def without(text: str) -> str:
    """Return the page without the lines that hold *text*."""
    return "".join(line for line in PAGE.splitlines(keepends=True) if text not in line)


def found(page: str, registry: ml.Registry = REGISTRY) -> list[tuple[str, str, int]]:
    """Return the code and severity of each problem, and its line of the page: 0, where it is not of the page."""
    problems = verified(read_page(page, "page"), registry, "page").problems
    return [(each.code, each.severity.value, at(each)) for each in problems]


def at(problem: Problem) -> int:
    assert problem.at is not None
    assert problem.hint
    return problem.at.line if problem.at.path == "page" else 0


def test_a_page_that_shows_what_is_declared_has_no_problems() -> None:
    done = verified(read_page(PAGE, "page"), REGISTRY, "page")
    assert done.problems == ()
    assert done.coverage == Coverage((3, 3), (5, 5), of_library=2)
    assert str(done.coverage) == "seen: 3 of 3 families, 5 of 5 names of series; 2 of the client library"


DRIFTS = {
    "a family that is gone": (without("app_queue"), [("V101", "error", 0)]),
    "one that nobody declared": (PAGE + "# TYPE app_new gauge\napp_new 1\n", [("V102", "error", 27)]),
    "one without any comment": (PAGE + "app_new 1\n", [("V102", "error", 27)]),
    "another type": (PAGE.replace("app_queue gauge", "app_queue counter"), [("V103", "error", 8)]),
    "no type": (without("TYPE app_queue"), [("V103", "error", 8)]),
    "a histogram without a type": (without("TYPE app_seconds"), [("V103", "error", 11)]),
    "a label more": (PAGE.replace("app_queue 1", 'app_queue{host="a"} 1'), [("V104", "error", 10)]),
    "a label less": (PAGE.replace(',kind="page"', "").replace(',kind="other"', ""), [("V104", "error", 3)]),
    "a label of another name": (PAGE.replace('{route="/"', '{path="/"'), [("V104", "error", 3), ("V104", "error", 13)]),
    "le where there are no buckets": (PAGE.replace("app_queue 1", 'app_queue{le="1"} 1'), [("V104", "error", 10)]),
    "a value beyond a closed set": (PAGE.replace('kind="page"} 5', 'kind="video"} 5'), [("V105", "error", 3)]),
    "an alias": (PAGE.replace('kind="page"} 5', 'kind="img"} 5'), [("V105", "error", 3)]),
    "more values than there may be": (
        PAGE + "".join(f'app_requests_total{{route="/{n}",kind="page"}} 1\n' for n in range(4)),
        [("V106", "error", 3)],
    ),
    "another bucket": (PAGE.replace('le="1.0"', 'le="2.5"'), [("V107", "error", 13)]),
    "a bucket more": (PAGE + 'app_seconds_bucket{route="/",le="5.0"} 3\n', [("V107", "error", 13)]),
    "no help": (without("HELP app_queue"), [("V108", "warning", 8)]),
    "an empty help": (PAGE.replace("app_queue Requests that wait", "app_queue  "), [("V108", "warning", 8)]),
    "another help": (PAGE.replace("app_queue Requests that wait", "app_queue Jobs"), [("V109", "warning", 8)]),
    "another unit": (PAGE + "# UNIT app_seconds milliseconds\n", [("V111", "error", 11)]),
    "the unit that is declared": (PAGE + "# UNIT app_seconds seconds\n", []),
    "a name that no registry can hold": (PAGE + '{"app.new"} 1\n', [("V112", "warning", 27)]),
    "another type of what is external": (
        PAGE.replace("reloads_total counter", "reloads_total gauge"),
        [("V103", "error", 18)],
    ),
    "another label of what is external": (PAGE.replace("result=", "outcome="), [("V104", "error", 20)]),
    "no external one": (without("lib_reloads"), []),
    "a line that is none": (PAGE + "?\n", [("E101", "error", 27)]),
    "the help of several processes": (PAGE.replace("Requests that wait", "Multiprocess metric"), []),
}


@pytest.mark.parametrize("name", DRIFTS)
def test_a_drift_is_found_at_its_line(name: str) -> None:
    page, expected = DRIFTS[name]
    assert page != PAGE
    assert found(page) == expected


def test_a_problem_names_both_places() -> None:
    page = read_page(PAGE.replace("app_queue gauge", "app_queue counter"), "page")
    (problem,) = verified(page, REGISTRY, "page").problems
    assert problem.at == Location("page", 8)
    assert problem.related == (QUEUE.at,)
    (problem,) = verified(read_page(without("app_queue"), "page"), REGISTRY, "page").problems
    assert problem.at == QUEUE.at


def test_what_was_renamed_is_suggested() -> None:
    page = read_page(PAGE.replace("app_queue", "app_queues"), "page")
    extra, missing = verified(page, REGISTRY, "page").problems
    assert "app_queue is declared" in extra.hint
    assert "app_queues" in missing.hint
    counter = PAGE.replace("app_requests_total", "app_requests")
    assert "the page has app_requests," in verified(read_page(counter, "page"), REGISTRY, "page").problems[-1].hint


def test_a_labelled_family_that_is_not_there_may_still_come_unless_its_library_shows_all() -> None:
    assert found(without("app_seconds")) == [("V110", "note", 0)]
    assert found(without("app_seconds") + "# TYPE python_info gauge\n") == [("V101", "error", 0)]
    bare = without("app_seconds").replace("app_queue 1\n", "")  # another family that has no series yet
    assert found(bare) == [("V110", "note", 8), ("V101", "error", 0)]


def test_a_family_without_series_is_seen() -> None:
    page = "".join(line for line in PAGE.splitlines(keepends=True) if not line.startswith("app_"))
    done = verified(read_page(page, "page"), REGISTRY, "page")
    assert {each.code for each in done.problems} == {"V110"}
    assert done.coverage == Coverage((3, 3), (0, 5), unborn=3, of_library=2)


def test_a_gauge_that_begins_unset_may_still_come() -> None:
    gauge = ml.Gauge("app_age_seconds", "Age", initial=None)
    registry = ml.Registry("app", [ml.Subsystem("app", "App", "me", metrics=[gauge])])
    assert found("", registry) == [("V110", "note", 0)]


def test_a_native_histogram_is_explained() -> None:
    page = "".join(line for line in PAGE.splitlines(keepends=True) if 'le="0.1"' not in line and 'le="1.0"' not in line)
    (problem,) = verified(read_page(page, "page"), REGISTRY, "page").problems
    assert problem.code == "V107"
    assert "native" in problem.hint


# --- the collector registry of a Python process -----------------------------------------------------


def service(help_of_queue: str = "Requests that wait") -> client.CollectorRegistry:
    """Return what a service that was written by hand has registered."""
    registry = client.CollectorRegistry()
    requests = client.Counter("app_requests", "Requests that ended", ["route", "kind"], registry=registry)
    requests.labels("/", "page").inc()
    client.Gauge("app_queue", help_of_queue, registry=registry)
    client.Histogram("app_seconds", "Duration of a request", ["route"], buckets=(0.1, 1), registry=registry)
    client.ProcessCollector(registry=registry)
    client.PlatformCollector(registry=registry)
    client.GCCollector(registry=registry)
    return registry


@pytest.mark.parametrize("write", [client.generate_latest, openmetrics])
def test_a_service_can_be_tested_without_a_server(write: object) -> None:
    assert callable(write)
    assert ml.verify(write(service()), REGISTRY) == []
    assert ml.verify(write(service()).decode(), REGISTRY) == []
    (problem,) = ml.verify(write(service("Jobs")), REGISTRY)
    assert (problem.code, problem.severity) == ("V109", Severity.WARNING)


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


def test_a_help_text_that_is_still_to_be_written_is_nobodys_pattern() -> None:
    queue = ml.Gauge("app_queue", "TODO: say in one line what a sample means")
    registry = ml.Registry("app", [ml.Subsystem("app", "App", "me", metrics=[queue])])
    (without_help,) = ml.verify("# TYPE app_queue gauge\napp_queue 1\n", registry)
    assert (without_help.code, without_help.hint) == ("V108", "write one in the code")
    (other,) = ml.verify("# HELP app_queue Jobs\n# TYPE app_queue gauge\napp_queue 1\n", registry)
    assert (other.code, other.hint) == ("V109", "take that of the page into the registry")


def test_a_name_that_prometheus_uses_itself_is_to_be_changed() -> None:
    registry = ml.Registry("app", [ml.Subsystem("app", "App", "me", metrics=[QUEUE])])
    (problem,) = ml.verify("# HELP app_queue Requests that wait\n# TYPE app_queue gauge\napp_queue 1\nup 1\n", registry)
    assert (problem.code, problem.hint) == ("V102", "give it another name in the code")


def test_a_counter_of_openmetrics_is_called_as_in_promql() -> None:
    jobs = ml.Counter("app_jobs_total", "Jobs")
    registry = ml.Registry("app", [ml.Subsystem("app", "App", "me", metrics=[jobs])])
    page = "# TYPE app_job counter\napp_job_total 1\napp_job_created 1\n# EOF\n"
    extra, missing = ml.verify(page, registry)
    assert extra.message == "app_job_total is on the page, and not declared"
    assert missing.hint == "the page has app_job_total, which is not declared: rename one of them"


def test_the_labels_that_a_pushgateway_adds_are_known() -> None:
    group = 'instance="",job="nightly"'
    pushed = f"# TYPE push_time_seconds gauge\npush_time_seconds{{{group}}} 1.7e+09\n# TYPE pushgateway_x gauge\n"
    own = re.sub(r"(?m)^(app_\w+)\{", rf"\1{{{group},", PAGE).replace("app_queue 1", f"app_queue{{{group}}} 1")
    done = verified(read_page(own + pushed, "page"), REGISTRY, "page")
    assert done.problems == ()
    assert str(done.coverage).endswith("; 4 of the client library; labels of a Pushgateway's groups: instance, job")
    assert {each.code for each in verified(read_page(own, "page"), REGISTRY, "page").problems} == {"V104"}


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


def test_what_metricloom_declares_itself_has_no_place_in_its_machinery() -> None:
    page = "# TYPE instrumentation_dropped_total gauge\ninstrumentation_dropped_total 1\n"
    problems = verified(read_page(PAGE + page, "page"), REGISTRY, "page").problems
    assert {each.code for each in problems} >= {"V103", "V104"}
    assert all(each.related == () for each in problems)
    declared = ml.Registry("app", [ml.Subsystem("app", "App", "me", metrics=[ml.DROPPED])])
    (missing,) = verified(read_page("# TYPE python_info gauge\n", "page"), declared, "page").problems
    assert (missing.code, missing.at) == ("V101", declared.at)


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


# --- any page ---------------------------------------------------------------------------------------

LINES = st.sampled_from(PAGE.splitlines())
SCRAPS = st.sampled_from([*'{}=,"\\ #', "le", "TYPE", "_total", "_created", "1", "NaN", "app_queue", "counter"])


@given(st.lists(st.one_of(LINES, st.lists(SCRAPS, max_size=8).map("".join)), max_size=30))
def test_no_page_is_a_trap_and_what_is_seen_is_no_more_than_what_is_declared(lines: list[str]) -> None:
    done = verified(read_page("\n".join(lines), "page"), REGISTRY, "page")
    assert all(each.message and each.hint and each.at for each in done.problems)
    assert done.coverage.families[0] <= done.coverage.families[1] == 3
    assert done.coverage.names[0] <= done.coverage.names[1] == 5
    missing = sum(each.code in ("V101", "V110") for each in done.problems)
    assert missing >= 3 - done.coverage.families[0]
