"""Dashboards as data: what each panel shows, not how Grafana draws it."""

from __future__ import annotations

from metricloom.dashboards import Dashboard, FiringAlerts, Panel, QueryPanel, Stat, Table, Text, TimeSeries
from metricloom.generators.data.values import Json, number_data
from metricloom.registry.boards import rows
from metricloom.registry.expand import panel_text
from metricloom.registry.registry import Registry


def dashboard_data(registry: Registry, dashboard: Dashboard) -> Json:
    """Return a dashboard; rows that it does not declare are those of the subsystems."""
    return {
        "title": dashboard.title,
        "uid": dashboard.slug,
        "tags": list(dashboard.tags),
        "variables": list(dashboard.variable_names),
        "refresh": dashboard.refresh,
        "time_from": dashboard.time_from,
        "band": [_panel(registry, panel) for panel in dashboard.band],
        "rows": [
            {"title": row.title, "panels": [_panel(registry, panel) for panel in row.panels]}
            for row in rows(registry, dashboard)
        ],
    }


def _panel(registry: Registry, panel: Panel) -> Json:
    return {
        "title": panel.title,
        "type": type(panel).__name__,
        "description": getattr(panel, "description", ""),
        **(_queries(registry, panel) if isinstance(panel, QueryPanel) else {}),
        **_of_type(panel),
    }


def _queries(registry: Registry, panel: QueryPanel) -> Json:
    return {
        "queries": [
            {
                "legend": target.legend,
                "expression": panel_text(registry, target.query.text, registry.scope_of),
                "written": target.query.text,
            }
            for target in panel.targets
        ],
        "alerts": list(panel.alerts),
        "complement": panel.complement,
        "unit": panel.unit,
        "minimum": number_data(panel.minimum),
        "maximum": number_data(panel.maximum),
        "filters": panel.filters,
        "time_from": panel.time_from,
        "no_value": panel.no_value,
        "colours": dict(panel.colours),
        "units": dict(panel.units),
    }


def _of_type(panel: Panel) -> Json:
    match panel:
        case TimeSeries():
            return {"stacked": panel.stacked}
        case Stat():
            states = [{"value": state.value, "text": state.text, "colour": state.colour} for state in panel.states]
            return {"states": states}
        case Table():
            return {"sort_by": panel.sort_by}
        case FiringAlerts():
            return {"about": [str(label) for label in panel.about]}
        case Text():
            return {"content": panel.content}
    return {}
