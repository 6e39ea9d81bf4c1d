"""Two vectors together: which series meet, and how many of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from metricloom.checks.chosen import labels_are_chosen
from metricloom.checks.fixed import fixed_labels
from metricloom.checks.model import Finding, Reading, check
from metricloom.errors import Severity
from metricloom.promql.aggregations import SELECTING
from metricloom.promql.nodes import COMPARISONS, Aggregation, Binary, Node, Selector, bottom_up
from metricloom.promql.types import Inferred, Kind, Labels, Presence, Shape

_MANY_TO_MANY = ("and", "or", "unless")


@check(
    "Q219",
    "match-labels-differ",
    visits=Binary,
    bad=(
        "sum by (job, model) (rate(failures_total[5m])) / sum by (job) (rate(calls_total[5m])) > 0.1",
        "queue_items > 1 and sum by (job) (rate(calls_total[5m])) > 0",
        "used_bytes > limit_bytes",
    ),
    good=(
        "sum by (job) (rate(failures_total[5m])) / sum by (job) (rate(calls_total[5m])) > 0.1",
        "queue_items > 1 and on (job) sum by (job) (rate(calls_total[5m])) > 0",
        "used_bytes > ignoring (kind) group_left () limit_bytes",
        "queue_items > 1 or used_bytes > 1",
    ),
)
def match_labels_differ(reading: Reading, node: Binary) -> Iterator[Finding]:
    """Series match where all labels are equal: when one side always has a label and the other never, none do."""
    left, right = reading.type_of(node.lhs), reading.type_of(node.rhs)
    if left.shape is not Shape.VECTOR or right.shape is not Shape.VECTOR or node.op == "or":
        return
    if labels_are_chosen(reading):
        return
    differing = _differing(node, left, right)
    if differing:
        side = "left" if left.labels.presence(differing[0]) is Presence.SURELY else "right"
        result = "this takes nothing away" if node.op == "unless" else "there is no result"
        yield Finding(
            f"only the {side} side of {node.op} has {differing[0]}, so no series match, and {result}",
            _how_to_match(node, left.labels, right.labels, differing),
            reading.places.operator(node),
        )


def _how_to_match(node: Binary, left: Labels, right: Labels, differing: list[str]) -> str:
    """Return a way to match: on what both sides have, with the side that has more labels as the one of many series."""
    if node.matching == "on":
        return f"match on labels that both sides have, without {' and '.join(differing)}; or keep it on both"
    both = ", ".join(sorted(left.sure & right.sure or left.known & right.known))
    if node.op in ("and", "unless"):
        return f"write {node.op} on ({both})"
    sides = [name for name, more in (("left", left.sure - right.known), ("right", right.sure - left.known)) if more]
    if len(sides) > 1 or not both:
        return f"aggregate both sides by the same labels{f', such as by ({both})' if both else ''}"
    return f"write {node.op} on ({both}) group_{sides[0]} (), or aggregate both sides by the same labels"


def _differing(node: Binary, left: Inferred, right: Inferred) -> list[str]:
    """Return the labels to match on that all series of one side have, and none of the other: nothing then matches."""
    return sorted(label for label in _matched_on(node, left.labels, right.labels) if _apart(label, left, right))


def _matched_on(node: Binary, left: Labels, right: Labels) -> frozenset[str]:
    named = frozenset(node.labels)
    return named if node.matching == "on" else (left.known | right.known) - named


def _apart(label: str, left: Inferred, right: Inferred) -> bool:
    return {left.labels.presence(label), right.labels.presence(label)} == {Presence.SURELY, Presence.NEVER}


# --- how many -----------------------------------------------------------------------------------------


@check(
    "Q220",
    "match-not-unique",
    visits=Binary,
    severity=Severity.WARNING,
    bad=(
        "sum by (job, model) (rate(failures_total[5m])) / on (job) sum by (job) (rate(calls_total[5m])) > 0.1",
        "queue_items * on (job) group_left () used_bytes > 1",
        "rate(call_seconds_bucket[5m]) / ignoring (le) rate(call_seconds_count[5m]) > 1",
    ),
    good=(
        "sum by (job, model) (queue_items) / on (job) group_left () sum by (job) (queue_items) > 0.1",
        "queue_items * on (job) group_left (kind) sum by (job, kind) (used_bytes) > 1",
        'sum by (job) (queue_items) + on (job) sum by (job, model) (queue_items{model="a"}) > 1',
        "queue_items > 1 and on (job) used_bytes > 1",
        'rate(call_seconds_count[5m]) - ignoring (le) rate(call_seconds_bucket{le=~"60|60\\\\.0"}[5m]) > 1',
        "used_bytes / ignoring (kind) group_left () limit_bytes > 1",
    ),
)
def match_not_unique(reading: Reading, node: Binary) -> Iterator[Finding]:
    """Prometheus gives an error, and no result at all, where several series of the side that must be unique have the
    same labels to match on. Whether there are several, the data decides: an error is sure only for the buckets of a
    histogram, and for values that all exist from the start, where no comparison, `and`, `unless` or topk() lets fewer
    through. Where topk(1, …) takes one for each match, nothing is said.
    """
    if node.op in _MANY_TO_MANY or not node.matching or labels_are_chosen(reading):
        return
    if _differing(node, reading.type_of(node.lhs), reading.type_of(node.rhs)):
        return  # nothing matches at all, which Q219 says
    for side, name in ((node.lhs, "left"), (node.rhs, "right")):
        found = reading.type_of(side)
        if found.shape is not Shape.VECTOR or reading.type_of(node.lhs).shape is not Shape.VECTOR:
            return
        more = sorted(_left_over(reading, node, side, found.labels)) if node.many != name else []
        if more and not _takes_one_each(reading, node, side):
            yield _not_unique(reading, node, side, name, more)


def _not_unique(reading: Reading, node: Binary, side: Node, name: str, more: list[str]) -> Finding:
    sure = not _lets_fewer_through(side) and any(_several(reading, side, label) for label in more)
    shown = f"{node.matching} ({', '.join(node.labels)})"
    group = "" if node.many else f"write {shown} group_{name} (), or "
    return Finding(
        f"{shown} leaves out {' and '.join(more)} of the {name} side, where {'' if sure else 'maybe '}several series "
        "then match alike: Prometheus gives an error instead of a result",
        f"{group}aggregate the {name} side to what it is matched on",
        reading.places.operator(node),
        Severity.ERROR if sure else Severity.NOTE if reading.world.open else None,
    )


def _left_over(reading: Reading, node: Binary, side: Node, labels: Labels) -> frozenset[str]:
    """Return the labels of a side that are not matched on, and that tell its series apart."""
    on = node.matching == "on"
    matched = frozenset(node.labels) if on else labels.sure - frozenset(node.labels)
    more = labels.sure - matched - fixed_labels(side)
    # What is taken over from an info series is one value for each match, as far as anybody knows.
    more -= {label for label in node.included if not _several(reading, side, label)}
    if matched & frozenset(reading.world.replica):  # a replica is of one job, in one cluster
        more -= reading.world.targets
    return more


def _takes_one_each(reading: Reading, node: Binary, side: Node) -> bool:
    """Whether `topk by (labels) (1, …)` leaves one series for each match."""
    while isinstance(side, Binary) and (one := _beside_number(reading, side)) is not None:
        side = one
    if not isinstance(side, Aggregation) or side.op not in _PICKING or side.grouping == "without" or not side.param:
        return False
    matched = set(side.labels) <= set(node.labels) if node.matching == "on" else not {*side.labels} & {*node.labels}
    return matched and reading.type_of(side.param).value == 1


_PICKING: Final = frozenset({"topk", "bottomk", "limitk"})


def _beside_number(reading: Reading, node: Binary) -> Node | None:
    """Return what an operator does something to with a number."""
    if reading.type_of(node.rhs).shape is Shape.SCALAR:
        return node.lhs
    return node.rhs if reading.type_of(node.lhs).shape is Shape.SCALAR else None


def _lets_fewer_through(side: Node) -> bool:
    """Whether the values decide which series of a side there are."""
    for node in bottom_up(side):
        if isinstance(node, Aggregation) and node.op in SELECTING:
            return True
        if isinstance(node, Binary) and (node.op in ("and", "unless") or _is_filter(node)):
            return True
    return False


def _is_filter(node: Binary) -> bool:
    return node.op in COMPARISONS and not node.returns_bool


def _several(reading: Reading, side: Node, label: str) -> bool:
    """Whether a side surely has several values of a label: all that it reads, it reads by all their values."""
    selectors = [node for node in bottom_up(side) if isinstance(node, Selector)]
    return all(_has_several(reading, node, label) for node in selectors) and bool(selectors)


def _has_several(reading: Reading, node: Selector, label: str) -> bool:
    series = reading.series(node)
    if series is None or any(matcher.label == label for matcher in node.matchers):
        return False
    buckets = label == "le" and series.kind is Kind.BUCKETS and bool(series.buckets)
    return buckets or (series.always and len(series.initial.get(label, ())) > 1)
