"""Trees of expressions, their bounds, and the place of each node."""

from __future__ import annotations

import pytest
from hypothesis import given

from metricloom.promql.nodes import Aggregation, Binary, Call, Negation, Number, Selector, Subquery, Text
from metricloom.promql.parse import MAX_OPERATORS, parse
from metricloom.promql.places import places
from tests.promql_texts import any_text, expressions


@given(any_text)
def test_any_text_is_read_or_has_a_fault(text: str) -> None:
    for variables in (False, True):
        parsed = parse(text, variables=variables)
        assert (parsed.root is None) == bool(parsed.fault)


@given(expressions)
def test_each_node_is_found_in_the_text(text: str) -> None:
    parsed = parse(text)
    where = places(text)
    for node in parsed.nodes:
        span = where.span(node)
        assert span is not None
        shown = text[slice(*span)]
        match node:
            case Selector():
                assert shown.strip("\"'").startswith(("{", node.name or "{"))
            case Call():
                assert shown.startswith(node.function)
                assert shown.endswith(")")
            case Aggregation():
                assert shown.lower().startswith(node.op)
                assert shown.endswith(")")
            case Binary():
                assert text[slice(*(where.operator(node) or (0, 0)))].lower() == node.op


@pytest.mark.parametrize(
    "text",
    ["(" * 100_000, "abs(" * 100_000 + "x", "x" + "+x" * 100_000, "-" * 5_000 + "x",
     "x" * 1_000_000, "{" * 10_000, "2" + "^2" * 900, "\0" * 500],
)  # fmt: skip
def test_input_that_would_crash_the_parser_is_refused(text: str) -> None:
    assert parse(text).fault


def test_a_long_chain_of_operators_is_read() -> None:
    parsed = parse("x" + " + x" * MAX_OPERATORS)
    assert len(parsed.nodes) == 2 * MAX_OPERATORS + 1
    assert parsed.root is not None
    assert places(parsed.text).span(parsed.root) == (0, len(parsed.text))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1 + sum by (a) (x{b='c'}[5m]) ", "sum by (a) (x{b='c'}[5m])"),
        ("1 + sum(x) by (a) + 2", "sum(x) by (a)"),
        ("abs(x) > 2", "abs(x)"),
    ],
)
def test_the_place_of_a_call_is_all_of_it(text: str, shown: str) -> None:
    node = next((node for node in parse(text.replace("[5m]", "")).nodes if isinstance(node, Call | Aggregation)), None)
    assert node is not None
    assert text[slice(*(places(text).span(node) or (0, 0)))] == shown


def test_places_count_other_nodes() -> None:
    text = 'label_replace(-x, "a", "b", "c", "d") + max_over_time((y)[1h:5m]) * 2'
    shown = {type(node): text[slice(*(places(text).span(node) or (0, 0)))] for node in parse(text).nodes}
    assert shown[Negation] == "-x"
    assert shown[Subquery] == "(y)[1h:5m]"
    assert shown[Number] == "2"
    assert shown[Text] == '"d"'


@pytest.mark.parametrize(
    "text",
    [
        "rate(x[$__rate_interval])", "x[${minutes}m]", 'x{a=~"${model:regex}"}', "sum by ($by) (x)", "x{$filters}",
        'x{a="b",$filters}', "x{$label=~$value}", "$metric{a='b'} > $threshold",
        "x offset $shift", "x[[[range]]:$__interval]",
    ],
)  # fmt: skip
def test_variables_of_grafana_are_read_where_they_are_allowed(text: str) -> None:
    assert parse(text, variables=True).root is not None
    if '"' not in text:
        assert "placeholder" in parse(text).fault


def test_a_fault_points_at_the_bracket_that_is_not_closed() -> None:
    assert parse("sum(rate(x[5m])").fault_span == (3, 4)
    assert parse("x ~ y").fault_span == (2, 3)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("(a + b) / (c + (d)) > 1", "(a + b) / (c + (d))"),
        ("((a)) / b > (1)", "((a)) / b"),
        ("1 < (a / (b))", "a / (b)"),
    ],
)
def test_the_place_of_an_operation_holds_whole_brackets(text: str, shown: str) -> None:
    node = next(node for node in parse(text).nodes if isinstance(node, Binary) and node.op == "/")
    assert text[slice(*(places(text).span(node) or (0, 0)))] == shown
