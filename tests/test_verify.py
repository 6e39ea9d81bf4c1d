"""`metricloom verify` and `metricloom.verify`: what a page of /metrics shows beside what is declared."""

from __future__ import annotations

import re

import prometheus_client as client
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics

import metricloom as ml
from metricloom.errors import Location, Problem, Severity
from metricloom.exposition.page import read_page
from metricloom.exposition.verify import Coverage, verified

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


def test_what_metricloom_declares_itself_has_no_place_in_its_machinery() -> None:
    page = "# TYPE instrumentation_dropped_total gauge\ninstrumentation_dropped_total 1\n"
    problems = verified(read_page(PAGE + page, "page"), REGISTRY, "page").problems
    assert {each.code for each in problems} >= {"V103", "V104"}
    assert all(each.related == () for each in problems)
    declared = ml.Registry("app", [ml.Subsystem("app", "App", "me", metrics=[ml.DROPPED])])
    (missing,) = verified(read_page("# TYPE python_info gauge\n", "page"), declared, "page").problems
    assert (missing.code, missing.at) == ("V101", declared.at)


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


def test_what_is_declared_is_not_offered_as_another_name_in_whichever_order() -> None:
    names = ["job_failed_total", "jobs_failed_total"]
    for order in (names, names[::-1]):
        metrics = [ml.Counter(name, "Failed") for name in order]
        page = "# HELP jobs_failed_total Failed\n# TYPE jobs_failed_total counter\njobs_failed_total 1\n"
        found = ml.verify(page, ml.Registry("mine", [ml.Subsystem("mine", "Mine", "me", metrics=metrics)]))
        assert ["not declared" in problem.hint for problem in found] == [False]
