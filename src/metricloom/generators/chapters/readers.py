"""Who reads which series: so that a person who changes a metric sees what it changes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from metricloom.dashboards import Panel, QueryPanel
from metricloom.generators.markdown import code, text
from metricloom.monitoring.metrics import Metric
from metricloom.registry.boards import dashboards, rows
from metricloom.registry.registry import Registry

STRING = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'')
NAME = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]*")


def panels(registry: Registry) -> Iterator[tuple[str, Panel]]:
    """Yield each panel with what people find it by: dashboard, row and title, as Markdown."""
    for dashboard in dashboards(registry):
        above = [(dashboard.title, panel) for panel in dashboard.band]
        below = [
            (f"{dashboard.title} › {row.title}", panel) for row in rows(registry, dashboard) for panel in row.panels
        ]
        for place, panel in (*above, *below):
            yield text(f"{place} › {panel.title}"), panel


def readers(registry: Registry) -> Mapping[str, list[str]]:
    """Return what reads each series, by its name, as Markdown: records, alerts, panels."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for reader, expression in _expressions(registry):
        # Names are looked up, not parsed: a label called as a series is would count as it, and do no harm here.
        for name in NAME.findall(STRING.sub("", expression)):
            if name in registry.series_types:
                found[name][reader] = None
    return {name: list(who) for name, who in found.items()}


def readers_of(metric: Metric, found: Mapping[str, list[str]]) -> list[str]:
    """Return what reads any series of *metric*."""
    return list(dict.fromkeys(reader for name in metric.series_names for reader in found.get(name, ())))


def _expressions(registry: Registry) -> Iterator[tuple[str, str]]:
    for rule in registry.recordings:
        yield f"record {code(rule.name)}", rule.query.text
    for alert in registry.alerts:
        yield f"alert [{text(alert.name)}](#{alert.name.lower()})", alert.text(0)
    for place, panel in panels(registry):
        if isinstance(panel, QueryPanel):
            yield from ((f"panel “{place}”", target.query.text) for target in panel.targets)
