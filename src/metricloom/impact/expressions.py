"""One expression, read with the series as they were and as they are: what a change does to it shows in the types."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from metricloom.impact.types import Table
from metricloom.promql.infer import Typing, infer
from metricloom.promql.nodes import Aggregation, Binary, Call, Matcher, Node, Selector
from metricloom.promql.parse import parse
from metricloom.promql.types import Inferred, Labels, Presence


@dataclass(frozen=True)
class TwoReadings:
    """An expression of now, typed with the old series and with the new ones."""

    series: Table
    before: Typing
    after: Typing

    def is_scraped(self, node: Selector) -> bool:
        """Whether *node* reads what the registry's targets expose: no record, and nothing of others."""
        found = self.series.get(node.name or "")
        return found is not None and not found.record

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Its parts, each after those that it is made of; none where it is no PromQL."""
        return self.after.parsed.nodes

    def selectors(self, name: str) -> Iterator[Selector]:
        """Yield the selectors of the series *name*."""
        return (node for node in self.nodes if isinstance(node, Selector) and node.name == name)

    def matchers(self, name: str, label: str) -> Iterator[Matcher]:
        """Yield the matchers on *label* of the series *name*."""
        return (found for node in self.selectors(name) for found in node.matchers if found.label == label)

    def over(self, name: str) -> Iterator[Node]:
        """Yield the parts that the series *name* goes into."""
        return (node for node in self.nodes if node in self._reading[name]) if name in self._reading else iter(())

    def loses(self, node: Node, label: str) -> bool:
        """Whether *node* had a label, and has it no more."""
        return _has(self.before.of(node), label) and not _has(self.after.of(node), label)

    def gains(self, node: Node, label: str) -> bool:
        """Whether *node* had no such label, and has it now."""
        return not _has(self.before.of(node), label) and _has(self.after.of(node), label)

    @property
    def result_loses(self) -> frozenset[str]:
        """The labels that the result had, and has no more."""
        before, after = self.before.result.labels, self.after.result.labels
        return frozenset() if after.open else before.known - after.known

    def result_gains(self, label: str) -> bool:
        """Whether the result had no such label, and has it now."""
        return not _has(self.before.result, label) and _has(self.after.result, label)

    def result_has(self, label: str) -> bool:
        """Whether series of the result have *label*."""
        return _has(self.after.result, label)

    @cached_property
    def has_alternatives(self) -> bool:
        """Whether it gives something where what it reads is missing."""
        return any(
            (isinstance(node, Binary) and node.op == "or")
            or (isinstance(node, Call) and node.function in ("absent", "absent_over_time"))
            for node in self.nodes
        )

    @cached_property
    def _reading(self) -> dict[str, set[Node]]:
        """For each series, the parts that it goes into."""
        found: dict[str, set[Node]] = {}
        below: dict[Node, frozenset[str]] = {}
        for node in self.nodes:
            names = frozenset[str]().union(*(below[child] for child in node.children()))
            if isinstance(node, Selector) and node.name is not None:
                names |= {node.name}
            below[node] = names
            for name in names:
                found.setdefault(name, set()).add(node)
        return found


def reading(text: str, before: Table, after: Table) -> TwoReadings:
    """Return *text*, of a rule or a panel, read with both tables."""
    parsed = parse(text, variables=True)
    return TwoReadings(after, infer(parsed, before), infer(parsed, after))


def _has(inferred: Inferred, label: str) -> bool:
    return inferred.labels.presence(label) is not Presence.NEVER


def mismatch(node: Binary, left: Labels, right: Labels, label: str) -> str:
    """Return why *label* keeps the two sides of a match apart; nothing where it does not."""
    if node.op == "or":
        return ""
    sides = (left.presence(label), right.presence(label))
    if _is_matched(node, label):
        apart = {Presence.SURELY, Presence.NEVER} == set(sides)
        return f"matches on {label}, which only one side has: nothing matches" if apart else ""
    if node.op in ("and", "unless"):
        return ""
    unique = {"left": sides[1:], "right": sides[:1]}.get(node.many, sides)
    several = any(presence is not Presence.NEVER for presence in unique)
    return f"has several series for one, which differ in {label}: the match fails" if several else ""


def _is_matched(node: Binary, label: str) -> bool:
    match node.matching:
        case "on":
            return label in node.labels
        case "ignoring":
            return label not in node.labels
    return True


def groups_by(node: Node, label: str) -> bool:
    """Whether *node* is an aggregation by *label*."""
    return isinstance(node, Aggregation) and node.grouping == "by" and label in node.labels
