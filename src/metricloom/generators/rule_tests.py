"""promtool tests from the alerts' examples: one file for each rule file, which loads that one alone.

What fires is read from `ALERTS`, so a test says what fires with which labels, and does not repeat the annotations.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

from metricloom.artifact import Artifact
from metricloom.declaration import seconds
from metricloom.generators.rules import rules_path
from metricloom.generators.yaml_text import to_yaml
from metricloom.promql.strings import quoted
from metricloom.registry.registry import Registry
from metricloom.registry.subsystem import Subsystem
from metricloom.rules.alerts import Alert
from metricloom.rules.examples import Example, Samples

FAILED = re.compile(r'ALERTS\{alertname="(?P<alert>\w+)", alertstate="firing"\}: at (?P<time>\w+)')


def render(registry: Registry) -> list[Artifact]:
    """Return a test file for each subsystem whose alerts have examples."""
    return [_file(registry, part) for part in registry.subsystems if any(alert.proofs for alert in part.alerts)]


def _file(registry: Registry, subsystem: Subsystem) -> Artifact:
    path = PurePosixPath(f"rules/tests/{subsystem.name}.yml")
    document = {
        "rule_files": [f"../{rules_path(subsystem).name}"],
        "evaluation_interval": subsystem.proven_every or registry.evaluation_interval,
        "tests": [_test(registry, subsystem, alert, example) for alert in subsystem.alerts for example in alert.proofs],
    }
    return Artifact(path, to_yaml(registry.name, document))


def examples_in(registry: Registry, message: str) -> list[Example]:
    """Return the examples that may be meant where promtool says that a test failed: it names the query and the time."""
    failed = FAILED.match(message)
    if failed is None:
        return []
    silent = "exp: nil" in message
    return [
        example
        for alert in registry.alerts
        if alert.name == failed["alert"]
        for example in alert.proofs
        if seconds(failed["time"]) in map(seconds, example.silent_at if silent else example.fires_at)
    ]


def _test(registry: Registry, subsystem: Subsystem, alert: Alert, example: Example) -> dict[str, Any]:
    firing = list(_firing(registry, subsystem, alert, example))
    expected = [(time, firing) for time in example.fires_at] + [(time, []) for time in example.silent_at]
    query = _series("ALERTS", {"alertname": alert.name, "alertstate": "firing"})
    return {
        "name": f"{alert.name}: {example.title}",
        "interval": example.interval,
        "input_series": [_input(registry, samples) for samples in example.samples],
        "promql_expr_test": [{"expr": query, "eval_time": time, "exp_samples": samples} for time, samples in expected],
    }


def _input(registry: Registry, samples: Samples) -> dict[str, str]:
    labels = {**registry.example_target, **samples.labels}
    return {"series": _series(samples.name, labels), "values": samples.values}


def _firing(registry: Registry, subsystem: Subsystem, alert: Alert, example: Example) -> Iterable[dict[str, Any]]:
    identity = {name: registry.example_target[name] for name in registry.identity}
    for own in example.firing:
        labels = {**identity, **own, **subsystem.alert_labels(alert), "alertname": alert.name, "alertstate": "firing"}
        yield {"labels": _series("ALERTS", labels), "value": 1}


def _series(name: str, labels: Mapping[str, str]) -> str:
    """Return a series in PromQL's notation; a label of no value is as good as none, and left out."""
    inside = ", ".join(f'{label}="{quoted(value)}"' for label, value in sorted(labels.items()) if value)
    return f"{name}{{{inside}}}"
