"""Rules, panels and what things cost, of a `registry.json`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from metricloom.impact.model import Alert, Amount, Dashboard, Panel, PanelQuery, Recording, Threshold
from metricloom.impact.values import Value

_TERMS: Final = {"price": ("dollars", "per", "unit", "changes"), "budget": ("dollars", "period")}
_SOURCE: Final = ("source", "checked", "note")
_TEXTS: Final = ("summary", "description", "next_steps")
_LOOKS: Final = (
    *("description", "complement", "minimum", "maximum", "filters", "time_from", "no_value", "colours"),
    *("stacked", "states", "units", "sort_by", "about", "content"),
)


def price(value: Value) -> Amount:
    """Return a price."""
    return _amount("price", value, ", ".join(filter(None, (value.text_or_empty(key) for key in _SOURCE))))


def budget(value: Value) -> Amount:
    """Return a budget."""
    return _amount("budget", value, "")


def _amount(sort: str, value: Value, source: str) -> Amount:
    terms = ", ".join(f"{key} {value.get(key).words()}" for key in _TERMS[sort])
    return Amount(value.text_of("subsystem"), value.text_of("name"), sort, terms, source, value.text_of("expression"))


def recording(value: Value) -> Recording:
    """Return a recording rule."""
    return Recording(
        value.text_of("subsystem"),
        value.text_of("name"),
        value.text_by_key("labels"),
        value.text_of("help"),
        value.text_or_empty("unit") if value.says("unit") else None,
        value.text_of("expression"),
        value.text_or_empty("written"),
    )


def alert(value: Value) -> Alert:
    """Return an alert."""
    threshold = value.optional("threshold")
    return Alert(
        value.text_of("subsystem"),
        value.text_of("name"),
        value.text_of("expression"),
        value.text_or_empty("written"),
        value.text_of("query"),
        value.text_or_empty("operator"),
        None if threshold is None else _threshold(threshold),
        value.text_of("for"),
        value.text_of("keep_firing_for"),
        value.text_by_key("labels"),
        {key: value.text_of(key) for key in _TEXTS},
        value.text_of("runbook_url"),
        value.get("examples").words(),
    )


def _threshold(value: Value) -> Threshold:
    own = {name: item.number() for name, item in value.get("by_value").pairs()}
    return Threshold(value.get("value").number(), value.text_or_empty("label"), own)


def dashboard(value: Value) -> Dashboard:
    """Return a dashboard."""
    look = _look(value, ("tags", "refresh", "time_from"))
    return Dashboard(value.text_of("title"), value.text_of("uid"), value.texts("variables"), look)


def panels(board: Value) -> Iterator[Panel]:
    """Yield the panels of a dashboard: those above its rows, then row by row."""
    uid = board.text_of("uid")
    yield from (_panel(uid, "", panel) for panel in board.get("band").items())
    for row in board.get("rows").items():
        yield from (_panel(uid, row.text_of("title"), panel) for panel in row.get("panels").items())


def _panel(dashboard: str, row: str, value: Value) -> Panel:
    asks = value.optional("queries") is not None
    return Panel(
        dashboard,
        row,
        value.text_of("title"),
        value.text_of("type"),
        texts=(value.text_of("description"), value.text_or_empty("content")),
        queries=value.list_of("queries", _query) if asks else (),
        alerts=value.texts("alerts") if asks else (),
        unit=value.text_or_empty("unit"),
        colours=tuple(value.text_by_key("colours")) if asks else (),
        look=_look(value, _LOOKS),
    )


def _query(value: Value) -> PanelQuery:
    return PanelQuery(value.text_of("legend"), value.text_of("expression"), value.text_or_empty("written"))


def _look(value: Value, keys: tuple[str, ...]) -> dict[str, str]:
    return {key: value.get(key).words() for key in keys if value.says(key)}
