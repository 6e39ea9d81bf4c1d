"""Where the series of a result have a name: `__name__` is a label that most functions and operators drop."""

from __future__ import annotations

import pytest

from metricloom.checks import run
from metricloom.checks.example_world import TABLE
from metricloom.checks.examples import of_expression
from metricloom.promql.infer import infer
from metricloom.promql.types import Presence

SURELY, POSSIBLY, NEVER = Presence


@pytest.mark.parametrize(
    ("text", "presence"),
    [
        ("queue_items", SURELY),
        ("nobody_knows_it", SURELY),
        ("queue_items > 1", SURELY),
        ("1 < queue_items", SURELY),
        ("queue_items > bool 1", NEVER),
        ("queue_items > queue_items", SURELY),
        ("queue_items > on (job) group_left () up", SURELY),
        ("queue_items > on (job, instance, model) calls_total", NEVER),
        ("queue_items and up", SURELY),
        ("queue_items unless up", SURELY),
        ("queue_items or rate(calls_total[5m])", POSSIBLY),
        ("queue_items + 1", NEVER),
        ("queue_items * on (job) group_left (__name__) sum by (job, __name__) (up)", SURELY),
        ("queue_items atan2 1", POSSIBLY),
        ("-queue_items", NEVER),
        ("last_over_time(queue_items[5m])", SURELY),
        ("first_over_time(queue_items[5m])", SURELY),
        ("max_over_time(queue_items[5m])", NEVER),
        ("rate(nobody_knows_it[5m])", NEVER),
        ("sort_desc(topk(3, queue_items))", SURELY),
        ("max by (__name__) (queue_items)", SURELY),
        ("max without (job) (queue_items)", NEVER),
        ('label_replace(rate(calls_total[5m]), "__name__", "x", "", "")', POSSIBLY),
        ('count_values("__name__", up)', SURELY),
        ("absent(up)", NEVER),
        ("vector(1)", NEVER),
    ],
)
def test_where_there_is_a_name(text: str, presence: Presence) -> None:
    labels = infer(text, TABLE).result.labels
    assert labels.presence("__name__") is presence
    assert "__name__" not in labels.known | labels.lost.keys()


def test_why_there_is_no_name() -> None:
    assert infer("rate(calls_total[5m]) > 1", TABLE).result.labels.why("__name__") == "rate drops it"


def test_a_list_may_keep_the_name() -> None:
    assert not run(of_expression("sum by (__name__, job) (queue_items) > 1"))
    [problem] = run(of_expression("sum by (__name__, job) (rate(calls_total[5m])) > 1"))
    assert (problem.code, "rate drops it" in problem.message) == ("Q227", True)
