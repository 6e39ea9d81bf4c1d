"""Operators between values that do not go together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from metricloom.checks.model import Example, Finding, Reading, check
from metricloom.errors import Severity
from metricloom.monitoring.units import ONE, SECONDS, Unit
from metricloom.promql.nodes import COMPARISONS, Binary, Call
from metricloom.promql.operators import EVENT_UNITS
from metricloom.promql.types import RAW, Inferred, Kind, Presence, Shape
from metricloom.sources.model import Use


def _clash(left: Inferred, right: Inferred) -> tuple[Unit, Unit] | None:
    """Return the units of two values that surely differ. A count is no sure unit: many names leave theirs out."""
    if Kind.CONSTANT in (left.kind, right.kind) or left.unit is None or right.unit is None:
        return None
    if left.unit in EVENT_UNITS or right.unit in EVENT_UNITS or left.unit == right.unit:
        return None
    return left.unit, right.unit


@check(
    "Q211",
    "compare-units",
    visits=Binary,
    of=COMPARISONS,
    bad="used_bytes > ignoring (kind) group_left () last_success_seconds",
    good=("used_bytes > ignoring (kind) group_left () limit_bytes", "used_bytes > 1e9"),
)
def compare_units(reading: Reading, node: Binary) -> Iterator[Finding]:
    """Values of two units are compared."""
    units = _clash(reading.type_of(node.lhs), reading.type_of(node.rhs))
    if units:
        yield Finding(
            f"{units[0]} are compared with {units[1]}", "compare values of one unit", reading.places.operator(node)
        )


@check(
    "Q212",
    "add-units",
    visits=Binary,
    of={"+", "-"},
    bad="rate(written_bytes_total[5m]) + ignoring (kind) group_left () last_success_seconds > 1",
    good="used_bytes - ignoring (kind) group_left () limit_bytes > 1",
)
def add_units(reading: Reading, node: Binary) -> Iterator[Finding]:
    """Values of two units are added or subtracted."""
    units = _clash(reading.type_of(node.lhs), reading.type_of(node.rhs))
    if units:
        done = "added to" if node.op == "+" else "subtracted from"
        first, second = (units[0], units[1]) if node.op == "+" else (units[1], units[0])
        yield Finding(f"{first} are {done} {second}", "bring both to one unit first", reading.places.operator(node))


@check(
    "Q221",
    "time-minus-non-timestamp",
    visits=Binary,
    of={"-"},
    bad=("time() - queue_items > 60", "time() - max(used_bytes) > 60", "time() - max(call_seconds_count) > 60"),
    good=(
        "time() - last_success_timestamp_seconds > 60",
        "time() - timestamp(queue_items) > 60",
        "time() - last_success_seconds > 60",
    ),
)
def time_minus_non_timestamp(reading: Reading, node: Binary) -> Iterator[Finding]:
    """time() less something that is no Unix time says nothing. It is an error for a counter, and for what has another
    unit than seconds; a gauge without a unit may hold a time all the same, and is a warning.
    """
    right = reading.type_of(node.rhs)
    if not isinstance(node.lhs, Call) or node.lhs.function != "time" or not right.sources:
        return
    if right.unit in (None, SECONDS) or right.kind in (Kind.TIMESTAMP, Kind.CONSTANT, Kind.UNKNOWN):
        return
    yield Finding(
        f"{reading.text_of(node.rhs)} is no Unix time in seconds",
        "subtract a gauge that holds one: …_timestamp_seconds",
        reading.span(node),
        None if right.kind in RAW or right.unit != ONE else Severity.WARNING,
    )


@check(
    "Q225",
    "ratio-per-replica",
    visits=Binary,
    of={"/"},
    severity=Severity.WARNING,
    bad="rate(failures_total[5m]) / rate(calls_total[5m]) > 0.1",
    good=(
        "sum by (model) (rate(failures_total[5m])) / sum by (model) (rate(calls_total[5m])) > 0.1",
        Example("rate(failures_total[5m]) / rate(calls_total[5m])", Use.PANEL),
        "rate(call_seconds_sum[5m]) / 2 > 1",
    ),
)
def ratio_per_replica(reading: Reading, node: Binary) -> Iterator[Finding]:
    """A ratio of each replica by itself: one that serves little decides, and an outage is seen in parts."""
    sides = (reading.type_of(node.lhs), reading.type_of(node.rhs))
    if reading.site.use is Use.PANEL or any(side.kind not in _EVENTS for side in sides):
        return
    if any(side.aggregated or side.shape is not Shape.VECTOR for side in sides):
        return
    labels = reading.type_of(node).labels
    replica = sorted(name for name in reading.world.replica if labels.presence(name) is Presence.SURELY)
    if replica:
        yield Finding(
            f"this divides for each {' and '.join(replica)} by itself",
            f"sum both sides before the division: sum without ({', '.join(sorted(reading.world.replica))}) (…) / …",
            reading.span(node),
        )


_EVENTS: Final = frozenset({Kind.RATE, Kind.INCREASE})
