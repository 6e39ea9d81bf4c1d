"""Rule files: one group for each subsystem, in which each record stands before what reads it."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from metricloom.artifact import Artifact
from metricloom.errors import Location
from metricloom.generators.annotations import go_template, literal
from metricloom.generators.yaml_text import to_yaml
from metricloom.promql.types import Inferred
from metricloom.registry.expand import alert_text, rule_text
from metricloom.registry.registry import Registry
from metricloom.registry.subsystem import Subsystem
from metricloom.rules.alerts import Alert
from metricloom.rules.recording import RecordingRule


def render(registry: Registry) -> list[Artifact]:
    """Return a rule file for each subsystem that has rules."""
    return [_file(registry, part) for part in registry.subsystems if registry.recorded(part) or part.alerts]


def rules_path(subsystem: Subsystem) -> PurePosixPath:
    """Return where the rules of *subsystem* stand in the bundle."""
    return PurePosixPath(f"rules/{subsystem.name}.yml")


def _file(registry: Registry, subsystem: Subsystem) -> Artifact:
    rules = [_recording(registry, rule) for rule in registry.recorded(subsystem)]
    rules += [_alert(registry, subsystem, alert) for alert in subsystem.alerts]
    group = {"name": subsystem.name, "interval": registry.evaluation_interval, "rules": rules}
    return Artifact(rules_path(subsystem), to_yaml(registry.name, {"groups": [group]}))


def places(registry: Registry) -> dict[tuple[str, str, int | str], Location]:
    """Return where each rule was declared, by its file, its group, and its number there (from 1) or its name."""
    found: dict[tuple[str, str, int | str], Location] = {}
    for part in registry.subsystems:
        rules: list[RecordingRule | Alert] = [*registry.recorded(part), *part.alerts]
        for number, rule in enumerate(rules, 1):
            for key in (number, rule.name):
                found[str(rules_path(part)), part.name, key] = rule.at
    return found


def _recording(registry: Registry, rule: RecordingRule) -> dict[str, Any]:
    labels = {"labels": dict(rule.labels)} if rule.labels else {}
    return {"record": rule.name, "expr": rule_text(registry, rule.query.text), **labels}


def _alert(registry: Registry, subsystem: Subsystem, alert: Alert) -> dict[str, Any]:
    result = registry.type_of(alert.query)
    wait = {"for": alert.for_, "keep_firing_for": alert.keep_firing_for}
    wait = {name: duration for name, duration in wait.items() if duration}
    return {
        "alert": alert.name,
        "expr": alert_text(registry, alert),
        **wait,
        "labels": {name: literal(value) for name, value in subsystem.alert_labels(alert).items()},
        "annotations": _annotations(registry, alert, result),
    }


def _annotations(registry: Registry, alert: Alert, result: Inferred) -> dict[str, str]:
    texts = {"summary": alert.summary, "description": alert.description, "next_steps": alert.next_steps}
    written = {name: go_template(text, result, alert.threshold) for name, text in texts.items()}
    return {**written, "runbook_url": runbook_url(registry, alert)}


def runbook_url(registry: Registry, alert: Alert) -> str:
    """Return the address of the alert's section in the guide: its heading, as GitHub and others anchor it."""
    return f"{registry.docs_url or 'docs/monitoring.md'}#{alert.name.lower()}"
