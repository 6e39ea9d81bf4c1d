"""Recording rules and alerts as data, each expression as Prometheus loads it."""

from __future__ import annotations

from metricloom.generators.data.values import Json, number_data
from metricloom.generators.rules import runbook_url
from metricloom.registry.expand import alert_text, rule_text
from metricloom.registry.registry import Registry
from metricloom.registry.subsystem import Subsystem
from metricloom.rules.alerts import Alert
from metricloom.rules.examples import Example
from metricloom.rules.recording import RecordingRule
from metricloom.rules.thresholds import Condition, Threshold


def recording_data(registry: Registry, subsystem: Subsystem, rule: RecordingRule) -> Json:
    """Return a recording rule."""
    return {
        "subsystem": subsystem.name,
        "name": rule.name,
        "labels": dict(rule.labels),
        "help": rule.help,
        "unit": rule.query.unit,
        "expression": rule_text(registry, rule.query.text),
        "written": rule.query.text,
    }


def alert_data(registry: Registry, subsystem: Subsystem, alert: Alert) -> Json:
    """Return an alert: its texts as they were written, before they become templates."""
    return {
        "subsystem": subsystem.name,
        "name": alert.name,
        "expression": alert_text(registry, alert),
        "written": alert.text(alert.threshold.value if alert.threshold is not None else 0),
        "query": rule_text(registry, alert.query.text),
        "operator": alert.condition.operator if isinstance(alert.condition, Condition) else None,
        "threshold": None if alert.threshold is None else _threshold(alert.threshold),
        "for": alert.for_,
        "keep_firing_for": alert.keep_firing_for,
        "severity": alert.severity,
        "labels": subsystem.alert_labels(alert),
        "summary": alert.summary,
        "description": alert.description,
        "next_steps": alert.next_steps,
        "runbook_url": runbook_url(registry, alert),
        "examples": [_example(example) for example in alert.proofs],
    }


def _threshold(threshold: Threshold) -> Json:
    return {
        "value": number_data(threshold.value),
        "label": threshold.label.name if threshold.label is not None else None,
        "by_value": {value: number_data(own) for value, own in threshold.by_value.items()},
    }


def _example(example: Example) -> Json:
    return {
        "title": example.title,
        "interval": example.interval,
        "series": [{"name": one.name, "labels": dict(one.labels), "values": one.values} for one in example.samples],
        "fires_at": list(example.fires_at),
        "silent_at": list(example.silent_at),
        "firing": [dict(labels) for labels in example.firing],
    }
