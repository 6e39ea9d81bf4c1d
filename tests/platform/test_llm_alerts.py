"""Alerts on language models: outages, hangs, slowness, and quiet traffic in which nothing must fire."""

from __future__ import annotations

from math import inf
from pathlib import Path

import pytest

from metricloom.content_platform.llm import CALLS, FAILURES, IN_FLIGHT, OLDEST_START, OUTCOMES, SECONDS
from tests.platform.scenario import (
    JOB_ALONE,
    MINUTE,
    Case,
    Series,
    Shape,
    alert,
    changing,
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
MODEL = "gpt-4o"
HIGH, OUTAGE, STUCK, SLOW = (
    alert(name, model=MODEL) for name in ("HighLLMErrorRate", "LLMOutage", "LLMCallsStuck", "SlowLLMCalls")
)
BOUNDS = ("30.0", "60.0", "90.0", "600.0", "+Inf")


def calls(ended: Shape, failed: Shape | None, **labels: str) -> list[Series]:
    """Return the calls that end and those that fail; None where the exporter has no series of failures."""
    where = {"model": MODEL, **labels}
    return [series(CALLS, ended, **where), *([series(FAILURES, failed, **where)] if failed else [])]


def in_flight(number: Shape, oldest: Shape, **labels: str) -> list[Series]:
    where = {"model": MODEL, **labels}
    return [series(IN_FLIGHT, number, **where), series(OLDEST_START, oldest, **where)]


def durations(*rates: float, bounds: tuple[str, ...] = BOUNDS, **labels: str) -> list[Series]:
    """Return the buckets of durations, each with its cumulative rate per minute."""
    where = {"model": MODEL, **labels}
    return [
        series(SECONDS.bucket, per_minute(rate), le=bound, **where) for bound, rate in zip(bounds, rates, strict=True)
    ]


def replicas(number: int, failing: int) -> list[Series]:
    """Return six calls a minute of each replica, all of which fail on some."""
    return [
        one
        for replica in range(number)
        for one in calls(per_minute(6), per_minute(6 if replica < failing else 0), instance=f"i{replica}")
    ]


def elsewhere(**labels: str) -> list[Series]:
    """Return busy traffic without failures."""
    return calls(per_minute(600), constant(0), instance="b", **labels)


def age(seconds: float) -> Shape:
    """Return the begin of the oldest call in flight where that is always as old."""
    return lambda t: max(1, t - seconds)


TWO_OF_AN_HOUR = steps((0, 0), (20 * M, 1), (24 * M, 2))

RATIOS = [
    Case(
        "one of eleven replicas fails everything: 9 % of the model's calls",
        replicas(11, 1),
        silent("15m", "39m"),
        40 * M,
    ),
    Case(
        "two of ten replicas fail everything: one alert, of the model",
        replicas(10, 2),
        [*silent("4m"), firing("15m", HIGH), firing("39m", HIGH)],
        40 * M,
    ),
    Case(
        "a busy cluster, namespace, job or model does not dilute an outage in another",
        [
            *calls(per_minute(6), per_minute(6)),
            *elsewhere(cluster="us"),
            *elsewhere(namespace="dev"),
            *elsewhere(job="other"),
            *elsewhere(model="gpt-5"),
        ],
        [firing("15m", HIGH, OUTAGE)],
        30 * M,
    ),
    Case(
        "a site without cluster and namespace",
        calls(per_minute(6), per_minute(6), **JOB_ALONE),
        [firing("15m", HIGH | JOB_ALONE, OUTAGE | JOB_ALONE)],
        30 * M,
    ),
    Case("2 % of twenty calls a minute fail", calls(per_minute(20), per_minute(0.4)), silent("20m", "59m"), 60 * M),
    Case(
        "12 % of ten calls a minute fail: a warning and no outage, until fewer do",
        calls(per_minute(10), changing((0, 1.2), (30 * M, 0.5))),
        [*silent("4m"), firing("25m", HIGH), *silent("50m")],
        60 * M,
    ),
    Case(
        "one failure, at one call in four minutes",
        calls(per_minute(0.25), steps((0, 0), (20 * M, 1))),
        silent("21m", "23m", "26m", "31m", "36m"),
        60 * M,
    ),
    Case(
        "the only two calls of an hour fail",
        calls(TWO_OF_AN_HOUR, TWO_OF_AN_HOUR),
        silent("25m", "28m", "35m", "59m"),
        60 * M,
    ),
    Case("no traffic", calls(constant(100), constant(50)), silent("12m", "29m"), 30 * M),
    Case("calls, and no series of failures at all", calls(per_minute(60), None), silent("12m", "29m"), 30 * M),
    Case(
        "ratios that are not numbers",
        calls(constant(float("nan")), constant(float("nan"))),
        silent("12m", "29m"),
        30 * M,
    ),
]

OUTAGES = [
    Case(
        "one call a minute, and all fail: found in ten minutes, over ten minutes after it ends",
        calls(per_minute(1), changing((0, 0), (60 * M, 1), (90 * M, 0))),
        [
            *silent("59m"),
            firing("69m", OUTAGE, about="LLMOutage"),
            firing("75m", HIGH, OUTAGE),
            firing("89m", HIGH, OUTAGE),
            *silent("100m", about="LLMOutage"),
            *silent("106m", "129m"),
        ],
        130 * M,
    ),
    Case(
        "one call in ten minutes, and all fail: found within the hour",
        calls(per_minute(0.1), changing((0, 0), (60 * M, 0.1), (180 * M, 0))),
        [*silent("59m"), firing("135m", OUTAGE), firing("178m", OUTAGE), *silent("205m")],
        260 * M,
    ),
    Case(
        "failures whose series appears with the first, at 1, after an hour of success",
        calls(per_minute(2), lambda t: None if t < 20 * M else 1 + (t - 20 * M) // 30),
        [*silent("10m", "19m"), firing("29m", OUTAGE, about="LLMOutage"), firing("35m", HIGH, OUTAGE)],
        60 * M,
    ),
    Case(
        "a model that is first called while its provider is down: all its series appear late",
        calls(gone(per_minute(2, 20 * M), 0, 20 * M), gone(per_minute(2, 20 * M), 0, 20 * M)),
        [*silent("19m"), firing("30m", HIGH, OUTAGE)],
        60 * M,
    ),
    Case(
        "a restart in the middle of an outage",
        calls(*[per_minute(6, resets=(20 * M, 22 * M))] * 2),
        [firing(at, HIGH, OUTAGE) for at in ("18m", "21m", "23m", "30m")],
        40 * M,
    ),
    Case(
        "every replica is replaced in the middle of an outage",
        [
            *calls(*[gone(per_minute(6), 20 * M)] * 2, instance="a"),
            *calls(*[gone(per_minute(6, 20 * M), 0, 20 * M)] * 2, instance="b"),
        ],
        [firing(at, HIGH, OUTAGE) for at in ("18m", "21m", "24m", "30m")],
        40 * M,
    ),
    Case(
        "half of the calls succeed: an error rate, and no outage",
        calls(per_minute(20), per_minute(9)),
        [firing("15m", HIGH), firing("59m", HIGH)],
        60 * M,
    ),
]

HANGS = [
    Case(
        "calls end only at their time-out, as failures: one a minute",
        [
            *calls(changing((0, 1), (60 * M, 0), (70 * M, 1)), changing((0, 0), (70 * M, 1))),
            *in_flight(
                lambda t: max(0, min(10, (t - 60 * M) // M)),
                lambda t: inf if t < 61 * M else max(61 * M, M * (t // M) - 600),
            ),
        ],
        [*silent("62m"), firing("72m", STUCK), firing("90m", STUCK, about="LLMCallsStuck")],
        100 * M,
    ),
    Case(
        "calls never end, and none of this model has before",
        in_flight(lambda t: t // 120, steps((0, inf), (120, 120))),
        [*silent("6m"), firing("10m", STUCK), firing("39m", STUCK)],
        40 * M,
    ),
    Case(
        "one call is past its time-out, while others succeed",
        [
            *calls(per_minute(20), constant(0)),
            *in_flight(constant(1), steps((0, inf), (5 * M, 5 * M))),
            *in_flight(constant(0), constant(inf), instance="b"),
        ],
        [*silent("15m"), firing("18m", STUCK)],
        40 * M,
    ),
    Case(
        "the process restarts during a hang: counters that start again are no success",
        [
            *calls(lambda t: min(t // 30, 20) if t < 20 * M else 0, constant(0)),
            *in_flight(steps((0, 0), (10 * M, 3)), steps((0, inf), (10 * M, 10 * M), (20 * M, 20 * M))),
        ],
        [*silent("14m"), firing("18m", STUCK), *silent("23m"), firing("28m", STUCK), firing("39m", STUCK)],
        40 * M,
    ),
    Case(
        "some callers give up during a hang: a call that was cancelled is no success",
        [
            *calls(per_minute(2, start=50), constant(0)),
            series(OUTCOMES, per_minute(2, start=50), model=MODEL, outcome="cancelled"),
            series(OUTCOMES, constant(0), model=MODEL, outcome="ok"),
            *in_flight(constant(4), steps((0, inf), (5 * M, 5 * M))),
        ],
        [*silent("9m"), firing("13m", STUCK)],
        40 * M,
    ),
    Case(
        "long calls, of which some are cancelled and others succeed",
        [
            *calls(per_minute(4, start=50), constant(0)),
            series(OUTCOMES, per_minute(2, start=50), model=MODEL, outcome="cancelled"),
            series(OUTCOMES, per_minute(2, start=50), model=MODEL, outcome="ok"),
            *in_flight(constant(4), age(500)),
        ],
        silent("12m", "39m"),
        40 * M,
    ),
    Case(
        "a hang on one replica of two, the other answers: not before one is past its time-out",
        [
            *calls(per_minute(5), constant(0)),
            *calls(constant(100), constant(0), instance="b"),
            *in_flight(steps((0, 5)), steps((0, inf), (5 * M, 5 * M)), instance="b"),
        ],
        [*silent("12m", "15m"), firing("18m", STUCK)],
        40 * M,
    ),
    Case(
        "a hang in one namespace, while another works",
        [
            *in_flight(constant(5), constant(60), namespace="dev"),
            *calls(constant(7), constant(0), namespace="dev"),
            *elsewhere(),
            *in_flight(constant(5), age(20)),
        ],
        [firing("12m", STUCK | {"namespace": "dev"})],
        40 * M,
    ),
    Case(
        "long calls while others succeed, and no series of failures",
        [*calls(per_minute(2), None), *in_flight(constant(5), age(500))],
        silent("12m", "39m"),
        40 * M,
    ),
    Case(
        "three calls in flight and none ends, the oldest for 270 s; a replica shows 0 for none",
        [*in_flight(constant(3), age(270)), series(OLDEST_START, constant(0), model=MODEL, instance="b")],
        silent("12m", "39m"),
        40 * M,
    ),
    Case(
        "two long calls of a quiet model",
        in_flight(constant(2), age(500)),
        silent("12m", "39m"),
        40 * M,
    ),
    Case(
        "nothing is in flight: +Inf, 0, or no series",
        [
            *in_flight(constant(0), constant(inf)),
            *in_flight(constant(0), constant(0), instance="b"),
            *in_flight(constant(0), constant(None), instance="c"),
        ],
        silent("12m", "39m"),
        40 * M,
    ),
]

SLOWNESS = [
    Case(
        "one call in eight takes over a minute, over two replicas",
        [*durations(3.6, 3.6, 4.8, 4.8, 4.8), *durations(3.6, 4.8, 4.8, 4.8, 4.8, instance="b")],
        [*silent("9m"), firing("35m", SLOW)],
        60 * M,
    ),
    Case(
        'every call is slow, one a minute; the bucket is written le="60"',
        durations(0, 0, 1, 1, 1, bounds=("30", "60", "90", "600", "+Inf")),
        [firing("35m", SLOW)],
        60 * M,
    ),
    Case("all calls end beyond the last bucket", durations(0, 0, 0, 0, 2), [firing("35m", SLOW)], 60 * M),
    Case("one call in twenty takes 30 s or more", durations(5.7, 6, 6, 6, 6), silent("20m", "59m"), 60 * M),
    Case("every call takes 45 s", durations(0, 12, 12, 12, 12), silent("20m", "59m"), 60 * M),
    Case(
        "three slow calls in each quiet quarter of an hour",
        durations(0.2, 0.2, 0.4, 0.4, 0.4),
        silent("20m", "40m", "59m"),
        60 * M,
    ),
    Case("no calls", durations(0, 0, 0, 0, 0), silent("20m", "39m"), 40 * M),
    Case(
        "one cluster is slow, another busy and fast",
        [*durations(0, 0, 2, 2, 2), *durations(600, 600, 600, 600, 600, cluster="us")],
        [firing("35m", SLOW)],
        60 * M,
    ),
]


@pytest.mark.parametrize("case", [*RATIOS, *OUTAGES, *HANGS, *SLOWNESS], ids=str)
def test_alert(case: Case, tmp_path: Path) -> None:
    assert failures(case, tmp_path, "llm") == []


@pytest.mark.parametrize("evaluated", ["15s", "30s", "2m"])
@pytest.mark.parametrize("case", [*OUTAGES[:2], *HANGS[:2]], ids=str)
def test_alert_whatever_the_evaluation_interval(case: Case, evaluated: str, tmp_path: Path) -> None:
    assert failures(case, tmp_path, "llm", evaluated=evaluated) == []
