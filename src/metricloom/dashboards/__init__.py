"""What people look at: panels, rows and dashboards, as plain values. Only a generator knows Grafana's JSON."""

from metricloom.dashboards.board import Dashboard, Row
from metricloom.dashboards.panels import (
    Colour,
    FiringAlerts,
    Panel,
    QueryPanel,
    Stat,
    State,
    Table,
    Target,
    Text,
    TimeSeries,
)
from metricloom.dashboards.presence import PRESENCE, presence

__all__ = [
    "PRESENCE",
    "Colour",
    "Dashboard",
    "FiringAlerts",
    "Panel",
    "QueryPanel",
    "Row",
    "Stat",
    "State",
    "Table",
    "Target",
    "Text",
    "TimeSeries",
    "presence",
]
