"""What Prometheus 3.16 reads and promql-parser does not, and what is refused or unsupported."""

from __future__ import annotations

import math

import pytest

from metricloom.checks.example_world import TABLE
from metricloom.promql.infer import infer
from metricloom.promql.nodes import Binary, Call, Selector, Subquery
from metricloom.promql.parse import parse
from metricloom.promql.places import places
from metricloom.promql.regex import readable_regex


@pytest.mark.parametrize(
    "text",
    [
        "x </ 5", "x >/ on (a) y", "rate(x[5m] smoothed)", "x anchored @ 5 offset 1m", "x offset -100 SMOOTHED + 0",
        "anchored", "smoothed{a='b'}", "sum by (anchored, a) (x)", "x[5m*2]", "x[(9m30s+30s)*3:2*5m]", "x[1.5]",
        "x offset (5m+1m)", "x offset -(1h) + 2", "x offset -min_of(10s, max_of(step() ^ 2, 2))", "x[step()]",
        "x[range():step()+1]", "x[ 1h30m % 1h ] @ end()", "1_000_000", "0x1_F", "1e1_0", "x offset 1_0",
        "holt_winters(x[5m], 0.1, 0.2)", "max_of(1, 2) + step() + range() + start()", "x / on (a) fill_left (-1) y",
        "x + fill (0) y", "info(x)", 'info(x, {data=~".*"})', "info(x, {})", "info(x, {a=''}) + info(y, {b=~'.+'})",
        '{"my.metric"}', '{"my.metric", "my.label"="x"}', 'sum by ("a.b") (x)', "limitk(2, x)", "limit_ratio(-0.5, x)",
        "x offset(1+2)", "x offset-step()*2", "x offset 0.0", "x offset -0 @ 5", "x + fill (60s) y", "x </-2",
        "first_over_time(x[5m])", "sort_by_label(x, 'a')", "histogram_quantiles(x, 'q', 0.5, 0.9)", "+Inf", "NaN",
        "x @ start()", "x @ 1e11", "topk by (a) (1, x) atan2 y", "x == bool 1", "-x^2", "x[300]",
        "mad_over_time(x[5m])", "group without () (x)", "x{a=~'(foo|bar).*'} unless ignoring (b) y",
        "quantile_over_time(0.5, x[1h:])",
    ],
)  # fmt: skip
def test_what_prometheus_reads_is_read(text: str) -> None:
    parsed = parse(text)
    assert parsed.fault == ""
    assert all(places(text).span(node) is not None for node in parsed.nodes)
    infer(text, TABLE)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("x @ -100", "before 1970"),
        ("x @ 1e15", "after 9999"),
        ("x{a=~'\\\\Qab\\\\E'}", "illegal regex"),
        ("x" + " + x" * 1_001, "split it into recording rules"),
        ("-" * 999 + "x", "split it into recording rules"),
        ("(" * 151 + "x" + ")" * 151, "split it into recording rules"),
        ("x" * 100_001, "split it into recording rules"),
    ],
)
def test_what_only_we_do_not_read_is_unsupported(text: str, fault: str) -> None:
    parsed = parse(text)
    assert (parsed.root, parsed.unsupported) == (None, True)
    assert fault in parsed.fault


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x[5m-10m]", "5m-10m"),
        ("x[5m / 0]", "5m / 0"),
        ("x[5m *]", "5m *"),
        ("x[9^9^9^9]", "9^9^9^9"),
        ("x[300y]", "300y"),
        ("x offset (nothing())", "(nothing())"),
        ("sum(x) anchored", "anchored"),
        ("sum(x) + (y", "("),
    ],
)
def test_what_prometheus_refuses_is_refused_where_it_stands(text: str, shown: str) -> None:
    parsed = parse(text)
    assert parsed.fault
    assert not parsed.unsupported
    assert text[slice(*(parsed.fault_span or (0, 0)))] == shown


@pytest.mark.parametrize(
    "text",
    [
        "x{a='b' or c='d'}", "info(x, target_info{a='b'})", "info(x, {a='b'} == 1)", "x[99999y]", "avg(x[5m])",
        "1 > 2", "x and 1", "x{__name__='y'}", "nope(x)", "rate(x)", "x offset 5m offset 5m", "x[5m] + [5m]", "",
        "a / on (b) group_left (b) c", "x{a=~'('}", "x </= 1", "x[0]", "x[0s]", "x - 100 smoothed", "(x) anchored",
        "0.5 smoothed",
    ],
)  # fmt: skip
def test_what_prometheus_refuses_is_refused(text: str) -> None:
    parsed = parse(text)
    assert parsed.fault
    assert not parsed.unsupported


def test_what_was_replaced_is_put_back() -> None:
    root = parse("anchored >/ holt_winters(x[5m] anchored, 0.1, 1_0)").root
    assert isinstance(root, Binary)
    assert isinstance(root.lhs, Selector)
    assert isinstance(root.rhs, Call)
    assert (root.op, root.lhs.name, root.rhs.function) == (">/", "anchored", "holt_winters")
    info = parse('info(x, {a=~".*"})').root
    assert isinstance(info, Call)
    assert isinstance(info.args[1], Selector)
    assert [matcher.label for matcher in info.args[1].matchers] == ["a"]


@pytest.mark.parametrize(
    ("text", "window", "offset"),
    [
        ("x[5m*2]", 600, 0),
        ("x[1.5]", 1.5, 0),
        ("x[2^3^0] offset -(1h + 5m)", 2, -3900),
        ("x[min_of(1h, 5m)] offset +max_of(1, 2)", 300, 2),
        ("x[1h - 10m % 7m]", 3420, 0),
        ("x[-5m + 35m] offset 1_0", 1800, 10),
        ("x[100d * 1]", 8_640_000, 0),
    ],
)
def test_a_duration_is_computed(text: str, window: float, offset: float) -> None:
    root = parse(text).root
    assert isinstance(root, Selector)
    assert (root.range_seconds, root.offset_seconds) == (window, offset)


def test_a_duration_that_only_the_query_knows_compares_with_nothing() -> None:
    root = parse("(x)[step()*2:range()]").root
    assert isinstance(root, Subquery)
    assert math.isnan(root.range_seconds)
    assert math.isnan(root.step_seconds or 0)
    assert infer("rate(calls_total[step()]) / rate(calls_total[range()])", TABLE).result.high == math.inf


def test_a_variable_of_grafana_stands_in_a_computed_duration() -> None:
    assert parse("rate(x[$__interval * 2]) </ $x", variables=True).fault == ""


@pytest.mark.parametrize(
    ("pattern", "value", "read"),
    [
        ("a|b", "b", True),
        ("(foo|bar).*-[0-9]+", "foo-x-1", True),
        ("content(-[a-z]+)?", "content", True),
        ("(a+)+$", "a" * 3_000, False),
        (".*.*.*.*x", "a" * 3_000, False),
        ("(a|aa)" * 30, "a" * 300, False),
        ("a?" * 30 + "a" * 30, "a" * 30, False),
        (".*.*.*x", "a" * 256, True),
    ],
)
def test_a_pattern_is_tried_only_where_that_takes_no_time(pattern: str, value: str, read: bool) -> None:
    compiled = readable_regex(pattern)
    assert (compiled is not None) == read
    if compiled is not None:
        compiled.fullmatch(value)
