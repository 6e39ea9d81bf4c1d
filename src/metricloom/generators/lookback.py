"""How far back the queries of a bundle read: what a Prometheus must keep for them to be right."""

from __future__ import annotations

import math
from collections.abc import Iterator

from metricloom.dashboards import QueryPanel
from metricloom.promql.nodes import Node, Selector, Subquery
from metricloom.promql.parse import Parsed, parse
from metricloom.registry.boards import dashboards, rows
from metricloom.registry.expand import alert_text, panel_text, rule_text
from metricloom.registry.registry import Registry

DAY = 86_400
DEFAULT_DAYS = 15
"""What Prometheus keeps when nobody says otherwise."""


def longest_lookback(registry: Registry) -> float:
    """Return how many seconds before its evaluation the farthest-reading query looks, at most."""
    return max((_lookback(parsed) for parsed in _expressions(registry)), default=0)


def retention_days(registry: Registry) -> int:
    """Return for how many days data must be kept: what is read and a tenth more, as whole blocks of it are removed."""
    days = math.ceil(longest_lookback(registry) / DAY)
    return max(DEFAULT_DAYS, days + math.ceil(days / 10))


def _lookback(parsed: Parsed) -> float:
    """Return how far back an expression reads: what stands in a subquery reads from each of its steps."""
    reach: dict[Node, float] = {}
    for node in parsed.nodes:  # each after its children
        inner = max((reach[child] for child in node.children()), default=0.0)
        own = (node.range_seconds or 0) + max(0.0, node.offset_seconds) if isinstance(node, Selector | Subquery) else 0
        reach[node] = inner + own
    return 0 if parsed.root is None else reach[parsed.root]


def _expressions(registry: Registry) -> Iterator[Parsed]:
    for rule in registry.recordings:
        yield parse(rule_text(registry, rule.query.text))
    for alert in registry.alerts:
        yield parse(alert_text(registry, alert))
    for dashboard in dashboards(registry):
        panels = [*dashboard.band, *(panel for row in rows(registry, dashboard) for panel in row.panels)]
        for panel in panels:
            if isinstance(panel, QueryPanel):
                for target in panel.targets:
                    yield parse(panel_text(registry, target.query.text, lambda _name: ()), variables=True)
