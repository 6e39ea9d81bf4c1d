"""promtool's notation for the samples of a series: `0+6x60 _x5 7 stale`."""

from __future__ import annotations

import re

from metricloom.monitoring.prices import number

_UNSIGNED = r"(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[Ii]nf|[Nn]a[Nn])"
ITEM = re.compile(
    rf"(?P<start>[+-]?{_UNSIGNED})(?:(?P<step>[+-]{_UNSIGNED})(?=x))?(?P<times>x[0-9]+)?|_(?:x[0-9]+)?|stale"
)


def wrong_item(values: str) -> str | None:
    """Return the first item of *values* that promtool would not read."""
    return next((item for item in values.split() if ITEM.fullmatch(item) is None), None)


def scaled(values: str, factor: float) -> str:
    """Return *values*, each sample multiplied by *factor*: as long, and with the same gaps."""
    return " ".join(_scaled(item, factor) for item in values.split())


def _scaled(item: str, factor: float) -> str:
    match = ITEM.fullmatch(item)
    if match is None or match["start"] is None:  # none, stale, or what is reported elsewhere
        return item
    step = float(match["step"] or 0) * factor
    change = f"{'-' if step < 0 else '+'}{number(abs(step))}" if step else ""
    return f"{number(float(match['start']) * factor)}{change}{match['times'] or ''}"
