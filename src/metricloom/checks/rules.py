"""Rules together: in which order and in which groups they read each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from metricloom.checks.model import Finding, check, rules
from metricloom.errors import Severity
from metricloom.promql.nodes import Binary, Call, Node, Selector, bottom_up
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
            for name in sorted(parse(rule.query.text).names & homes.keys()):
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
def order_or_cycle_in_group(sources: Sources, group: Group) -> Iterator[Finding]:
    """Records read each other in a circle: where each is empty as long as the others are, none of them ever has a
    value. Where one has a value without them, by `or` or absent(), it grows from its own past: a warning. So is a
    record that stands below what reads it: it is seen an evaluation late.
    """
    circle = _in_a_circle(group)
    dead = _never_filled(sources, group, circle) if circle else frozenset()
    hint = "compute one of them from metrics: " + ", ".join(dict.fromkeys(each.name for each in circle))
    for rule in circle:
        reads = f"{rule.name} reads, by way of other records, itself"
        if rule.name in dead:
            yield Finding(f"{reads}: none of them ever has a value", hint, at=rule.at)
        else:
            yield Finding(f"{reads}: it grows from its own past", hint, severity=Severity.WARNING, at=rule.at)
    yield from _out_of_order(group, circle)


def _out_of_order(group: Group, circle: list[Rule]) -> Iterator[Finding]:
    last = {rule.name: index for index, rule in enumerate(group.rules) if rule.use is Use.RECORD}
    for index, rule in enumerate(group.rules if last else ()):
        for name in sorted(parse(rule.query.text).names & last.keys()):
            if last[name] > index and rule not in circle and name != rule.name:
                yield Finding(
                    f"{rule.name} reads {name}, which stands below it: it sees the value of the evaluation before",
                    f"move {name} above {rule.name}",
                    severity=Severity.WARNING,
                    at=rule.at,
                )


# --- circles ----------------------------------------------------------------------------------------


def _in_a_circle(group: Group) -> list[Rule]:
    """Return the records that read each other in a circle, or that stand between two circles."""
    records = [rule for rule in group.rules if rule.use is Use.RECORD]
    reads: dict[str, set[str]] = {rule.name: set() for rule in records}
    for rule in records:
        reads[rule.name] |= (parse(rule.query.text).names - {rule.name}) & reads.keys()
    read_by: dict[str, set[str]] = {name: set() for name in reads}
    for name, others in reads.items():
        for other in others:
            read_by[other].add(name)
    circle = _before_no_end(reads, read_by) & _before_no_end(read_by, reads)
    return [rule for rule in records if rule.name in circle]


def _before_no_end(after: Mapping[str, set[str]], before: Mapping[str, set[str]]) -> set[str]:
    """Return the names from which the ways through *after* need not come to an end."""
    left = {name: len(others) for name, others in after.items()}
    ended = [name for name, count in left.items() if not count]
    for name in ended:  # grows: what leads only to names that end does so, too
        for other in before[name]:
            left[other] -= 1
            ended += [] if left[other] else [other]
    return left.keys() - set(ended)


def _never_filled(sources: Sources, group: Group, circle: list[Rule]) -> frozenset[str]:
    """Return the names of which no rule has a value as long as the others have none."""
    elsewhere = {rule.name for other in sources.groups if other is not group for rule in other.rules}
    empty = frozenset(rule.name for rule in circle) - elsewhere
    while True:
        filled = {rule.name for rule in circle if not _is_empty(parse(rule.query.text).root, empty)}
        if not filled & empty:
            return empty
        empty -= filled


def _is_empty(root: Node | None, names: frozenset[str]) -> bool:
    """Whether an expression has no result while the series of *names* are not there."""
    empty: dict[Node, bool] = {}
    for node in bottom_up(root) if root is not None else ():
        below = [empty[child] for child in node.children()]
        match node:
            case Selector(name=name):
                empty[node] = name in names
            case Binary(op="or"):
                empty[node] = all(below)
            case Binary(op="unless"):
                empty[node] = below[0]
            case Binary() if node.fill_left is not None or node.fill_right is not None:
                empty[node] = all(below)
            case Call(function="absent" | "absent_over_time" | "scalar"):
                empty[node] = False
            case _:
                empty[node] = any(below)
    return root is not None and empty[root]
