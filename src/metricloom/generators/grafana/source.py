"""The one source of data: a variable, so that one file serves every Grafana."""

from __future__ import annotations

from typing import Any

from metricloom.dashboards.board import DATASOURCE

Json = dict[str, Any]


def datasource() -> Json:
    """Return the reference to the datasource that is chosen on the dashboard."""
    return {"type": "prometheus", "uid": f"${{{DATASOURCE}}}"}


def datasource_variable() -> Json:
    """Return the variable that chooses the datasource."""
    return {
        "current": {},
        "hide": 0,
        "includeAll": False,
        "label": "Data source",
        "multi": False,
        "name": DATASOURCE,
        "options": [],
        "query": "prometheus",
        "refresh": 1,
        "regex": "",
        "skipUrlSync": False,
        "type": "datasource",
    }
