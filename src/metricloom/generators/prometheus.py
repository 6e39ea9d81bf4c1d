"""`prometheus.yml`: a Prometheus that scrapes the service, and loads the rules of the bundle."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from metricloom.artifact import Artifact
from metricloom.generators.lookback import retention_days
from metricloom.generators.yaml_text import to_yaml
from metricloom.registry.registry import Registry

PATH = PurePosixPath("prometheus/prometheus.yml")
TARGET = "localhost:8000"
"""Where the instrumentation serves /metrics when it is tried out."""

HOW_TO = """\
# Start Prometheus on it with
#   prometheus --config.file=prometheus.yml --storage.tsdb.retention.time={days}d
# No query of this bundle reads farther back than {days} days. Put your own targets under static_configs, or find
# them with kubernetes_sd_configs and the like. Without an Alertmanager alerts fire, but nobody is told: name it under
# `alerting`.
"""


def render(registry: Registry) -> list[Artifact]:
    """Return the configuration; its paths are relative to the file."""
    header, body = to_yaml(registry.name, _config(registry)).split("\n", 1)
    return [Artifact(PATH, f"{header}\n{HOW_TO.format(days=retention_days(registry))}{body}")]


def _config(registry: Registry) -> dict[str, Any]:
    target = registry.example_target
    return {
        "global": {
            "scrape_interval": registry.scrape_interval,
            "evaluation_interval": registry.evaluation_interval,
        },
        "rule_files": ["../rules/*.yml"],
        "scrape_configs": [
            {
                "job_name": target.get("job", registry.name),
                "static_configs": [{"targets": [TARGET], **_labels(registry)}],
            }
        ],
    }


def _labels(registry: Registry) -> dict[str, dict[str, str]]:
    """Return the labels that the site's scope asks of a target; Prometheus gives it job and instance."""
    own = registry.site.target_labels if registry.site is not None else {}
    labels = {name: value for name, value in own.items() if name not in ("job", "instance")}
    return {"labels": labels} if labels else {}
