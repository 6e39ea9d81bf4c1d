"""The order of records: each after those that it reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from metricloom.promql.text import selectors
from metricloom.rules.recording import RecordingRule


def in_reading_order(rules: Iterable[RecordingRule]) -> list[RecordingRule]:
    """Return *rules* so that each stands after those that it reads, and else as declared.

    What reads itself in a circle stands at the end: Prometheus evaluates it, an interval late.
    """
    declared = list(rules)
    reads = {id(rule): _names_in(rule) - {rule.name} for rule in declared}
    waiting = Counter(rule.name for rule in declared)
    ordered: list[RecordingRule] = []
    while declared:
        later: list[RecordingRule] = []
        for rule in declared:
            if any(waiting[name] for name in reads[id(rule)]):
                later.append(rule)
            else:
                ordered.append(rule)
                waiting[rule.name] -= 1
        if len(later) == len(declared):
            return [*ordered, *later]
        declared = later
    return ordered


def _names_in(rule: RecordingRule) -> set[str]:
    return {selector.name for selector in selectors(rule.query.text) if selector.name is not None}
