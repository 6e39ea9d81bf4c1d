"""What a registry holds, as what is checked: its rules by subsystem, and the queries of its panels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from metricloom.dashboards.panels import Panel, QueryPanel
from metricloom.declaration import seconds
from metricloom.errors import Location
from metricloom.registry.expand import alert_text, panel_text, rule_text
from metricloom.registry.registry import Registry
from metricloom.registry.subsystem import Subsystem
from metricloom.rules.alerts import Alert
from metricloom.rules.recording import RecordingRule
from metricloom.sources.model import Group, PanelQuery, Rule, Sources, Template, Use, World, Written
from metricloom.sources.templates import notation


def sources_of(registry: Registry) -> Sources:
    """Return what is to be checked of *registry*, in the world that it declares."""
    groups = tuple(_group(registry, part) for part in registry.subsystems if part.recordings or part.alerts)
    return Sources(world_of(registry), groups, tuple(_panel_queries(registry)), registry=registry)


def world_of(registry: Registry, *, open_world: bool = False) -> World:
    """Return what *registry* knows to exist; *open_world*, where there are series that it does not declare."""
    site = registry.site
    return World(
        registry.series_types,
        open_world,
        identity=tuple(registry.identity),
        replica=tuple(registry.replica),
        scope=dict(zip(site.scope_labels, site.matchers, strict=True)) if site is not None else {},
        scrape_seconds=seconds(registry.scrape_interval) or None,
        evaluation_seconds=seconds(registry.evaluation_interval) or None,
        retention_seconds=(seconds(registry.retention) or None) if registry.retention else None,
        severities=frozenset(registry.severities) or None,
        min_prometheus=tuple(int(part) for part in registry.min_prometheus.split(".")),
    )


def _group(registry: Registry, part: Subsystem) -> Group:
    rules = [_recording(registry, rule) for rule in registry.recorded(part)]
    rules += [_alert(registry, part, alert) for alert in part.alerts]
    return Group(part.name, part.at, tuple(rules), seconds(registry.evaluation_interval) or None)


def _recording(registry: Registry, rule: RecordingRule) -> Rule:
    query = Written(rule_text(registry, rule.query.text), rule.at)
    return Rule(Use.RECORD, rule.name, query, rule.at, _literal(rule.labels, rule.at))


def _alert(registry: Registry, part: Subsystem, alert: Alert) -> Rule:
    texts = {"summary": alert.summary, "description": alert.description, "next_steps": alert.next_steps}
    return Rule(
        Use.ALERT,
        alert.name,
        Written(alert_text(registry, alert), alert.at),
        alert.at,
        _literal(part.alert_labels(alert), alert.at),
        {name: notation(Written(text, alert.at)) for name, text in texts.items()},
        seconds(alert.for_) or 0.0,
        seconds(alert.keep_firing_for) or 0.0,
    )


def _literal(labels: Mapping[str, str], at: Location) -> dict[str, Template]:
    return {name: Template(Written(value, at)) for name, value in labels.items()}


def _panel_queries(registry: Registry) -> Iterator[PanelQuery]:
    for panel in _panels(registry):
        for target in panel.targets:
            # Without the matchers of variables and scope: what was written is what is shown.
            text = panel_text(registry, target.query.text, lambda _name: ())
            at = target.query.at
            yield PanelQuery(panel.title, "", Written(text, at), at)


def _panels(registry: Registry) -> Iterator[QueryPanel]:
    panels: list[Panel] = [panel for part in registry.subsystems for panel in part.panels]
    for dashboard in registry.dashboards:
        panels += [*dashboard.band, *(panel for row in dashboard.rows for panel in row.panels)]
    yield from (panel for panel in panels if isinstance(panel, QueryPanel))
