"""None lost, none doubled: the generated module in the workers of a server that forks them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.instrumentation_bundle import ROOT, http_service, write
from tests.live_prometheus import until

WORKERS = 4
CONNECTIONS, BATCHES, BATCH = 20, 100, 50
REQUESTS = CONNECTIONS * BATCHES * BATCH
OK, FAILED = 9, 1  # of ten


@contextmanager
def server_with_workers(bundle: Path) -> Iterator[int]:
    """Give the port of a server that has imported the service before it forked its workers."""
    shared = bundle / "shared"
    shared.mkdir()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(CONNECTIONS)
        port = listener.getsockname()[1]
        options = ("--preload", f"--workers={WORKERS}", "--worker-class=uvicorn_worker.UvicornWorker")
        command = [sys.executable, "-m", "gunicorn", *options, f"--bind=fd://{listener.fileno()}"]
        path = os.pathsep.join([str(bundle), str(ROOT)])
        environment = {**os.environ, "PYTHONPATH": path, "PROMETHEUS_MULTIPROC_DIR": str(shared)}
        log = bundle / "server.log"
        with (
            log.open("w") as output,
            subprocess.Popen(
                [*command, "tests.counted_service:app"],
                cwd=bundle,
                env=environment,
                pass_fds=[listener.fileno()],
                stdout=output,
                stderr=output,
            ) as process,
        ):
            try:
                yield port
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(30)


def ask(port: int) -> None:
    """Send many requests over one connection, each batch at once; nine of ten are answered well."""
    batch = b"".join(
        b"GET /%s HTTP/1.1\r\nHost: localhost\r\n\r\n" % (b"fail" if number % 10 == 0 else b"ok")
        for number in range(BATCH)
    )
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        for _ in range(BATCHES):
            connection.sendall(batch)
            answered = b""
            while answered.count(b"\r\n\r\n") < BATCH:
                received = connection.recv(65536)
                assert received, "the server hung up"
                answered += received
            assert answered.count(b" 200 ") == BATCH * OK // 10
            assert answered.count(b" 500 ") == BATCH * FAILED // 10


def read(port: int) -> dict[str, float]:
    """Return the series of the page."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
        lines = answer.read().decode().splitlines()
    return {series: float(value) for series, _, value in (each.rpartition(" ") for each in lines) if series[0] != "#"}


def test_four_workers_count_each_of_100_000_requests_once(tmp_path: Path) -> None:
    write(http_service(), tmp_path)
    with server_with_workers(tmp_path) as port:
        until(lambda: _answers(port), 30)
        with ThreadPoolExecutor(CONNECTIONS) as clients:
            list(clients.map(ask, [port] * CONNECTIONS))
        page = read(port)
    assert page['http_requests_total{route="/ok"}'] == REQUESTS * OK / 10
    assert page['http_requests_total{route="/fail"}'] == REQUESTS * FAILED / 10
    assert page['http_request_failures_total{route="/fail"}'] == REQUESTS * FAILED / 10
    assert page['http_request_failures_total{route="/ok"}'] == 0
    assert page['http_request_seconds_bucket{le="+Inf",route="/ok"}'] == REQUESTS * OK / 10
    assert len(list((tmp_path / "shared").glob("counter_*.db"))) > WORKERS  # theirs, and that of who forked them


def _answers(port: int) -> bool:
    with suppress(OSError):
        return bool(read(port))
    return False
