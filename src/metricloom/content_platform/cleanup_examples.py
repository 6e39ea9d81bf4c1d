"""What RetentionCleanupFailed must and must not fire on: clean-up that works, stops, restarts, or never was."""

from __future__ import annotations

from collections.abc import Sequence

from metricloom import HOUR, Example, Samples, samples, steps
from metricloom.content_platform.retention_metrics import LAST_SUCCESS, RUNS

SCRAPED = "277s"
"""The scrape interval of the examples: not a divisor of any window, so no sample falls on an edge."""
Hours = float


def at(hours: Hours) -> str:
    """Return a time after the example's begin."""
    return f"{round(hours * 60)}m"


def cleaning(
    successes: list[Hours],
    until: Hours,
    restarts: Sequence[Hours] = (),
    before: float | None = 0,
    **target: str,
) -> list[Samples]:
    """Return what a process exposes whose runs succeed at some hours, and which restarts at others.

    *before* is what the gauge shows before the first success of a process: 0, or nothing (None).
    """
    shown = {0.0: before, **dict.fromkeys(restarts, before), **{hour: hour * HOUR for hour in successes}}
    runs = {0.0: 0.0, **dict.fromkeys(restarts, 0.0), **dict.fromkeys(successes, 1.0)}
    return [
        samples(series, steps(SCRAPED, at(until), *((at(hour), values[hour]) for hour in sorted(values))), **target)
        for series, values in ((LAST_SUCCESS, shown), (RUNS, runs))
    ]


def _shown(until: Hours, *changes: tuple[Hours, Hours | None, float | None]) -> list[Samples]:
    """Return what is exposed from some hours on: the hour of the last success, and how many runs there were."""
    successes = [(at(hour), success and success * HOUR) for hour, success, _ in changes]
    counts = [(at(hour), count) for hour, _, count in changes]
    return [
        samples(metric, steps(SCRAPED, at(until), *shown))
        for metric, shown in ((LAST_SUCCESS, successes), (RUNS, counts))
    ]


def example(title: str, series: list[Samples], fires: Sequence[Hours], silent: Sequence[Hours]) -> Example:
    """Return an example of hours."""
    return Example(
        title,
        series,
        fires_at=[at(hour) for hour in fires],
        silent_at=[at(hour) for hour in silent],
        interval=SCRAPED,
    )


GRACE = 2
"""Hours of the threshold that are not the time between two runs, but left for the long day and a long run."""
MARGIN = 0.4
"""Hours: this long before the threshold the alert is silent, and this long after it fires."""


def daily(late: Hours, until: Hours) -> list[Hours]:
    """Return when runs succeed that keep to the time between two runs."""
    period = late - GRACE
    return [2 + period * number for number in range(int(until / period) + 1)]


def success_examples(late: Hours) -> list[Example]:
    """Return runs that succeed, where a success may be *late* hours old."""
    period = late - GRACE
    return [
        example(
            "it succeeds every day for a week", cleaning(daily(late, 192), 192), [], [1, 25, 49.5, 97.5, 145.5, 180]
        ),
        example(
            "the day that is 25 hours long, and a run that takes longer",
            cleaning([2, 2 + period, 3.5 + 2 * period], 2 * late + 28),
            [],
            [2 + late, 2 * late + 1.4],
        ),
        example("it succeeds again", cleaning([2, late + 12], 2 * late + 12), [late + 11], [late + 13, 2 * late + 11]),
    ]


def stop_examples(late: Hours) -> list[Example]:
    """Return runs that stop, or go on and fail."""
    due, early = 2 + late + MARGIN, 2 + late - MARGIN
    other = cleaning(daily(late, 192), late + 34, cluster="cluster-2")
    failing = ((hour, 2, hour / 6 + 1) for hour in range(6, int(late + 34), 6))
    return [
        example("it stops, and goes on firing", cleaning([2], 240), [due, late + 34, late + 94, 239], [1, early]),
        example(
            "it stops in one cluster, and goes on in another",
            [*cleaning([2], late + 34), *other],
            [due, late + 33],
            [early],
        ),
        example(
            "runs go on, and each one fails",
            _shown(late + 34, (0, 0, 0), (2, 2, 1), *failing),
            [due, late + 33],
            [1, early],
        ),
        example(
            "the series vanish: MetricsAbsent tells, and this alert is silent",
            _shown(late + 44, (0, 0, 0), (2, 2, 1), (5, None, None)),
            [],
            [4, early, max(late + 4, 30), late + 43],  # seen within a day: till the 29th hour
        ),
    ]


def store_examples(late: Hours) -> list[Example]:
    """Return a Prometheus that starts with an empty store."""
    period = late - GRACE
    return [
        example(
            "the store begins empty, and the gauge shows an old success",
            _shown(late + 34, (late - 6, 2, 1)),
            [2 + late + MARGIN, late + 33],
            [late - 5.5, 2 + late - MARGIN],
        ),
        example(
            "the store begins empty two hours before the next run",
            _shown(32 + 2 * period, (30, 0, 0), (32, 32, 1), (32 + period, 32 + period, 2)),
            [],
            [31, 33, 31 + period, 33 + period, 29 + 2 * period],
        ),
    ]


def restart_examples(late: Hours, before: float | None, shows: str) -> list[Example]:
    """Return processes that restart; *before* its first success the gauge of each *shows* 0, or nothing."""
    period = late - GRACE
    return [
        example(
            f"it stops and the process restarts (the gauge shows {shows})",
            cleaning([2], late + 94, [6, late + 24], before),
            [2 + late + MARGIN, late + 23, late + 25, late + 93],
            [5, 7, 2 + late - MARGIN],
        ),
        example(
            f"the process restarts an hour after a success (the gauge shows {shows})",
            cleaning([2, 2 + period], 2 * period + 2, [3], before),
            [],
            [2.5, 4, period - 4, period + 1.5, period + 3, 2 * period + 1],
        ),
    ]


def first_run_examples(late: Hours, before: float | None, shows: str) -> list[Example]:
    """Return deployments that have not cleaned yet, and replicas that never do."""
    period = late - GRACE
    others = [one for name in ("b", "c") for one in cleaning([], 100, before=before, instance=name, pod=name)]
    return [
        example(
            f"the first run comes later than the first deployment (the gauge shows {shows})",
            cleaning([period - 4], 2 * period - 8, [], before),
            [],
            [1, period - 5, period - 3, period + 1, 2 * period - 9],
        ),
        example(
            f"the first run never comes (the gauge shows {shows})",
            cleaning([], late + 124, [], before),
            [late + MARGIN, late + 34, late + 123],
            [1, period - 4, late - MARGIN],
        ),
        example(
            f"one replica of three cleans, the others show {shows}",
            [*cleaning(daily(late, 192), 100), *others],
            [],
            [5, 30, 60, 99],
        ),
    ]


def cleanup_examples(limit: float) -> list[Example]:
    """Return what clean-up must and must not fire on, where a success may be *limit* seconds old."""
    late = limit / HOUR
    of_gauges = [
        one
        for before, shows in ((0.0, "0"), (None, "nothing"))
        for one in (*restart_examples(late, before, shows), *first_run_examples(late, before, shows))
    ]
    return [*success_examples(late), *stop_examples(late), *store_examples(late), *of_gauges]
