"""The queries of panels, as Grafana holds them."""

from __future__ import annotations

from string import ascii_uppercase
from typing import Any

from metricloom.dashboards import QueryPanel, Stat, Target
from metricloom.generators.grafana.context import Context
from metricloom.generators.grafana.meaning import displayed, displayed_now, own_labels, unit_of
from metricloom.generators.grafana.source import datasource
from metricloom.generators.grafana.thresholds import steps

Json = dict[str, Any]


def reference(place: int) -> str:
    """Return the refId of the query at *place*: A to Z, then A1, B1 and so on."""
    turn, letter = divmod(place, len(ascii_uppercase))
    return ascii_uppercase[letter] + (str(turn) if turn else "")


def range_targets(context: Context, panel: QueryPanel) -> list[Json]:
    """Return the queries of a panel that shows a course over time."""
    return [_over_time(context, panel, place, target) for place, target in enumerate(panel.targets)]


def _over_time(context: Context, panel: QueryPanel, place: int, target: Target) -> Json:
    expression = context.text(target.query.text, panel.filters)
    unit = unit_of(context, panel, target)
    return {
        "datasource": datasource(),
        "editorMode": "code",
        "exemplar": "histogram_quantile" in expression,
        "expr": displayed_now(context, expression, unit) if isinstance(panel, Stat) else displayed(context, expression),
        "format": "time_series",
        "instant": False,
        "legendFormat": _legend(context, panel, target, expression),
        "range": True,
        "refId": reference(place),
    }


def instant_target(place: int, expression: str, legend: str) -> Json:
    """Return the query of a table's column: values now."""
    return {
        "datasource": datasource(),
        "editorMode": "code",
        "exemplar": False,
        "expr": expression,
        "format": "table",
        "instant": True,
        "legendFormat": legend,
        "range": False,
        "refId": reference(place),
    }


def legends(context: Context, panel: QueryPanel) -> list[str]:
    """Return the legends of the panel's queries."""
    return [_legend(context, panel, target, context.text(target.query.text, panel.filters)) for target in panel.targets]


def _legend(context: Context, panel: QueryPanel, target: Target, expression: str) -> str:
    if "{{" in target.legend:
        return target.legend
    labels = " ".join(f"{{{{{label}}}}}" for label in own_labels(context, expression))
    return f"{target.legend} {labels}".strip() or panel.title


def unit_overrides(context: Context, panel: QueryPanel) -> list[Json]:
    """Return the units of the queries that have another than the panel's first; no alert compares with those."""
    units = [unit_of(context, panel, target) for target in panel.targets]
    return [
        {
            "matcher": {"id": "byFrameRefID", "options": reference(place)},
            "properties": [
                {"id": "unit", "value": unit},
                {"id": "thresholds", "value": {"mode": "absolute", "steps": steps([])}},
            ],
        }
        for place, unit in enumerate(units)
        if unit != units[0]
    ]
