"""The page over HTTP: what is asked, what is answered, and that no one waits for it who has other work."""

from __future__ import annotations

import asyncio
import gzip
import importlib
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Counter, Summary, generate_latest
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.multiprocess import mark_process_dead

from tests.instrumentation_bundle import content_platform, http_service, imported, run, write
from tests.instrumentation_page import asked, asked_asgi

OPENMETRICS = "application/openmetrics-text; version=1.0.0"
UTF8 = "text/plain; version=1.0.0; escaping=allow-utf-8"
ACCEPTED = ("", "text/plain; version=0.0.4", UTF8, OPENMETRICS)


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    write(content_platform(), tmp_path)
    return imported(tmp_path, monkeypatch)


# --- what is asked ---


@pytest.mark.parametrize("accept", ACCEPTED)
def test_a_page_made_in_steps_is_that_of_the_client_library(platform: ModuleType, accept: str) -> None:
    page = CollectorRegistry()
    llm = platform.Metrics(page).llm
    for number in range(90):
        llm.record_call(f'model "{number}" \\ größer', 0.5, exemplar={"trace_id": str(number)})
    by_hand = Counter("hand_total", "By hand", ["part"], registry=page)
    summary = Summary("hand_seconds", "By hand", ["part"], registry=page)
    for number in range(300):
        by_hand.labels(number).inc(number)
        summary.labels(number).observe(number)
    encode, content_type = choose_encoder(accept)
    status, headers, body = asked(platform.wsgi_app(page), accept=accept)
    assert (status, headers["Content-Type"]) == (200, content_type)
    assert body == encode(page)


def test_head_is_get_without_the_page(platform: ModuleType) -> None:
    app = platform.wsgi_app()
    status, headers, body = asked(app, "GET")
    assert asked(app, "HEAD") == (status, headers, b"")
    assert headers["Content-Length"] == str(len(body)) != "0"
    status, found, nothing = asyncio.run(asked_asgi(platform.asgi_app(), "HEAD"))
    assert (status, found["content-length"], nothing) == (200, str(len(body)), b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_are_not_allowed(platform: ModuleType, method: str) -> None:
    assert asked(platform.wsgi_app(), method)[:2] == (405, {"Allow": "GET, HEAD", "Content-Length": "0"})
    assert asyncio.run(asked_asgi(platform.asgi_app(), method))[0] == 405


@pytest.mark.parametrize("path", ["/metric", "/metrics/x", "/favicon.ico", "//metrics"])
def test_other_paths_are_not_found(platform: ModuleType, path: str) -> None:
    assert asked(platform.wsgi_app(), path=path)[0] == 404
    assert asyncio.run(asked_asgi(platform.asgi_app(), path=path))[0] == 404


@pytest.mark.parametrize(
    "accept", ["text/plain;version=x.y", f"{OPENMETRICS}.z", "application/openmetrics-text;version="]
)
def test_who_asks_in_a_way_that_nobody_understands_has_a_page(platform: ModuleType, accept: str) -> None:
    assert asked(platform.wsgi_app(), accept=accept)[0] == 200
    assert asyncio.run(asked_asgi(platform.asgi_app(), "GET", "/metrics", (b"Accept", accept.encode())))[0] == 200


def test_a_quoted_version_is_that_version(platform: ModuleType) -> None:
    plain, quoted = OPENMETRICS, 'application/openmetrics-text; version="1.0.0"'
    assert asked(platform.wsgi_app(), accept=quoted) == asked(platform.wsgi_app(), accept=plain)


def test_several_headers_of_one_name_are_a_list(platform: ModuleType) -> None:
    sent = (b"accept", OPENMETRICS.encode()), (b"accept", b"text/html"), (b"accept-encoding", b"br")
    app = platform.asgi_app()
    _, headers, body = asyncio.run(asked_asgi(app, "GET", "/metrics", *sent, (b"accept-encoding", b"gzip")))
    assert headers["content-type"].startswith("application/openmetrics-text")
    assert gzip.decompress(body).endswith(b"# EOF\n")


@pytest.mark.parametrize(
    ("root", "path", "status"),
    [
        ("/", "/metrics", 200),
        ("/m", "/metrics", 200),
        ("/metrics", "/metrics", 200),
        ("/a/", "/a/metrics", 200),
        ("/a", "/ab/metrics", 404),
        ("", "/a/metrics", 404),
    ],
)
def test_what_is_asked_for_is_below_where_the_application_is_mounted(
    platform: ModuleType, root: str, path: str, status: int
) -> None:
    assert asyncio.run(asked_asgi(platform.asgi_app(), "GET", path, root_path=root))[0] == status


def test_the_application_can_be_a_route_of_its_own_or_mounted(platform: ModuleType) -> None:
    routing = importlib.import_module("starlette.routing")
    app = platform.asgi_app()
    for router in routing.Router([routing.Route("/metrics", app)]), routing.Router([routing.Mount("/", app)]):
        assert asyncio.run(asked_asgi(router))[0] == 200


def test_a_websocket_is_closed(platform: ModuleType) -> None:
    sent: list[Any] = []

    async def send(event: Any) -> None:
        sent.append(event["type"])

    asyncio.run(platform.asgi_app()({"type": "websocket", "path": "/metrics", "headers": []}, send, send))
    assert sent == ["websocket.close"]


def test_an_application_is_told_that_it_starts_and_stops(platform: ModuleType) -> None:
    events = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    sent: list[Any] = []

    async def receive() -> Any:
        return next(events)

    async def send(event: Any) -> None:
        sent.append(event["type"])

    asyncio.run(platform.asgi_app()({"type": "lifespan"}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_a_server_answers_over_the_network_zipped_too(platform: ModuleType) -> None:
    with platform.start_server(0, "127.0.0.1") as server:
        url = f"http://127.0.0.1:{server.port}/metrics"
        with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})) as answer:
            zipped = answer.read()
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD")) as answer:
            assert answer.read() == b""
        with urllib.request.urlopen(url) as answer:
            assert answer.read() == gzip.decompress(zipped)
        with pytest.raises(urllib.error.HTTPError, match="405"):
            urllib.request.urlopen(url, data=b"x")


# --- who waits ---


class Slow:
    """A collector that waits until it is let go, and counts how often it was asked."""

    def __init__(self) -> None:
        self.begun, self.let_go = threading.Event(), threading.Event()
        self.asked = 0

    def collect(self) -> Iterator[GaugeMetricFamily]:
        self.asked += 1
        self.begun.set()
        assert self.let_go.wait(30)
        yield GaugeMetricFamily("slow", "Slow", value=1)

    def describe(self) -> list[Any]:
        return []


def test_scrapes_at_one_time_share_one_page_and_the_event_loop_goes_on(platform: ModuleType) -> None:
    page, slow = CollectorRegistry(), Slow()
    app = platform.asgi_app(page)
    page.register(slow)

    async def scrape_all() -> list[Any]:
        scrapes = [asyncio.create_task(asked_asgi(app)) for _ in range(20)]
        while not slow.begun.is_set():  # the loop turns while the page is made
            await asyncio.sleep(0.001)
        scrapes[0].cancel()  # one client leaves
        scrapes.append(asyncio.create_task(asked_asgi(app)))
        await asyncio.sleep(0)
        slow.let_go.set()
        return await asyncio.gather(*scrapes, return_exceptions=True)

    first, *others = asyncio.run(scrape_all())
    assert isinstance(first, asyncio.CancelledError)
    assert {body for _, _, body in others} == {others[0][2]}
    assert b"slow 1.0" in others[0][2]
    assert slow.asked == 1
    assert asked(platform.wsgi_app(page))[0] == 200
    assert slow.asked == 2  # a later one is made anew


def test_a_process_that_can_have_no_more_threads_has_a_page_still(
    platform: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_thread: threading.Thread) -> None:
        message = "can't start new thread"
        raise RuntimeError(message)

    page = CollectorRegistry()
    llm = platform.Metrics(page).llm
    for number in range(90):
        llm.record_call(f"model {number}", 0.5)
    app = platform.wsgi_app(page)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    for _ in range(2):
        assert asked(app)[2] == generate_latest(page)


# --- processes that share a page ---

WORKER = """
import os, sys, time
from instrumentation import metrics
metrics.HTTPMetrics.record_request("/", 1.0)
metrics.HTTPMetrics.set_queue_depth(5)
if sys.argv[1:] == ["page"]:
    [body] = metrics.wsgi_app()({"REQUEST_METHOD": "GET", "PATH_INFO": "/metrics"}, lambda *_: None)
    sys.stdout.write(body.decode())
else:
    metrics.HTTPMetrics.set_queue_depth(lambda: 1 / 0)
    os.kill(os.getpid(), 9)
"""


def test_processes_share_a_page_and_the_gauges_of_dead_ones_are_gone(tmp_path: Path) -> None:
    write(http_service(), tmp_path)
    shared = tmp_path / "shared"
    shared.mkdir()
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(shared)}
    for _ in range(2):
        dead = subprocess.run([sys.executable, "-c", WORKER], cwd=tmp_path, env=environment, check=False)
        assert dead.returncode == -9
    assert len(list(shared.glob("gauge_live*.db"))) == 2
    page = run(sys.executable, "-c", WORKER, "page", within=tmp_path, PROMETHEUS_MULTIPROC_DIR=str(shared))
    assert 'http_requests_total{route="/"} 3.0\n' in page
    assert "http_queue_depth 5.0\n" in page
    assert len(list(shared.glob("gauge_live*.db"))) == 1  # that of the last one, which was alive then


def test_what_another_process_has_forgotten_meanwhile_fails_no_page(
    platform: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collecting = importlib.import_module(f"{platform.__package__}._runtime.collecting")
    left = tmp_path / "gauge_livesum_4000000.db"
    left.touch()

    def forgotten_by_another(process: int, folder: str) -> None:
        left.unlink()
        mark_process_dead(process, folder)  # type: ignore[no-untyped-call]
        left.unlink()

    monkeypatch.setattr(collecting, "mark_process_dead", forgotten_by_another)
    collecting.forget_dead_processes(str(tmp_path))
    assert not left.exists()


def test_no_thread_begins_before_a_page_is_asked_for(tmp_path: Path) -> None:
    write(http_service(), tmp_path)
    code = "import threading; from instrumentation.metrics import *; asgi_app(); print(threading.active_count())"
    assert run(sys.executable, "-c", code, within=tmp_path) == "1\n"
