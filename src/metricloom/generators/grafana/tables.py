"""Tables: values now, one row for each set of labels, a column for each query."""

from __future__ import annotations

from typing import Any

from metricloom.dashboards import FiringAlerts, Table, Target
from metricloom.generators.grafana.context import ALERTS, ALERTS_SINCE, Context
from metricloom.generators.grafana.meaning import displayed_now, own_labels, unit_of
from metricloom.generators.grafana.targets import instant_target, reference
from metricloom.generators.grafana.thresholds import SEVERITY_COLOURS
from metricloom.generators.grafana.variables import column_title
from metricloom.generators.rules import runbook_url

Json = dict[str, Any]

RUNBOOK = "runbook"


def targets(context: Context, panel: Table) -> list[Json]:
    """Return the query of each column."""
    return [
        instant_target(place, _now(context, panel, target), target.legend) for place, target in enumerate(panel.targets)
    ]


def _now(context: Context, panel: Table, target: Target) -> str:
    return displayed_now(context, context.text(target.query.text, panel.filters), unit_of(context, panel, target))


def transformations(context: Context, panel: Table) -> list[Json]:
    """Return what makes one table of the answers: joined on their labels, with titles that a person reads."""
    columns = [target.legend for target in panel.targets]
    labels = _labels(context, panel)
    # Grafana calls the value of a single query `Value`, and those of several `Value #A`, `Value #B` …
    values = [f"Value #{reference(place)}" for place in range(len(columns))]
    names = {**{label: column_title(label) for label in labels}, **dict(zip(values, columns, strict=True))}
    if len(columns) == 1:
        names["Value"] = columns[0]
    return [_MERGE, _organised(names, [*labels, "Value", *values])]


def _labels(context: Context, panel: Table) -> list[str]:
    """Return the labels of all columns' results, each once."""
    texts = [context.text(target.query.text, panel.filters) for target in panel.targets]
    return list(dict.fromkeys(label for text in texts for label in own_labels(context, text)))


def overrides(context: Context, panel: Table) -> list[Json]:
    """Return the unit of each column."""
    return [_override(target.legend, {"unit": unit_of(context, panel, target)}) for target in panel.targets]


def firing_targets(context: Context, panel: FiringAlerts) -> list[Json]:
    """Return the query of the firing alerts: their value is the time since when, in milliseconds."""
    columns = ", ".join(("severity", "alertname", *_about(context, panel)))
    firing = context.selector(ALERTS, 'alertstate="firing"')
    now = f"max by ({columns}) ({context.selector(ALERTS_SINCE)} * ignoring (alertstate) {firing}) * 1000"
    if context.registry.docs_url:
        now = f'label_replace({now}, "{RUNBOOK}", "$1", "alertname", "(.+)")'
    return [instant_target(0, now, "{{alertname}}")]


def _about(context: Context, panel: FiringAlerts) -> list[str]:
    return list(dict.fromkeys((*map(str, panel.about), *context.registry.identity)))


def firing_transformations(context: Context, panel: FiringAlerts) -> list[Json]:
    """Return the columns in the order in which they are read."""
    about = _about(context, panel)
    order = ["severity", "alertname", *about, "Value", "Value #A", RUNBOOK]
    names = {"alertname": "Alert", "Value": "Since", "Value #A": "Since"}
    return [_organised({**{label: column_title(label) for label in order}, **names}, order)]


def firing_overrides(context: Context) -> list[Json]:
    """Return the colour of a severity, the unit of the time, and the link to the runbook."""
    colours = {
        severity: {"color": colour, "index": index, "text": severity}
        for index, (severity, colour) in enumerate(SEVERITY_COLOURS.items())
    }
    severity = {
        "mappings": [{"type": "value", "options": colours}],
        "custom.cellOptions": {"type": "color-text"},
    }
    return [
        _override("Severity", severity),
        _override("Since", {"unit": "dateTimeFromNow"}),
        *([_override(column_title(RUNBOOK), _runbook(context))] if context.registry.docs_url else []),
    ]


def _runbook(context: Context) -> Json:
    """Return the link of the runbook column. Its cells hold the alerts' names, shown as their anchors in the guide."""
    anchors = {
        alert.name: {"index": index, "text": runbook_url(context.registry, alert).partition("#")[2]}
        for index, alert in enumerate(context.registry.alerts)
    }
    url = f"{context.registry.docs_url}#${{__value.text}}"
    return {
        "mappings": [{"type": "value", "options": anchors}],
        "links": [{"targetBlank": True, "title": "Runbook", "url": url}],
    }


_MERGE: Json = {"id": "merge", "options": {}}


def _organised(names: dict[str, str], order: list[str]) -> Json:
    return {
        "id": "organize",
        "options": {
            "excludeByName": {"Time": True},
            "indexByName": {name: index for index, name in enumerate(order)},
            "renameByName": names,
        },
    }


def _override(column: str, properties: Json) -> Json:
    return {
        "matcher": {"id": "byName", "options": column},
        "properties": [{"id": name, "value": value} for name, value in properties.items()],
    }
