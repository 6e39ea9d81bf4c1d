"""Targets: nothing exposes the metrics any more, or too many are down."""

from __future__ import annotations

from pathlib import Path

import pytest

from metricloom.content_platform.llm import CALLS
from metricloom.content_platform.retention_metrics import RUNS
from metricloom.content_platform.targets import UP
from tests.platform.scenario import (
    JOB_ALONE,
    MINUTE,
    Case,
    Series,
    Shape,
    alert,
    constant,
    failures,
    firing,
    gone,
    series,
    silent,
    steps,
)

M = MINUTE
ABSENT, DOWN = alert("MetricsAbsent"), alert("TargetsDown")
UP_ALWAYS, FIVE = constant(1), constant(5)


def target(name: str, up: Shape = UP_ALWAYS, exposed: Shape = FIVE, **labels: str) -> list[Series]:
    """Return a target: whether it is up, and a counter that it exposes."""
    where = {"instance": name, "pod": name, **labels}
    return [series(UP, up, **where), series(CALLS, exposed, model="gpt-4o", **where)]


def gone_from(minute: float, name: str, **labels: str) -> list[Series]:
    return target(name, gone(UP_ALWAYS, minute * M), gone(FIVE, minute * M), **labels)


def new_from(minute: float, name: str, **labels: str) -> list[Series]:
    return target(name, gone(UP_ALWAYS, 0, minute * M), gone(FIVE, 0, minute * M), **labels)


def down(name: str) -> list[Series]:
    return target(name, constant(0), constant(None))


def of_ten(number: int) -> list[Series]:
    """Return ten targets, some of which are down."""
    return [one for each in range(10) for one in (down if each < number else target)(f"t{each}")]


def flapping(seconds: float) -> Shape:
    """Return a target that is up and down in turns, each for as long."""
    return lambda t: float(t // seconds % 2)


CASES = [
    Case(
        "all targets are gone: told within minutes, for a day, then no more",
        [*gone_from(60, "a"), *gone_from(60, "b")],
        [*silent("59m", "62m"), firing("72m", ABSENT), firing("1439m", ABSENT), *silent("1520m")],
        1700 * M,
        47,
    ),
    Case(
        "all targets are down: both alerts",
        [one for name in "ab" for one in target(name, steps((0, 1), (30 * M, 0)), gone(FIVE, 30 * M))],
        [*silent("29m"), firing("46m", ABSENT, DOWN)],
        60 * M,
    ),
    Case(
        "up without the metrics: a release lost them",
        target("a", exposed=gone(FIVE, 30 * M)),
        [*silent("29m"), firing("42m", ABSENT), firing("59m", ABSENT)],
        60 * M,
    ),
    Case(
        "a deployment replaces every pod, and a scale-down leaves one",
        [
            *(one for name in "abc" for one in gone_from(30, name)),
            *(one for name in "de" for one in target(name, *[gone(gone(FIVE, 0, 29 * M), 45 * M)] * 2)),
            *new_from(29, "f"),
        ],
        silent("29m", "36m", "50m", "59m"),
        60 * M,
    ),
    Case(
        "a deployment that leaves two minutes without any target",
        [*gone_from(30, "a"), *new_from(32, "b")],
        silent("29m", "33m", "36m", "40m", "59m"),
        60 * M,
    ),
    Case(
        "one cluster is gone, another is well",
        [*target("a"), *gone_from(20, "b", cluster="us")],
        [firing("32m", ABSENT | {"cluster": "us"}), firing("59m", ABSENT | {"cluster": "us"})],
        60 * M,
    ),
    Case(
        "one namespace is gone, another is well",
        [*target("a"), *gone_from(20, "b", namespace="dev")],
        [firing("32m", ABSENT | {"namespace": "dev"})],
        60 * M,
    ),
    Case(
        "a restart of three minutes",
        target("a", steps((0, 1), (20 * M, 0), (23 * M, 1)), gone(FIVE, 20 * M, 23 * M)),
        silent("22m", "25m", "40m"),
        60 * M,
    ),
    Case(
        "what only cleans up, on a site without cluster and namespace, is gone",
        [series(RUNS, gone(FIVE, 20 * M), **JOB_ALONE)],
        [*silent("19m"), firing("32m", ABSENT | JOB_ALONE)],
        60 * M,
    ),
    Case(
        "the metrics come back",
        target("a", exposed=gone(FIVE, 20 * M, 40 * M)),
        [firing("30m", ABSENT), *silent("42m")],
        60 * M,
    ),
    Case("two of ten targets are down: exactly a fifth", of_ten(2), silent("30m", "59m"), 60 * M),
    Case("three of ten targets are down", of_ten(3), [*silent("9m"), firing("15m", DOWN), firing("59m", DOWN)], 60 * M),
    Case(
        "every target is down for four minutes of eight",
        [one for name in "abc" for one in target(name, flapping(4 * M))],
        silent("15m", "30m", "59m", about="TargetsDown"),
        60 * M,
    ),
    Case(
        "one target of five flaps: a fifth at most",
        [*target("f", flapping(3 * M)), *(one for name in "abcd" for one in target(name))],
        silent("15m", "30m", "59m"),
        60 * M,
    ),
    Case(
        "targets of others are down",
        [*target("a"), *(series(UP, constant(0), instance=name, job="node") for name in "xyz")],
        silent("30m"),
        60 * M,
    ),
    Case(
        "all targets are down for a weekend: TargetsDown goes on",
        [one for name in "ab" for one in target(name, steps((0, 1), (30 * M, 0)), gone(FIVE, 30 * M))],
        [firing("60m", ABSENT, DOWN), firing("3000m", DOWN)],
        3000 * M,
        97,
    ),
    Case("a job that was never seen", [series(UP, constant(0))], silent("30m"), 60 * M),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_alert(case: Case, tmp_path: Path) -> None:
    assert failures(case, tmp_path, "targets") == []


@pytest.mark.parametrize("evaluated", ["30s", "2m"])
@pytest.mark.parametrize("case", CASES[1:4], ids=str)
def test_alert_whatever_the_evaluation_interval(case: Case, evaluated: str, tmp_path: Path) -> None:
    assert failures(case, tmp_path, "targets", evaluated=evaluated) == []
