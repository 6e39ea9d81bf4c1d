"""The variables: one for each label that a person may choose, each narrowed by those before it."""

from __future__ import annotations

from typing import Any

from metricloom.generators.grafana.context import Context
from metricloom.generators.grafana.source import datasource, datasource_variable

Json = dict[str, Any]


def variables(context: Context) -> list[Json]:
    """Return the datasource and the label variables, in the order in which they are chosen."""
    return [datasource_variable(), *(_variable(context, label) for label in context.variables)]


def _variable(context: Context, label: str) -> Json:
    query = f"label_values({_series(context, label)}, {label})"
    return {
        "allValue": _all_values(label),
        "current": {"text": ["All"], "value": ["$__all"]},
        "datasource": datasource(),
        "definition": query,
        "hide": 0,
        "includeAll": True,
        "label": column_title(label),
        "multi": True,
        "name": label,
        "options": [],
        "query": {"query": query, "refId": "PrometheusVariableQueryEditor-VariableQuery"},
        "refresh": 2,  # when the time shown changes: values come and go
        "regex": "",
        "skipUrlSync": False,
        "sort": 1,
        "type": "query",
    }


def _all_values(label: str) -> str:
    """Every target has a job. The other labels a site may lack, and `.+` would then empty every panel."""
    return ".+" if label == "job" else ".*"


def _series(context: Context, label: str) -> str:
    """Return the selector of a series that carries *label*, narrowed by the variables before it."""
    name = context.labels.first_carriers.get(label, "up")
    before = context.variables[: context.variables.index(label)]
    narrowing = [f'{other}=~"${other}"' for other in before if other in context.labels.of(name)]
    matchers = ",".join((*context.registry.scope_of(name), *narrowing))
    return f"{name}{{{matchers}}}" if matchers else name


def column_title(label: str) -> str:
    """Return a label as a person reads it: `artifact_type` is Artifact type."""
    return label.replace("_", " ").strip().capitalize() or label
