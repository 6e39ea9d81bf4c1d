"""Clean-up that stops is found 26 hours after its last success, whatever restarts; and only then."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from metricloom.content_platform.retention_metrics import LAST_SUCCESS, OLDEST_OVERDUE, RUNS
from tests.platform.scenario import (
    HOUR,
    JOB_ALONE,
    NEVER,
    Case,
    Expectation,
    Series,
    Shape,
    Value,
    alert,
    constant,
    failures,
    firing,
    gone,
    labelled,
    never,
    series,
    silent,
    steps,
)

H = HOUR
NAME = "RetentionCleanupFailed"
FAILED = alert(NAME)
DAILY = [2 + 24 * day for day in range(8)]
SCRAPED = 277

Hours = float
"""Since the begin."""


def at(hours: Hours) -> str:
    return f"{round(hours * 60)}m"


def last_success(successes: Sequence[Hours], restarts: Sequence[Hours] = (), lost: Value = 0) -> Shape:
    """Return the gauge of a process that restarts; *lost* is what it shows before its first success."""

    def shape(t: float) -> Value:
        begin = max((hour for hour in restarts if hour * H <= t), default=0)
        return max((hour * H for hour in successes if begin * H <= hour * H <= t), default=lost)

    return shape


def runs(at_hours: Sequence[Hours], restarts: Sequence[Hours] = ()) -> Shape:
    def shape(t: float) -> float:
        begin = max((hour for hour in restarts if hour * H <= t), default=0)
        return sum(begin * H <= hour * H <= t for hour in at_hours)

    return shape


def cleaning(
    successes: Sequence[Hours],
    restarts: Sequence[Hours] = (),
    lost: Value = 0,
    began: Hours = 0,
    ended: Hours = NEVER,
    failed: Sequence[Hours] = (),
    **labels: str,
) -> list[Series]:
    """Return what a process exposes between two hours."""

    def seen(shape: Shape) -> Shape:
        return gone(gone(shape, 0, began * H), ended * H)

    return [
        series(LAST_SUCCESS, seen(last_success(successes, restarts, lost)), **labels),
        series(RUNS, seen(runs([*successes, *failed], restarts)), **labels),
    ]


def fires(*hours: Hours) -> list[Expectation]:
    return [firing(at(hour), FAILED) for hour in hours]


def quiet(*hours: Hours) -> list[Expectation]:
    return silent(*map(at, hours))


def case(title: str, series: Sequence[Series], until: Hours, *expected: Sequence[Expectation]) -> Case:
    return Case(title, series, [one for some in expected for one in some], until * H, SCRAPED)


def with_gauge(lost: Value) -> list[Case]:
    """Return the cases in which a process that has not yet cleaned matters: its gauge shows 0, or nothing."""
    shows = f"(the gauge shows {'nothing' if lost is None else 0})"
    others = [one for name in ("b", "c") for one in cleaning([], lost=lost, instance=name)]
    moved = cleaning([2], lost=lost, ended=20, cluster="us") + cleaning(
        [], lost=lost, began=20, cluster="us", instance="b"
    )
    return [
        case(
            f"2: it stops, and the process restarts again and again {shows}",
            cleaning([26], [30, 60, 150], lost),
            272,
            quiet(25, 51.5),
            fires(52.4, 53, 60.2, 99, 122, 127, 150.2, 270),
        ),
        case(
            f"3: restart an hour after a success {shows}",
            cleaning([2, 26, 50], [27], lost),
            60,
            quiet(27.05, 28, 30, 40, 50, 59),
            [never(NAME, at(60))],
        ),
        case(
            f"4: the first run ever is due after 20 hours {shows}",
            cleaning([20], lost=lost),
            45,
            quiet(1, 19.9, 21, 25.9, 27, 44.9),
            [never(NAME, at(45))],
        ),
        case(
            f"4: the first run never comes {shows}",
            cleaning([], lost=lost),
            250,
            quiet(19, 25.9),
            fires(26.4, 27, 50, 97, 120, 249),
        ),
        case(
            f"4: the first run never comes, and the process restarts each day {shows}",
            cleaning([], [12, 36, 60], lost),
            100,
            quiet(13, 25.9),
            fires(26.4, 37, 61, 99),
        ),
        case(
            f"5: runs go on and each fails, and the process restarts {shows}",
            cleaning([2], [20], lost, failed=[8 + 6 * number for number in range(12)]),
            80,
            quiet(27.5),
            fires(28.4, 60, 79),
        ),
        case(
            f"7: one replica of three cleans {shows}",
            [*cleaning(DAILY), *others],
            100,
            quiet(5, 25, 27, 29, 49, 51, 75, 97),
            [never(NAME, at(100))],
        ),
        case(
            f"7: the replica that cleaned last is gone, another has cleaned since {shows}",
            [*cleaning([2], ended=20), *cleaning([26, 50], lost=lost, instance="b")],
            60,
            quiet(21, 29, 50, 59),
            [never(NAME, at(60))],
        ),
        case(
            f"7: one cluster of two stops, on a replica that is replaced {shows}",
            [*cleaning(DAILY), *moved],
            100,
            quiet(27.5),
            [firing(at(hour), FAILED | {"cluster": "us"}) for hour in (28.4, 99)],
        ),
        case(
            f"7: one namespace of two stops {shows}",
            [*cleaning(DAILY), *cleaning([2], [3], lost, namespace="dev")],
            60,
            quiet(27.5),
            [firing(at(hour), FAILED | {"namespace": "dev"}) for hour in (28.4, 59)],
        ),
        case(
            f"8: an empty store two hours before the next run {shows}",
            cleaning([32, 56], lost=lost, began=30),
            70,
            quiet(30.1, 31.9, 32.2, 50, 57, 69),
            [never(NAME, at(70))],
        ),
        case(
            f"8: clean-up has stopped, and an empty store knows of no success {shows}",
            cleaning([], lost=lost, began=30),
            70,
            quiet(31, 55.9),
            fires(56.4, 69),
        ),
        case(
            f"a site without cluster and namespace {shows}",
            labelled(cleaning([10], [10.1], lost), JOB_ALONE),
            50,
            quiet(26.5, 35.5),
            [firing(at(36.4), FAILED | JOB_ALONE), firing(at(49), FAILED | JOB_ALONE)],
        ),
    ]


SCRAPED_ONCE = case(
    "a success that was scraped once before the process restarted",
    cleaning([10], [10.02]),
    50,
    quiet(26.5, 35.5),
    fires(36.4),
)
ENDED = case("a success ends it", cleaning([2, 40]), 60, fires(39), quiet(40.3, 59))
CASES = [
    case("1: it succeeds every 24 hours", cleaning(DAILY), 190, quiet(1, 25, 27, 97), [never(NAME, at(189))]),
    case(
        "1: the day of 25 hours, and a run that takes 40 minutes longer",
        cleaning([2, 26, 51 + 2 / 3, 75]),
        80,
        [never(NAME, at(80))],
    ),
    case(
        "2: it stops, and the alert goes on for ten days",
        cleaning([2, 26]),
        272,
        quiet(51.5),
        fires(52.4, 76, 100, 123, 171, 270),
    ),
    *with_gauge(0),
    *with_gauge(None),
    case(
        "8: the gauge of an empty store shows an old success",
        cleaning([8], began=30),
        50,
        quiet(30.2, 33.5),
        fires(34.4, 49),
    ),
    case(
        "8: the gauge of an empty store shows a success that is too old already",
        cleaning([8], began=38),
        50,
        quiet(37),
        fires(38.4, 49),
    ),
    SCRAPED_ONCE,
    ENDED,
    case(
        "the deployment is removed: this alert is silent, MetricsAbsent has told",
        cleaning([20], ended=22),
        90,
        quiet(23, 47, 60, 89),
    ),
    case(
        "the target is absent for two hours while it has failed",
        [series(one.name, gone(one.shape, 40 * H, 42 * H), **one.labels) for one in cleaning([2])],
        50,
        fires(39, 40.5, 41.5, 43),
    ),
    Case(
        "overdue: the oldest item was due more than a day ago; a replica shows 0",
        [
            *(series(OLDEST_OVERDUE, constant(H), plan="gdpr", instance=name) for name in ("a", "b")),
            series(OLDEST_OVERDUE, constant(0), plan="gdpr", instance="c"),
            series(OLDEST_OVERDUE, lambda t: max(60, t - 20 * H), plan="other"),
        ],
        [*quiet(25, 25.5), *(firing(at(hour), alert("RetentionOverdue", plan="gdpr")) for hour in (26.4, 39))],
        40 * H,
        SCRAPED,
    ),
    Case(
        "overdue: the item is deleted at last",
        [series(OLDEST_OVERDUE, steps((0, H), (30 * H, None)), plan="gdpr")],
        [*quiet(25), firing(at(29), alert("RetentionOverdue", plan="gdpr")), *quiet(31)],
        40 * H,
        SCRAPED,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_alert(case: Case, tmp_path: Path) -> None:
    assert failures(case, tmp_path, "retention", evaluated="10m") == []


@pytest.mark.parametrize("case", [SCRAPED_ONCE, ENDED], ids=str)
def test_alert_at_a_minute_between_evaluations(case: Case, tmp_path: Path) -> None:
    assert failures(case, tmp_path, "retention", evaluated="1m") == []


@pytest.mark.parametrize("shown", [{}, JOB_ALONE], ids=["all labels", "job alone"])
def test_series_that_vanish_are_told_of_within_an_hour(shown: dict[str, str], tmp_path: Path) -> None:
    case = Case(
        "6: the target of the clean-up is gone",
        labelled(cleaning([2], ended=5), shown),
        [*silent("5h"), firing("345m", alert("MetricsAbsent") | shown)],
        8 * H,
        47,
    )
    assert failures(case, tmp_path, "retention", "targets") == []
