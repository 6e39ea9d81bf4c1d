"""Dashboards: Grafana's JSON, built with grafanalib, then made what Grafana itself would save.

grafanalib costs 80 ms to import: it is imported when a dashboard is rendered, and only below `generators.grafana`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

from metricloom.artifact import Artifact
from metricloom.dashboards import Dashboard, Panel, QueryPanel, Row
from metricloom.dashboards.board import interpolation_faults
from metricloom.errors import Problem, RegistryError, did_you_mean
from metricloom.generators.grafana.context import Context
from metricloom.generators.grafana.lint import lint_file
from metricloom.registry.registry import Registry

FOLDER = PurePosixPath("dashboards")


def render(registry: Registry) -> list[Artifact]:
    """Return each dashboard, and the configuration of dashboard-linter that explains what it would ask for besides.

    Raises:
        RegistryError: a title holds a name that Grafana would replace.
    """
    contexts = [Context(registry, dashboard) for dashboard in dashboards(registry)]
    if problems := [problem for context in contexts for problem in faults(context)]:
        raise RegistryError("a dashboard would not show what is declared", problems=problems)
    rendered = {context.dashboard.slug: dashboard_json(context) for context in contexts}
    files = [Artifact(FOLDER / f"{slug}.json", to_json(content)) for slug, content in rendered.items()]
    return [*files, Artifact(FOLDER / ".lint", lint_file(registry, rendered.values()))] if files else []


def dashboards(registry: Registry) -> list[Dashboard]:
    """Return the dashboards that are declared, or else the one that the subsystems' panels make up."""
    if registry.dashboards:
        return list(registry.dashboards)
    has_panels = any(part.panels for part in registry.subsystems)
    return [Dashboard(registry.shown_title, at=registry.at)] if has_panels else []


def rows(context: Context) -> list[Row]:
    """Return the rows of a dashboard: its own, or else one for each subsystem that has panels."""
    declared = context.dashboard.rows
    return list(declared) or [
        Row(part.title, part.panels, at=part.at) for part in context.registry.subsystems if part.panels
    ]


def faults(context: Context) -> Iterable[Problem]:
    """Return what is wrong with a dashboard that only shows once all its parts are together."""
    dashboard = context.dashboard
    yield from _panel_faults(context, dashboard.title, dashboard.band)
    for row in rows(context):
        yield from row.faults
        yield from _panel_faults(context, row.title, row.panels)


def _panel_faults(context: Context, title: str, panels: Sequence[Panel]) -> Iterator[Problem]:
    yield from interpolation_faults(title, panels, context.variables)
    known = [*context.alerts, *(context.registry.site.off if context.registry.site is not None else ())]
    for panel in panels:
        for name in panel.alerts if isinstance(panel, QueryPanel) else ():
            if name not in known:
                message = f"panel {panel.title!r} names the alert {name!r}, which nobody declared"
                yield panel.fault("D919", "unknown-alert", message, did_you_mean(name, known))


def dashboard_json(context: Context) -> dict[str, Any]:
    """Return one dashboard as Grafana would save it."""
    from metricloom.generators.grafana.board import board
    from metricloom.generators.grafana.normalise import normalise

    return normalise(board(context, rows(context)))


def to_json(content: dict[str, Any]) -> str:
    """Return *content* as a file: the same bytes each time."""
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
