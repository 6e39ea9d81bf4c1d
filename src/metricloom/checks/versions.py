"""What an expression asks of the Prometheus that reads it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from metricloom.checks.model import Finding, Reading, check, rules
from metricloom.errors import Severity
from metricloom.monitoring.metrics import ANY_METRIC_NAME
from metricloom.promql.nodes import TRIMS, Aggregation, Binary, Call, Node, Number, Selector, Subquery
from metricloom.promql.text import Span
from metricloom.sources.model import Group, Sources, Use

Version = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Need:
    """Since when Prometheus reads something, and behind which flag; *until* says when it needs the flag no more."""

    since: Version
    flag: str = ""
    until: Version | None = None


_FUNCTIONS: Final = "promql-experimental-functions"
_FILL: Final = "promql-binop-fill-modifiers"
_START: Final = "use-start-timestamps"

FUNCTIONS: Final[dict[str, Need]] = {
    **dict.fromkeys(("acos", "asin", "atan", "cos", "sin", "tan", "deg", "pi", "rad"), Need((2, 31))),
    **dict.fromkeys(("acosh", "asinh", "atanh", "cosh", "sinh", "tanh"), Need((2, 31))),
    **dict.fromkeys(("histogram_count", "histogram_sum", "histogram_fraction"), Need((2, 40))),
    **dict.fromkeys(("histogram_stddev", "histogram_stdvar"), Need((2, 47))),
    "histogram_avg": Need((2, 51)),
    "histogram_quantiles": Need((3, 11), _FUNCTIONS),
    **dict.fromkeys(("mad_over_time", "sort_by_label", "sort_by_label_desc"), Need((2, 49), _FUNCTIONS)),
    "info": Need((2, 55), _FUNCTIONS),
    "double_exponential_smoothing": Need((3, 0), _FUNCTIONS),
    **dict.fromkeys(("ts_of_min_over_time", "ts_of_max_over_time", "ts_of_last_over_time"), Need((3, 5), _FUNCTIONS)),
    "first_over_time": Need((3, 7), _FUNCTIONS, until=(3, 14)),
    "ts_of_first_over_time": Need((3, 7), _FUNCTIONS),
    **dict.fromkeys(("start", "end", "range", "step"), Need((3, 12), _FUNCTIONS)),
    **dict.fromkeys(("min_of", "max_of"), Need((3, 13), _FUNCTIONS)),
    "start_timestamp": Need((3, 14), _START),
}
"""Functions younger than what anybody may still run."""

AGGREGATIONS: Final[dict[str, Need]] = dict.fromkeys(("limitk", "limit_ratio"), Need((2, 54), _FUNCTIONS))
_RENAMED: Final = Need((3, 0), _FUNCTIONS)


@check(
    "Q218",
    "min-version",
    visits=Node,
    bad=(
        "limitk(3, queue_items) > 1",
        "sum(queue_items) / on () fill (0) sum(used_bytes) > 1",
        "double_exponential_smoothing(queue_items[1h], 0.5, 0.5) > 1",
        'sum({"queue.items"}) > 1',
    ),
    good=("quantile(0.9, queue_items) > 1", "histogram_sum(rate(wait_seconds[5m])) > 1", "queue_items @ start() > 1"),
)
def min_version(reading: Reading, _root: Node) -> Iterator[Finding]:
    """A Prometheus that is older than what an expression uses refuses the whole file that holds it, and so does one
    that was started without the flag for what is experimental.
    """
    oldest = reading.world.min_prometheus
    if oldest is None or reading.site.use is Use.PANEL:
        return
    for node in filter(_may_be_new, reading.nodes):
        for shown, need, span in _needs(reading, node):
            yield from _unmet(shown, need, oldest, span)


GROUP_FIELDS: Final[dict[str, Need]] = {
    "limit": Need((2, 31)),
    "query_offset": Need((2, 53)),
    "labels": Need((3, 0)),
}
"""Fields of a group younger than what anybody may still run."""


@check(
    "R609",
    "min-version-of-group",
    visits=Group,
    bad=rules("""
groups:
- name: example
  query_offset: 1m
  rules:
  - {alert: LongQueue, expr: queue_items > 10}
"""),
    good=rules("""
groups:
- name: example
  limit: 10
  rules:
  - {alert: LongQueue, expr: queue_items > 10}
"""),
)
def min_version_of_group(sources: Sources, group: Group) -> Iterator[Finding]:
    """A Prometheus that is older than a field of a group refuses the whole file that holds it."""
    oldest = sources.world.min_prometheus
    if oldest is None:
        return
    for name in sorted(group.fields & GROUP_FIELDS.keys()):
        for finding in _unmet(f"`{name}` of group {group.name}", GROUP_FIELDS[name], oldest, None):
            yield replace(finding, at=group.at)


def _unmet(shown: str, need: Need, oldest: tuple[int, ...], span: Span | None) -> Iterator[Finding]:
    declared = ".".join(map(str, oldest))
    if need is _RENAMED:
        yield Finding(
            f"{shown} is gone since Prometheus 3.0",
            "there it is called double_exponential_smoothing, and needs a flag; deriv() and predict_linear() need none",
            span,
            None if oldest >= (3, 0) else Severity.WARNING,
        )
    elif oldest < need.since:
        yield Finding(
            f"{shown} needs Prometheus {_version(need.since)}, and the oldest that must read this is {declared}",
            f"write it without, or raise min_prometheus to {_version(need.since)}",
            span,
        )
    elif need.flag and (need.until is None or oldest < need.until):
        yield Finding(
            f"{shown} is experimental: Prometheus refuses it unless it was started with --enable-feature={need.flag}",
            "write it without, or set the flag wherever this is read",
            span,
            Severity.WARNING,
        )


def _may_be_new(node: Node) -> bool:
    """Whether a node is of a sort that some Prometheus does not read: most are not."""
    if isinstance(node, Call):
        return node.function in FUNCTIONS or node.function == "holt_winters"
    return not isinstance(node, Number) and (not isinstance(node, Aggregation) or node.op in AGGREGATIONS)


def _needs(reading: Reading, node: Node) -> Iterator[tuple[str, Need, Span | None]]:
    match node:
        case Call(function="holt_winters"):
            yield "holt_winters()", _RENAMED, reading.span(node)
        case Call() if need := FUNCTIONS.get(node.function):
            yield f"{node.function}()", need, reading.span(node)
        case Aggregation() if need := AGGREGATIONS.get(node.op):
            yield f"{node.op}()", need, reading.span(node)
        case Binary():
            yield from _needs_of_operator(reading, node)
        case Selector() | Subquery():
            yield from _needs_of_reading(reading, node)


def _needs_of_operator(reading: Reading, node: Binary) -> Iterator[tuple[str, Need, Span | None]]:
    if node.op == "atan2":
        yield "atan2", Need((2, 31)), reading.places.operator(node)
    if node.op in TRIMS:
        yield node.op, Need((3, 11)), reading.places.operator(node)
    if node.fill_left is not None or node.fill_right is not None:
        yield "fill", Need((3, 10), _FILL), reading.places.operator(node)


def _needs_of_reading(reading: Reading, node: Selector | Subquery) -> Iterator[tuple[str, Need, Span | None]]:
    if node.at:
        yield "@", Need((2, 33)), reading.span(node)
    if node.offset_seconds < 0:
        yield "a negative offset", Need((2, 33)), reading.span(node)
    names = [node.name or "", *(each.label for each in node.matchers)] if isinstance(node, Selector) else []
    if any(name and not ANY_METRIC_NAME.fullmatch(name) for name in names):
        yield "a name with other characters than letters, digits, _ and :", Need((3, 0)), reading.span(node)


def _version(version: Version) -> str:
    return ".".join(map(str, version))
