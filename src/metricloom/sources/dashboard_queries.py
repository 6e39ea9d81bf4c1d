"""Where the queries stand in a dashboard: the classic schema of Grafana 4 to 13, and the v2 schema of 12 and later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from metricloom.promql.text import Span
from metricloom.sources.datasources import EXPRESSIONS, PROMETHEUS, Datasources, name_of
from metricloom.sources.json_values import Object, at, every_object, objects_at, text_at
from metricloom.sources.variable_queries import expression_in

KEYS: Final = ("expr", "query", "__legacyStringValue", "description")
"""The keys under which expressions and descriptions are written."""


@dataclass(frozen=True, slots=True)
class Found:
    """An expression in a dashboard: the string under *key* of *holder*, or the *part* of it that is PromQL.

    *reference* is what names its datasource, in any of the forms that Grafana has for it. *described* is the panel, or
    whatever else holds the query, that may have a description.
    """

    title: str
    target: str
    holder: Object
    key: str
    reference: object = None
    unit: str = ""
    described: Object | None = None
    part: Span | None = None

    @property
    def text(self) -> str:
        """The string as it is written."""
        return text_at(self.holder, self.key)

    @property
    def legend(self) -> str:
        """The legend's template, "" where Grafana makes one."""
        return text_at(self.holder, "legendFormat").removeprefix("__auto")


def queries_of(board: Object, sources: Datasources) -> Iterator[Found]:
    """Yield the expressions of panels, variables and annotations."""
    found = _all_v2(board) if "elements" in board else _all_classic(board)
    for each in found:
        if each.key != "expr":
            yield from _in_variable(each, sources)
        elif each.text.strip() and sources.reads_promql(each.reference, each.text):
            yield each


def _in_variable(query: Found, sources: Datasources) -> Iterator[Found]:
    kind = sources.type_of(query.reference)
    part = expression_in(query.text, of_prometheus=kind in PROMETHEUS)
    if part is not None and sources.reads_promql(query.reference, query.text):
        yield replace(query, part=part)


# --- classic: Grafana 4 to 13 -----------------------------------------------------------------------


def _all_classic(board: Object) -> Iterator[Found]:
    for panel in _panels(board):
        yield from _panel(panel)
    for variable in objects_at(board, "templating", "list"):
        if text_at(variable, "type") == "query":
            holder = variable if text_at(variable, "query") else at(variable, "query")
            yield Found(_variable(variable), "", holder, "query", variable.get("datasource"))
    for annotation in objects_at(board, "annotations", "list"):
        # Until Grafana 8 the annotation holds its expression, since then a target as panels have them.
        holder = annotation if text_at(annotation, "expr") else at(annotation, "target")
        yield Found(_annotation(annotation), "", holder, "expr", annotation.get("datasource"))


def _panels(board: Object) -> Iterator[Object]:
    """Yield the panels: those of collapsed rows, of the rows of Grafana 4, and library panels that an export holds."""
    for holder in (board, *objects_at(board, "rows")):
        for panel in objects_at(holder, "panels"):
            yield panel
            yield from objects_at(panel, "panels")
    elements = at(board, "__elements")
    for element in elements.values() if isinstance(elements, dict) else ():
        if isinstance(model := at(element, "model"), dict):
            yield model


def _panel(panel: Object) -> Iterator[Found]:
    if panel.get("repeatPanelId") is not None:
        return  # a copy that Grafana makes anew each time
    targets = list(objects_at(panel, "targets"))
    computes = any(name_of(target.get("datasource")) == EXPRESSIONS for target in targets)
    title = text_at(panel, "title") or f"untitled {text_at(panel, 'type')}".strip()
    for target in targets:
        # What is hidden is asked only for the sake of what is computed from it.
        if computes or target.get("hide") is not True:
            reference = target.get("datasource") or panel.get("datasource")
            yield Found(title, text_at(target, "refId"), target, "expr", reference, _unit(panel), panel)


def _unit(panel: Object) -> str:
    """Return the unit of all that a panel shows; "" where parts of it have their own."""
    if "fieldConfig" in panel:
        return _field_unit(panel)
    if any(override.get("yaxis") == 2 for override in objects_at(panel, "seriesOverrides")):
        return ""
    axes = (text_at(axis, "format") for axis in objects_at(panel, "yaxes"))
    return next(axes, "") or text_at(panel, "format")


def _field_unit(holder: Object) -> str:
    overrides = objects_at(holder, "fieldConfig", "overrides")
    own = any(text_at(each, "id") == "unit" for override in overrides for each in objects_at(override, "properties"))
    return "" if own else text_at(holder, "fieldConfig", "defaults", "unit")


def _variable(variable: Object) -> str:
    return f"variable {text_at(variable, 'name')}"


def _annotation(annotation: Object) -> str:
    return f"annotation {text_at(annotation, 'name')}"


# --- v2: Grafana 12 and later -----------------------------------------------------------------------


def _all_v2(board: Object) -> Iterator[Found]:
    """Yield them by their kind: since Grafana 13 variables stand in sections of the layout, too."""
    for each in every_object(board):
        spec = at(each, "spec")
        match each.get("kind"):
            case "Panel":
                yield from _panel_v2(spec)
            case "QueryVariable":
                holder = at(spec, "query", "spec")
                key = "query" if text_at(holder, "query") else "__legacyStringValue"
                yield Found(_variable(spec), "", holder, key, _reference_v2(spec))
            case "AnnotationQuery":
                yield Found(_annotation(spec), "", at(spec, "query", "spec"), "expr", _reference_v2(spec))


def _panel_v2(panel: Object) -> Iterator[Found]:
    queries = [at(query, "spec") for query in objects_at(panel, "data", "spec", "queries")]
    computes = any(_type_v2(query) == EXPRESSIONS for query in queries)
    title, unit = text_at(panel, "title") or "untitled", _field_unit(at(panel, "vizConfig", "spec"))
    for query in queries:
        if computes or at(query, "hidden") is not True:
            yield Found(
                title, text_at(query, "refId"), at(query, "query", "spec"), "expr", _reference_v2(query), unit, panel
            )


def _type_v2(holder: Object) -> str:
    """Return the type of datasource: the query's group, and in the first versions of the schema its kind."""
    return text_at(holder, "query", "group") or text_at(holder, "query", "kind").removeprefix("DataQuery")


def _reference_v2(holder: Object) -> Object:
    """Return type and name as the classic schema has them."""
    name = text_at(holder, "query", "datasource", "name") or text_at(holder, "datasource", "uid")
    return {"type": _type_v2(holder), "uid": name}
