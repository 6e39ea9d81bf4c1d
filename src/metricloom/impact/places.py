"""Where the declarations of a registry were written, by what they are found by in the document made of it."""

from __future__ import annotations

from metricloom.impact.model import Key
from metricloom.registry.boards import dashboards, rows
from metricloom.registry.registry import Registry


def places(registry: Registry) -> dict[Key, str]:
    """Return file and line of each record, alert, call and panel."""
    found: dict[Key, str] = {("record", rule.name): str(rule.at) for rule in registry.recordings}
    found |= {("alert", alert.name): str(alert.at) for alert in registry.alerts}
    found |= {("call", f"{call.helper}.{call.name}"): str(call.at) for call in registry.every_operation}
    for board in dashboards(registry):
        found |= {("panel", board.slug, "", panel.title): str(panel.at) for panel in board.band}
        for row in rows(registry, board):
            found |= {("panel", board.slug, row.title, panel.title): str(panel.at) for panel in row.panels}
    return found
