"""A little service for test_live.py, a process of its own: its calls go through the generated module alone.

It takes the folder of a bundle, prints the port at which it serves /metrics, and works. After a line on standard input
what it works with begins to fail; at the end of the input it stops.
"""

from __future__ import annotations

import sys
import threading
import time
from contextlib import ExitStack
from importlib import import_module
from typing import Any

DAY = 86400
TICK_SECONDS = 0.1
STORM = 200  # failures of storage in each tick: its alert wants ten in every second of five minutes
IN_FLIGHT = 3
OPERATIONS = ("record_put", "record_get", "record_delete")
ARTIFACT_TYPES = ("voiceover", "audio", "image", "video")


def work(metrics: Any) -> None:
    """Do one of everything, well."""
    metrics.LLMMetrics.record_call("gpt-4o", 1.2, input_tokens=900, output_tokens=200, cache_read_tokens=4000)
    metrics.LLMMetrics.record_call("claude-sonnet-4-5", 2.5, input_tokens=700, cache_write_tokens=300)
    metrics.LLMMetrics.record_call("gpt-5", 3.0, output_tokens=80, cost=0.002)
    metrics.LLMMetrics.record_call("gpt-5", 0.2, outcome="cancelled")
    with metrics.LLMMetrics.timer("gpt-4o-mini") as call:
        call.first_token()
        call.input_tokens = 10
    for artifact_type in ARTIFACT_TYPES:
        for operation in OPERATIONS:
            getattr(metrics.StorageMetrics, operation)(artifact_type, 50_000, duration=0.02)
    metrics.TTSMetrics.record_synthesis("elevenlabs", 1.5, characters=400)
    metrics.VideoMetrics.record_render("ffmpeg", 40, output_seconds=12)
    metrics.RetentionMetrics.record_delete("gdpr", 3, 70_000)
    metrics.RetentionMetrics.record_cleanup_run(20, 5, 90_000)
    metrics.LLMMetrics.record_call("gpt-4o", "no number")  # refused, and counted as such


def fail(metrics: Any) -> None:
    """Do one of everything, badly: what alerts are for."""
    for _ in range(6):
        metrics.LLMMetrics.record_call("gemini-2.5-pro", 100, False, outcome="server")
    metrics.LLMMetrics.record_call("a-model-without-a-price", 1, input_tokens=10)
    for _ in range(STORM):
        metrics.StorageMetrics.record_put("video", 0, False, duration=9)
    for _ in range(2):
        metrics.TTSMetrics.record_synthesis("elevenlabs", 100, False)
        metrics.VideoMetrics.record_render("ffmpeg", 3000, False)
    metrics.RetentionMetrics.record_cleanup_run(9000, 0, 0, success=False)
    metrics.RetentionMetrics.set_overdue("gdpr", 12, oldest_due=time.time() - 2 * DAY)


def wait_for_input(failing: threading.Event, stopped: threading.Event) -> None:
    """Wait for the line, then for the end."""
    if sys.stdin.readline():
        failing.set()
        sys.stdin.read()
    stopped.set()


def main(bundle: str) -> None:
    """Serve and work until the input ends."""
    sys.path.insert(0, bundle)
    metrics = import_module("instrumentation.metrics")
    failing, stopped = threading.Event(), threading.Event()
    threading.Thread(target=wait_for_input, args=(failing, stopped), daemon=True).start()
    metrics.RetentionMetrics.restore_last_success(time.time() - DAY / 2)
    metrics.RetentionMetrics.set_overdue("gdpr", 2, oldest_due=time.time() - 60)
    for artifact_type in ARTIFACT_TYPES:
        metrics.StorageMetrics.set_used(artifact_type, lambda: 1e9 + time.time() % DAY)
    with ExitStack() as stack:
        server = stack.enter_context(metrics.start_server(port=0, host="127.0.0.1"))
        for _ in range(IN_FLIGHT):
            stack.enter_context(metrics.LLMMetrics.timer("gpt-4o"))
        sys.stdout.write(f"{server.port}\n")
        sys.stdout.flush()
        while not stopped.wait(TICK_SECONDS):
            work(metrics)
            if failing.is_set():
                fail(metrics)


if __name__ == "__main__":
    main(sys.argv[1])
