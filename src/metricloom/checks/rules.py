"""Rules together: in which order and in which groups they read each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from metricloom.checks.model import Finding, check, rules
from metricloom.errors import Severity
from metricloom.promql.nodes import Selector
from metricloom.promql.parse import parse
from metricloom.sources.model import Group, Rule, Sources, Use


@check(
    "R603",
    "cross-group-lag",
    visits=Sources,
    severity=Severity.WARNING,
    bad=rules("""
groups:
- name: records
  rules:
  - {record: "job:calls:increase5m", expr: "sum by (job) (increase(calls_total[5m]))"}
- name: alerts
  rules:
  - {alert: ManyCalls, expr: "job:calls:increase5m > 100"}
"""),
    good=rules("""
- {record: "job:calls:increase5m", expr: "sum by (job) (increase(calls_total[5m]))"}
- {alert: ManyCalls, expr: "job:calls:increase5m > 100"}
"""),
)
def cross_group_lag(sources: Sources, _all: Sources) -> Iterator[Finding]:
    """A rule reads a record of another group, which Prometheus evaluates at another moment: a note on rule files, where
    that is mostly meant.
    """
    homes: dict[str, list[Group]] = defaultdict(list)
    for group in sources.groups:
        for rule in group.rules:
            if rule.use is Use.RECORD:
                homes[rule.name].append(group)
    for group in sources.groups if homes else ():
        for rule in group.rules:
            for name in sorted(_names_in(rule) & homes.keys()):
                if all(group is not home for home in homes[name]):
                    yield _lagging(sources, rule, group, name, homes[name][0])


def _lagging(sources: Sources, rule: Rule, group: Group, name: str, home: Group) -> Finding:
    return Finding(
        f"{rule.name} reads {name} of group {home.name}: it may see it an interval late, and rule tests that load only "
        "this group do not have it",
        f"move {name} to the group {group.name}, where it is read",
        severity=None if sources.registry is not None else Severity.NOTE,
        at=rule.at,
    )


@check(
    "R604",
    "order-or-cycle-in-group",
    visits=Group,
    bad=rules("""
- {record: "job:a:sum", expr: "job:b:sum * 2"}
- {record: "job:b:sum", expr: "job:a:sum + 1"}
"""),
    good=rules("""
- {record: "job:a:sum", expr: sum by (job) (queue_items)}
- {record: "job:b:sum", expr: "job:a:sum + 1"}
- {record: "job:c:max", expr: "job:b:sum or last_over_time(job:c:max[1h])"}
"""),
)
def order_or_cycle_in_group(_sources: Sources, group: Group) -> Iterator[Finding]:
    """Records read each other in a circle: none of them ever has a value. One that stands below what reads it is seen
    an evaluation late.
    """
    circle = _in_a_circle(group)
    for rule in circle:
        yield Finding(
            f"{rule.name} reads, by way of other records, itself: none of them ever has a value",
            "compute one of them from metrics: " + ", ".join(dict.fromkeys(each.name for each in circle)),
            at=rule.at,
        )
    yield from _out_of_order(group, circle)


def _out_of_order(group: Group, circle: list[Rule]) -> Iterator[Finding]:
    last = {rule.name: index for index, rule in enumerate(group.rules) if rule.use is Use.RECORD}
    for index, rule in enumerate(group.rules if last else ()):
        for name in sorted(_names_in(rule) & last.keys()):
            if last[name] > index and rule not in circle and name != rule.name:
                yield Finding(
                    f"{rule.name} reads {name}, which stands below it: it sees the value of the evaluation before",
                    f"move {name} above {rule.name}",
                    severity=Severity.WARNING,
                    at=rule.at,
                )


def _in_a_circle(group: Group) -> list[Rule]:
    """Return the records that read each other in a circle, or what is in one."""
    records = [rule for rule in group.rules if rule.use is Use.RECORD]
    names = {rule.name for rule in records}
    reads = [(_names_in(rule) - {rule.name}) & names for rule in records]
    left: dict[str, set[str]] = defaultdict(set)
    readers: dict[str, list[str]] = defaultdict(list)
    for rule, others in zip(records, reads, strict=True):
        left[rule.name] |= others
        for name in others:
            readers[name].append(rule.name)
    sound = [name for name in names if not left[name]]
    for name in sound:  # grows: what reads only sound records is one
        for reader in readers[name]:
            if name in left[reader]:
                left[reader].discard(name)
                sound += [] if left[reader] else [reader]
    every_sound = frozenset(sound)
    return [rule for rule, others in zip(records, reads, strict=True) if others - every_sound]


def _names_in(rule: Rule) -> set[str]:
    return {node.name for node in parse(rule.query.text).nodes if isinstance(node, Selector) and node.name}
