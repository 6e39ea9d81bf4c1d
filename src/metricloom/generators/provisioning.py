"""What makes Grafana load the dashboards and the datasource they read."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from metricloom.artifact import Artifact
from metricloom.generators.yaml_text import to_yaml
from metricloom.registry.registry import Registry

FOLDER = PurePosixPath("grafana/provisioning")
DATASOURCE_UID = "metricloom-prometheus"
DASHBOARDS_PATH = "/var/lib/grafana/dashboards"
PROMETHEUS_URL = "http://prometheus:9090"


def render(registry: Registry) -> list[Artifact]:
    """Return the datasource and the provider of dashboards, in Grafana's provisioning format."""
    return [
        Artifact(FOLDER / "datasources/prometheus.yml", to_yaml(registry.name, _datasource(registry))),
        Artifact(FOLDER / "dashboards/metricloom.yml", to_yaml(registry.name, _provider(registry))),
    ]


def _datasource(registry: Registry) -> dict[str, Any]:
    return {
        "apiVersion": 1,
        "datasources": [
            {
                "name": "Prometheus",
                "uid": DATASOURCE_UID,
                "type": "prometheus",
                "access": "proxy",
                "url": PROMETHEUS_URL,
                "isDefault": True,
                "editable": False,
                # Without the scrape interval $__rate_interval follows Grafana's default, and is too short or long.
                "jsonData": {"httpMethod": "POST", "timeInterval": registry.scrape_interval},
            }
        ],
    }


def _provider(registry: Registry) -> dict[str, Any]:
    return {
        "apiVersion": 1,
        "providers": [
            {
                "name": registry.name,
                "type": "file",
                "folder": registry.shown_title.replace("$", "$$"),  # Grafana expands $NAME in these files
                "disableDeletion": False,
                "allowUiUpdates": False,
                "updateIntervalSeconds": 30,
                "options": {"path": DASHBOARDS_PATH},
            }
        ],
    }
