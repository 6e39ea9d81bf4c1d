"""Every expression of a registry, where it is used."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from metricloom.checks.model import QuerySite, Use
from metricloom.dashboards.panels import Panel, QueryPanel
from metricloom.declaration import seconds
from metricloom.registry.expand import alert_text, panel_text, rule_text
from metricloom.registry.registry import Registry
from metricloom.rules.alerts import Alert


def query_sites(registry: Registry) -> Iterator[QuerySite]:
    """Yield the expressions of recording rules, alerts and panels."""
    site = partial(
        QuerySite,
        table=registry.series_types,
        targets=frozenset((*registry.identity, *registry.replica)),
        replica=frozenset(registry.replica),
        scrape_seconds=seconds(registry.scrape_interval) or 15,
    )
    for rule in registry.recordings:
        yield site(rule_text(registry, rule.query.text), Use.RECORD, rule.name, at=rule.at)
    for alert in registry.alerts:
        yield site(alert_text(registry, alert), Use.ALERT, alert.name, at=alert.at, texts=_texts(alert))
    for panel in _panels(registry):
        for target in panel.targets:
            # Without the matchers of variables and scope: what was written is what is shown.
            text = panel_text(registry, target.query.text, lambda _name: ())
            yield site(text, Use.PANEL, repr(panel.title), at=target.query.at)


def _texts(alert: Alert) -> tuple[tuple[str, str], ...]:
    return (("summary", alert.summary), ("description", alert.description), ("next_steps", alert.next_steps))


def _panels(registry: Registry) -> Iterator[QueryPanel]:
    panels: list[Panel] = [panel for part in registry.subsystems for panel in part.panels]
    for dashboard in registry.dashboards:
        panels += [*dashboard.band, *(panel for row in dashboard.rows for panel in row.panels)]
    yield from (panel for panel in panels if isinstance(panel, QueryPanel))
