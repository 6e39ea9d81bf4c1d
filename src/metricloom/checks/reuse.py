"""Expressions that a record has the value of already."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from metricloom.checks.model import Finding, check, rules
from metricloom.errors import Severity
from metricloom.promql.nodes import Aggregation, Binary, Call, Node, Number, Selector, Subquery, Text
from metricloom.promql.parse import Parsed, parse
from metricloom.promql.places import places
from metricloom.sources.model import Rule, Sources, Use

Key: TypeAlias = tuple[object, ...]

_WORD: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


@check(
    "R607",
    "reuse-record",
    visits=Sources,
    severity=Severity.NOTE,
    bad=rules("""
- record: job:calls:rate5m
  expr: sum by (job) (rate(calls_total[5m]))
- alert: ManyCalls
  expr: sum by (job) (rate(calls_total[5m])) > 100
"""),
    good=rules("""
- record: job:calls:rate5m
  expr: sum by (job) (rate(calls_total[5m]))
- alert: ManyCalls
  expr: job:calls:rate5m > 100
"""),
)
def reuse_record(sources: Sources, _all: Sources) -> Iterator[Finding]:
    """What a record holds is computed a second time: at twice the cost, and only one of the two is changed some day."""
    numbers: dict[Key, int] = {}
    records = _recorded(sources, numbers)
    recorded = {name for rule in records.values() for name in parse(rule.query.text).names}
    for rule in _every(sources):
        # To parse a text costs more than to see that it shares no metric with any record.
        if recorded.isdisjoint(_WORD.findall(rule.query.text)):
            continue
        for node, number in _numbered(parse(rule.query.text), numbers).items():
            record = records.get(number)
            if record is not None and record is not rule and record.name != rule.name:
                yield Finding(
                    f"{rule.shown} computes what {record.name} records",
                    f"read {record.name}",
                    places(rule.query.text).span(node),
                    on=rule.query,
                )


def _every(sources: Sources) -> Iterator[Rule]:
    return (rule for group in sources.groups for rule in group.rules)


def _recorded(sources: Sources, numbers: dict[Key, int]) -> Mapping[int, Rule]:
    """Return the records by the number of their expressions: those that one rule alone makes, and adds nothing to."""
    rules = [rule for rule in _every(sources) if rule.use is Use.RECORD]
    made = Counter(rule.name for rule in rules)
    found: dict[int, Rule] = {}
    for rule in rules:
        root = parse(rule.query.text).root
        if isinstance(root, Aggregation | Binary | Call) and made[rule.name] == 1 and not rule.labels:
            found.setdefault(_numbered(parse(rule.query.text), numbers)[root], rule)
    return found


def _numbered(parsed: Parsed, numbers: dict[Key, int]) -> Mapping[Node, int]:
    """Return a number for each node: the same for what is the same but for blanks and the order of lists."""
    found: dict[Node, int] = {}
    for node in parsed.nodes:
        key = (type(node), *_said(node), *[found[child] for child in node.children()])
        found[node] = numbers.setdefault(key, len(numbers))
    return found


def _said(node: Node) -> Key:
    """Return what a node says itself."""
    match node:
        case Selector():
            matchers = tuple(part for each in node.matchers for part in (each.label, each.op, each.value))
            return node.name, node.range_seconds, node.offset_seconds, node.at, *matchers
        case Subquery():
            return node.range_seconds, node.step_seconds, node.offset_seconds, node.at
        case Call():
            return (node.function,)
        case Aggregation():
            return node.op, node.grouping, *sorted(node.labels)
        case Binary():
            lists = (*sorted(node.labels), "", *sorted(node.included)) if node.matching else ()
            return node.op, node.matching, node.many, node.returns_bool, node.fill_left, node.fill_right, *lists
        case Number() | Text():
            return (node.value,)
    return ()
