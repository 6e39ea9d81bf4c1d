"""Where the parts of an expression stand that have no node of their own, so that a fix can rewrite them."""

from __future__ import annotations

import re
from typing import Final

from metricloom.checks.model import Reading
from metricloom.promql.nodes import Selector, Subquery
from metricloom.promql.text import Span

_WINDOW: Final = re.compile(r"\s*\[\s*([^\[\]:]+?)\s*\]")
_STEP: Final = re.compile(r":\s*([^\]\s:]+)\s*\]")
_OFFSET: Final = re.compile(r"(?:\s*\[[^\[\]]*\])?(\s+offset\s+-\s*\w+)", re.IGNORECASE)


def window_span(reading: Reading, node: Selector) -> Span | None:
    """Return the columns of what stands between the brackets of `x[5m]`."""
    return _after(reading, node, _WINDOW)


def offset_span(reading: Reading, node: Selector) -> Span | None:
    """Return the columns of a negative offset, with the blank before it."""
    return _after(reading, node, _OFFSET)


def step_span(reading: Reading, node: Subquery) -> Span | None:
    """Return the columns of the step of `x[1h:1m]`."""
    span = reading.span(node)
    found = [*_STEP.finditer(reading.site.text, *span)] if span else []
    return found[-1].span(1) if found and span and found[-1].end() == span[1] else None


def _after(reading: Reading, node: Selector, pattern: re.Pattern[str]) -> Span | None:
    span = reading.span(node)
    found = pattern.match(reading.site.text, span[1]) if span else None
    return found.span(1) if found else None


def shown_seconds(seconds: float) -> str:
    """Return a time as PromQL writes it: `90s`, `2m`, `1h`."""
    whole = int(seconds) if seconds == int(seconds) else None
    if whole is None:
        return f"{round(seconds * 1000)}ms"
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if whole and whole % size == 0:
            return f"{whole // size}{unit}"
    return f"{whole}s"
