"""Panels as grafanalib's objects, each with what only its kind has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from grafanalib import core

from metricloom.dashboards import FiringAlerts, Panel, QueryPanel, Stat, Table, Text, TimeSeries
from metricloom.dashboards.board import DATASOURCE
from metricloom.dashboards.text import literal_markdown
from metricloom.generators.grafana import tables
from metricloom.generators.grafana.context import Context
from metricloom.generators.grafana.layout import Place
from metricloom.generators.grafana.meaning import Meaning, meaning_of
from metricloom.generators.grafana.source import datasource
from metricloom.generators.grafana.targets import legends, range_targets, unit_overrides
from metricloom.generators.grafana.thresholds import SHADES, colour_overrides, explained, limits, runbook_links, steps

Json = dict[str, Any]
Where = Mapping[str, Any]


def rendered(context: Context, panel: Panel, number: int, place: Place) -> Any:
    """Return *panel* as grafanalib's object, with its id and place."""
    where: Where = {
        "id": number,
        "gridPos": core.GridPos(h=place.h, w=place.w, x=place.x, y=place.y),
        "title": panel.title,
        "maxDataPoints": None,  # grafanalib's 100 would mean a step of minutes
    }
    for kind, render in _RENDERERS.items():
        if isinstance(panel, kind):
            return render(context, panel, where)
    message = f"no renderer for {type(panel).__name__}"
    raise TypeError(message)


def _common(context: Context, panel: QueryPanel, where: Where) -> Json:
    """Return what all panels of queries share."""
    notes = [panel.description, *explained(limits(context, panel))]
    return {
        **where,
        "dataSource": datasource(),
        "description": described(context, "\n\n".join(notes)),
        "links": runbook_links(context, panel),
        "timeFrom": panel.time_from or None,
    }


def described(context: Context, text: str) -> str:
    """Return *text* so that Grafana shows it literally."""
    return literal_markdown(text, {DATASOURCE, *context.variables})


def _defaults(meaning: Meaning) -> Json:
    bounds = {"min": meaning.minimum, "max": meaning.maximum}
    return {"fieldConfig": {"defaults": {**bounds, "noValue": meaning.no_value}}}


def _overrides(context: Context, panel: QueryPanel) -> list[Json]:
    return [*unit_overrides(context, panel), *colour_overrides(panel, legends(context, panel))]


def _stat(context: Context, panel: Stat, where: Where) -> Any:
    meaning = meaning_of(context, panel)
    return core.Stat(
        **_common(context, panel, where),
        targets=range_targets(context, panel),
        format=meaning.unit,
        noValue="",  # see `_defaults`
        graphMode="area",
        reduceCalc="lastNotNull",
        textMode="auto",
        color={"mode": "thresholds"},
        thresholds=steps(limits(context, panel)),
        mappings=_states(panel),
        overrides=_overrides(context, panel),
        extraJson=_defaults(meaning),
    )


def _states(panel: Stat) -> list[Json]:
    words = {
        str(state.value): {"color": SHADES[state.colour], "index": index, "text": state.text}
        for index, state in enumerate(panel.states)
    }
    return [{"type": "value", "options": words}] if words else []


def _time_series(context: Context, panel: TimeSeries, where: Where) -> Any:
    meaning = meaning_of(context, panel)
    found = limits(context, panel)
    single = len(panel.targets) == 1 and not meaning.labels
    return core.TimeSeries(
        **_common(context, panel, where),
        targets=range_targets(context, panel),
        unit=meaning.unit,
        legendDisplayMode="list" if single else "table",
        legendPlacement="bottom",
        legendCalcs=["mean", "lastNotNull", "max"],
        tooltipMode="multi",
        tooltipSort="desc",
        fillOpacity=20 if panel.stacked else 10,
        stacking={"group": "A", "mode": "normal" if panel.stacked else "none"},
        thresholds=steps(found) if found else [],
        thresholdsStyleMode="dashed" if found else "off",
        overrides=_overrides(context, panel),
        extraJson=_defaults(meaning),
    )


def _table(context: Context, panel: Table, where: Where) -> Any:
    return core.Table(
        **_common(context, panel, where),
        targets=tables.targets(context, panel),
        transformations=tables.transformations(context, panel),
        overrides=tables.overrides(context, panel),
        sortBy=[core.TableSortByField(panel.sort_by or panel.targets[0].legend, desc=True)],
        extraJson={"fieldConfig": {"defaults": {"noValue": meaning_of(context, panel).no_value}}},
    )


def _firing(context: Context, panel: FiringAlerts, where: Where) -> Any:
    return core.Table(
        **where,
        dataSource=datasource(),
        description=described(context, panel.description),
        targets=tables.firing_targets(context, panel),
        transformations=tables.firing_transformations(context, panel),
        overrides=tables.firing_overrides(context),
        sortBy=[core.TableSortByField("Since", desc=True)],
        extraJson={"fieldConfig": {"defaults": {"noValue": "No alert fires"}}},
    )


def _text(context: Context, panel: Text, where: Where) -> Any:
    return core.Text(**where, content=described(context, panel.content), mode="markdown")


_RENDERERS: Mapping[type[Panel], Callable[..., Any]] = {
    Stat: _stat,
    TimeSeries: _time_series,
    Table: _table,
    FiringAlerts: _firing,
    Text: _text,
}
