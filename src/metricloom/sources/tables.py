"""The world with the records of rule files in it: a record has the type of its expression."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from metricloom.promql.infer import infer, merged_records, record_type
from metricloom.promql.parse import parse
from metricloom.promql.types import SeriesType
from metricloom.sources.model import Group, Rule, Use, World


def with_records(world: World, groups: Iterable[Group]) -> World:
    """Return *world* with what the recording rules of *groups* make, each read after those that it reads itself.

    In an open world a record that is named like a metric may stand in for one that others expose, of unknown type.
    """
    rules: dict[str, list[tuple[Group, Rule]]] = defaultdict(list)
    for group in groups:
        for rule in group.rules:
            if rule.use is Use.RECORD and (":" in rule.name or not world.open):
                rules[rule.name].append((group, rule))
    table = dict(world.table)
    for name in _in_reading_order(rules):
        for group, rule in rules[name]:
            _add(table, group, rule)
    return replace(world, table=table)


def _add(table: dict[str, SeriesType], group: Group, rule: Rule) -> None:
    """Put the type of one record into *table*; several rules may make one record, and a metric keeps its own type."""
    found = record_type(rule.name, infer(rule.query.text, table).result, {**group.labels, **rule.labels})
    other = table.get(rule.name)
    if other is None or other.record:
        table[rule.name] = found if other is None else merged_records(other, found)


def _in_reading_order(rules: dict[str, list[tuple[Group, Rule]]]) -> Iterator[str]:
    """Yield the names of records, each after those that it reads; in a circle, some stand before what they read."""
    seen: set[str] = set()
    for first in rules:
        waiting = [(first, iter(_read_by(first, rules)))] if first not in seen else []
        seen.add(first)
        while waiting:
            following = next((each for each in waiting[-1][1] if each not in seen), None)
            if following is None:
                yield waiting.pop()[0]
            else:
                seen.add(following)
                waiting.append((following, iter(_read_by(following, rules))))


def _read_by(name: str, rules: dict[str, list[tuple[Group, Rule]]]) -> list[str]:
    read = frozenset[str]().union(*(parse(rule.query.text).names for _, rule in rules[name]))
    return sorted(read & rules.keys())
