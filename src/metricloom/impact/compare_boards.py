"""What changed of dashboards and panels: of what people look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Final

from metricloom.impact.changes import Change, change
from metricloom.impact.match import Match
from metricloom.impact.model import Dashboard, Panel


def dashboard_changes(match: Match) -> Iterator[Change]:
    """Yield what changed of dashboards, but for their panels."""
    for board in match.dashboards.removed:
        yield change("dashboard-removed", "dashboard", board.title, "is removed", board.uid)
    for board in match.dashboards.added:
        yield change("dashboard-added", "dashboard", board.title, "is added", after=board.uid)
    for before, after in match.dashboards.both:
        yield from _of_dashboard(before, after)


def _of_dashboard(before: Dashboard, after: Dashboard) -> Iterator[Change]:
    title = after.title
    if before.uid != after.uid:
        yield change("dashboard-address", "dashboard", title, "has another address", before.uid, after.uid)
    if before.title != title:
        yield change("dashboard-title", "dashboard", title, "has another title", before.title, title)
    for name in before.variables:
        if name not in after.variables:
            message = f"cannot be filtered by {name} any more"
            yield change("dashboard-variable-removed", "dashboard", title, message, name)
    for name in after.variables:
        if name not in before.variables:
            message = f"can be filtered by {name}"
            yield change("dashboard-variable-added", "dashboard", title, message, after=name)
    yield from _looks("dashboard", title, before.look, after.look)


def panel_changes(match: Match) -> Iterator[Change]:
    """Yield what changed of panels. Those of a dashboard that is removed or added go with it."""
    gone = {board.uid for board in match.dashboards.removed}
    come = {board.uid for board in match.dashboards.added}
    moved = {before.uid for before, after in match.dashboards.renamed} | gone
    for panel in match.panels.removed:
        if panel.dashboard not in moved:
            yield change("panel-removed", "panel", panel.shown, "is removed", panel.type)
    for before, after in match.panels.renamed:
        message = f"is {after.shown} now"
        yield change("panel-renamed", "panel", before.shown, message, before.shown, after.shown)
    for panel in match.panels.added:
        if panel.dashboard not in come:
            yield change("panel-added", "panel", panel.shown, "is added", after=panel.type)
    for before, after in match.panels.both:
        for compared in _OF_PANEL:
            yield from compared(match, before, after)


def _queries(match: Match, before: Panel, after: Panel) -> Iterator[Change]:
    asked = zip_longest(before.queries, after.queries)
    if not all(one is not None and other is not None and match.names.alike(one, other) for one, other in asked):
        was, is_now = ("\n".join(query.expression for query in panel.queries) for panel in (before, after))
        yield change("panel-query", "panel", after.shown, "asks for something else", was, is_now)


def _type(_match: Match, before: Panel, after: Panel) -> Iterator[Change]:
    if before.type != after.type:
        yield change("panel-type", "panel", after.shown, f"is a {after.type}", before.type, after.type)


def _unit(_match: Match, before: Panel, after: Panel) -> Iterator[Change]:
    if before.unit != after.unit:
        message = f"says the unit {after.unit or 'that follows from its queries'}"
        yield change("panel-unit", "panel", after.shown, message, before.unit, after.unit)


def _alerts(match: Match, before: Panel, after: Panel) -> Iterator[Change]:
    renamed = {old.name: new.name for old, new in match.alerts.renamed}
    if after.alerts not in (before.alerts, tuple(renamed.get(name, name) for name in before.alerts)):
        message = "draws the thresholds of other alerts"
        yield change("panel-alerts", "panel", after.shown, message, before.alerts, after.alerts)


def _look(_match: Match, before: Panel, after: Panel) -> Iterator[Change]:
    old, new = (
        {**panel.look, "legends": ", ".join(query.legend for query in panel.queries)} for panel in (before, after)
    )
    yield from _looks("panel", after.shown, old, new)


def _looks(sort: str, name: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    """Tell what differs of what only changes how something looks, as far as both sides say it."""
    changed = [key for key in before if key in after and before[key] != after[key]]
    if changed:
        was, is_now = ("\n".join(f"{key}: {side[key]}" for key in changed) for side in (before, after))
        words = ", ".join(key.replace("_", " ") for key in changed)
        yield change(f"{sort}-look", sort, name, f"looks different: {words}", was, is_now)


_OF_PANEL: Final = (_queries, _type, _unit, _alerts, _look)
