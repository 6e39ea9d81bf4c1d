"""`registry.json`: the registry as data, which other programs read and by which two versions are compared.

`registry.schema.json` beside this module says what each key means, and docs/registry-json.md says it to people. A
change that breaks a reader raises SCHEMA. Nothing in it names a place on this machine.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import PurePosixPath

from metricloom.artifact import Artifact
from metricloom.generators.data.measures import budget_data, external_data, metric_data, price_data
from metricloom.generators.data.operations import operation_data
from metricloom.generators.data.panels import dashboard_data
from metricloom.generators.data.rules import alert_data, recording_data
from metricloom.generators.data.values import Json
from metricloom.monitoring.metrics import Metric
from metricloom.registry.boards import dashboards
from metricloom.registry.registry import Registry
from metricloom.registry.subsystem import Subsystem

SCHEMA = 1
PATH = PurePosixPath("registry.json")


def render(registry: Registry) -> list[Artifact]:
    """Return the registry as a file."""
    return [Artifact(PATH, to_json(registry))]


def to_json(registry: Registry) -> str:
    """Return *registry* as JSON: all that was declared, in the order declared, the same bytes each time."""
    return json.dumps(to_data(registry), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def to_data(registry: Registry) -> Json:
    """Return *registry* as JSON's own values."""
    parts = registry.subsystems
    return {
        "schema": SCHEMA,
        "name": registry.name,
        "title": registry.shown_title,
        "site": registry.site.name if registry.site is not None else None,
        "sites": [site.name for site in registry.sites],
        "scope": list(registry.scope),
        "identity": list(registry.identity),
        "replica": list(registry.replica),
        "target": dict(registry.example_target),
        "scrape_interval": registry.scrape_interval,
        "evaluation_interval": registry.evaluation_interval,
        "min_prometheus": registry.min_prometheus,
        "docs_url": registry.docs_url,
        "subsystems": [_subsystem(part) for part in parts],
        "metrics": [metric_data(part, metric) for part, metric in owned_metrics(registry)],
        "externals": [external_data(external) for external in registry.externals],
        "operations": [
            operation_data(part, operation) for part, each in registry.operations.items() for operation in each
        ],
        "prices": [price_data(part, price) for part in parts for price in part.prices],
        "budgets": [budget_data(part, budget) for part in parts for budget in part.budgets],
        "recordings": [recording_data(registry, part, rule) for part in parts for rule in registry.recorded(part)],
        "alerts": [alert_data(registry, part, alert) for part in parts for alert in part.alerts],
        "dashboards": [dashboard_data(registry, dashboard) for dashboard in dashboards(registry)],
    }


def _subsystem(subsystem: Subsystem) -> Json:
    return {name: getattr(subsystem, name) for name in ("name", "title", "owner", "service", "about")}


def owned_metrics(registry: Registry) -> Iterable[tuple[Subsystem, Metric]]:
    """Return each metric once, with the first subsystem that holds it."""
    owners: dict[Metric, Subsystem] = {}
    for part in registry.subsystems:
        for metric in part.families:
            owners.setdefault(metric, part)
    return [(owner, metric) for metric, owner in owners.items()]
