"""What grafanalib writes, turned into what Grafana itself would save: then an import rewrites nothing.

grafanalib writes for old versions of Grafana; each key below is one that Grafana's own migrator drops, adds or refuses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SCHEMA_VERSION = 41
"""The newest that Grafana 9 to 13 all take: a higher one than its own fails on a server, a much lower one too."""

Json = dict[str, Any]

_OF_OLD_DASHBOARDS = frozenset(
    {"rows", "hideControls", "sharedCrosshair", "style", "gnetId", "__inputs", "id", "version"}
)
_OF_OLD_PANELS = frozenset(
    {"editable", "error", "height", "span", "minSpan", "hideTimeOverride", "cacheTimeout", "columns", "fontSize"}
    | {"color", "mappings"}  # at a panel's top they are grafanalib's mistake: they belong into fieldConfig
)
_OF_ROWS = frozenset({"collapsed", "gridPos", "id", "panels", "title", "type"})
_ADDED_BY_GRAFANA: Mapping[str, Any] = {"weekStart": "", "fiscalYearStartMonth": 0}
_DEFAULTS_OF_PANELS: Mapping[str, Any] = {
    "transparent": False,
    "links": [],
    "transformations": [],
    "targets": [],
    "options": {},
    "title": "",
    "fieldConfig": {"defaults": {}, "overrides": []},
}


def normalise(dashboard: Json) -> Json:
    """Return *dashboard* as Grafana would save it."""
    kept = {key: value for key, value in dashboard.items() if key not in _OF_OLD_DASHBOARDS}
    return {
        **_ADDED_BY_GRAFANA,
        **without_nulls(kept),
        "schemaVersion": SCHEMA_VERSION,
        "timepicker": {},
        "panels": [_panel(panel) for panel in dashboard["panels"]],
    }


def without_nulls(value: Any) -> Any:
    """Return *value* without the keys whose value is null: Grafana drops them."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def _panel(panel: Json) -> Json:
    if panel["type"] == "row":
        return {key: value for key, value in panel.items() if key in _OF_ROWS}
    kept = without_nulls({key: value for key, value in panel.items() if key not in _OF_OLD_PANELS})
    kept["fieldConfig"] = _field_config(kept.get("fieldConfig", {}))
    if panel["type"] == "timeseries":
        kept["options"]["legend"]["showLegend"] = True  # without it Grafana hides the legend
    return {key: value for key, value in kept.items() if value != _DEFAULTS_OF_PANELS.get(key, _NOTHING)}


def _field_config(config: Json) -> Json:
    defaults = {key: value for key, value in config.get("defaults", {}).items() if not _says_nothing(key, value)}
    if "displayMode" in (custom := defaults.get("custom", {})):  # how tables said it before Grafana 9
        others = {key: value for key, value in custom.items() if key != "displayMode"}
        defaults["custom"] = {**others, "cellOptions": {"type": custom["displayMode"]}}
    return {"defaults": defaults, "overrides": config.get("overrides", [])}


def _says_nothing(key: str, value: Any) -> bool:
    """Whether Grafana reads *value* as if it were not there (an empty `mappings` even hides a missing unit)."""
    return value in ({}, [], "") or (key == "thresholds" and not value.get("steps"))


_NOTHING = object()
