"""What is generated for a service: it imports, type-checks, lints, counts rightly, and says what was declared."""

from __future__ import annotations

import ast
import asyncio
import importlib
import itertools
import math
import shutil
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from metricloom import Counter, Gauge, Histogram, Label, Operation, Registry, Site, Subsystem
from metricloom.generators import instrumentation
from metricloom.generators.instrumentation.source import docstring, text
from metricloom.promtool import find_promtool
from metricloom.registry.overrides import for_site
from tests.instrumentation_bundle import content_platform, http_service, imported, run, write
from tests.instrumentation_registry import REGISTRY as EVERYTHING

CONTRACT = {
    "test_llm_metrics_record_call",
    "test_llm_metrics_record_failure",
    "test_llm_metrics_timer",
    "test_storage_metrics_put",
    "test_storage_metrics_get",
    "test_storage_metrics_delete",
    "test_storage_metrics_failure",
    "test_video_metrics_render",
    "test_video_metrics_failure",
    "test_tts_metrics_synthesis",
    "test_tts_metrics_failure",
    "test_retention_metrics_delete",
    "test_retention_metrics_cleanup_run",
    "test_metrics_endpoint_exists",
    "test_prometheus_format",
}
HOSTILE = [
    'say "no"',
    "it's",
    "both \" and '",
    "a\nnew line",
    "back\\slash and \\n",
    '"""',
    "'''",
    "{{ jinja }} {% raw %} {# x #}",
    "${HOME} %s {0}",
    "ends in a backslash\\",
    'ends in a quote"',
    '"""\n)\nimport os  # ',
    "größer – ≤ 日本語 🎬",
    "\u202eright to left\u202c, nul \x00, tab \t, return \r, separator \u2028",
    "x" * 100_000,
]


REGISTRIES: Sequence[Callable[[], Registry]] = (content_platform, http_service, lambda: EVERYTHING)


@pytest.fixture(scope="module", params=REGISTRIES, ids=("content platform", "http service", "everything"))
def bundle(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    write(request.param(), folder)
    return folder


# --- the files ---


def test_generated_code_passes_mypy_strict(bundle: Path) -> None:
    run(sys.executable, "-m", "mypy", "--strict", "--cache-dir", ".mypy", "instrumentation", "tests", within=bundle)


def test_generated_code_passes_ruff_and_is_formatted(bundle: Path) -> None:
    run(sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", ".", within=bundle)
    run(sys.executable, "-m", "ruff", "format", "--isolated", "--no-cache", "--check", ".", within=bundle)


def test_generated_tests_pass(bundle: Path) -> None:
    run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "tests", within=bundle)


def test_generated_tests_pass_from_another_folder(bundle: Path, tmp_path: Path) -> None:
    tests = str(bundle / "tests")
    options = ("-q", "-p", "no:cacheprovider", "--import-mode=importlib")
    run(sys.executable, "-m", "pytest", *options, tests, "-k", "endpoint", within=tmp_path)


def test_a_site_may_rename_metrics_and_labels(tmp_path: Path) -> None:
    names = {"llm_calls_total": "genai_calls_total", "model": "gen_ai_model", "llm_calls_in_flight": "genai_open"}
    write(for_site(content_platform(), Site("renaming", rename=names)), tmp_path)
    run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests", within=tmp_path)
    run(sys.executable, "-m", "ruff", "format", "--isolated", "--no-cache", "--check", ".", within=tmp_path)
    assert '"genai_calls_total"' in (tmp_path / "instrumentation" / "metrics.py").read_text(encoding="utf-8")


def test_same_bytes_every_time() -> None:
    first, second = (instrumentation.render(content_platform()) for _ in range(2))
    assert first == second


def test_content_platform_has_the_tests_of_its_contract() -> None:
    files = {artifact.path.name: artifact.text for artifact in instrumentation.render(content_platform())}
    names = [node.name for node in ast.parse(files["test_metrics.py"]).body if isinstance(node, ast.FunctionDef)]
    assert set(names) >= CONTRACT
    assert len([name for name in names if name.startswith("test_")]) >= 20
    assert len(set(names)) == len(names)


def test_files_can_be_copied_into_a_package_of_the_service(bundle: Path, tmp_path: Path) -> None:
    package = tmp_path / "service" / "telemetry"
    package.mkdir(parents=True)
    (tmp_path / "service" / "__init__.py").touch()
    for name in ("__init__.py", "metrics.py"):
        shutil.copy(bundle / "instrumentation" / name, package)
    shutil.copytree(bundle / "instrumentation" / "_runtime", package / "_runtime")
    run(sys.executable, "-c", "import service.telemetry.metrics", within=tmp_path)


def test_page_passes_promtool(bundle: Path) -> None:
    promtool = str(find_promtool().path)
    code = "import sys, instrumentation.metrics, prometheus_client as p; sys.stdout.buffer.write(p.generate_latest())"
    page = run(sys.executable, "-c", code, within=bundle)
    done = subprocess.run([promtool, "check", "metrics"], input=page, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


# --- the interface ---


def test_signatures_of_the_content_platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(content_platform(), tmp_path)
    module = imported(tmp_path, monkeypatch)
    private = module.Metrics(CollectorRegistry())
    for default, own in (
        (module.LLMMetrics, private.llm),
        (module.StorageMetrics, private.storage),
        (module.VideoMetrics, private.video),
        (module.TTSMetrics, private.tts),
        (module.RetentionMetrics, private.retention),
    ):
        assert type(default) is type(own)
        assert default is not own
    trace = {"trace_id": "0af7651916cd43dd8448eb211c80319c"}
    assert private.llm.record_call("gpt-4o", 1.5, True, input_tokens=1, cost=0.1, outcome="ok", exemplar=trace) is None
    assert private.storage.record_put("video", 10, False, duration=1) is None
    assert private.video.record_render("ffmpeg", 2, True, output_seconds=3) is None
    assert private.tts.record_synthesis("local", 2, characters=3) is None
    assert private.retention.record_cleanup_run(1, 2, 3) is None
    assert private.retention.record_delete("gdpr", 2, 3) is None
    assert private.retention.set_overdue("gdpr", 2, 1_700_000_000) is None


def test_two_copies_of_a_module_share_their_series(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modules = []
    for name in ("first", "second"):
        write(http_service(), tmp_path / name)
        modules.append(imported(tmp_path / name, monkeypatch))
    page = CollectorRegistry()
    for module in modules:
        module.Metrics(page).http.record_request("/", 1.0)
    assert page.get_sample_value("http_requests_total", {"route": "/"}) == 2


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    write(content_platform(), tmp_path)
    return imported(tmp_path, monkeypatch)


def test_other_names_of_a_model_count_under_its_own(platform: ModuleType) -> None:
    page = CollectorRegistry()
    llm = platform.Metrics(page, strict=True).llm
    llm.record_call("claude-sonnet-4.5", 1)
    with llm.timer("claude-sonnet-4.5"):
        pass
    assert page.get_sample_value("llm_calls_total", {"model": "claude-sonnet-4-5"}) == 2
    assert page.get_sample_value("llm_calls_total", {"model": "claude-sonnet-4.5"}) is None


@pytest.mark.parametrize("level", [-5, 7, math.nan, -math.inf, 1e200, "7", None])
def test_a_gauge_read_from_a_function_shows_what_it_shows_when_it_is_set(platform: ModuleType, level: Any) -> None:
    shown = []
    for given in (level, lambda: level):
        page = CollectorRegistry()
        platform.Metrics(page).storage.set_used("video", given)
        shown.append(
            [
                page.get_sample_value("storage_used_bytes", {"artifact_type": "video"}),
                page.get_sample_value(
                    "instrumentation_dropped_total", {"family": "storage_used_bytes", "reason": "bad_value"}
                )
                != 0,
            ]
        )
    assert shown[0] == shown[1]
    assert shown[0][0] in {None, 0, 7}


def test_a_million_label_values_make_no_more_series_and_take_no_more_memory_than_may_be(platform: ModuleType) -> None:
    page = CollectorRegistry()
    llm = platform.Metrics(page).llm
    call = partial(llm.record_call, duration=1.0)
    for number in range(900_000):
        llm._by_model.of(f"model-{number}")
    tracemalloc.start()
    try:
        for number in range(900_000, 1_000_000):
            call(f"model-{number}")
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert grown < 100_000  # bytes: of the names alone, there were millions
    models = {sample.labels["model"] for each in page.collect() for sample in each.samples if "model" in sample.labels}
    assert len(models) == platform.MODEL.max_values + 1  # and "other"; "unknown" was never seen
    room = platform.MODEL.max_values - len(platform.MODEL.values)
    dropped = {"family": "llm_calls_total", "reason": "label_overflow"}
    assert page.get_sample_value("instrumentation_dropped_total", dropped) == 1_000_000 - room


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("", None),
        ("identity, br", None),
        ("gzip", "gzip"),
        ("br;q=1.0, GZip ; q=0.5", "gzip"),
        ("gzip;q=0", None),
        ("gzip; q=0.000, br", None),
        ("x-not-gzip", None),
    ],
)
def test_a_page_is_zipped_for_who_asks_and_caches_are_told(
    platform: ModuleType, asked: str, answered: str | None
) -> None:
    sent: list[Any] = []

    async def send(event: Any) -> None:
        sent.append(event)

    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/metrics", "HTTP_ACCEPT_ENCODING": asked}
    platform.wsgi_app()(environ, lambda _status, headers: sent.append(dict(headers)))
    scope = {"type": "http", "method": "GET", "path": "/metrics", "headers": [(b"accept-encoding", asked.encode())]}
    asyncio.run(platform.asgi_app()(scope, send, send))
    wsgi, asgi = sent[0], {name.decode(): value.decode() for name, value in sent[1]["headers"]}
    assert (wsgi.get("Content-Encoding"), asgi.get("content-encoding")) == (answered, answered)
    assert (wsgi["Vary"], asgi["vary"]) == ("Accept, Accept-Encoding", "Accept, Accept-Encoding")


# --- a call within a call ---


def test_a_call_at_any_point_of_a_call_neither_hangs_nor_miscounts(platform: ModuleType) -> None:
    """As from a signal handler, or from a stream that is finalised unfinished."""
    page = CollectorRegistry()
    llm = platform.Metrics(page).llm
    streams = []

    def begin_one_and_leave_another() -> None:
        streams.append(llm.timer("gpt-4o").stream(iter("ab")))
        next(streams[-1])
        streams.pop(0).close()

    def work() -> None:
        with llm.timer("gpt-4o"):
            pass

    def each_point() -> None:
        streams.append(llm.timer("gpt-4o").stream(iter("ab")))
        next(streams[-1])
        for point in itertools.count():
            if not _interrupted(work, begin_one_and_leave_another, point, platform):
                return
            open_now.append(page.get_sample_value("llm_calls_in_flight", {"model": "gpt-4o"}))
            began.append(page.get_sample_value("llm_oldest_call_start_timestamp_seconds", {"model": "gpt-4o"}))

    open_now: list[float | None] = []
    began: list[float | None] = []
    _within(30, each_point)
    assert set(open_now) == {1}
    assert len(open_now) > 100
    assert len(set(began)) == len(began)  # each time another stream is the oldest
    assert all(each is not None and each < math.inf for each in began)
    calls = page.get_sample_value("llm_calls_total", {"model": "gpt-4o"})
    assert calls == 2 * len(open_now) + 1


def test_a_label_value_that_comes_while_another_is_admitted_takes_no_room_that_is_not_there(
    platform: ModuleType,
) -> None:
    bounds = importlib.import_module(f"{platform.__package__}._runtime.bounds")
    admitted = []

    def each_point() -> None:
        for point in itertools.count():
            bound = bounds.Bound(platform.Label("x", max_values=3), threading.RLock())

            if not _interrupted(partial(bound.admit, "a"), partial(_admit_others, bound), point, platform):
                return
            admitted.append([value for value in "abcde" if bound.admit(value)[0] == value])

    _within(30, each_point)
    assert {len(each) for each in admitted} == {3}


def _admit_others(bound: Any) -> None:
    for value in "bcde":
        bound.admit(value)


def _interrupted(work: Callable[[], object], inner: Callable[[], None], point: int, module: ModuleType) -> bool:
    """Call *work*, and *inner* before one bytecode of the machinery; tell whether there are that many."""
    machinery = str(Path(str(module.__file__)).parent / "_runtime")
    passed = 0

    def trace(frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal passed
        if not frame.f_code.co_filename.startswith(machinery):
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            if passed == point:
                inner()
            passed += 1
        return trace

    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(None)
    return passed > point


def _within(seconds: float, work: Callable[[], None]) -> None:
    """Call *work* in a thread that is given up if it hangs."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    assert not thread.is_alive(), "it hangs"


USE = """
from collections.abc import Iterator

from instrumentation.metrics import LLMMetrics, Metrics, StorageMetrics
from prometheus_client import CollectorRegistry


@LLMMetrics.timer("gpt-4o")
async def ask(question: str) -> str:
    return question


@LLMMetrics.timer("gpt-4o")
def stream(question: str) -> Iterator[str]:
    yield question


async def use() -> str:
    async with LLMMetrics.timer("gpt-4o") as call:
        call.input_tokens = 12
        call.cost = 0.1
        call.first_token()
    StorageMetrics.set_used("video", lambda: 1.0)
    Metrics(CollectorRegistry(), strict=True).llm.record_call("gpt-4o", 1)
    return await ask("why?") + "".join(stream("why?"))
"""
MISUSE = {
    "a label that is None": "LLMMetrics.record_call(None, 1.0)",
    "a mistyped label": 'LLMMetrics.record_call(modle="gpt-4o", duration=1.0)',
    "a number as text": 'LLMMetrics.record_call("gpt-4o", "1.0")',
    "an argument of a decorated function": "ask(1)",
    "an attribute of a call": 'LLMMetrics.timer("gpt-4o").inputtokens',
}


def test_type_checker_takes_use_and_refuses_misuse(tmp_path: Path) -> None:
    write(content_platform(), tmp_path)
    (tmp_path / "use.py").write_text(USE)
    (tmp_path / "misuse.py").write_text("\n".join(["from use import LLMMetrics, ask", *MISUSE.values()]))
    command = (sys.executable, "-m", "mypy", "--strict", "--cache-dir", ".mypy", "--implicit-reexport")
    run(*command, "use.py", within=tmp_path)
    done = subprocess.run([*command, "misuse.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    refused = {int(line.split(":")[1]) for line in done.stdout.splitlines() if ": error:" in line}
    assert refused == set(range(2, 2 + len(MISUSE)))


# --- texts ---


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda text: repr(text[:12]))
def test_hostile_texts_stay_texts(hostile: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(registry_saying(hostile), tmp_path)
    module = imported(tmp_path, monkeypatch)
    assert hostile == module.EVENTS_TOTAL.help
    assert module.KIND.values == (hostile[:200],)

    page = CollectorRegistry()
    module.Metrics(page).events.record_event(hostile[:200], 1.0)
    escaped = hostile.replace("\\", "\\\\").replace("\n", "\\n")
    assert f"# HELP events_total {escaped}\n" in generate_latest(page).decode()
    assert page.get_sample_value("events_total", {"kind": hostile[:200]}) == 1


def test_hostile_texts_pass_every_tool(tmp_path: Path) -> None:
    metrics = [Counter(f"hostile_{number}_total", each) for number, each in enumerate(HOSTILE)]
    everything = Subsystem("hostile", title='""" \\', owner="x", metrics=metrics)
    write(Registry("hostile", subsystems=[everything, *registry_saying("\\".join(HOSTILE[:-1])).subsystems]), tmp_path)
    run(sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", ".", within=tmp_path)
    run(sys.executable, "-m", "ruff", "format", "--isolated", "--no-cache", "--check", ".", within=tmp_path)
    run(sys.executable, "-m", "mypy", "--strict", "--cache-dir", ".mypy", "instrumentation", "tests", within=tmp_path)
    run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests", within=tmp_path)


def test_a_registry_without_a_gauge_passes_mypy_too(tmp_path: Path) -> None:
    counted = Counter("jobs_total", "Jobs that ended")
    write(Registry("counted", subsystems=[Subsystem("jobs", title="Jobs", owner="x", metrics=[counted])]), tmp_path)
    run(sys.executable, "-m", "mypy", "--strict", "--cache-dir", ".mypy", "instrumentation", "tests", within=tmp_path)


def registry_saying(hostile: str) -> Registry:
    kind = Label("kind", hostile, values=[hostile[:200]])
    events = Counter("events_total", hostile, labels=[kind])
    seconds = Histogram("event_seconds", hostile, labels=[kind], buckets=(1, 2))
    level = Gauge("event_level", hostile, labels=[kind])
    effects = [events.inc(), seconds.observe("duration")]
    event = Operation(
        "record_event",
        "EventsMetrics",
        labels=[kind],
        arguments=["duration"],
        effects=effects,
        timer="timer",
        help=hostile,
    )
    part = Subsystem("events", title=hostile, owner="x", operations=[event], metrics=[level])
    return Registry("events", title=hostile, subsystems=[part])


@pytest.mark.parametrize("value", HOSTILE, ids=lambda text: repr(text[:12]))
def test_literals_and_docstrings(value: str) -> None:
    assert ast.literal_eval(text(value)) == value
    for source in (docstring(value, 4), docstring(value, 4, value, value)):
        assert isinstance(ast.literal_eval(source), str)
