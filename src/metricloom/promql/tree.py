"""The parser's tree, read into ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import Any, Final

from metricloom.promql.dialect import INFO_MARK, UNKNOWN_SECONDS, Replaced
from metricloom.promql.nodes import (
    Aggregation,
    Binary,
    Call,
    Matcher,
    Negation,
    Node,
    Number,
    Selector,
    Subquery,
    Text,
    Variable,
)
from metricloom.promql.variables import OPERAND, UNKNOWN_NUMBER, UNSAID_OPERAND, VARIABLE

_OPERATORS_BY_ENUM: Final = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}


@dataclass(slots=True)
class Reader:
    """Turns the parser's tree into ours, numbering the nodes of each sort from left to right."""

    replaced: Replaced
    readers: Mapping[type, Callable[[Reader, Any], Node]]
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_SORTS, -1))
    nodes: list[Node] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def node(self, parsed: Any) -> Node:
        """Read one node, and keep it behind its children."""
        found = self.readers[type(parsed)](self, parsed)
        self.nodes.append(found)
        return found

    def place(self, sort: str) -> int:
        self.counts[sort] += 1
        return self.counts[sort]

    def parenthesised(self, parsed: Any) -> Node:
        inner = parsed.expr
        return self.readers[type(inner)](self, inner)

    def vector(self, parsed: Any) -> Node:
        if parsed.name == OPERAND:
            return Variable(self.place("number"))
        return Variable(None) if parsed.name == UNSAID_OPERAND else self.selector(parsed)

    def selector(self, parsed: Any, range_seconds: float | None = None) -> Selector:
        # Alternatives (`{a="b" or c="d"}`) are an extension that Prometheus refuses; its own parser says so.
        matchers = parsed.matchers
        if matchers.or_matchers:
            raise ValueError("Prometheus knows no `or` between matchers")
        name, place = parsed.name, self.place("selector")
        found = [_matcher(matcher) for matcher in matchers.matchers]
        if name is None:
            name, found = _named_in_braces(found)
        at, offset = parsed.at, parsed.offset
        name = self.replaced.names.get(place, name)
        if name and VARIABLE not in name:
            self.names.add(name)
        return Selector(
            name,
            tuple(found),
            place,
            range_seconds,
            0.0 if offset is None else _seconds(offset),
            "" if at is None else _moment(at),
        )

    def matrix(self, parsed: Any) -> Node:
        return self.selector(parsed.vector_selector, _seconds(parsed.range))

    def subquery(self, parsed: Any) -> Node:
        step, offset, at = parsed.step, parsed.offset, parsed.at
        return Subquery(
            self.node(parsed.expr),
            _seconds(parsed.range),
            None if step is None else _seconds(step),
            0.0 if offset is None else _seconds(offset),
            "" if at is None else _moment(at),
        )

    def call(self, parsed: Any) -> Node:
        place, name, args = self.place("call"), parsed.func.name, parsed.args
        if name == "info" and len(args) > 1 and getattr(args[1], "name", "x") is not None:
            raise ValueError('the second argument of info() is matchers alone: {data=~".+"}')
        return Call(self.replaced.calls.get(place, name), tuple([self.node(argument) for argument in args]), place)

    def aggregation(self, parsed: Any) -> Node:
        place = self.place("call")
        param, modifier = parsed.param, parsed.modifier
        if param is not None:
            param = self.node(param)
        grouping = "" if modifier is None else _variant(modifier.type).lower()
        labels = () if modifier is None else tuple(modifier.labels)
        return Aggregation(str(parsed.op).lower(), self.node(parsed.expr), param, grouping, labels, place)

    def binary(self, parsed: Any) -> Node:
        """Read a chain of operators from its left end: it may be deeper than Python's stack."""
        chain, left = [parsed], parsed.lhs
        while type(left) is type(parsed):
            chain.append(left)
            left = left.lhs
        found = self.node(left)
        for operation in reversed(chain):
            place = self.place("operator")
            found = self._operation(operation, found, self.node(operation.rhs), place)
            if operation is not parsed:
                self.nodes.append(found)
        return found

    def _operation(self, parsed: Any, left: Node, right: Node, place: int) -> Binary:
        op = self.replaced.operators.get(place) or str(parsed.op).lower()
        modifier = parsed.modifier
        if modifier is None:
            return Binary(op, left, right, place)
        matching, fill = modifier.matching, modifier.fill_values
        return Binary(
            op,
            left,
            right,
            place,
            matching={"Include": "on", "Exclude": "ignoring"}[_variant(matching.type)] if matching else "",
            labels=tuple(matching.labels) if matching else (),
            many={"ManyToOne": "left", "OneToMany": "right"}.get(_variant(modifier.card), ""),
            included=tuple(modifier.group_labels or ()),
            returns_bool=modifier.return_bool,
            fill_left=fill.lhs,
            fill_right=fill.rhs,
        )

    def negation(self, parsed: Any) -> Node:
        return Negation(self.node(parsed.expr))

    def number(self, parsed: Any) -> Node:
        value, place = parsed.val, self.place("number")
        return Variable(place, is_number=True) if value == UNKNOWN_NUMBER else Number(value, place)

    def text(self, parsed: Any) -> Node:
        return Text(parsed.val, self.place("string"))


_SORTS: Final[tuple[str, ...]] = ("selector", "call", "operator", "number", "string")


@lru_cache(maxsize=1)
def readers() -> Mapping[type, Callable[[Reader, Any], Node]]:
    import promql_parser as parser

    return {
        parser.VectorSelector: Reader.vector,
        parser.MatrixSelector: Reader.matrix,
        parser.SubqueryExpr: Reader.subquery,
        parser.Call: Reader.call,
        parser.AggregateExpr: Reader.aggregation,
        parser.BinaryExpr: Reader.binary,
        parser.UnaryExpr: Reader.negation,
        parser.NumberLiteral: Reader.number,
        parser.StringLiteral: Reader.text,
        parser.ParenExpr: Reader.parenthesised,
    }


def _named_in_braces(matchers: list[Matcher]) -> tuple[str | None, list[Matcher]]:
    """Return the name that `{__name__="x"}` or `{"x"}` gives, and the other matchers."""
    named = [matcher.value for matcher in matchers if matcher.label == "__name__" and matcher.op == "="]
    name = named[0] if named else None
    kept = [matcher for matcher in matchers if matcher.label != "__name__" or matcher.value != name]
    return name, [matcher for matcher in kept if matcher.label != INFO_MARK]


def _matcher(parsed: Any) -> Matcher:
    return Matcher(parsed.name, _OPERATORS_BY_ENUM[_variant(parsed.op)], parsed.value)


def _variant(member: Any) -> str:
    """Return `By` of `AggModifierType.By`."""
    return str(member).rpartition(".")[2]


def _moment(at: Any) -> str:
    return f"{_variant(at.type)} {at.at}"


def _seconds(delta: timedelta) -> float:
    """Return how long *delta* is: a NaN of its own, which equals nothing, where only the query itself knows it."""
    found = delta.total_seconds()
    return float("nan") if abs(found) == UNKNOWN_SECONDS else found
