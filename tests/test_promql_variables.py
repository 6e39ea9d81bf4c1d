"""Grafana's variables in an expression: what stands in their place, and what is then known."""

from __future__ import annotations

import pytest

from metricloom.checks.example_world import TABLE
from metricloom.promql.infer import infer
from metricloom.promql.nodes import Selector, Variable
from metricloom.promql.parse import parse
from metricloom.promql.places import places
from metricloom.promql.types import Inferred, Kind, Presence, Shape


def inferred(text: str) -> Inferred:
    return infer(text, TABLE, variables=True).result


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('rate(created_${point}__sum{a="b"}[5m])', "created___variable____sum"),
        ("a_$b", "a___variable__"),
        ("${a:raw}_total > 1", "__variable___total"),
        ("sum(level:${x}:rate5m)", "level:__variable__:rate5m"),
    ],
)
def test_a_name_that_holds_a_variable_is_one_name(text: str, name: str) -> None:
    parsed = parse(text, variables=True)
    found = next(node for node in parsed.nodes if isinstance(node, Selector))
    assert found.name == name
    assert text[slice(*(places(text).name(found) or (0, 0)))].replace("$b", "${b}").count("$") == 1
    assert not parsed.names


@pytest.mark.parametrize("text", ["x offset 1d${hours}h${minutes}m", "x[5${unit}]", "x[${days}d:5$unit]"])
def test_a_duration_may_hold_a_variable(text: str) -> None:
    assert not parse(text, variables=True).fault


@pytest.mark.parametrize(
    ("text", "operands"),
    [
        ("$metric", ["$metric"]),
        ("($reads / 25000) * $factor", ["$reads", "$factor"]),
        ("x or sum($y)", ["$y"]),
        ("topk($n, x) > 0.$share", ["$n", "0.$share"]),
        ("histogram_quantile(($percent / 100), x)", ["$percent"]),
    ],
)
def test_an_operand_may_be_a_variable_and_has_its_place(text: str, operands: list[str]) -> None:
    found = [node for node in parse(text, variables=True).nodes if isinstance(node, Variable)]
    assert sorted(text[slice(*(places(text).span(node) or (0, 0)))] for node in found) == sorted(operands)


@pytest.mark.parametrize(
    "text",
    [
        "x $op on (entity) y", 'x{a="b"} $op 5', 'x{a="b"}$health', "(x $filter) * 2", "x $op bool 1", "sum(x $rest)",
        "x $op on (a) group_left (b) y",
    ],
)  # fmt: skip
def test_an_operator_may_be_a_variable(text: str) -> None:
    parsed = parse(text, variables=True)
    assert (parsed.fault, parsed.loose) == ("", True)
    assert not parse(text.replace("$op", ">").replace(" $rest", "").replace(" $filter", "")).loose


@pytest.mark.parametrize("text", ["$function(x[5m])", "$aggregation by (a) (x)"])
def test_what_a_chosen_function_makes_is_not_known(text: str) -> None:
    assert parse(text, variables=True).unsupported


@pytest.mark.parametrize("text", ["$metric", "$reads / 25000", "sum($metric)", "time() - $since", "queue_items $op 5"])
def test_of_what_is_chosen_nothing_is_known(text: str) -> None:
    found = inferred(text)
    assert (found.unit, found.value) == (None, None)
    assert found.kind in (Kind.UNKNOWN, Kind.GAUGE)


def test_a_chosen_number_is_a_number() -> None:
    found = inferred("vector($x)")
    assert (found.shape, found.value, found.low < 0) == (Shape.VECTOR, None, True)
    assert inferred("histogram_quantile($q, sum by (le) (rate(call_seconds_bucket[5m])))").high > 600


def test_a_chosen_operand_leaves_the_labels() -> None:
    labels = inferred("queue_items * $factor > $limit").labels
    assert (labels.presence("model"), labels.presence("nope")) == (Presence.SURELY, Presence.NEVER)


@pytest.mark.parametrize(
    "text",
    [
        "sum by ($by) (queue_items)", "sum by ([[by]], job) (queue_items)", "sum without ($by) (queue_items)",
        "queue_items / on ($by) sum by (model) (queue_items)", "max(up) * on () group_right ($by) queue_items",
    ],
)  # fmt: skip
def test_a_list_that_is_chosen_may_name_any_label(text: str) -> None:
    labels = inferred(text).labels
    assert labels.presence("model") is Presence.POSSIBLY


def test_an_age_of_something_unknown_may_be_a_time() -> None:
    assert infer("time() - nobody_knows_it", TABLE).result.kind is Kind.UNKNOWN
    assert infer("time() - up", TABLE).result.kind is Kind.TIMESTAMP
