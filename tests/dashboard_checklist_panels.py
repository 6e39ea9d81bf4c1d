"""The points of the checklist that are about what panels look like, and about the dashboard around them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from tests.dashboard_checklist import Subject, point

UNITS = {
    *("short", "none", "s", "cps", "decbytes", "bytes", "Bps", "percentunit", "currencyUSD"),
    *("dateTimeFromNow", "bool_yes_no"),
}


@point(14)
def units_and_bounds(of: Subject) -> Iterator[str]:
    for panel in of.of_type("timeseries", "stat", "gauge"):
        defaults = panel["fieldConfig"]["defaults"]
        if defaults.get("unit") not in UNITS and "mappings" not in defaults:
            yield f"{panel['title']}: unit {defaults.get('unit')}"
        signed = "negative" in panel["description"].lower()
        if defaults.get("unit") in {"short", "cps", "Bps", "decbytes"} and "min" not in defaults and not signed:
            yield f"{panel['title']}: no minimum"
        if defaults.get("unit") == "percentunit" and "max" not in defaults:
            yield f"{panel['title']}: no maximum"


@point(15)
def no_value(of: Subject) -> Iterator[str]:
    panels = of.of_type("stat", "table")
    yield from (panel["title"] for panel in panels if not panel["fieldConfig"]["defaults"].get("noValue"))


@point(16)
def stats(of: Subject) -> Iterator[str]:
    for panel in of.of_type("stat"):
        steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
        values = [step["value"] for step in steps]
        if panel["options"]["graphMode"] != "area" or len(panel["options"]["reduceOptions"]["calcs"]) != 1:
            yield f"{panel['title']}: {panel['options']}"
        if values != sorted(values) or len({step["color"] for step in steps}) > 4:
            yield f"{panel['title']}: {steps}"


@point(17)
def trends(of: Subject) -> Iterator[str]:
    for panel in of.of_type("timeseries"):
        legend, tooltip = panel["options"]["legend"], panel["options"]["tooltip"]
        single = len(panel["targets"]) == 1 and "{{" not in panel["targets"][0]["legendFormat"]
        if legend["displayMode"] != ("list" if single else "table") or legend["calcs"] != [
            "mean",
            "lastNotNull",
            "max",
        ]:
            yield f"{panel['title']}: {legend}"
        if (tooltip["mode"], tooltip["sort"]) != ("multi", "desc"):
            yield f"{panel['title']}: {tooltip}"
        if panel["fieldConfig"]["defaults"]["custom"]["fillOpacity"] > 20:
            yield f"{panel['title']}: fill"


@point(18)
def legends(of: Subject) -> Iterator[str]:
    for panel, target in of.targets:
        if not target["legendFormat"]:
            yield f"{panel['title']}: no legend"
        for label in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]):
            if re.search(r"\bby \(", target["expr"]) and not re.search(rf"\b{label}\b", target["expr"]):
                yield f"{panel['title']}: {label} does not survive"


@point(19)
def ref_ids(of: Subject) -> Iterator[str]:
    for panel in of.data_panels:
        ids = [target["refId"] for target in panel["targets"]]
        if len(set(ids)) != len(ids):
            yield f"{panel['title']}: {ids}"


@point(20)
def tables(of: Subject) -> Iterator[str]:
    for panel in of.of_type("table"):
        if any((target["instant"], target["format"]) != (True, "table") for target in panel["targets"]):
            yield f"{panel['title']}: not instant"
        organised = [each for each in panel["transformations"] if each["id"] == "organize"]
        if not organised or not organised[0]["options"]["renameByName"]:
            yield f"{panel['title']}: not organised"
        properties = {each["id"] for override in panel["fieldConfig"]["overrides"] for each in override["properties"]}
        if "unit" not in properties or not panel["options"]["sortBy"]:
            yield f"{panel['title']}: no units, or no order"
        if "footer" in panel["options"] or "custom.hidden" in properties:
            yield f"{panel['title']}: what Grafana 12 has moved"


@point(21)
def colours(of: Subject) -> Iterator[str]:
    shades = {"green", "orange", "red", "blue"}
    for panel in of.of_type("timeseries", "stat"):
        defaults = panel["fieldConfig"]["defaults"]
        if defaults["color"]["mode"] not in {"palette-classic", "thresholds"}:
            yield f"{panel['title']}: {defaults['color']}"
        found = {
            each["value"]["fixedColor"]
            for override in panel["fieldConfig"]["overrides"]
            for each in override["properties"]
            if each["id"] == "color"
        }
        yield from (f"{panel['title']}: {colour}" for colour in sorted(found - shades))


@point(22)
def thresholds_of_alerts(of: Subject) -> Iterator[str]:
    """Each line is the number of an alert that the description names, and the panel shows what that alert compares."""
    for panel in of.of_type("timeseries", "stat"):
        defaults = panel["fieldConfig"]["defaults"]
        named = re.findall(r"Alert (\w+) fires", panel["description"])
        allowed = {
            number for name in named for value in [of.thresholds[name]] for number in (value, round(1 - value, 12))
        }
        steps = defaults.get("thresholds", {}).get("steps", [])
        yield from (f"{panel['title']}: {step['value']}" for step in steps[1:] if step["value"] not in allowed)
        others = [name for name in named if of.measures[name] != defaults["unit"]]
        yield from (
            f"{panel['title']} shows {defaults['unit']}, {name} compares {of.measures[name]}" for name in others
        )


@point(23)
def times(of: Subject) -> Iterator[str]:
    board = of.board
    if (board["graphTooltip"], board["time"], board["timezone"]) != (1, {"from": "now-6h", "to": "now"}, "browser"):
        yield f"{board['graphTooltip']} {board['time']} {board['timezone']}"
    if not re.fullmatch(r"(3[0-9]|[4-9][0-9])s|[0-9]+[mh]", board["refresh"]):
        yield board["refresh"]


@point(24)
def origin(of: Subject) -> Iterator[str]:
    if len(of.board["tags"]) < 2 or of.board["editable"] or "registry" not in of.board["description"]:
        yield f"{of.board['tags']} {of.board['editable']} {of.board['description']}"


@point(25)
def board_links(of: Subject) -> Iterator[str]:
    kinds = {each["type"]: each for each in of.board["links"]}
    if kinds.keys() != {"link", "dashboards"}:
        yield f"{sorted(kinds)}"
    elif not (kinds["dashboards"]["includeVars"] and kinds["dashboards"]["keepTime"] and kinds["dashboards"]["tags"]):
        yield f"{kinds['dashboards']}"


@point(26)
def runbooks(of: Subject) -> Iterator[str]:
    for panel in of.of_type("timeseries", "stat"):
        if "Alert " in panel["description"] and not any("#" in link["url"] for link in panel.get("links", [])):
            yield panel["title"]


@point(27)
def events(of: Subject) -> Iterator[str]:
    own = [each for each in of.board["annotations"]["list"] if not each.get("builtIn")]
    if len(own) < 2 or not any("ALERTS" in each["expr"] for each in own):
        yield f"{[each['name'] for each in own]}"
    yield from (f"{each['name']} cannot be switched off" for each in own if each["hide"])


@point(28)
def exemplars(of: Subject) -> Iterator[str]:
    quantiles = [(panel, target) for panel, target in of.targets if "histogram_quantile" in target["expr"]]
    yield from (
        panel["title"] for panel, target in quantiles if panel["type"] == "timeseries" and not target["exemplar"]
    )


@point(29)
def order(of: Subject) -> Iterator[str]:
    found = [row for row, _ in of.bands if row]
    if found != list(of.rows):
        yield f"{found}"
    rank = {"stat": 0, "gauge": 0, "bargauge": 0, "timeseries": 1, "heatmap": 1, "table": 2, "text": 2}
    for row, panels in of.bands:
        ranks = [rank[panel["type"]] for panel in panels]
        if ranks != sorted(ranks) or len(panels) > (8 if row else 10):
            yield f"{row or 'band'}: {[(panel['type'], panel['title']) for panel in panels]}"


@point(30)
def size(of: Subject) -> Iterator[str]:
    if len(of.panels) > 40 or len(of.text.encode()) >= 256 * 1024:
        yield f"{len(of.panels)} panels, {len(of.text.encode())} bytes"
    tops = [panel["gridPos"]["y"] for panel in of.data_panels if "ALERTS" in json.dumps(panel["targets"])]
    if of.bands[0][1] and (not tops or min(tops) > 20):
        yield f"alerts firing stand at {tops}"


@point(31)
def resolution(of: Subject) -> Iterator[str]:
    yield from (panel["title"] for panel, target in of.targets if "intervalFactor" in target)
    yield from (panel["title"] for panel in of.panels if "maxDataPoints" in panel)


@point(32)
def same_bytes(of: Subject) -> Iterator[str]:
    if of.again != of.text:
        yield "another generation gives other bytes"
