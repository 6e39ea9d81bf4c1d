"""Storage, speech and video: ratios that hold with little traffic, and rates that hold with much."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from metricloom import Triple
from metricloom.content_platform.content import speech, video
from metricloom.content_platform.storage import ATTEMPTS, FAILURES
from tests.platform.scenario import (
    JOB_ALONE,
    MINUTE,
    Case,
    Firing,
    Series,
    Shape,
    alert,
    constant,
    failures,
    firing,
    gone,
    per_minute,
    series,
    silent,
    steps,
)

M = MINUTE

# --- storage ---


def operations(attempted: Shape, failed: Shape | None, operation: str = "put", **labels: str) -> list[Series]:
    where = {"artifact_type": "video", **labels}
    tried = series(ATTEMPTS[operation], attempted, **where)
    return [tried, *([series(FAILURES, failed, operation=operation, **where)] if failed else [])]


def fault(name: str, operation: str = "put", **labels: str) -> Firing:
    return alert(name, artifact_type="video", operation=operation, **labels)


RATE, RATIO = "HighStorageFailureRate", "StorageFailureRatio"
SECOND = 60
STORAGE = [
    Case(
        "11 failures a second, 2 % of the attempts: the rate alone",
        operations(per_minute(550 * SECOND), per_minute(11 * SECOND)),
        [*silent("4m"), firing("20m", fault(RATE)), firing("70m", fault(RATE))],
        80 * M,
    ),
    Case(
        "9 failures a second, 1 % of the attempts",
        operations(per_minute(900 * SECOND), per_minute(9 * SECOND)),
        silent("20m", "79m"),
        80 * M,
    ),
    Case(
        "9 operations a second and all fail, of one operation: the ratio alone; others work",
        [
            *operations(per_minute(9 * SECOND), per_minute(9 * SECOND), "get"),
            *operations(per_minute(9 * SECOND), constant(0)),
            *operations(per_minute(9 * SECOND), constant(0), "get", artifact_type="audio"),
        ],
        [*silent("9m"), firing("30m", fault(RATIO, "get")), firing("79m", fault(RATIO, "get"))],
        80 * M,
    ),
    Case(
        "9 operations a second and all fail, for half an hour",
        operations(per_minute(9 * SECOND), lambda t: 9 * max(0, min(t, 60 * M) - 30 * M)),
        [*silent("29m", "35m"), firing("45m", fault(RATIO)), firing("59m", fault(RATIO)), *silent("75m", "85m")],
        90 * M,
    ),
    Case(
        "6 % of ten deletions a second fail",
        operations(per_minute(10 * SECOND), per_minute(0.6 * SECOND), "delete"),
        [firing("30m", fault(RATIO, "delete"))],
        80 * M,
    ),
    Case("1 % of ten a second fail", operations(per_minute(600), per_minute(6)), silent("30m", "79m"), 80 * M),
    Case(
        "one operation in four minutes, and all fail",
        operations(per_minute(0.25), per_minute(0.25)),
        [*silent("20m"), firing("60m", fault(RATIO))],
        80 * M,
    ),
    Case("a single failure", operations(per_minute(0.2), per_minute(0.01)), silent("30m", "79m"), 80 * M),
    Case(
        "attempts without a series of failures, and no operations at all",
        [*operations(per_minute(60), None), *operations(constant(0), constant(0), "get")],
        silent("30m"),
        80 * M,
    ),
    Case(
        "failures whose series appears with the first of them",
        operations(per_minute(60), gone(per_minute(60, 20 * M, start=1), 0, 20 * M)),
        [*silent("19m"), firing("40m", fault(RATIO))],
        80 * M,
    ),
    Case(
        "one namespace fails, another is busy and well",
        [
            *operations(per_minute(60), per_minute(60), namespace="dev"),
            *operations(per_minute(60000), constant(0)),
        ],
        [firing("30m", fault(RATIO, namespace="dev"))],
        80 * M,
    ),
    Case(
        "one of forty replicas fails everything: 2.5 %",
        [
            one
            for number in range(40)
            for one in operations(per_minute(60), per_minute(60 if number == 0 else 0), instance=f"i{number}")
        ],
        silent("30m", "79m"),
        80 * M,
        every=47,
    ),
    Case(
        "a site without cluster and namespace",
        operations(per_minute(60), per_minute(60), **JOB_ALONE),
        [firing("30m", fault(RATIO) | JOB_ALONE)],
        80 * M,
    ),
]


@pytest.mark.parametrize("case", STORAGE, ids=str)
def test_storage(case: Case, tmp_path: Path) -> None:
    assert failures(case, tmp_path, "storage") == []


# --- speech and video ---


@dataclass(frozen=True, slots=True)
class Made:
    """What is made, at a rate per minute that is usual for it."""

    triple: Triple
    rate: float
    label: dict[str, str]

    def counted(self, failed: Shape, share: float = 1) -> list[Series]:
        attempted = series(self.triple.calls, per_minute(self.rate * share), **self.label)
        return [attempted, series(self.triple.failures, failed, **self.label)]

    def lasting(self, share: float, slow: Shape, rate: float | None = None) -> list[Series]:
        """Return buckets in which a share ends by the threshold, and *slow* is what does not."""
        rate = self.rate if rate is None else rate
        limit = self.triple.p95.value
        quick = per_minute(rate * share)
        last = self.triple.seconds.buckets[-1]
        shapes = {f"{limit:.1f}": quick, f"{last:.1f}": lambda t: _sum(quick, slow, t), "+Inf": None}
        return [
            series(self.triple.seconds.bucket, shape or (lambda t: _sum(quick, slow, t)), le=bound, **self.label)
            for bound, shape in shapes.items()
        ]

    @property
    def failing(self) -> Firing:
        return alert(self.triple.failing, **self.label)

    @property
    def slow(self) -> Firing:
        return alert(self.triple.slow, **self.label)


def _sum(one: Shape, other: Shape, t: float) -> float:
    return (one(t) or 0) + (other(t) or 0)


ONE = steps((0, 0), (100 * M, 1))
AFTER_ONE = silent("20m", "101m", "112m", "140m", "170m", "290m")
MADE = {
    "speech": Made(speech, 1, {"provider": "openai"}),
    "video": Made(video, 1 / 6, {"renderer": "cloud"}),
}
CONTENT = [
    (name, case)
    for name, made in MADE.items()
    for case in (
        Case("half fail", made.counted(per_minute(made.rate / 2)), [firing("250m", made.failing)], 300 * M, 47),
        Case("5 % fail", made.counted(per_minute(made.rate / 20)), silent("30m", "120m", "290m"), 300 * M, 47),
        Case("a single failure", made.counted(ONE), AFTER_ONE, 300 * M, 47),
        Case("a single failure of a quiet hour", made.counted(ONE, 0.25), AFTER_ONE, 300 * M, 47),
        Case(
            "a third is slow",
            made.lasting(2 / 3, per_minute(made.rate / 3)),
            [firing("250m", made.slow)],
            300 * M,
            47,
        ),
        Case("none is slow", made.lasting(1, constant(0)), silent("120m", "290m"), 300 * M, 47),
        Case("a single slow one of a quiet hour", made.lasting(0.25, ONE), AFTER_ONE, 300 * M, 47),
    )
]


@pytest.mark.parametrize(("name", "case"), CONTENT, ids=str)
def test_content(name: str, case: Case, tmp_path: Path) -> None:
    assert failures(case, tmp_path, "content") == []
