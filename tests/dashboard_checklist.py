"""What a good dashboard is, as a list that a script can go through: each function is a point, and yields what fails it.

It reads the JSON alone, as a stranger would: what the registry knows is given as plain tables. Points 14 to 32 stand in
`dashboard_checklist_panels.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from metricloom.dashboards import Dashboard, QueryPanel
from metricloom.declaration import seconds
from metricloom.generators.grafana.context import Context, SeriesLabels
from metricloom.monitoring.metrics import Counter
from metricloom.promql.infer import PROMETHEUS_SERIES
from metricloom.promql.parse import parse
from metricloom.promql.text import selectors
from metricloom.promql.types import Inferred, Kind
from metricloom.registry.registry import Registry

Json = dict[str, Any]
Check = Callable[["Subject"], Iterator[str]]

LEGACY = {"rows", "hideControls", "sharedCrosshair", "style", "gnetId", "__inputs", "id", "version"}
LEGACY_PANEL = {
    "editable",
    "error",
    "height",
    "span",
    "minSpan",
    "hideTimeOverride",
    "cacheTimeout",
    "columns",
    "fontSize",
}
CORE_TYPES = {"timeseries", "stat", "table", "row", "text", "gauge", "bargauge", "heatmap"}
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
WINDOW = re.compile(
    r"(?<!month\(\))\[([^\]:]+)"
)  # month()[1m:1m] is no window of data, but how PromQL reads a calendar
CHECKS: dict[int, Check] = {}


@dataclass(frozen=True)
class Subject:
    """A dashboard, and what is known of its registry."""

    board: Json
    text: str
    labels: Mapping[str, frozenset[str]]
    counters: frozenset[str] = frozenset()
    identity: Sequence[str] = ("cluster", "namespace", "job")
    domain: Sequence[str] = ()
    rows: Sequence[str] = ()
    thresholds: Mapping[str, float] = field(default_factory=dict)
    measures: Mapping[str, str] = field(default_factory=dict)
    """Of each alert with a threshold, Grafana's unit of what it compares."""
    unfiltered: frozenset[str] = frozenset()
    again: str = ""

    @property
    def panels(self) -> list[Json]:
        return [panel for panel in self.board["panels"] if panel["type"] != "row"]

    def of_type(self, *types: str) -> list[Json]:
        return [panel for panel in self.panels if panel["type"] in types]

    @property
    def data_panels(self) -> list[Json]:
        return [panel for panel in self.panels if panel.get("targets")]

    @property
    def targets(self) -> list[tuple[Json, Json]]:
        return [(panel, target) for panel in self.data_panels for target in panel["targets"]]

    @property
    def variables(self) -> list[Json]:
        return [each for each in self.board["templating"]["list"] if each["type"] == "query"]

    @property
    def bands(self) -> list[tuple[str, list[Json]]]:
        """The panels under each row title; above the first row, under none."""
        found: list[tuple[str, list[Json]]] = [("", [])]
        for panel in sorted(self.board["panels"], key=lambda each: (each["gridPos"]["y"], each["gridPos"]["x"])):
            if panel["type"] == "row":
                found.append((panel["title"], []))
            else:
                found[-1][1].append(panel)
        return found


def subject_of(registry: Registry, dashboard: Dashboard, text: str, again: str) -> Subject:
    """Return *text*, a dashboard of *registry*, with what the points need to know."""
    context = Context(dashboard, SeriesLabels(registry))
    panels = [*dashboard.band, *(panel for part in registry.subsystems for panel in part.panels)]
    return Subject(
        board=json.loads(text),
        text=text,
        again=again,
        labels={name: frozenset(context.labels.of(name)) for name in (*registry.series_types, *PROMETHEUS_SERIES)},
        counters=frozenset(metric.name for metric in registry.families if isinstance(metric, Counter)),
        identity=registry.identity,
        domain=dashboard.variable_names,
        rows=[part.title for part in registry.subsystems if part.panels],
        thresholds={alert.name: alert.threshold.value for alert in registry.alerts if alert.threshold},
        measures={alert.name: unit_of(registry.type_of(alert.query)) for alert in registry.alerts if alert.threshold},
        unfiltered=frozenset(panel.title for panel in panels if isinstance(panel, QueryPanel) and not panel.filters),
    )


def unit_of(compared: Inferred) -> str:
    """Return Grafana's unit of what an alert compares."""
    if compared.kind is Kind.RATIO:
        return "percentunit"
    units = {"seconds": "s", "1/seconds": "cps", "bytes": "decbytes", "bytes/seconds": "Bps", "dollars": "currencyUSD"}
    return units.get(str(compared.unit), "short")


def point(number: int) -> Callable[[Check], Check]:
    def kept(check: Check) -> Check:
        CHECKS[number] = check
        return check

    return kept


def failures(subject: Subject) -> dict[int, list[str]]:
    """Return what fails, by point; nothing where all is well."""
    import_module("tests.dashboard_checklist_panels")  # it adds its points
    found = {number: list(check(subject)) for number, check in sorted(CHECKS.items())}
    return {number: messages for number, messages in found.items() if messages}


def each_value(value: Any) -> Iterator[Any]:
    yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from each_value(item)


@point(1)
def current_schema(of: Subject) -> Iterator[str]:
    if of.board["schemaVersion"] != 41:
        yield f"schemaVersion is {of.board['schemaVersion']}"
    yield from sorted(LEGACY & of.board.keys())
    yield from (f"{panel['title']}: {key}" for panel in of.panels for key in sorted(LEGACY_PANEL & panel.keys()))
    if any(value is None for value in each_value(of.board)):
        yield "a null"


@point(2)
def readable_uid(of: Subject) -> Iterator[str]:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", of.board["uid"]):
        yield of.board["uid"]


@point(3)
def panel_ids(of: Subject) -> Iterator[str]:
    ids = [panel["id"] for panel in of.board["panels"]]
    if len(set(ids)) != len(ids) or min(ids) < 1:
        yield f"{ids}"


@point(4)
def grid(of: Subject) -> Iterator[str]:
    cells: dict[tuple[int, int], str] = {}
    for panel in of.board["panels"]:
        place = panel["gridPos"]
        if place["x"] < 0 or place["x"] + place["w"] > 24:
            yield f"{panel['title']} leaves the grid"
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                if other := cells.get((x, y)):
                    yield f"{panel['title']} overlaps {other}"
                cells[x, y] = panel["title"]
    height = max(y for _, y in cells) + 1
    if len(cells) != 24 * height:
        yield f"{24 * height - len(cells)} cells are empty"


@point(5)
def core_types(of: Subject) -> Iterator[str]:
    yield from sorted({panel["type"] for panel in of.board["panels"]} - CORE_TYPES)


@point(6)
def one_datasource(of: Subject) -> Iterator[str]:
    sources = [each for each in of.board["templating"]["list"] if each["type"] == "datasource"]
    if [(each["name"], each["label"]) for each in sources] != [("datasource", "Data source")]:
        yield f"{sources}"
    own = [*of.data_panels, *(target for _, target in of.targets), *of.variables]
    own += [each for each in of.board["annotations"]["list"] if not each.get("builtIn")]
    yield from (f"{each}" for each in own if each.get("datasource") != SOURCE)


@point(7)
def chained_variables(of: Subject) -> Iterator[str]:
    names = [each["name"] for each in of.variables]
    if names != [*of.identity, *of.domain]:
        yield f"variables {names}"
    for place, each in enumerate(of.variables):
        form = (each["multi"], each["includeAll"], each["refresh"], each["sort"], each["current"]["value"])
        if form != (True, True, 2, 1, ["$__all"]):
            yield f"{each['name']}: {form}"
        if each["allValue"] != (".+" if each["name"] == "job" else ".*"):
            yield f"{each['name']}: allValue {each['allValue']}"
        missing = [
            name for name in names[:place] if name in of.identity and f'{name}=~"${name}"' not in each["definition"]
        ]
        yield from (f"{each['name']} is not narrowed by {name}" for name in missing)


@point(8)
def filters_follow_labels(of: Subject) -> Iterator[str]:
    known = {*of.identity, *of.domain}
    for panel, target in of.targets:
        for selector in selectors(target["expr"]):
            used = {match.label for match in selector.matchers if match.value == f"${match.label}"}
            wanted = (
                set() if panel["title"] in of.unfiltered else known & of.labels.get(selector.name or "", frozenset())
            )
            if used != wanted:
                yield f"{panel['title']}: {selector.name} follows {sorted(used)}, should follow {sorted(wanted)}"
    everything = " ".join(target["expr"] for _, target in of.targets)
    yield from (f"{name} is not used" for name in sorted(known) if f"${name}" not in everything)


@point(9)
def declared_names(of: Subject) -> Iterator[str]:
    for panel, target in of.targets:
        for selector in selectors(target["expr"]):
            name = selector.name or ""
            if name not in of.labels:
                yield f"{panel['title']}: {name}"
                continue
            alien = {match.label for match in selector.matchers} - of.labels[name] - {"alertstate"}
            yield from (f"{panel['title']}: {name} has no {label}" for label in sorted(alien))


@point(10)
def sound_queries(of: Subject) -> Iterator[str]:
    for panel, target in of.targets:
        if problem := parse(target["expr"], variables=True).fault:
            yield f"{panel['title']}: {problem}"
        for counter in of.counters:
            raw = re.search(rf"(?<![\w:]){counter}(\{{[^}}]*\}})?(?!\w|\{{|\[)", target["expr"])
            if raw and not re.search(rf"(count|absent|group)\w*\W[^()]*\(?\s*{counter}", target["expr"]):
                yield f"{panel['title']}: raw {counter}"
        if "histogram_quantile" in target["expr"] and not re.search(r"by \([^)]*\ble\b", target["expr"]):
            yield f"{panel['title']}: le is dropped"


@point(11)
def windows(of: Subject) -> Iterator[str]:
    for panel, target in of.targets:
        for window in WINDOW.findall(target["expr"]):
            if not window.startswith("$") and not said(window, panel["description"]):
                yield f"{panel['title']}: [{window}] is not in the description"
        if re.search(r"\brate\([^()]*\[(?!\$__rate_interval)", target["expr"]) and "[$__range]" in target["expr"]:
            yield f"{panel['title']}: rate over another window"


def said(window: str, description: str) -> bool:
    """Whether the description says the window: `24h` is `24 h` or `24 hours`, `7d` is `7 days` or a week.

    `23h59m59s999ms` is 24 hours: a subquery that ends just before the same moment of the day before.
    """
    length = round(seconds(window) or 0, -1)
    names = {86400: ["day"], 604800: ["week"], 3600: ["hour"], 2678400: ["month"]}.get(int(length), [])
    for unit, size in (("h", 3600), ("d", 86400), ("m", 60)):
        words = {"h": "hours", "d": "days", "m": "minutes"}[unit]
        names += [f"{length / size:g} {unit}", f"{length / size:g} {words}"]
    return any(name in description for name in names)


@point(12)
def titles(of: Subject) -> Iterator[str]:
    for row, panels in of.bands:
        names = [panel["title"] for panel in panels]
        yield from (f"{row}: {name!r}" for name in names if not 1 <= len(name) <= 60 or names.count(name) > 1)
        yield from (f"{name!r} has a unit" for name in names if re.search(r"\((s|ms|bytes|%|\$|USD)\)|, s$", name))


@point(13)
def descriptions(of: Subject) -> Iterator[str]:
    yield from (panel["title"] for panel in of.data_panels if len(panel.get("description", "").split()) < 12)
