"""The order of records: each after those that it reads."""

from __future__ import annotations

from collections.abc import Iterable

from metricloom.promql.text import selectors
from metricloom.rules.recording import RecordingRule


def in_reading_order(rules: Iterable[RecordingRule]) -> list[RecordingRule]:
    """Return *rules* so that each stands after those it reads, else in the order declared.

    Rules that read each other in a circle stay in the order declared.
    """
    waiting, ordered = list(rules), []
    reads = {id(rule): {selector.name for selector in selectors(rule.query.text)} for rule in waiting}
    while waiting:
        names = {rule.name for rule in waiting}
        ready = [rule for rule in waiting if not reads[id(rule)] & names - {rule.name}] or waiting
        ordered += ready
        done = {id(rule) for rule in ready}
        waiting = [rule for rule in waiting if id(rule) not in done]
    return ordered
