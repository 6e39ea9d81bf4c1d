"""Reading and rewriting PromQL by its words."""

from __future__ import annotations

import time

import promql_parser
import pytest
from hypothesis import given

from metricloom.promql.outline import outline
from metricloom.promql.text import add_matchers, expand, rename, selectors
from metricloom.promql.tokens import TokenKind, quote, tokens, unquote
from tests.promql_texts import any_text, expressions


@given(any_text)
def test_tokens_joined_are_the_text(text: str) -> None:
    found = tokens(text)
    assert "".join(token.text for token in found) == text
    assert [token.start for token in found] == [sum(len(t.text) for t in found[:i]) for i in range(len(found))]


@given(any_text)
def test_rewriting_nothing_changes_nothing(text: str) -> None:
    assert rename(text, {}, {}) == expand(text, {}, {}) == add_matchers(text, lambda _: ()) == text


@given(any_text)
def test_any_text_can_be_rewritten(text: str) -> None:
    add_matchers(text, lambda _: ['job="x"'])
    rename(text, {"x": "y"}, {"x": "y"})
    expand(text, {"identity": ("job",), "x": ()}, {"x": "1", "y": "2"})


def parses(text: str) -> bool:
    try:
        promql_parser.parse(text)
    except ValueError:
        return False
    return True


@given(expressions)
def test_added_matchers_stand_in_every_selector_and_the_result_parses(text: str) -> None:
    added = add_matchers(text, lambda _: ['job=~"content-.*"'])
    before, after = selectors(text), selectors(added)
    assert [selector.name for selector in after] == [selector.name for selector in before]
    assert all(selector.matchers[-1].value == "content-.*" for selector in after)
    assert parses(added) or not parses(text)


@given(expressions)
def test_selectors_are_those_of_the_parser(text: str) -> None:
    if not parses(text):
        return
    found: list[str | None] = []

    def visit(node: promql_parser.Expr) -> None:
        if isinstance(node, promql_parser.MatrixSelector):
            node = node.vector_selector
        if isinstance(node, promql_parser.VectorSelector):
            named = [matcher.value for matcher in node.matchers.matchers if matcher.name == "__name__"]
            found.append(node.name or (named[0] if named else None))

    promql_parser.walk(promql_parser.parse(text), visit)
    assert set(found) == {selector.name for selector in selectors(text)}  # walk() visits one in a range twice


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("x", 'x{job="j"}'),
        ("x{}", 'x{job="j"}'),
        ('x{a="b"}', 'x{a="b",job="j"}'),
        ('x{a="b", }', 'x{a="b",job="j" }'),
        ('x{a="b" # why\n}[5m]', 'x{a="b",job="j" # why\n}[5m]'),
        ('{__name__="x"}', '{__name__="x",job="j"}'),
        ("rate(x[5m] offset 1h)", 'rate(x{job="j"}[5m] offset 1h)'),
        ("sum by (x) (y) / on (x) group_left (z) w", 'sum by (x) (y{job="j"}) / on (x) group_left (z) w{job="j"}'),
        ("sum / on", 'sum{job="j"} / on{job="j"}'),
        ("a and b unless c", 'a{job="j"} and b{job="j"} unless c{job="j"}'),
        ("x @ end() > inf", 'x{job="j"} @ end() > inf'),
        ("time() - x", 'time() - x{job="j"}'),
        ('x{a="$model"}[$__rate_interval]', 'x{a="$model",job="j"}[$__rate_interval]'),
        ("max_over_time(job:x:rate[1h:5m])", 'max_over_time(job:x:rate{job="j"}[1h:5m])'),
        ("x == bool on (a) y", 'x{job="j"} == bool on (a) y{job="j"}'),
        ("x offset 5m / y", 'x{job="j"} offset 5m / y{job="j"}'),
        ("x + fill (0) y", 'x{job="j"} + fill (0) y{job="j"}'),
    ],
)
def test_matchers_are_added(text: str, result: str) -> None:
    assert add_matchers(text, lambda _: ['job="j"']) == result


def test_matchers_can_depend_on_the_metric() -> None:
    assert add_matchers("x / y", lambda name: ['a="b"'] if name == "x" else ()) == 'x{a="b"} / y'


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ('x{a="a",x="1"} / sum by (a, b) (x)', 'y{c="a",x="1"} / sum by (c, b) (y)'),
        ('x * on(a) group_left(a) {__name__="x"}', 'y * on(c) group_left(c) {__name__="y"}'),
        ('{"x", "a"="1"}', '{"y", "c"="1"}'),
        ('label_replace(x, "a", "$1", "a", "x")', 'label_replace(y, "c", "$1", "c", "x")'),
        ('label_join(x, "a", "a", "a", "b")', 'label_join(y, "c", "a", "c", "b")'),
        ('count_values by (z) ("a", x)', 'count_values by (z) ("c", y)'),
        ('sum(a) by (a) # x{a="1"}', 'sum(a) by (c) # x{a="1"}'),
    ],
)
def test_metrics_and_labels_are_renamed(text: str, result: str) -> None:
    assert rename(text, {"x": "y"}, {"a": "c"}) == result


@pytest.mark.parametrize(
    ("text", "some", "none"),
    [
        ("sum by ($identity, model) (x)", "sum by (cluster, job, model) (x)", "sum by (model) (x)"),
        ("sum by (model, $identity) (x)", "sum by (model, cluster, job) (x)", "sum by (model) (x)"),
        ("sum by ($identity) (x)", "sum by (cluster, job) (x)", "sum(x)"),
        ("sum(x) by ($identity) > 1", "sum(x) by (cluster, job) > 1", "sum(x) > 1"),
        ("x / on ($identity) y", "x / on (cluster, job) y", "x / on () y"),
        ("x / on (a,$identity) group_left ($identity) y",
         "x / on (a, cluster, job) group_left (cluster, job) y", "x / on (a) group_left () y"),
        ("sum without ($identity) (x)", "sum without (cluster, job) (x)", "sum without () (x)"),
        ("sum by (job, $identity) (x)", "sum by (job, cluster) (x)", "sum by (job) (x)"),
        ('x{a="$identity"} # $identity', 'x{a="$identity"} # $identity', 'x{a="$identity"} # $identity'),
        ("x * $price_m + $identity", "x * 0.25 + $identity", "x * 0.25 + $identity"),
        ("sum by (a,b) (x)", "sum by (a,b) (x)", "sum by (a,b) (x)"),
    ],
)  # fmt: skip
def test_placeholders_are_expanded(text: str, some: str, none: str) -> None:
    assert expand(text, {"identity": ["cluster", "job"]}, {"price_m": "0.25"}) == some
    assert expand(text, {"identity": []}, {"price_m": "0.25"}) == none


@given(any_text)
def test_quoted_text_reads_back(text: str) -> None:
    assert unquote(quote(text)) == text
    assert [token.kind for token in tokens(quote(text))] == [TokenKind.STRING]


@pytest.mark.parametrize(
    "unit",
    [
        "(",
        "x",
        "x+",
        '"\\',
        "'",
        "`",
        "[[",
        "${",
        "{a=",
        "sum by(",
        "5m",
        "1_",
        "\\",
        "[:",
        "x{",
        "by ($x",
        "#",
        "é",
        "$",
        '{"a"',
    ],
)
def test_hostile_texts_take_linear_time(unit: str) -> None:
    text = (unit * 200_000)[:100_000]
    start = time.process_time()
    add_matchers(text, lambda _: ["a"])
    assert sum(len(token.text) for token in tokens(text)) == len(text)
    assert time.process_time() - start < 5
    outline.cache_clear()
