"""The dashboards of a registry, and what is wrong with them that only shows once all its parts are together."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from metricloom.dashboards import Dashboard, Panel, QueryPanel, Row
from metricloom.dashboards.board import MAX_IN_ROW, crowded, interpolated_legends, interpolated_title
from metricloom.errors import Problem, did_you_mean

if TYPE_CHECKING:
    from metricloom.registry.registry import Registry


def dashboards(registry: Registry) -> list[Dashboard]:
    """Return the dashboards that are declared, or else the one that the subsystems' panels make up."""
    if registry.dashboards:
        return list(registry.dashboards)
    has_panels = any(part.panels for part in registry.subsystems)
    return [Dashboard(registry.shown_title, at=registry.at)] if has_panels else []


def rows(registry: Registry, dashboard: Dashboard) -> list[Row]:
    """Return the rows of a dashboard: its own, or else one for each subsystem that has panels."""
    return list(dashboard.rows) or [
        Row(part.title, part.panels, at=part.at) for part in registry.subsystems if part.panels
    ]


def variables(registry: Registry, dashboard: Dashboard) -> tuple[str, ...]:
    """Return the labels that have a variable, in the order in which one narrows the next."""
    return (*registry.identity, *dashboard.variable_names)


def board_faults(registry: Registry) -> Iterator[Problem]:
    """Yield what is wrong with the dashboards of a registry whose subsystems are sound."""
    off = registry.site.off if registry.site is not None else ()
    alerts = [*(str(alert.name) for alert in registry.alerts), *off]
    for dashboard in dashboards(registry):
        if dashboard.well_typed:
            yield from _faults_of(registry, dashboard, alerts)
    yield from _crowded_subsystems(registry)


def _faults_of(registry: Registry, dashboard: Dashboard, alerts: Collection[str]) -> Iterator[Problem]:
    names = variables(registry, dashboard)
    yield from interpolated_title(dashboard, dashboard.title, names)
    shown = [*dashboard.band]
    for row in rows(registry, dashboard):
        if row.well_typed:
            yield from interpolated_title(row, row.title, names)
            shown += row.panels
    for panel in shown:
        yield from _panel_faults(panel, names, alerts)


def _panel_faults(panel: Panel, variables: Collection[str], alerts: Collection[str]) -> Iterator[Problem]:
    if panel.faults:  # it may not even have the types that it should have
        return
    yield from interpolated_title(panel, panel.title, variables)
    if isinstance(panel, QueryPanel):
        yield from interpolated_legends(panel, variables)
        for name in panel.alerts:
            if name not in alerts:
                message = f"panel {panel.title!r} names the alert {name!r}, which nobody declared"
                yield panel.fault("D919", "unknown-alert", message, did_you_mean(name, alerts))


def _crowded_subsystems(registry: Registry) -> Iterator[Problem]:
    """Yield a fault for each subsystem with more panels than its row holds, where a dashboard makes rows of them."""
    if any(not dashboard.rows for dashboard in dashboards(registry)):
        for part in registry.subsystems:
            yield from crowded(part, f"row {part.title!r}", part.panels, MAX_IN_ROW)
