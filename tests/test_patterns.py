"""What is made for a user, holds for whatever numbers the user gives: bounds of buckets, thresholds, windows."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.utils import floatToGoString

from metricloom import (
    Counter,
    Histogram,
    Label,
    Registry,
    Subsystem,
    Threshold,
    Triple,
    durations_over,
    observations,
)
from metricloom.checks import run
from metricloom.monitoring.metrics import bound_text, bound_texts
from metricloom.pipeline import Bundle
from metricloom.pipeline import test_problems as proven
from metricloom.promtool import find_promtool
from metricloom.rules.patterns import durations_within
from metricloom.sources.registry import sources_of

KIND = Label("kind", "Kind", values=["a", "b"])
CALLS = Counter("calls_total", "Calls", labels=[KIND])
FAILURES = Counter("failures_total", "Failures", labels=[KIND], subset_of=CALLS)
SIZES = Histogram("sent_bytes", "Sizes", labels=[KIND], buckets=(1e5, 1e6, 2.5e6, 1e10))


@given(st.floats(1e-5, 1e12) | st.integers(1, 10**12).map(float))
def test_a_bound_is_written_as_the_client_writes_it(bound: float) -> None:
    assert bound_text(bound) == floatToGoString(bound)  # type: ignore[no-untyped-call]


def test_an_infinite_bound_is_written_as_the_client_writes_it() -> None:
    assert bound_text(float("inf")) == floatToGoString(float("inf"))  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("bound", [0.5, 1, 60, 1e5, 1e6, 2.5e6, 1e10])
def test_a_recorded_bucket_is_found_whatever_client_wrote_it(bound: float) -> None:
    durations = durations_over("5m", Histogram("x_bytes", "X", buckets=(bound,)), [])
    pattern = durations_within(durations, bound).partition('=~"')[2].removesuffix('"}').replace("\\\\", "\\")
    for text in bound_texts(bound):
        assert re.fullmatch(pattern, text)
    assert not re.fullmatch(pattern, bound_text(bound).replace(".", "_").replace("+", "_") + "_")


def test_observations_of_large_values_stand_in_the_buckets_that_the_client_names() -> None:
    bounds = [one.labels["le"] for one in observations(SIZES, 1, "0x5") if "le" in one.labels]
    assert bounds == ["100000.0", "1e+06", "2.5e+06", "1e+10", "+Inf"]


def triple(buckets: tuple[float, ...] = (1, 10), **changes: Any) -> Triple:
    seconds = Histogram("call_seconds", "Time", labels=[KIND], buckets=buckets, timeout=buckets[-1])
    given: dict[str, Any] = {"error_ratio": Threshold(0.05), "p95": Threshold(1), "next_steps": "Look.", **changes}
    return Triple("record_call", "CallMetrics", CALLS, FAILURES, seconds, "calls", "Failing", "Slow", **given)


@pytest.mark.parametrize(
    "made",
    [
        triple(p95=Threshold(8)),
        triple(p95=Threshold(9.9)),
        triple(p95=Threshold(0.5)),
        triple(p95=Threshold(0)),
        triple((10,), p95=Threshold(9.9)),
        triple(p95=Threshold(2, label=KIND, by_value={"a": 9})),
        triple(error_ratio=Threshold(0.05, label=KIND, by_value={"a": 0.9})),
        triple(error_ratio=Threshold(0.05, label=KIND, by_value={"a": 0.9, "b": 0.5})),
        triple(error_ratio=Threshold(0.9999999)),
        triple(error_ratio=Threshold(1e-9)),
        triple(error_ratio=Threshold(0)),
        triple(windows=("4m", "5m"), for_="1m"),
    ],
    ids=lambda made: f"{made.seconds.buckets} {made.windows} {made.p95} {made.error_ratio}",
)
def test_the_examples_of_a_triple_hold_whatever_its_thresholds(made: Triple) -> None:
    registry = Registry("calls", [Subsystem("calls", "Calls", "me", triples=[made])])
    assert list(registry.problems()) == []
    assert [problem for problem in run(sources_of(registry)) if problem.severity == "error"] == []
    bundle = Bundle(registry, Path())
    assert [found for _, problems in proven(bundle, find_promtool()) for found in problems] == []


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (triple(p95=Threshold(10)), "M138"),
        (triple(p95=Threshold(1, label=KIND, by_value={"a": 11})), "M138"),
        (triple(error_ratio=Threshold(1)), "M138"),
        (triple(error_ratio=Threshold(-0.1)), "M138"),
        (triple(windows=("15m", "5m")), "M137"),
        (triple(windows=("5m", "5m")), "M137"),
        (triple(windows=("5m",)), "M137"),
        (triple(windows=("5m", "soon")), "M137"),
    ],
)
def test_a_triple_that_cannot_fire_is_a_fault(made: Triple, code: str) -> None:
    assert [fault.code for fault in made.faults] == [code]
