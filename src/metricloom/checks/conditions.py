"""What the condition of an alert makes of series that are not there yet, that come and go, or that are few."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from metricloom.checks.model import Example, Finding, Reading, check, rules
from metricloom.errors import Severity
from metricloom.promql.aggregations import SELECTING
from metricloom.promql.comparisons import against_number
from metricloom.promql.nodes import COMPARISONS, Aggregation, Binary, Call, Node, Number, Selector, bottom_up
from metricloom.promql.regex import alternatives
from metricloom.promql.types import MAY_BE_ABSENT, Inferred, Kind
from metricloom.sources.model import Use

EVENTS: Final = frozenset({Kind.INCREASE, Kind.RATE})
"""What counts events over a window."""

_ABSENCE: Final = frozenset({"absent", "absent_over_time"})


@lru_cache(maxsize=1)  # the checks of one expression ask one after the other
def compared(reading: Reading) -> tuple[tuple[Binary, Node, str, float], ...]:
    """Return the comparisons with a number by which an alert fires: each with what is compared, and how.

    What an `unless` takes away, and what is compared within a sum, makes nothing fire by itself.
    """
    pending, found_so_far = [reading.root], list[tuple[Binary, Node, str, float]]()
    while pending:
        node = pending.pop()
        if not isinstance(node, Binary) or node.returns_bool:
            continue
        if node.op in ("and", "or", "unless"):
            pending += (node.lhs,) if node.op == "unless" else (node.lhs, node.rhs)
        elif node.op in COMPARISONS:
            if (found := against_number(node, reading.typing)) is not None:
                found_so_far.append((node, found.node, found.op, found.limit))
            pending.append(node.lhs)
    return tuple(found_so_far)


def windows_in(node: Node) -> list[float]:
    """Return the lengths of the windows over which *node* counts."""
    return [each.range_seconds for each in bottom_up(node) if isinstance(each, Selector) and each.range_seconds]


@check(
    "A502",
    "eq-zero-on-absent",
    visits=Node,
    severity=Severity.WARNING,
    bad="sum(increase(rare_total[5m])) == 0",
    good=(
        "sum(increase(rare_total[5m])) == 0 or absent(rare_total)",
        "(sum(increase(rare_total[5m])) or vector(0)) == 0",
        Example("sum(increase(rare_total[5m])) == 0", Use.PANEL),
    ),
)
def eq_zero_on_absent(reading: Reading, _root: Node) -> Iterator[Finding]:
    """Nothing is not 0: where there may be no series, an alert on 0 is silent just when nothing has ever happened."""
    if reading.site.use is not Use.ALERT:
        return
    for node, value, op, number in compared(reading):
        found = reading.type_of(value)
        if op not in ("==", "<=") or number != 0 or found.kind not in EVENTS or not found.absent:
            continue
        if not _asks_for_absence(reading):
            yield Finding(
                f"this is empty, and not 0, while there is no series: {found.absent}",
                f"add what finds that: … or absent({_first_name(found)})",
                reading.places.operator(node),
                _unsaid(found),
            )


def _unsaid(found: Inferred) -> Severity | None:
    return Severity.NOTE if found.absent == MAY_BE_ABSENT.absent else None


def _asks_for_absence(reading: Reading) -> bool:
    return any(isinstance(node, Call) and node.function in _ABSENCE for node in reading.nodes)


def _first_name(found: Inferred) -> str:
    return min(found.sources, default="…")


@check(
    "A505",
    "first-event-lost",
    visits=Node,
    severity=Severity.WARNING,
    bad="increase(rare_total[5m]) > 0",
    good=(
        "increase(started_total[5m]) > 0",
        "increase(rare_total[5m]) > 2",
        Example("increase(rare_total[5m])", Use.PANEL),
    ),
)
def first_event_lost(reading: Reading, _root: Node) -> Iterator[Finding]:
    """A counter that appears at 1 has not increased: the first event of a series that did not exist before is lost."""
    for node, value, op, number in compared(reading) if reading.site.use is Use.ALERT else ():
        if op in (">", ">=", "!=") and 0 <= number < 1 and reading.type_of(value).kind in EVENTS:
            late = [each for each in bottom_up(value) if isinstance(each, Selector) and _appears_late(reading, each)]
            if late:
                yield Finding(
                    f"a series of {late[0].name} appears with its first event, and increase() does not see that one",
                    "have its values known in advance, so that its series start at 0: Label(…, values=[…])",
                    reading.places.operator(node),
                )


def _appears_late(reading: Reading, node: Selector) -> bool:
    """Whether series of a counter are known to appear only with their first event."""
    series = reading.series(node)
    if series is None or series.kind is not Kind.COUNTER or series.record or series.initialised:
        return False
    return bool(series.gaps.absent) and series.gaps != MAY_BE_ABSENT and node.range_seconds is not None


@check(
    "A508",
    "topk-flaps",
    visits=Node,
    severity=Severity.WARNING,
    bad=rules("- {alert: LongQueue, expr: 'topk(3, queue_items) > 10', for: 5m}"),
    good=(
        rules("- {alert: LongQueue, expr: queue_items > 10, for: 5m}"),
        "count(topk(3, queue_items) > 10) > 2",
        "topk by (job) (1, queue_items) > 10",
        "queue_items > on () group_left () topk(1, sum(used_bytes))",
        Example("topk(3, queue_items)", Use.PANEL),
    ),
)
def topk_flaps(reading: Reading, root: Node) -> Iterator[Finding]:
    """Which series are the first few changes from one evaluation to the next: each change ends an alert, begins
    another, and starts its `for` again.
    """
    for node in _kept(root) if reading.site.use is Use.ALERT else ():
        if isinstance(node, Aggregation) and node.op in SELECTING and not _picks_one(reading, node):
            yield Finding(
                f"{node.op} chooses other series at each evaluation, so alerts end and begin although nothing changed",
                f"leave {node.op} out: the threshold says which series are meant",
                reading.span(node),
                None if reading.site.rule and reading.site.rule.for_seconds else Severity.NOTE,
            )


def _picks_one(reading: Reading, node: Aggregation) -> bool:
    """Whether one of equal series is taken for each group, as is done before a join."""
    return bool(node.labels) and node.param is not None and reading.type_of(node.param).value == 1


def _kept(root: Node) -> Iterator[Node]:
    """Yield the nodes whose series are those of the result: not what is summed up, nor what is only looked at."""
    pending = [root]
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, Binary) and node.op != "or":
            pending.append(node.rhs if node.many == "right" or isinstance(node.lhs, Number) else node.lhs)
        elif not isinstance(node, Aggregation):
            pending += node.children()


@check(
    "A509",
    "absent-loses-labels",
    visits=Call,
    of=_ABSENCE,
    severity=Severity.NOTE,
    bad='absent(up{job=~"api|worker"})',
    good=('absent(up{job="api"}) or absent(up{job="worker"})', 'absent(up{job=~"api-.*"})'),
)
def absent_loses_labels(reading: Reading, node: Call) -> Iterator[Finding]:
    """absent() of several series is one result without their label, and only when all of them are gone."""
    selector = node.args[0] if reading.site.use is Use.ALERT else None
    if not isinstance(selector, Selector):
        return
    for matcher in selector.matchers:
        named = alternatives(matcher.value) if matcher.op == "=~" else ()
        if len(named) > 1:
            shown = " and ".join([*named[:3], *(["…"] if len(named) > 3 else [])])
            yield Finding(
                f"this fires only when {shown} are all gone, and does not say which {matcher.label}",
                f'ask for each by itself: {node.function}(…{{{matcher.label}="{named[0]}"}}) or …',
                reading.span(node),
            )
