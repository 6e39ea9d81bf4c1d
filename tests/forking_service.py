"""A service for test_instrumentation_forks.py, a process of its own: it forks while its threads record what is new.

It takes the folder of a bundle and a number of forks; prints how many forked processes hung, and how many counted
wrong.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from importlib import import_module
from typing import Any

from prometheus_client import CollectorRegistry

THREADS = 4
HANGS_AFTER_SECONDS = 10
SHARED = "PROMETHEUS_MULTIPROC_DIR" in os.environ
HUNG, WRONG = "hung", "wrong"
CALLS = 'http_requests_total{route="/"} '


def make_children(metrics: Any, stopped: threading.Event) -> None:
    """Record label values that nobody has seen, again and again, beside one that all have seen."""
    while not stopped.is_set():
        # Where processes share files, the client library keeps the values of every collector registry for ever.
        fresh = metrics.HTTPMetrics if SHARED else metrics.Metrics(CollectorRegistry()).http
        for number in range(10):
            with fresh.timer(f"/{number}"):
                metrics.HTTPMetrics.record_request("/", 1.0)


def scrape(metrics: Any, stopped: threading.Event) -> None:
    """Read the page, again and again."""
    while not stopped.is_set():
        page(metrics)


def page(metrics: Any) -> str:
    """Return the page, as it is served."""
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/metrics"}
    [body] = metrics.wsgi_app()(environ, lambda *_answer: None)
    text: str = body.decode()
    return text


def counts_rightly(metrics: Any, inherited: Any) -> bool:
    """Return whether a process that was just forked counts what it does, and nothing that its parent did."""
    with metrics.HTTPMetrics.timer("/"):
        metrics.HTTPMetrics.record_request(f"/{os.getpid()}", 1.0)
    inherited.__exit__(None, None, None)
    if SHARED:  # the page holds the counts of all: what matters is that there is one
        return CALLS in page(metrics)
    return f"{CALLS}2.0" in page(metrics)


def fork(metrics: Any) -> str:
    """Fork once; return what was wrong with the forked process."""
    inherited = metrics.HTTPMetrics.timer("/").__enter__()  # begun here, ended there
    process = os.fork()
    if process == 0:
        os._exit(0 if counts_rightly(metrics, inherited) else 1)
    deadline = time.monotonic() + HANGS_AFTER_SECONDS
    while time.monotonic() < deadline:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            return WRONG if status else ""
        time.sleep(0.001)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    return HUNG


def main(bundle: str, forks: str) -> None:
    """Fork, and print what was wrong."""
    sys.path.insert(0, bundle)
    metrics = import_module("instrumentation.metrics")
    stopped = threading.Event()
    workers = [threading.Thread(target=make_children, args=(metrics, stopped)) for _ in range(THREADS)]
    workers.append(threading.Thread(target=scrape, args=(metrics, stopped)))
    for worker in workers:
        worker.start()
    try:
        found = [fork(metrics) for _ in range(int(forks))]
    finally:
        stopped.set()
    for worker in workers:
        worker.join()
    sys.stdout.write(f"{found.count(HUNG)} {found.count(WRONG)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
