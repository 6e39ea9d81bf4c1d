"""How far back the queries of a bundle read: what a Prometheus must keep for them to be right."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from metricloom.dashboards import QueryPanel
from metricloom.declaration import seconds
from metricloom.registry.boards import dashboards, rows
from metricloom.registry.registry import Registry

DAY = 86_400
DEFAULT_DAYS = 15
"""What Prometheus keeps when nobody says otherwise."""

_WINDOW = re.compile(r"\[\s*([0-9][0-9a-z]*)")
_OFFSET = re.compile(r"\boffset\s+([0-9][0-9a-z]*)")


def longest_lookback(registry: Registry) -> float:
    """Return how many seconds before its evaluation the farthest-reading query looks, at most."""
    return max((_lookback(text) for text in _texts(registry)), default=0)


def retention_days(registry: Registry) -> int:
    """Return for how many days data must be kept: what is read and a tenth more, as whole blocks of it are removed."""
    days = math.ceil(longest_lookback(registry) / DAY)
    return max(DEFAULT_DAYS, days + math.ceil(days / 10))


def _lookback(text: str) -> float:
    # An offset may belong to another selector than the longest window: then more is kept than need be.
    return sum(max((seconds(found) or 0 for found in kind.findall(text)), default=0) for kind in (_WINDOW, _OFFSET))


def _texts(registry: Registry) -> Iterator[str]:
    for rule in registry.recordings:
        yield rule.query.text
    for alert in registry.alerts:
        yield alert.text(0)
    for dashboard in dashboards(registry):
        panels = [*dashboard.band, *(panel for row in rows(registry, dashboard) for panel in row.panels)]
        for panel in panels:
            if isinstance(panel, QueryPanel):
                yield from (target.query.text for target in panel.targets)
