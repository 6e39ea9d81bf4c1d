"""`python -m benchmarks.instrumentation`: what one recorded call takes, as ratios to the same series written by hand.

All forms run in turn in one process; of each, the fastest run counts: what a machine does meanwhile only adds.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import prometheus_client as client
from prometheus_client import CollectorRegistry

from benchmarks.instrumentation_others import others
from benchmarks.instrumentation_platform import ALIAS, RECORD, TOKENS, platform
from benchmarks.instrumentation_scrape import SERIES, scraping
from benchmarks.instrumentation_timing import fastest
from benchmarks.instrumented_service import BUCKETS, REGISTRY
from metricloom.content_platform import REGISTRY as PLATFORM
from metricloom.generators.instrumentation import render
from metricloom.registry.registry import Registry

BY_HAND = "by hand"
SHARED = "PROMETHEUS_MULTIPROC_DIR"
MOST = {
    "record": 0.45,
    RECORD: 0.45,
    ALIAS: 0.45,
    TOKENS: 0.45,
    "timer, with": 0.65,
    "timer, decorator": 0.65,
    "beyond the label's bound": 0.8,
    "record, processes share": 1.0,
    f"stall of the event loop by {SERIES:,} series": 0.1,
}


@dataclass(frozen=True, slots=True)
class Ratio:
    """How something compares with what people write by hand, against the most that it may take."""

    name: str
    ratio: float | None

    @property
    def most(self) -> float | None:
        """The most that it may take, if there is a bound."""
        return MOST.get(self.name)

    @property
    def holds(self) -> bool:
        """Whether it is within its bound."""
        return self.ratio is None or self.most is None or self.ratio <= self.most

    def __str__(self) -> str:
        if self.ratio is None:
            return f"{self.name:<46} not installed here"
        bound = "" if self.most is None else f" of {self.most:g}  {'ok' if self.holds else 'TOO SLOW'}"
        return f"{self.name:<46} {self.ratio:6.2f}{bound}"


def generated(folder: Path, registry: Registry = REGISTRY, package: str = "") -> Any:
    """Return the generated module; that of a second registry goes into a package of its own."""
    for artifact in render(registry):
        path = folder / package / artifact.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(artifact.content)
    sys.path.insert(0, str(folder))
    return importlib.import_module(f"{package}.instrumentation.metrics".lstrip("."))


def by_hand() -> dict[str, Callable[[], object]]:
    """Return what people write."""
    page = CollectorRegistry()
    calls = client.Counter("hand_calls_total", "Calls", ["model"], registry=page)
    failures = client.Counter("hand_failures_total", "Calls that failed", ["model"], registry=page)
    seconds = client.Histogram("hand_call_seconds", "Duration of a call", ["model"], registry=page, buckets=BUCKETS)

    def record(model: str = "small", duration: float = 0.3, success: bool = True) -> None:
        calls.labels(model=model).inc()
        seconds.labels(model=model).observe(duration)
        if not success:
            failures.labels(model=model).inc()

    def timer() -> None:
        with seconds.labels(model="small").time():
            pass
        calls.labels(model="small").inc()

    return {BY_HAND: record, "by hand, with .time()": timer}


def ours(metrics: Any) -> dict[str, Callable[[], object]]:
    """Return the forms of the generated module."""
    helper = metrics.Metrics(CollectorRegistry()).llm
    full = metrics.Metrics(CollectorRegistry()).llm
    for number in range(20):
        full.record_call(f"model-{number}", 0.3)

    def timer() -> None:
        with helper.timer("small"):
            pass

    @helper.timer("small")  # type: ignore[untyped-decorator]
    def decorated() -> None:
        pass

    return {
        "record": lambda: helper.record_call("small", 0.3),
        "timer, with": timer,
        "timer, decorator": decorated,
        "beyond the label's bound": lambda: full.record_call("one more", 0.3),
    }


def ratios(forms: dict[str, Callable[[], object]]) -> Iterator[Ratio]:
    """Yield each form's ratio to the first."""
    seconds = fastest(forms)
    for name, each in seconds.items():
        yield Ratio(name, each / seconds[BY_HAND])


def where_processes_share() -> Ratio:
    """Return the ratio of recording where processes share their values, which a process must know from its start."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.instrumentation"]
        environment = {**os.environ, SHARED: folder}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return Ratio("record, processes share", float(done.stdout))


def recording() -> list[Ratio]:
    """Return all ratios."""
    with tempfile.TemporaryDirectory() as folder:
        metrics = generated(Path(folder))
        # First: what they take is less while nobody has imported OpenTelemetry.
        of_platform = [Ratio(*each) for each in platform(generated(Path(folder), PLATFORM, "content_platform"))]
        found = dict(others())
        installed = {name: work for name, work in found.items() if work is not None}
        measured = list(ratios({**by_hand(), **ours(metrics), **installed}))
        missing = [Ratio(name, None) for name in found if name not in installed]
        stall, scrape = scraping(importlib.import_module("instrumentation._runtime"))
    return [
        *measured,
        *of_platform,
        *missing,
        where_processes_share(),
        Ratio(f"stall of the event loop by {SERIES:,} series", stall),
        Ratio("and how long that scrape takes", scrape),
    ]


def main() -> int:
    """Print the table; return 1 if a bound is broken. Where processes share their values, print that ratio alone."""
    if SHARED in os.environ:
        with tempfile.TemporaryDirectory() as folder:
            record = ours(generated(Path(folder)))["record"]
            forms = {BY_HAND: by_hand()[BY_HAND], "record": record}
            print(next(each.ratio for each in ratios(forms) if each.name == "record"))
        return 0
    found = recording()
    print("\n".join(map(str, found)))
    return int(not all(each.holds for each in found))


if __name__ == "__main__":
    sys.exit(main())
