"""Where panels stand: 24 columns, no gap, no overlap; stats first, then trends, then tables."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from metricloom.dashboards import FiringAlerts, Panel, Stat, Table, TimeSeries

COLUMNS = 24
ROW_HEIGHT = 1
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle of the grid."""

    x: int
    y: int
    w: int
    h: int


@dataclass(frozen=True, slots=True)
class _Kind:
    """How panels of one kind are lined up: *most* beside each other, all of one *height*."""

    types: tuple[type[Panel], ...]
    most: int
    height: int


# The last takes whatever is neither a stat nor a trend.
_KINDS = (
    _Kind((Stat,), most=6, height=4),
    _Kind((TimeSeries,), most=3, height=8),
    _Kind((Table, FiringAlerts, Panel), most=2, height=8),
)


def placed(panels: Sequence[Panel], top: int) -> Iterator[tuple[Panel, Place]]:
    """Yield each panel of a row with its place, the first line at *top*."""
    left = list(panels)
    for kind in _KINDS:
        same = [panel for panel in left if isinstance(panel, kind.types)]
        left = [panel for panel in left if not isinstance(panel, kind.types)]
        for line in _shares(same, kind.most):
            yield from _in_line(line, top, kind.height)
            top += kind.height


def _in_line(line: Sequence[Panel], y: int, h: int) -> Iterator[tuple[Panel, Place]]:
    x = 0
    for place, panel in enumerate(line):
        w = COLUMNS // len(line) + (place < COLUMNS % len(line))
        yield panel, Place(x, y, w, h)
        x += w


def _shares(items: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    """Yield *items* in as few lines of at most *most* as there can be, as even as they can be."""
    lines = -(-len(items) // most)
    start = 0
    for line in range(lines):
        size = len(items) // lines + (line < len(items) % lines)
        yield items[start : start + size]
        start += size


def panel_id(row: str, title: str) -> int:
    """Return a number that stays as long as row and title do, whatever is inserted beside them.

    31 bits: Grafana's own ids fit in them, and two of 40 panels meet once in three million dashboards.
    """
    digest = hashlib.sha256(f"{row}\0{title}".encode()).digest()
    return int.from_bytes(digest[:4], "big") % (2**31 - 1) + 1
