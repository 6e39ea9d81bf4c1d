"""Numbers and dates as JSON has them."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

Json = dict[str, Any]


def number_data(value: float | None) -> float | str | None:
    """Return *value* as JSON has it: whole numbers without a point, infinity as Prometheus writes it."""
    if value is None or math.isnan(value):
        return None
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return int(value) if float(value).is_integer() else float(value)


def bound_data(value: float) -> float | str | None:
    """Return a bound of a value, None where there is none."""
    return None if math.isinf(value) else number_data(value)


def date_data(day: date | None) -> str | None:
    """Return *day* as ISO 8601 writes it."""
    return day.isoformat() if day is not None else None
