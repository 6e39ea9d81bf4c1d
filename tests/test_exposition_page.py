"""Pages of /metrics: read as prometheus_client reads them, whatever stands on them, in bounded memory."""

import math
import tracemalloc
from collections import Counter
from collections.abc import Iterable, Iterator

import prometheus_client
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Enum, Gauge, Histogram, Info, Metric, Summary
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_classic

from metricloom.errors import Location, Severity
from metricloom.exposition.model import Family, FamilyType, Page
from metricloom.exposition.page import MAX_PROBLEMS, MAX_VALUES, read_page

Shown = dict[str, tuple[str, str, str, dict[str, tuple[int, dict[str, set[str]]]]]]
"""By family: type, help, unit, and by series their number and the values of each label that has one."""


def page(text: str) -> Page:
    found = read_page(text)
    assert found.problems == ()
    return found


def family(text: str) -> Family:
    (found,) = page(text).families
    return found


def shown(families: Iterable[Family]) -> Shown:
    return {
        each.name: (
            each.type.value,
            each.help or "",
            each.unit,
            {
                name: (series.count, {label: set(use.values) for label, use in series.labels.items() if use.count})
                for name, series in each.series.items()
            },
        )
        for each in families
    }


def shown_by_the_client(families: Iterable[Metric], *, classic: bool) -> Shown:
    found: Shown = {}
    for each in families:
        # The client's classic reader takes `_total` from the name of a counter.
        total = "_total" if classic and each.type == "counter" else ""
        count = Counter(sample.name for sample in each.samples)
        values: dict[str, dict[str, set[str]]] = {name: {} for name in count}
        for sample in each.samples:
            for label, value in sample.labels.items():
                if value:
                    values[sample.name].setdefault(label, set()).add(value)
        series = {name: (count[name], values[name]) for name in count}
        found[each.name + total] = (each.type, each.documentation, each.unit, series)
    return found


# --- the two formats --------------------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
# The client's own readers stumble over spaces at the end of a help text, and take them away.
helps = st.text(st.sampled_from('ab\\"\né {}#'), max_size=8).map(lambda text: f"x{text}x")
numbers = st.floats(allow_nan=False, min_value=0)


@st.composite
def collectors(draw: st.DrawFn) -> CollectorRegistry:
    """Return a collector registry with one metric of each kind, as programs use the client."""
    registry = CollectorRegistry()
    for number, kind in enumerate(draw(st.lists(st.sampled_from(["c", "g", "h", "s", "i", "e"]), max_size=5))):
        labels = draw(st.lists(st.sampled_from(["a", "b_2", "C"]), unique=True, max_size=2))
        children = draw(st.lists(st.tuples(*(texts for _ in labels)), max_size=3, unique=True))
        name, text = f"m{number}", draw(helps)
        if kind == "i":
            Info(name, text, registry=registry).info({"version": draw(texts)})
        elif kind == "e":
            Enum(name, text, states=["on", draw(texts.filter(bool)) + "x"], registry=registry).state("on")
        else:
            _observe(draw, kind, name, text, labels, children, registry)
    return registry


def _observe(
    draw: st.DrawFn,
    kind: str,
    name: str,
    text: str,
    labels: list[str],
    children: list[tuple[str, ...]],
    registry: CollectorRegistry,
) -> None:
    for_each = children if labels else [()]
    if kind == "c":
        counter = prometheus_client.Counter(name, text, labels, registry=registry)
        for child in for_each:
            (counter.labels(*child) if labels else counter).inc(draw(numbers))
    elif kind == "g":
        gauge = Gauge(name, text, labels, unit=draw(st.sampled_from(["", "seconds"])), registry=registry)
        for child in for_each:
            (gauge.labels(*child) if labels else gauge).set(draw(st.floats()))
    else:
        observed = (Histogram if kind == "h" else Summary)(name, text, labels, registry=registry)
        for child in for_each:
            (observed.labels(*child) if labels else observed).observe(draw(numbers))


def openmetrics(registry: CollectorRegistry) -> str:
    page: bytes = generate_openmetrics(registry)  # type: ignore[no-untyped-call]
    return page.decode()


@settings(max_examples=50)
@given(collectors())
def test_a_classic_page_shows_what_the_client_reads_from_it(registry: CollectorRegistry) -> None:
    text = generate_latest(registry).decode()
    assert shown(page(text).families) == shown_by_the_client(read_classic(text), classic=True)


@settings(max_examples=50)
@given(collectors())
def test_an_openmetrics_page_shows_what_the_client_reads_from_it(registry: CollectorRegistry) -> None:
    text = openmetrics(registry)
    assert shown(page(text).families) == shown_by_the_client(read_openmetrics(text), classic=False)  # type: ignore[no-untyped-call]


@settings(max_examples=50)
@given(collectors(), st.floats(0, 1), st.floats(0, 1), st.text(max_size=5))
def test_a_page_of_which_anything_was_changed_is_read_or_told(
    registry: CollectorRegistry, one: float, other: float, put: str
) -> None:
    text = openmetrics(registry)
    start, end = (int(share * len(text)) for share in sorted((one, other)))
    found = read_page(text[:start] + put + text[end:])
    assert all(problem.at is not None and problem.at.line > 0 for problem in found.problems)


@given(st.text() | st.text(st.sampled_from('ab{}=",\\# 1\n\t')))
def test_no_text_stops_the_reader(text: str) -> None:
    read_page(text)


def test_a_histogram_has_bounds_as_numbers_and_as_they_are_written() -> None:
    rows = "".join(f'h_bucket{{le="{le}"}} 1\n' for le in ("10", "0.5", "1e+06", "+Inf", "5.0"))
    found = family(f"# TYPE h histogram\n{rows}h_sum 3\nh_count 1\n")
    assert found.bounds == {0.5: "0.5", 5: "5.0", 10: "10", 1e6: "1e+06", math.inf: "+Inf"}
    assert list(found.bounds) == sorted(found.bounds)
    assert found.quantiles == {}


def test_a_summary_has_quantiles() -> None:
    found = family(
        '# TYPE s summary\ns{quantile="0.99"} NaN\ns{quantile="0.5"} 1\ns{quantile="odd"} 1\ns_sum 1\ns_count 1\n'
    )
    assert found.quantiles == {0.5: "0.5", 0.99: "0.99"}
    assert (found.series["s"].low, found.series["s"].high) == (1, 1)


def test_names_of_any_characters_are_read() -> None:
    text = (
        '# HELP "my.metric" A \\\\ in \\n help\n# TYPE "my.metric" gauge\n{"my.metric","a.b"="c",d="\\"\\\\\\n\\t"} 1\n'
    )
    found = family(text)
    assert (found.name, found.type, found.help) == ("my.metric", FamilyType.GAUGE, "A \\ in \n help")
    assert {label: use.values for label, use in found.series["my.metric"].labels.items()} == {
        "a.b": ("c",),
        "d": ('"\\\n\\t',),
    }


@pytest.mark.parametrize(
    "line",
    [
        "x 1",
        "x\t1",
        "  x   1  ",
        "x{} 1",
        "x{}1",
        'x{a="b",} 1',
        'x{a="b" c="d"} 1',
        'x { a = "b" , c="d" } +1.5e-7 1600000000000',
        "x NaN",
        "x nan",
        "x +Inf",
        "x -inf 123",
        "x Infinity",
        "x .5",
        "x 5.",
        "x 1 1600000000.5",
        'x{a="# {"} 1',
        '{"x"} 1',
        '{"x",a="b"} 1',
        '{a="b","x"} 1',
    ],
)
def test_a_sample_in_any_form_is_read(line: str) -> None:
    (found,) = page(line + "\n").families
    assert (found.name, found.type, found.help, found.series["x"].count) == ("x", FamilyType.UNKNOWN, None, 1)


FAULTS = (
    ("x", "there is no value", 2),
    ("x one", "'one' is no number", 3),
    ("x 1_000", "'1_000' is no number", 3),
    ("x 0x1p-2", "'0x1p-2' is no number", 3),
    ("x ١", "'١' is no number", 3),
    ("x 1\r", "'1\\r' is no number", 3),
    ("x +nan", "'+nan' is no number", 3),
    ("x 1 2 3", "after the value stands only a time", 4),
    ("x 1 # no exemplar", "after the value stands only a time", 4),
    ("x{a=b} 1", "labels are written", 2),
    ('x{a="b} 1', "labels are written", 2),
    ("x 1e400", "1e400 is more than a number can be", 3),
    ('x{__name__="y"} 1', "'__name__' stands twice", 2),
    ("# TYPE x  counter", "' counter' is no type", 8),
    ("# TYPE x counter ", "'counter ' is no type", 8),
    ('x{,a="b"} 1', "labels are written", 2),
    ('x{a.b="c"} 1', "labels are written", 2),
    ('x{a="b",a="c"} 1', "'a' stands twice", 2),
    ('x{"y"} 1', "'y' stands twice", 2),
    ('{a="b"} 1', "there is no name", 1),
    ("{} 1", "there is no name", 1),
    ("1", "there is no name", 1),
    ("é 1", "a line begins with the name of a series", 1),
    ("<html>", "a line begins with the name of a series", 1),
    ("# TYPE x meter", "'meter' is no type", 8),
    ("# TYPE x", "'' is no type", 8),
    ("# HELP 1x text", "# HELP is followed by no name", 8),
)
"""Lines for which Prometheus drops the page in either format, what is said of each, and at which column."""


@pytest.mark.parametrize(("line", "message", "column"), FAULTS)
def test_a_line_with_a_fault_is_told_with_its_place_and_the_others_read(line: str, message: str, column: int) -> None:
    found = read_page(f"# A comment\n\nbefore 1\n{line}\nafter 1\n", "page.txt")
    (problem,) = found.problems
    assert (problem.code, problem.at) == ("E101", Location("page.txt", 4, column))
    assert problem.message.startswith(message)
    assert problem.hint
    assert problem.span == (column - 1, column)
    assert [each.name for each in found.families] == ["before", "after"]


def test_of_many_faults_the_first_are_shown_and_all_counted() -> None:
    found = read_page("x\n" * 1000)
    assert (len(found.problems), found.faults) == (MAX_PROBLEMS, 1000)


def test_a_fault_in_a_long_line_is_shown_with_what_stands_around_it() -> None:
    labels = ",".join(f'a{number}="x"' for number in range(10_000))
    (problem,) = read_page(f"x{{{labels}}} ? 1\n").problems
    assert len(problem.source) <= 400
    assert problem.span is not None
    assert problem.source[slice(*problem.span)] == "?"


def test_what_follows_the_end_of_an_openmetrics_page_is_a_fault() -> None:
    found = read_page("x 1\n# EOF\n\ny 1\n")
    assert [each.name for each in found.families] == ["x"]
    assert [problem.message.partition(":")[0] for problem in found.problems] == ["a line after # EOF"]


@pytest.mark.parametrize("line", ['x 1 # {trace_id="a"} 0.5', 'x{a="}"} 1 2 # {} 0.5 1600000000.5', "# TYPE x info"])
def test_what_only_openmetrics_has_stands_on_a_page_with_its_end(line: str) -> None:
    assert family(f"{line}\n# EOF\n").name == "x"
    (problem,) = read_page(f"y 1\n{line}\n{line}\nz 1\n", "page.txt").problems
    assert (problem.code, problem.at) == ("E101", Location("page.txt", 2, 1))
    assert "ends with # EOF" in problem.message


def test_quotes_in_help_are_escaped_in_openmetrics_only() -> None:
    text = '# HELP x a \\"b\\" \\\\n\nx 1\n'
    assert family(text).help == 'a \\"b\\" \\n'
    assert family(text + "# EOF\n").help == 'a "b" \\n'


def test_comments_of_other_forms_say_nothing() -> None:
    assert page("#\n# \n#TYPE x counter\n# TYPES x counter\n# HELP\n \t\n# x 1").families == ()


def test_a_family_without_series_is_known() -> None:
    found = family("# HELP x Text\n# TYPE x untyped\n# UNIT x seconds\n")
    assert (found.type, found.help, found.unit, found.series, found.line) == (
        FamilyType.UNKNOWN,
        "Text",
        "seconds",
        {},
        1,
    )


def test_a_series_belongs_to_the_family_of_its_name_before_that_of_its_ending() -> None:
    text = "# TYPE x summary\n# TYPE x_count gauge\nx_count 1\nx_sum 1\ny_count 1\nx_total 1\n"
    assert {each.name: list(each.series) for each in page(text).families} == {
        "x": ["x_sum"],
        "x_count": ["x_count"],
        "y_count": ["y_count"],
        "x_total": ["x_total"],
    }


def test_two_types_of_one_name_are_told() -> None:
    (problem,) = read_page("# TYPE x counter\nx 1\n# TYPE x counter\n# TYPE x gauge\n").problems
    assert (problem.code, problem.severity, problem.at) == ("E102", Severity.WARNING, Location("", 4))
    assert problem.message == "x is a counter, and here a gauge"


def test_a_label_without_a_value_is_none() -> None:
    series = family('x{a="",b="1"} 1\nx{a="2",b="3"} 1\nx{b="4"} 1\n').series["x"]
    assert {label: (use.count, use.values) for label, use in series.labels.items()} == {
        "a": (1, ("2",)),
        "b": (3, ("1", "3", "4")),
    }


def test_of_a_label_with_many_values_some_are_kept_and_all_bounds() -> None:
    rows = (f'x_bucket{{id="{number}",le="{number}"}} 1\n' for number in range(500))
    series = family("# TYPE x histogram\n" + "".join(rows)).series["x_bucket"]
    of_id = series.labels["id"]
    assert (len(of_id.values), of_id.complete, of_id.count) == (MAX_VALUES, False, 500)
    assert (len(series.labels["le"].values), series.labels["le"].complete) == (500, True)


def _hostile(lines: int) -> Iterator[str]:
    for number in range(lines):
        yield f'n{number}{{a{number}="{number}"}} 1'
        yield f'x{{l{number}="{number}",fixed="{number}"}} 1'
        yield f"# HELP h{number} text"


def test_memory_does_not_grow_with_the_page() -> None:
    tracemalloc.start()
    try:
        found = read_page(_hostile(60_000))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [problem.code for problem in found.problems] == ["E103"]
    assert len(found.families) <= 40_000
    assert peak < 120_000_000


def test_a_line_without_end_is_not_read() -> None:
    found = read_page(["x" * 2_000_000, "y 1"])
    assert [problem.code for problem in found.problems] == ["E103"]
    assert [each.name for each in found.families] == ["y"]
