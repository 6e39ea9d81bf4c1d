"""The test that numbers pass before anything is written."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from decimal import Decimal
from numbers import Real
from typing import Protocol

from .declarations import Level, Metric
from .exemplars import current_exemplar, is_exemplar

LARGEST = 2.0**53  # beyond it a sum is blind to a 1; times in nanoseconds are, too
LARGEST_LEVEL = 1e100
AHEAD_SECONDS = 300  # that clocks may differ by: what never falls would stay beyond it


class Drops(Protocol):
    """What counts values that are not recorded: `Families`."""

    def may_drop(self, name: str, reason: str) -> object:
        """Let the count begin at 0."""

    def drop(
        self,
        metric: Metric,
        reason: str,
        what: str,
        value: object,
        *,
        wrong_type: bool,
    ) -> None:
        """Count one; in strict mode raise."""


class Amounts:
    """The test that numbers for one metric pass before anything is written."""

    def __init__(self, families: Drops, metric: Metric) -> None:
        self._families, self._metric = families, metric
        families.may_drop(metric.name, "bad_value")

    def counted(self, value: float) -> float:
        """Return what a counter grows by: the value, or 0 if no counter can take it.

        Here as below, nearly all are the plain numbers that are looked at first.
        """
        if (type(value) is float or type(value) is int) and 0 <= value <= LARGEST:
            return value
        amount = _number(value)
        if amount is None:
            self._drop(value)
            return 0
        return amount

    def given(self, value: float | None) -> float | None:
        """Return what a counter grows by: the value, or None if it cannot take it."""
        if value is None:
            return None
        amount = _number(value)
        if amount is None:
            self._drop(value)
        return amount

    def observed(self, value: float | None) -> float | None:
        """Return what a histogram observes: the value, or 0 for a negative one.

        None, for what is no number, is not observed.
        """
        if (type(value) is float or type(value) is int) and 0 <= value <= LARGEST:
            return value
        if value is None:
            return None
        amount = _number(value)
        if amount is None:
            self._drop(value)
            return None if _number(value, -LARGEST) is None else 0
        return amount

    def level(self, value: Level | None) -> Level | None:
        """Return what a gauge is set to: the value, clamped; NaN, to stay, for no number."""
        if callable(value):
            return value
        level, as_given = level_of(self._metric, value)
        if as_given:
            return level
        self._drop(value)
        return math.nan if level is None else level

    def exemplar(self, labels: Mapping[str, str] | None) -> dict[str, str] | None:
        """Return the exemplar if prometheus_client takes it, else None.

        Where none is given, it is the trace that OpenTelemetry is in.
        """
        if labels is None:
            return current_exemplar()
        if is_exemplar(labels):
            return dict(labels)
        self._drop(labels)
        return None

    def _drop(self, value: object) -> None:
        wrong_type = not isinstance(value, (int, float))
        self._families.drop(
            self._metric,
            "bad_value",
            "value",
            value,
            wrong_type=wrong_type,
        )


def _number(value: object, least: float = 0, most: float = LARGEST) -> float | None:
    """Return the value if it is a number between two others, which NaN is not."""
    if not isinstance(value, (int, float)):
        return _converted(value, least, most)
    return value if least <= value <= most else None


def _converted(value: object, least: float, most: float) -> float | None:
    """Return a number of numpy, decimal or fractions as a float: a sum must be one."""
    try:
        if isinstance(value, (Real, Decimal)):
            return _number(float(value), least, most)
    except (ValueError, OverflowError):
        pass
    return None


def level_of(metric: Metric, value: object) -> tuple[float | None, bool]:
    """Return what a gauge is set to, and whether that is the value given.

    One out of the declared range is clamped. None is for no number, and for a time to come
    where nothing falls: it would hide every later one.
    """
    least, most = _range(metric)
    level = _number(value, -LARGEST_LEVEL, LARGEST_LEVEL)
    if level is None:
        return None, value is None
    if _never_falls(metric) and level > time.time() + AHEAD_SECONDS:
        return None, False
    return min(max(level, least), most), least <= level <= most


def _never_falls(metric: Metric) -> bool:
    return metric.kind == "gauge" and metric.rising


def _range(metric: Metric) -> tuple[float, float]:
    """Return what values a metric can have."""
    if metric.kind == "gauge":
        return metric.minimum, metric.maximum
    return 0, LARGEST
