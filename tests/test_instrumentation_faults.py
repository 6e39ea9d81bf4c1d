"""The page when something fails: a collector, a sample, a client, or a function that never returns."""

from __future__ import annotations

import asyncio
import importlib
import logging
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.metrics_core import GaugeMetricFamily

from tests.instrumentation_bundle import content_platform, imported, write
from tests.instrumentation_page import asked, asked_asgi

FAILURES = {"family": "unknown", "reason": "collector_failed"}


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    write(content_platform(), tmp_path)
    return imported(tmp_path, monkeypatch)


# --- collectors ---


class Failing:
    """A collector of one family that can begin to fail."""

    def __init__(self, name: str) -> None:
        self.name, self.fails = name, False

    def collect(self) -> Iterator[GaugeMetricFamily]:
        if self.fails:
            raise ConnectionError(self.name)
        yield GaugeMetricFamily(self.name, "By hand", value=1)


def test_a_collector_that_fails_leaves_the_others_on_the_page_and_is_counted(
    platform: ModuleType, caplog: pytest.LogCaptureFixture
) -> None:
    page = CollectorRegistry(auto_describe=True)
    first, second = Failing("first"), Failing("second")
    page.register(first)
    platform.Metrics(page).tts.record_synthesis("local", 1.0)
    page.register(second)
    app = platform.wsgi_app(page)
    whole = asked(app)[2].decode()
    first.fails = True
    with caplog.at_level(logging.WARNING):
        without = asked(app)[2].decode()
    assert "ConnectionError: first" in caplog.text
    first.fails = False
    again = asked(app)[2].decode()
    lines = set(whole.splitlines())
    assert {line for line in lines - set(without.splitlines()) if "dropped" not in line} == {
        "# HELP first By hand",
        "# TYPE first gauge",
        "first 1.0",
    }
    assert page.get_sample_value("instrumentation_dropped_total", FAILURES) == 1
    assert 'instrumentation_dropped_total{family="unknown",reason="collector_failed"} 0.0' in whole
    assert {line.split()[0] for line in again.splitlines()} == {line.split()[0] for line in lines}


def test_a_sample_that_no_page_can_hold_leaves_the_others_on_it(platform: ModuleType) -> None:
    page = CollectorRegistry()
    app = platform.wsgi_app(page)
    Counter("broken_total", "By hand", ["part"], registry=page).labels("\ud800").inc()
    platform.Metrics(page).tts.record_synthesis("local", 1.0)
    assert b'tts_jobs_total{provider="local"} 1.0' in asked(app)[2]
    assert page.get_sample_value("instrumentation_dropped_total", FAILURES) == 1


class Many:
    """A collector of many families that can begin to fail, and counts how often it was asked."""

    def __init__(self) -> None:
        self.fails, self.asked = False, 0

    def describe(self) -> list[GaugeMetricFamily]:
        return [GaugeMetricFamily(f"many_{number}", "By hand") for number in range(30)]

    def collect(self) -> Iterator[GaugeMetricFamily]:
        self.asked += 1
        if self.fails:
            raise ConnectionError
        for number in range(30):
            yield GaugeMetricFamily(f"many_{number}", "By hand", value=1)


def test_a_collector_that_goes_on_failing_is_asked_once_a_page(platform: ModuleType) -> None:
    page, many = CollectorRegistry(), Many()
    page.register(many)
    app = platform.wsgi_app(page)
    asked(app)
    many.fails = True
    asked(app)
    many.asked = 0
    assert b"many_" not in asked(app)[2]
    assert many.asked == 1
    many.fails = False
    assert b"many_29 1.0" in asked(app)[2]


# --- time ---


def limited(platform: ModuleType, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    for name in ("page", "endpoint"):
        module = importlib.import_module(f"{platform.__package__}._runtime.{name}")
        monkeypatch.setattr(module, "LIMIT_SECONDS", seconds)


def test_a_function_that_hangs_is_answered_with_503_until_it_returns(
    platform: ModuleType, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    limited(platform, monkeypatch, 0.1)
    page, let_go = CollectorRegistry(), threading.Event()
    platform.Metrics(page).storage.set_used("video", lambda: 7.0 if let_go.wait(60) else None)
    apps = platform.wsgi_app(page), platform.asgi_app(page)
    with caplog.at_level(logging.WARNING):
        assert asked(apps[0])[0] == 503
        assert asyncio.run(asked_asgi(apps[1]))[0] == 503
    assert "hangs" in caplog.text
    before = threading.active_count()
    assert asked(apps[0])[0] == 503
    assert threading.active_count() == before  # it waits for the page that is under way
    let_go.set()
    limited(platform, monkeypatch, 60)
    assert b'storage_used_bytes{artifact_type="video"} 7.0' in asked(apps[0])[2]
    assert page.get_sample_value("instrumentation_dropped_total", FAILURES) == 3


def test_who_has_a_page_and_asks_again_has_a_newer_one(platform: ModuleType) -> None:
    """At the moment at which a page is there, no later request may be given it."""
    module = importlib.import_module(f"{platform.__package__}._runtime.page")
    page, asked_for = CollectorRegistry(), threading.Event()
    platform.Metrics(page).storage.set_used("video", lambda: 7.0 if asked_for.wait(30) else None)
    made = module.Page(page)
    again: list[Any] = []
    _, first = made.begin("", zipped=False)
    first.add_done_callback(lambda _: again.append(made.begin("", zipped=False)[1]))
    asked_for.set()
    first.result(60)
    _until(lambda: bool(again))
    assert again[0] is not first


def _until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not is_so() and time.monotonic() < end:
        time.sleep(0.001)
    assert is_so()


# --- clients ---


def test_nothing_is_printed_of_a_client_that_is_gone(platform: ModuleType, capfd: pytest.CaptureFixture[str]) -> None:
    before = threading.active_count()
    with platform.start_server(0, "127.0.0.1", CollectorRegistry()) as server:
        for sent in (b"GET /met", b"GET /metrics HTTP/1.1\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", server.port)) as client:
                client.sendall(sent)
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # it resets
    _until(lambda: threading.active_count() <= before)
    assert capfd.readouterr().err == ""


def test_a_client_that_says_nothing_is_left(
    platform: ModuleType, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    module = importlib.import_module(f"{platform.__package__}._runtime.endpoint")
    monkeypatch.setattr(module._Quiet, "timeout", 0.05)
    with (
        platform.start_server(0, "127.0.0.1", CollectorRegistry()) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=30) as client,
    ):
        assert client.recv(1) == b""
    assert capfd.readouterr().err == ""
