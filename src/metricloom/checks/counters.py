"""Counters read as if they were gauges, and gauges read as if they were counters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from metricloom.checks.model import Example, Finding, Reading, check
from metricloom.errors import Severity
from metricloom.promql.comparisons import against_number
from metricloom.promql.functions import OF_COUNTERS, OF_GAUGES
from metricloom.promql.nodes import COMPARISONS, Aggregation, Binary, Call, Node, Selector, Subquery
from metricloom.promql.operators import MIRRORED
from metricloom.promql.types import RAW, Inferred, Kind, Shape
from metricloom.sources.model import Use

AVERAGES: Final = frozenset({"avg_over_time", "sum_over_time", "quantile_over_time", "stddev_over_time"})
_NOT_COUNTERS: Final = frozenset(
    {Kind.GAUGE, Kind.TIMESTAMP, Kind.RATE, Kind.INCREASE, Kind.BUCKET_RATE, Kind.RATIO, Kind.MEAN, Kind.QUANTILE}
)
_STARTS_AGAIN: Final = "it starts again at 0 whenever its process does"


def is_raw(found: Inferred) -> bool:
    """Whether a value is a counter as it is stored."""
    return found.kind in RAW


def is_number(found: Inferred) -> bool:
    """Whether a value is a number that was written down."""
    return found.kind is Kind.CONSTANT


_OF_EVENTS: Final = re.compile(
    r"_(errors?|failures?|failed|timeouts?|restarts?|retries|exceptions?|dropped|rejected|requests?)_total"
)
_AT_ONCE: Final = re.compile(r"pending|queue|active|current|open|in_flight|inflight")


def is_named_counter(reading: Reading, node: Node, *, of_events: bool = False) -> bool:
    """Whether a value is a counter by its name, `_total`, of which nothing else is known: a hint, and no proof.

    Many gauges are called so, too (`disk_space_total`); with *of_events*, the name must say what happens.
    """
    while isinstance(node, Aggregation) and node.op in ("sum", "avg", "min", "max"):
        node = node.expr
    if not isinstance(node, Selector) or not reading.world.open or reading.series(node) is not None:
        return False
    name = node.name or ""
    happens = _OF_EVENTS.search(name) is not None and _AT_ONCE.search(name) is None
    return name.endswith("_total") and ":" not in name and (happens or not of_events)


@check(
    "Q204",
    "raw-counter",
    visits=Binary,
    of=COMPARISONS | {"+", "-", "/"},
    bad=(
        "calls_total > 10",
        "sum by (model) (calls_total) > 10",
        "sum(written_bytes_total) - sum(written_bytes_total) > 1",
        "failures_total / calls_total > 0.1",
    ),
    good=(
        "increase(calls_total[1h]) > 10",
        "rate(calls_total[5m]) > 0 and calls_total > 0",
        "time() - timestamp(calls_total) > 300",
        "queue_items > 10 unless on (job) calls_total",
        "cpu_seconds_total < 60",
    ),
)
def raw_counter(reading: Reading, node: Binary) -> Iterator[Finding]:
    """A counter is read without rate(), irate() or increase(): its value says how long the process has lived. A
    comparison is an error, unless another vector stands beside it (`and`, `unless`, `*`), or only the name says that it
    is a counter. What two counters of one process hold together is exact: of a part and its whole the difference is a
    note, of others a warning.
    """
    left, right = reading.type_of(node.lhs), reading.type_of(node.rhs)
    if node.op in COMPARISONS:
        turned = is_number(left)
        raw, limit, op = (node.rhs, left, MIRRORED[node.op]) if turned else (node.lhs, right, node.op)
        # `< 60` finds a restart, and `> 0` what has ever been: both are read from the value as it is.
        if not is_number(limit) or limit.value == 0 or op in ("<", "<="):
            return
        if is_raw(reading.type_of(raw)):
            guard = Severity.WARNING if node in _beside_another(reading) else None
            yield _raw(reading, raw, "is compared with a number", guard)
        elif op in (">", ">=") and is_named_counter(reading, raw, of_events=True):
            yield _raw(reading, raw, "is compared with a number", Severity.WARNING)
    elif node.op in ("+", "-", "/") and is_raw(left) and is_raw(right):
        done = {"+": "is added to another", "-": "is subtracted from another", "/": "is divided by another"}[node.op]
        together = node.op == "-" and _is_part(reading, left, right)
        yield _raw(reading, node.lhs, done, Severity.NOTE if together else Severity.WARNING)


@lru_cache(maxsize=1)  # each comparison of one expression asks
def _beside_another(reading: Reading) -> frozenset[Node]:
    """Return the nodes beside which another vector decides: `rate(x[5m]) > 1 and x > 100` asks for enough events."""
    found: set[Node] = set()
    for each in reversed(reading.nodes):  # each before what it is made of
        found.update(_deciding_together(reading, each))
        if each in found:
            found.update(each.children())
    return frozenset(found)


def _deciding_together(reading: Reading, node: Node) -> tuple[Node, ...]:
    """Return the sides of an operator that only together say which series there are."""
    if not isinstance(node, Binary) or node.op == "or":
        return ()
    if any(reading.type_of(side).shape is not Shape.VECTOR for side in (node.lhs, node.rhs)):
        return ()
    return (node.rhs,) if node.op == "unless" else (node.lhs, node.rhs)


def _is_part(reading: Reading, whole: Inferred, part: Inferred) -> bool:
    """Whether a counter is declared to count a part of what another one counts."""
    table = reading.world.table
    return any(name in table and table[name].part_of & whole.sources for name in part.sources)


def _raw(reading: Reading, node: Node, done: str, severity: Severity | None = None) -> Finding:
    selector = reading.selector_below(node, is_raw) or reading.selector_below(node, lambda _found: True)
    text = reading.text_of(selector) if selector else reading.text_of(node)
    named = "" if selector and reading.type_of(selector).is_known else ", by its name,"
    return Finding(
        f"{text} is{named} a counter, and {done}: {_STARTS_AGAIN}",
        f"read increase({text}[1h]) or rate({text}[5m]), and sum after that",
        reading.span(selector or node),
        severity,
    )


@check(
    "Q229",
    "raw-counter-shown",
    visits=Node,
    severity=Severity.WARNING,
    bad=Example("sum by (model) (calls_total)", Use.PANEL),
    good=(
        Example("sum by (model) (rate(calls_total[5m]))", Use.PANEL),
        Example("count(calls_total)", Use.PANEL),
        Example("calls_total", Use.RECORD),
    ),
)
def raw_counter_shown(reading: Reading, root: Node) -> Iterator[Finding]:
    """A panel shows a counter as it is stored: a line that rises until the process restarts. A variable of a dashboard
    takes no values from its query, only labels.
    """
    shown = reading.site.panel
    if shown is None or (not shown.target and shown.title.startswith("variable ")):
        return
    if is_raw(reading.type_of(root)):
        yield _raw(reading, root, "is shown as it is stored")


@check(
    "Q205",
    "rate-on-gauge",
    visits=Call,
    of=OF_COUNTERS,
    bad=("rate(queue_items[5m]) > 1", "sum(increase(used_bytes[1h])) > 1", "rate(model:failures:ratio_rate5m[5m]) > 1"),
    good=("deriv(queue_items[5m]) > 1", "sum(delta(used_bytes[1h])) > 1", "changes(queue_items[5m]) > 1"),
)
def rate_on_gauge(reading: Reading, node: Call) -> Iterator[Finding]:
    """rate() takes every fall for a restart of the process, so of a gauge it makes growth that never was."""
    inner = reading.type_of(node.args[0])
    if inner.kind in _NOT_COUNTERS and isinstance(node.args[0], Selector):
        text = reading.text_of(node.args[0])
        better = "delta" if node.function == "increase" else "deriv"
        yield Finding(
            f"{node.function}() of {_a(inner.kind)}: {text} goes down, too, and each fall counts as a restart",
            f"write {better}({text}[…]), or read it without {node.function}()",
            reading.span(node),
        )


def _a(kind: Kind) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


@check(
    "Q206",
    "gauge-fn-on-counter",
    visits=Call,
    of=OF_GAUGES | AVERAGES,
    bad=("delta(failures_total[5m]) > 1", "deriv(calls_total[5m]) > 1", "avg_over_time(calls_total[1h]) > 1 < 5"),
    good=(
        "resets(calls_total[5m]) > 0",
        "increase(failures_total[5m]) > 1",
        "deriv(queue_items[5m]) > 1",
        "max_over_time(queue_items[1h]) > 1",
    ),
)
def gauge_fn_on_counter(reading: Reading, node: Call) -> Iterator[Finding]:
    """delta(), deriv() and their like do not know that a counter starts again: after a restart they are negative. A
    warning where that is asked for (`delta(x[5m]) < 0`), for averages, and where only the name says that it is a
    counter.
    """
    read = next((each for each in node.args if reading.type_of(each).shape is Shape.RANGE), None)
    named = read is not None and is_named_counter(reading, read) and node.function in OF_GAUGES
    if read is not None and (named or is_raw(reading.type_of(read))):
        text = reading.text_of(read)
        better = "rate" if node.function == "deriv" else "increase"
        falls = _finds_falls(reading, node)
        yield Finding(
            f"{node.function}() of {'what is a counter by its name' if named else 'a counter'}: {_STARTS_AGAIN}, which "
            "this function does not know",
            f"write resets({text}[…]) > 0" if falls else f"write {better}({text}[…])",
            reading.span(node),
            None if node.function in OF_GAUGES and not named and not falls else Severity.WARNING,
        )


def _finds_falls(reading: Reading, node: Call) -> bool:
    """Whether a value is asked for that only a restart makes."""
    found = (against_number(each, reading.typing) for each in reading.nodes)
    return any(each.node is node and each.op in ("<", "<=") and each.limit <= 0 for each in found if each)


@check(
    "Q207",
    "rate-of-aggregate",
    visits=Call,
    of=OF_COUNTERS,
    bad=("rate(model:calls:sum[5m]) > 1", "rate(sum by (model) (calls_total)[5m:1m]) > 1"),
    good=("sum by (model) (rate(calls_total[5m])) > 1", "max_over_time(sum(rate(calls_total[5m]))[1h:1m]) > 1"),
)
def rate_of_aggregate(reading: Reading, node: Call) -> Iterator[Finding]:
    """In a sum of counters one restart looks like a restart of all, and rate() counts the whole sum anew."""
    if not isinstance(node.args[0], Selector | Subquery):
        return
    inner = reading.type_of(node.args[0])
    if is_raw(inner) and inner.aggregated:
        yield Finding(
            f"{node.function}() of counters that are already combined: one restart looks like growth of the whole",
            f"take {node.function}() of each series first, then combine: sum(rate(x_total[5m]))",
            reading.span(node),
        )
