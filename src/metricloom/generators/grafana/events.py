"""What is drawn across all trends, and where the dashboard leads: alerts, deploys, guide, related dashboards."""

from __future__ import annotations

from typing import Any

from metricloom.generators.grafana.context import ALERTS, STARTED, Context
from metricloom.generators.grafana.source import datasource

Json = dict[str, Any]


def events(context: Context) -> list[Json]:
    """Return the annotations; a switch for each stands above the panels."""
    return [_BUILT_IN, _alerts(context), _deploys(context)]


# Grafana adds it where it is missing.
_BUILT_IN: Json = {
    "builtIn": 1,
    "datasource": {"type": "grafana", "uid": "-- Grafana --"},
    "enable": True,
    "hide": True,
    "iconColor": "rgba(0, 211, 255, 1)",
    "name": "Annotations & Alerts",
    "type": "dashboard",
}


def _alerts(context: Context) -> Json:
    return {
        **_query("Alerts firing", context.selector(ALERTS, 'alertstate="firing"'), "red"),
        "tagKeys": "severity",
        "textFormat": "{{severity}}",
        "titleFormat": "{{alertname}}",
        "step": "60s",
    }


def _deploys(context: Context) -> Json:
    # What client libraries expose of their process: its value is when it began. Grafana wants milliseconds.
    return {
        **_query("Deploys and restarts", f"{context.selector(STARTED)} * 1000", "blue"),
        "tagKeys": "",
        "textFormat": "{{instance}}",
        "titleFormat": "{{job}} started",
        "useValueForTime": True,
        "step": "60s",
    }


def _query(name: str, expression: str, colour: str) -> Json:
    return {
        "datasource": datasource(),
        "enable": True,
        "expr": expression,
        "hide": False,
        "iconColor": colour,
        "name": name,
    }


def links(context: Context) -> list[Json]:
    """Return the links above the panels: the guide, and the other dashboards of the same registry."""
    related = {
        **_LINK,
        "asDropdown": True,
        "includeVars": True,
        "keepTime": True,
        "tags": [context.registry.name],
        "title": "Related dashboards",
        "type": "dashboards",
        "url": "",
    }
    if not context.registry.docs_url:
        return [related]
    return [{**_LINK, "icon": "doc", "title": "Guide", "type": "link", "url": context.registry.docs_url}, related]


_LINK: Json = {
    "asDropdown": False,
    "icon": "external link",
    "includeVars": False,
    "keepTime": False,
    "tags": [],
    "targetBlank": True,
    "tooltip": "",
}
