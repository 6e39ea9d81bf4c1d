"""Files that are no registry.json, or not quite: each is refused with its place, and without a traceback."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metricloom.errors import UserError
from metricloom.generators import registry_data
from metricloom.impact.compare import compare
from metricloom.impact.read import MAX_BYTES, READABLE, from_bytes, from_data
from tests.impact_edits import Data, Edit, compared, data, each_label, every, told


def content(edit: Edit = lambda _: None) -> bytes:
    whole = data()
    edit(whole)
    return json.dumps(whole).encode()


def refused(given_bytes: bytes) -> UserError:
    with pytest.raises(UserError) as caught:
        from_bytes(given_bytes, "x.json")
    assert caught.value.hint
    assert caught.value.exit_code == 2
    return caught.value


def test_what_is_generated_is_read() -> None:
    assert registry_data.SCHEMA in READABLE
    document = from_bytes(content(), "x.json")
    assert len(document.metrics) == len(data()["metrics"])
    assert len(document.panels) == 6


@pytest.mark.parametrize(
    ("given_bytes", "said"),
    [
        (b"", "x.json is no JSON"),
        (b"{", "x.json is no JSON"),
        (b"\xff\xfe\x00", "x.json is no text: byte 0 is not UTF-8"),
        (b"[" * 200_000, "x.json is nested too deep"),
        (b'{"a":' * 200_000, "x.json is nested too deep"),
        (b'{"schema": NaN}', "NaN is no number of JSON"),
        (b'{"schema": ' + b"9" * 10_000 + b"}", "x.json"),
        (b" " * (MAX_BYTES + 1), "which no registry.json has"),
        (b"[]", "x.json: it is a list, where an object is expected"),
        (b"7", "x.json: it is a number, where an object is expected"),
        (b"{}", "x.json: it lacks the key 'schema'"),
        (b'{"schema": 1}', "lacks the key"),
        (b'{"schema": 2}', "is of format 2, and this metricloom reads 1"),
        (b'{"schema": 0}', "is of format 0, and this metricloom reads 1"),
        (b'{"schema": true}', "is of format True"),
        (b'{"schema": "1"}', "is of format 1"),
        (b'{"schema": {"a": 1}}', "is of format"),
        (b'{"panels": [], "title": "A dashboard"}', "lacks the key 'schema'"),
    ],
)
def test_what_is_no_registry_is_refused(given_bytes: bytes, said: str) -> None:
    assert said in refused(given_bytes).message


def test_a_newer_format_says_what_to_update_and_an_older_one_what_to_generate() -> None:
    assert refused(b'{"schema": 2}').hint == "update metricloom"
    assert "generate it again" in refused(b'{"schema": 0}').hint


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (every("metrics", {}), "metrics is an object, where a list is expected"),
        (every("name", 7, "metrics", "orders_total"), "metrics[0].name is a number, where a text is expected"),
        (every("internal", None, "metrics", "orders_total"), "metrics[0].internal is null"),
        (every("max_values", "many", "metrics", "orders_total", "labels", "shop"), "labels[0].max_values is a text"),
        (every("expression", ["a"], "alerts", "ManyFailures"), "alerts[0].expression is a list"),
        (every("threshold", 7, "alerts", "ManyFailures"), "alerts[0].threshold is a number, where an object"),
        (every("labels", [], "recordings", "shop:orders:rate5m"), "recordings[0].labels is a list"),
        (every("buckets", [True], "metrics", "order_seconds"), "buckets[0] is true or false, where a number"),
        (every("buckets", [10**400], "metrics", "order_seconds"), "a number that a float can hold"),
        (lambda whole: whole["dashboards"][0]["rows"][0]["panels"].append(None), "panels[5] is null"),
        (lambda whole: whole["alerts"][0].pop("for"), "alerts[0] lacks the key 'for'"),
    ],
)
def test_a_value_of_the_wrong_type_is_told_with_its_place(edit: Edit, said: str) -> None:
    assert said in refused(content(edit)).message


def test_keys_of_later_releases_are_passed_over_and_those_of_earlier_ones_not_asked_for() -> None:
    def older(whole: Data) -> None:
        whole.pop("sites")
        whole["later"] = {"a": [1]}
        for rule in (*whole["recordings"], *whole["alerts"]):
            rule.pop("written")
        for rule in whole["recordings"]:
            rule.pop("unit")
        each_label("region", lambda one: one.pop("aliases"))(whole)
        for one in whole["dashboards"][0]["rows"][0]["panels"]:
            one.pop("units", None)

    old = from_bytes(content(older), "old")
    assert compare(old, from_data(data(), "new")).changes == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def broken(draw: st.DrawFn) -> Data:
    """Return the data of a registry with any value put anywhere."""
    whole = data()
    value: Any = whole
    while True:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        key = draw(st.sampled_from(keys))
        if not isinstance(value[key], dict | list) or not value[key] or draw(st.integers(0, 3)) == 0:
            value[key] = draw(JSON)
            return whole
        value = value[key]


@given(broken())
@settings(max_examples=300, deadline=None)
def test_any_value_anywhere_is_compared_or_refused(whole: Data) -> None:
    good = from_data(data(), "good")
    try:
        other = from_data(whole, "other")
    except UserError as error:
        if not error.message.startswith("other"):
            raise
        return
    there, back = compare(good, other), compare(other, good)
    assert bool(there.changes) is bool(back.changes)
    assert compare(other, other).changes == ()


@pytest.mark.parametrize(
    "expression",
    ["(" * 100_000, "a + " * 100_000 + "a", "x" * 1_000_000, '"', "{", "rate(", "\0", "a" * 50 + '{b=~"' + "(" * 5000],
    ids=["nested", "chain", "long", "quote", "brace", "call", "null", "pattern"],
)
def test_expressions_that_are_none_are_compared_as_texts(expression: str) -> None:
    found = compared(
        every("expression", expression, "alerts", "EachFails"), every("written", expression, "alerts", "EachFails")
    )
    assert ("alert-condition", "alert EachFails", "altering") in told(found)


def test_many_rules_that_read_each_other_in_a_circle_are_compared() -> None:
    def circle(whole: Data) -> None:
        rule = whole["recordings"][0]
        names = [f"a:b:c{number}" for number in range(300)]
        whole["recordings"] += [
            {**rule, "name": name, "expression": f"{other} + {name}", "written": f"{other} + {name}"}
            for name, other in zip(names, [*names[1:], names[0]], strict=True)
        ]

    assert len(compared(circle).changes) == 300


def test_numbers_that_no_program_reads_are_no_crash() -> None:
    edits = every("min_prometheus", "9" * 5000), every("scrape_interval", "9" * 5000 + "s")
    assert {kind for kind, _, _ in told(compared(*edits))} >= {"scrape-interval"}
