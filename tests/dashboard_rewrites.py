"""What Grafana's own migrator, at this schema, would add to a dashboard or take from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

ADDED = ("annotations", "editable", "fiscalYearStartMonth", "graphTooltip", "links", "tags", "templating", "time",
         "timepicker", "timezone", "title", "weekStart")  # fmt: skip
TAKEN = ("gnetId", "hideControls", "id", "iteration", "preload", "style", "variables")
DEFAULTS_OF_PANELS: Json = {
    "fieldConfig": {"defaults": {}, "overrides": []},
    "links": [],
    "options": {},
    "targets": [],
    "title": "",
    "transformations": [],
    "transparent": False,
}
TAKEN_OF_TABLES = ("fontSize", "pageSize", "scroll", "showHeader", "sort")


def rewrites(board: Json) -> list[str]:
    """Return what Grafana would change; nothing, where what was generated is what it saves."""
    return [
        *_of_dashboard(board),
        *(f"{panel['title']}: {what}" for panel in board["panels"] for what in _of_panel(panel)),
    ]


def _of_dashboard(board: Json) -> Iterator[str]:
    yield from (f"adds {key}" for key in ADDED if key not in board)
    yield from (f"takes {key}" for key in TAKEN if key in board)
    if not any(each.get("builtIn") == 1 for each in board["annotations"]["list"]):
        yield "adds the built-in annotation"
    places = [(panel["gridPos"]["y"], panel["gridPos"]["x"]) for panel in board["panels"]]
    if places != sorted(places):
        yield "sorts the panels"
    yield from (f"empties the options of {each['name']}" for each in board["templating"]["list"] if each["options"])
    if _has_null(board):
        yield "takes nulls"


def _of_panel(panel: Json) -> Iterator[str]:
    yield from (f"takes {key}" for key, value in DEFAULTS_OF_PANELS.items() if panel.get(key, ...) == value)
    config = panel.get("fieldConfig")
    if config is not None and config.keys() != {"defaults", "overrides"}:
        yield "completes fieldConfig"
    if panel["type"] == "table":
        yield from (f"takes {key}" for key in TAKEN_OF_TABLES if key in panel)
    if any("refId" not in target for target in panel.get("targets", [])):
        yield "adds refId"


def _has_null(value: Any) -> bool:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(item is None or _has_null(item) for item in items)
