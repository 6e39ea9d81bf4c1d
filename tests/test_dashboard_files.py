"""Dashboards of other people: each query found, at its place; what is no dashboard said to be none."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from metricloom.errors import Location, Severity
from metricloom.promql.parse import parse
from metricloom.sources.dashboard_files import DashboardFile, read_dashboard
from metricloom.sources.json_places import Json, StringPlace
from metricloom.sources.model import PanelQuery

PROMETHEUS = {"type": "prometheus", "uid": "p1"}
LOKI = {"type": "loki", "uid": "l1"}


def read(board: Any, **layout: Any) -> DashboardFile:
    return read_dashboard("board.json", json.dumps(board, **layout))


def queries(board: Any) -> list[PanelQuery]:
    found = read(board)
    assert found.problems == ()
    return list(found.panels)


def texts(board: Any) -> list[str]:
    return [each.query.text for each in queries(board)]


def panel(expression: str, **others: Any) -> dict[str, Any]:
    return {"type": "timeseries", "title": "Calls", "targets": [{"refId": "A", "expr": expression}]} | others


# --- where queries stand ----------------------------------------------------------------------------


def test_panels_collapsed_rows_and_the_rows_of_old_are_read_in_the_order_of_the_file() -> None:
    board = {
        "panels": [panel("a"), {"type": "row", "title": "Row", "panels": [panel("b"), panel("c")]}],
        "rows": [{"panels": [panel("d"), {"type": "row", "panels": [panel("e")]}]}],
        "__elements": {"lib": {"model": panel("f")}},
    }
    assert texts(board) == ["a", "b", "c", "d", "e", "f"]


def test_a_panel_query_says_its_panel_target_unit_legend_and_dashboard() -> None:
    shown = panel("up", fieldConfig={"defaults": {"unit": "s"}}, datasource=PROMETHEUS)
    shown["targets"][0]["legendFormat"] = "{{job}}"
    found = read({"title": "Board", "uid": "b", "panels": [shown]})
    (query,) = found.panels
    assert (found.title, found.uid, query.dashboard) == ("Board", "b", "Board")
    assert (query.unit, query.legend, query.datasource) == ("s", "{{job}}", "p1")
    assert query.shown == "panel 'Calls' target A"


@pytest.mark.parametrize(
    ("others", "unit"),
    [
        ({"yaxes": [{"format": "bytes"}, {"format": "short"}]}, "bytes"),
        ({"yaxes": [{"format": "bytes"}, {"format": "ops"}], "seriesOverrides": [{"alias": "x", "yaxis": 2}]}, ""),
        ({"format": "percent"}, "percent"),
        ({"fieldConfig": {"defaults": {"unit": "s"}, "overrides": [{"properties": [{"id": "unit"}]}]}}, ""),
        ({}, ""),
    ],
    ids=["graph", "graph with two axes", "singlestat", "overridden", "none"],
)
def test_a_unit_is_given_only_where_all_of_the_panel_has_it(others: dict[str, Any], unit: str) -> None:
    assert [each.unit for each in queries({"panels": [panel("up", **others)]})] == [unit]


def test_a_legend_that_grafana_makes_is_none() -> None:
    shown = panel("up")
    shown["targets"][0]["legendFormat"] = "__auto"
    assert [each.legend for each in queries({"panels": [shown]})] == [""]


def test_the_description_of_a_panel_comes_with_each_query_at_its_place() -> None:
    (first, second) = queries({"panels": [panel("a", description="Calls that failed"), panel("b", description=5)]})
    assert first.description is not None
    assert first.description.text == "Calls that failed"
    assert first.description.at.column > first.at.column
    assert second.description is None


def test_library_panels_copies_of_a_repeat_and_empty_queries_are_left_out() -> None:
    panels = [{"libraryPanel": {"uid": "x"}}, panel("a", repeatPanelId=3), panel("b", repeatPanelId=None), panel(" ")]
    assert texts({"panels": panels}) == ["b"]


def test_a_hidden_query_counts_only_where_something_is_computed_from_it() -> None:
    hidden = {"refId": "A", "expr": "a", "hide": True}
    computed = {
        "refId": "B",
        "expression": "$A * 2",
        "type": "math",
        "datasource": {"type": "__expr__", "uid": "__expr__"},
    }
    assert texts({"panels": [{"targets": [hidden]}]}) == []
    assert texts({"panels": [{"targets": [hidden, computed]}]}) == ["a"]


@pytest.mark.parametrize(
    ("query", "expression"),
    [
        ("label_values(up, job)", "up"),
        ('label_values(up{a="x,y", b=~"$b"}, job)', 'up{a="x,y", b=~"$b"}'),
        ("  label_values( up ,\tjob ) \n", "up"),
        ('label_values({"my.metric"}, "my.label")', '{"my.metric"}'),
        ("label_values(up, $label)", "up"),
        ("query_result(sum(rate(x[5m])) by (a))", "sum(rate(x[5m])) by (a)"),
        ("query_result(topk(1, x))", "topk(1, x)"),
        ('up{job="x"}', 'up{job="x"}'),
        ('{__name__=~"x.*"}', '{__name__=~"x.*"}'),
        ("up", "up"),
        ("label_values(job)", None),
        ("label_names()", None),
        ("metrics(http_.*)", None),
        ("label_values(up{a='x,y'})", None),
        ("label_values(", None),
        ("query_result()", None),
        ("query_result( )", None),
        ("SELECT * FROM x", None),
        ("", None),
    ],
)
def test_of_a_variable_the_part_that_is_promql_is_read(query: str, expression: str | None) -> None:
    board = {"templating": {"list": [{"type": "query", "name": "v", "query": query, "datasource": PROMETHEUS}]}}
    newer = {
        "templating": {"list": [{"type": "query", "query": {"query": query, "qryType": 1}, "datasource": PROMETHEUS}]}
    }
    assert texts(board) == texts(newer) == ([] if expression is None else [expression])


def test_a_word_is_the_query_of_a_variable_only_where_the_datasource_is_known_to_be_prometheus() -> None:
    words = [{"type": "query", "query": each} for each in ("servers", "label_values(up, job)")]
    custom = {"type": "custom", "query": "up", "datasource": PROMETHEUS}
    assert texts({"templating": {"list": [*words, custom]}}) == ["up"]


def test_the_place_of_a_variable_is_that_of_its_expression() -> None:
    text = '{"templating": {"list": [\n {"type": "query", "name": "v",\n  "query": "label_values(up{a=\\"b\\"}, c)"}]}}'
    (query,) = read_dashboard("board.json", text).panels
    assert query.shown == "panel 'variable v'"
    assert query.at == Location("board.json", 3, 26)
    assert query.query.positions is not None
    span = query.query.positions.in_file((0, len(query.query.text)))
    assert span is not None
    assert text[slice(*span)] == 'up{a=\\"b\\"}'


def test_annotations_old_and_new_are_read() -> None:
    old = {"name": "old", "datasource": "Prometheus", "expr": "a"}
    new = {"name": "new", "datasource": PROMETHEUS, "target": {"expr": "b"}}
    built_in = {"name": "Annotations & Alerts", "datasource": "-- Grafana --", "expr": "c", "builtIn": 1}
    found = queries({"annotations": {"list": [old, new, built_in]}})
    assert [(each.title, each.query.text) for each in found] == [("annotation old", "a"), ("annotation new", "b")]


# --- whose queries they are -------------------------------------------------------------------------

VARIABLES = {
    "list": [
        {"type": "datasource", "name": "metrics", "query": "prometheus"},
        {"type": "datasource", "name": "logs", "query": "loki"},
    ]
}
INPUTS = [
    {"type": "datasource", "name": "DS_PROM", "pluginId": "prometheus"},
    {"type": "datasource", "name": "DS_LOGS", "pluginId": "loki"},
]


@pytest.mark.parametrize(
    ("of_panel", "of_target", "read"),
    [
        (None, None, True),
        ("Prometheus", None, True),
        ("default", None, True),
        (PROMETHEUS, None, True),
        (None, PROMETHEUS, True),
        (LOKI, PROMETHEUS, True),
        (PROMETHEUS, LOKI, False),
        (LOKI, None, False),
        ("-- Mixed --", PROMETHEUS, True),
        ("-- Mixed --", LOKI, False),
        ({"type": "datasource", "uid": "-- Mixed --"}, None, True),
        ({"type": "datasource", "uid": "-- Dashboard --"}, None, False),
        ("${metrics}", None, True),
        ("$logs", None, False),
        ("[[logs]]", None, False),
        ({"uid": "${logs:raw}"}, None, False),
        ("${DS_PROM}", None, True),
        ({"uid": "${DS_LOGS}"}, None, False),
        ("Loki (production)", None, False),
        (PROMETHEUS, {"type": "__expr__", "uid": "__expr__"}, False),
        ({"type": "grafana-postgresql-datasource"}, None, False),
        ({"type": "grafana-amazonprometheus-datasource"}, None, True),
        ({"type": 5, "uid": []}, None, True),
    ],
)
def test_promql_is_told_by_the_datasource(of_panel: Any, of_target: Any, read: bool) -> None:
    shown = panel("up", datasource=of_panel)
    shown["targets"][0]["datasource"] = of_target
    assert bool(texts({"panels": [shown], "templating": VARIABLES, "__inputs": INPUTS})) == read


def test_where_the_datasource_is_unknown_logql_is_told_by_its_pipes() -> None:
    panels = [panel('sum(rate({a="b"} |= "x" [5m]))'), panel('{a="b"} | json'), panel('up{a=~"b|c"}')]
    assert texts({"panels": panels}) == ['up{a=~"b|c"}']


# --- the forms of a file ----------------------------------------------------------------------------


@pytest.mark.parametrize("keys", [["dashboard"], ["spec"], ["dashboard", "spec"]])
def test_a_dashboard_may_stand_in_an_answer_of_the_api_or_in_a_manifest(keys: list[str]) -> None:
    board: dict[str, Any] = {"title": "Board", "panels": [panel("up")]}
    for key in reversed(keys):
        board = {key: board}
    assert texts({"kind": "Dashboard", "metadata": {"name": "x"}} | board) == ["up"]


@pytest.mark.parametrize("version", ["v2alpha1", "v2beta1"])
def test_a_dashboard_of_the_v2_schema_is_read(version: str) -> None:
    def query(expression: str, plugin: str = "prometheus", **spec: Any) -> dict[str, Any]:
        inner = {"expr": expression} if "query" not in spec else {}
        if version == "v2alpha1":
            return {"kind": plugin, "spec": inner | spec}
        return {"kind": "DataQuery", "group": plugin, "datasource": {"name": "p1"}, "spec": inner | spec}

    shown = [
        {"spec": {"refId": "A", "query": query("a", legendFormat="{{x}}")}},
        {"spec": {"refId": "B", "query": query("b", "loki")}},
        {"spec": {"refId": "C", "query": query("c"), "hidden": True}},
    ]
    visible = {"spec": {"fieldConfig": {"defaults": {"unit": "s"}}}}
    element = {"title": "Calls", "description": "Why", "data": {"spec": {"queries": shown}}, "vizConfig": visible}
    spec = {
        "title": "Board",
        "elements": {"one": {"kind": "Panel", "spec": element}, "two": {"kind": "LibraryPanel", "spec": {}}},
        "variables": [
            {"kind": "QueryVariable", "spec": {"name": "v", "query": query("", query="label_values(d, x)")}},
            {"kind": "QueryVariable", "spec": {"query": query("", query="", __legacyStringValue="query_result(e)")}},
        ],
        "annotations": [{"kind": "AnnotationQuery", "spec": {"name": "n", "query": query("f")}}],
    }
    found = read({"apiVersion": f"dashboard.grafana.app/{version}", "metadata": {"name": "uid"}, "spec": spec})
    assert [each.query.text for each in found.panels] == ["a", "d", "e", "f"]
    assert (found.uid, found.title, found.panels[0].unit, found.panels[0].legend) == ("uid", "Board", "s", "{{x}}")
    assert found.panels[0].shown == "panel 'Calls' target A"
    assert found.panels[0].description is not None
    assert found.panels[0].description.text == "Why"


# --- places -----------------------------------------------------------------------------------------

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["expr", "a", "é\n", '"expr"', "\\"]), inner, max_size=4)
    ),
    max_leaves=20,
)


def expressions(value: Any) -> list[tuple[dict[str, Any], str]]:
    if isinstance(value, dict):
        own = [(value, value["expr"])] if isinstance(value.get("expr"), str) else []
        return own + [found for each in value.values() for found in expressions(each)]
    return [found for each in value for found in expressions(each)] if isinstance(value, list) else []


@given(anything, st.booleans(), st.sampled_from([None, 0, 2, "\t"]), st.sampled_from(["", "\ufeff", "\n\r\n "]))
@example([{"expr": '\U0001f600"\\\n\ud800é\x7f'}], True, 2, "\ufeff")
def test_each_character_of_each_expression_is_found_in_the_file(
    value: Any, ascii_only: bool, indent: int | str | None, before: str
) -> None:
    text = before + json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    document = Json("board.json", text, ["expr"])
    for holder, expected in expressions(document.root):
        written = document.written(holder, "expr")
        place = written.positions
        assert isinstance(place, StringPlace)
        assert written.text == expected
        for offset, character in enumerate(expected):
            start, end = place.in_file((offset, offset + 1))
            assert json.loads(f'"{text[start:end]}"') == character
            column = start - text.rfind("\n", 0, start)
            assert place.location(offset) == Location("board.json", text.count("\n", 0, start) + 1, column)
        assert text[place.in_file((len(expected), len(expected)))[1]] == '"'


def test_the_span_of_a_problem_is_the_same_stretch_of_the_file() -> None:
    expression = 'sum(\n  rate(x{é="\t\\"}[5m])\n)'
    text = json.dumps({"panels": [panel(expression)]}, indent=2)
    place = read_dashboard("board.json", text).panels[0].query.positions
    assert place is not None
    start = expression.index("[5m]")
    span = place.in_file((start, start + 4))
    assert span is not None
    assert text[slice(*span)] == "[5m]"


# --- what is no dashboard, and what is hostile ------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("", "no JSON: Expecting value", 1, 1),
        ("groups:\n- name: x\n", "no JSON: Expecting value", 1, 1),
        ('{\n  "panels" []}', "no JSON: Expecting ':' delimiter", 2, 12),
        ('{"panels": []}\n{}', "no JSON: Extra data", 2, 1),
        ('{"panels": [{{ .Values.x }}]}', "no JSON: Expecting property name enclosed in double quotes", 1, 14),
        ('{"panels": [\n NaN]}', "no JSON: NaN is no number", 2, 2),
        ('{"a": "NaN", "b":\n -Infinity}', "no JSON: -Infinity is no number", 2, 2),
        ("\x00\x01\x7fELF", "no JSON: Expecting value", 1, 1),
        ('{"panels": ["\x00"]}', "no JSON: Invalid control character at", 1, 14),
        ("[" * 100_000, "nested too deep to be read", 1, 101),
        ('{"a":' * 100_000, "nested too deep to be read", 1, 501),
        ("[]", "no Grafana dashboard: it has neither panels, rows nor elements", 1, 1),
        ('"panels"', "no Grafana dashboard: it has neither panels, rows nor elements", 1, 1),
        ('{"kind": "Dashboard", "spec": {"panels": {}}}', "no Grafana dashboard", 1, 1),
    ],
)
def test_what_cannot_be_read_is_one_problem_with_its_place(text: str, message: str, line: int, column: int) -> None:
    found = read_dashboard("board.json", text)
    (problem,) = found.problems
    assert problem.message.startswith(message)
    assert problem.code == "D930"
    assert problem.hint
    assert found.panels == ()
    assert problem.at == Location("board.json", line, column)
    assert problem.span == (min(column - 1, 200), min(column, 201))


def test_a_file_of_fifty_megabytes_is_refused_with_its_size() -> None:
    (problem,) = read_dashboard("board.json", '{"panels": [' + " " * 50_000_000 + "]}").problems
    assert "50,000,014 characters" in problem.message


def test_a_fault_far_in_a_long_line_is_shown_with_what_stands_around_it() -> None:
    text = '{"panels": [' + '"x", ' * 100_000 + "?" + ', "x"' * 1000 + "]}"
    (problem,) = read_dashboard("board.json", text).problems
    assert len(problem.source) <= 400
    assert problem.span is not None
    assert problem.source[slice(*problem.span)] == "?"


def test_a_key_that_stands_twice_is_told_and_the_last_one_read() -> None:
    text = '{"panels": [{"targets": [{"expr": "a",\n "expr": "b", "x": {"expr": "c"}}]}], "panels": {}, "rows": []}'
    found = read_dashboard("board.json", text.replace('"panels": {}, ', ""))
    assert [each.query.text for each in found.panels] == ["b"]
    assert found.panels[0].at == Location("board.json", 2, 11)
    (problem,) = found.problems
    assert (problem.severity, problem.at) == (Severity.WARNING, Location("board.json", 2, 2))
    assert "'expr' stands again" in problem.message


def test_a_file_with_thousands_of_repeated_keys_has_a_few_problems() -> None:
    pairs = ", ".join('"a": 1' for _ in range(10_000))
    assert len(read_dashboard("board.json", '{"panels": [], ' + pairs + "}").problems) == 20


def test_numbers_of_any_length_and_a_byte_order_mark_are_read() -> None:
    text = "\ufeff" + '{"panels": [{"id": %s, "x": -1e999999, "targets": [{"expr": "up"}]}]}' % ("9" * 100_000)
    assert [each.query.text for each in read_dashboard("board.json", text).panels] == ["up"]


def test_half_a_character_in_an_expression_neither_stops_the_reader_nor_the_parser() -> None:
    (query,) = read_dashboard("board.json", r'{"panels": [{"targets": [{"expr": "up{a=\"\ud800\"}"}]}]}').panels
    assert query.query.text == 'up{a="\ud800"}'
    parse(query.query.text, variables=True)


@given(anything)
def test_no_value_in_the_place_of_a_dashboard_stops_the_reader(value: Any) -> None:
    for board in (value, {"panels": value}, {"panels": [], "templating": value, "annotations": value}):
        read(board)
    names = ("targets", "panels", "datasource", "fieldConfig", "yaxes", "title")
    read({"panels": [dict.fromkeys(names, value) | {"targets": [{"expr": "up", "datasource": value}]}]})
    read({"elements": {"x": {"kind": "Panel", "spec": {"data": value, "vizConfig": value, "title": value}}}})
    read({"elements": {}, "variables": [{"kind": value, "spec": value}, {"kind": "QueryVariable", "spec": value}]})
