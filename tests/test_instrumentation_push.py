"""Pushing to a Pushgateway: a real one where there is one, and what happens without."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import GaugeMetricFamily

from tests.instrumentation_bundle import content_platform, imported, write
from tests.live_prometheus import until

VARIABLE = "METRICLOOM_PUSHGATEWAY"
GROUP = {"instance": "größe/1"}
PUSHED = 'tts_jobs_total{instance="größe/1",job="nightly clean-up",provider="local"}'


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    write(content_platform(), tmp_path)
    return imported(tmp_path, monkeypatch)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[str]:
    """A Pushgateway that runs."""
    named = os.environ.get(VARIABLE)
    program = shutil.which(named or "pushgateway")
    if program is None and named:
        pytest.fail(f"{VARIABLE}={named} is no program")
    if program is None:
        pytest.skip(f"there is no Pushgateway: none on PATH, and {VARIABLE} names none")
    address = f"127.0.0.1:{free_port()}"
    log = tmp_path / "pushgateway.log"
    command = [program, f"--web.listen-address={address}"]
    with log.open("w") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            assert until(lambda: answers(address), 30), log.read_text()
            yield address
        finally:
            process.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(address: str) -> bool:
    try:
        return bool(page_of(address))
    except OSError:
        return False


def page_of(address: str) -> str:
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
        page: str = answer.read().decode()
        return page


def test_a_job_pushes_its_page_and_deletes_it(platform: ModuleType, gateway: str) -> None:
    page = CollectorRegistry()
    tts = platform.Metrics(page).tts
    for times in (1, 2):  # the second push stands in the place of the first
        tts.record_synthesis("local", 1.0)
        assert platform.push(gateway, "nightly clean-up", GROUP, collector_registry=page)
        assert f"{PUSHED} {times}\n" in page_of(gateway)
    assert platform.push(gateway, "another", collector_registry=page)
    assert platform.delete_pushed(gateway, "nightly clean-up", GROUP)
    assert PUSHED not in page_of(gateway)
    assert 'job="another"' in page_of(gateway)


def test_what_the_gateway_refuses_is_not_tried_again(
    platform: ModuleType, gateway: str, caplog: pytest.LogCaptureFixture
) -> None:
    begun = time.monotonic()
    with caplog.at_level(logging.WARNING):
        assert not platform.push(f"{gateway}/elsewhere", "job", timeout_seconds=60)
    assert time.monotonic() - begun < 30
    assert "404" in caplog.text


def test_a_push_is_tried_until_the_time_is_over_and_raises_nothing(
    platform: ModuleType, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert not platform.push(f"127.0.0.1:{free_port()}", "job", timeout_seconds=0.5)
        assert not platform.push("http://[", "job", timeout_seconds=0.5)
        assert not platform.delete_pushed(f"127.0.0.1:{free_port()}", "job", timeout_seconds=0.1)
    assert len(caplog.messages) == 3


@pytest.mark.parametrize(
    "address",
    ["localhost:abc", "http://host name:9091", "http://[::1", "", "http://"],
    ids=lambda each: each or "empty",
)
def test_an_address_that_can_never_work_is_not_tried_again(
    platform: ModuleType, caplog: pytest.LogCaptureFixture, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: pytest.fail("it was to be tried again"))
    with caplog.at_level(logging.WARNING):
        assert not platform.push(address, "job", timeout_seconds=60, collector_registry=CollectorRegistry())
        assert not platform.delete_pushed(address, "job", timeout_seconds=60)
    assert len(caplog.messages) == 2


def test_without_time_the_log_says_so(platform: ModuleType, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert not platform.push("localhost:9091", "job", timeout_seconds=0)
    assert caplog.messages == ["push of job job to localhost:9091 failed: timeout_seconds is 0"]


def test_what_speaks_another_language_fails_no_job(platform: ModuleType) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_answer_in_another_language, args=[server], daemon=True).start()
        address = f"127.0.0.1:{server.getsockname()[1]}"
        assert not platform.push(address, "job", timeout_seconds=0.3, collector_registry=CollectorRegistry())


def _answer_in_another_language(server: socket.socket) -> None:
    with suppress(OSError):
        while True:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"garbage\r\n\r\n")


def test_a_sample_that_no_page_can_hold_is_left_out_of_a_push_and_counted(platform: ModuleType) -> None:
    class Broken:
        def collect(self) -> Iterator[GaugeMetricFamily]:
            family = GaugeMetricFamily("broken", "Without a value")
            family.add_metric([], None)  # type: ignore[arg-type]
            yield family

    class Gateway(BaseHTTPRequestHandler):
        pushed = b""

        def do_PUT(self) -> None:
            Gateway.pushed = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Log nothing."""

    page = CollectorRegistry()
    page.register(Broken())
    platform.Metrics(page).tts.record_synthesis("local", 1.0)
    with ThreadingHTTPServer(("127.0.0.1", 0), Gateway) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert platform.push(f"127.0.0.1:{server.server_port}", "job", collector_registry=page)
        server.shutdown()
    assert b'tts_jobs_total{provider="local"} 1.0' in Gateway.pushed
    assert b"broken" not in Gateway.pushed
    failed = {"family": "unknown", "reason": "collector_failed"}
    assert page.get_sample_value("instrumentation_dropped_total", failed) == 1


def test_a_push_succeeds_once_the_gateway_is_well_again(platform: ModuleType) -> None:
    class Ill(BaseHTTPRequestHandler):
        tries = 0

        def do_PUT(self) -> None:
            Ill.tries += 1
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(503 if Ill.tries < 3 else 200)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Ill) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert platform.push(f"127.0.0.1:{server.server_port}", "job", collector_registry=CollectorRegistry())
        server.shutdown()
    assert Ill.tries == 3
