"""From text to tree: the only user of promql-parser.

That parser crashes the process on deep input, so what it is given is bounded first; it does not know
Grafana's variables, so they are replaced first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

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
    bottom_up,
)
from metricloom.promql.outline import CLOSING, OPENING, Role, outline
from metricloom.promql.variables import first_variable, holds_variables, substituted

MAX_LENGTH: Final = 100_000
MAX_DEPTH: Final = 150
MAX_OPERATORS: Final = 1_000
"""Bounds far above what people write and far below what crashes the parser (about 4,000 operators, 5,300 brackets)."""

_OPERATORS_BY_ENUM: Final = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}


@dataclass(frozen=True, slots=True, eq=False)
class Parsed:
    """An expression read, or why it can't be.

    *nodes* holds every node, each after its children. Where *fault* is not empty there is no *root*.
    """

    text: str
    root: Node | None = None
    nodes: tuple[Node, ...] = ()
    fault: str = ""
    fault_span: tuple[int, int] | None = None


@lru_cache(maxsize=16_384)
def parse(text: str, *, variables: bool = False) -> Parsed:
    """Return the tree of *text*; *variables* allows Grafana's, as in a panel. Never raises."""
    if fault := _out_of_bounds(text):
        return Parsed(text[:MAX_LENGTH], fault=fault)
    if not variables and holds_variables(text) and (token := first_variable(text)):
        return Parsed(text, fault=f"{token.text} is not a placeholder that can stand here", fault_span=token.span)
    return _parsed(text, substituted(text) if variables and holds_variables(text) else text)


def _parsed(text: str, readable: str) -> Parsed:
    import promql_parser  # a Rust extension, not needed to build a registry

    try:
        root = _Reader().node(promql_parser.parse(readable))
    except ValueError as error:
        return Parsed(text, fault=_one_line(str(error)), fault_span=_suspect(text))
    except RecursionError:
        return Parsed(text, fault="the expression is nested too deep")
    return Parsed(text, root, tuple(bottom_up(root)))


def _out_of_bounds(text: str) -> str:
    if len(text) > MAX_LENGTH:
        return f"the expression has {len(text):,} characters; metricloom reads at most {MAX_LENGTH:,}"
    if len(text) < MAX_DEPTH:  # too short to be deep
        return ""
    depth = deepest = operators = 0
    for item in outline(text):
        depth += (item.token.text in OPENING) - (item.token.text in CLOSING)
        deepest = max(deepest, depth)
        operators += item.role in (Role.OPERATOR, Role.SIGN)
    if deepest > MAX_DEPTH:
        return f"the expression is nested {deepest:,} deep; metricloom reads at most {MAX_DEPTH}"
    if operators > MAX_OPERATORS:
        return f"the expression has {operators:,} operators; metricloom reads at most {MAX_OPERATORS:,}"
    return ""


def _one_line(message: str) -> str:
    return " ".join(message.split()) or "not PromQL"


def _suspect(text: str) -> tuple[int, int] | None:
    """Return the first word that PromQL does not have, or the bracket that is not closed; the parser gives no place."""
    opened = []
    for item in outline(text):
        if item.token.kind == "error":
            return item.token.span
        if item.token.text in OPENING:
            opened.append(item.token.span)
        elif item.token.text in CLOSING and opened:
            opened.pop()
    return opened[-1] if opened else None


@dataclass(slots=True)
class _Reader:
    """Turns the parser's tree into ours, numbering the nodes of each sort from left to right."""

    counts: Counter[str] = field(default_factory=Counter)

    def node(self, parsed: Any) -> Node:
        while type(parsed).__name__ == "ParenExpr":
            parsed = parsed.expr
        return _READERS[type(parsed).__name__](self, parsed)

    def place(self, sort: str) -> int:
        self.counts[sort] += 1
        return self.counts[sort] - 1

    def selector(self, parsed: Any, range_seconds: float | None = None) -> Selector:
        # Alternatives (`{a="b" or c="d"}`) are an extension that Prometheus refuses; its own parser says so.
        found = tuple(_matcher(matcher) for matcher in parsed.matchers.matchers)
        if parsed.matchers.or_matchers:
            raise ValueError("Prometheus knows no `or` between matchers")
        named = [matcher.value for matcher in found if matcher.label == "__name__" and matcher.op == "="]
        name = parsed.name or (named[0] if named else None)
        others = tuple(matcher for matcher in found if matcher.label != "__name__" or matcher.value != name)
        return Selector(
            name, others, self.place("selector"), range_seconds, _seconds(parsed.offset) or 0.0, _at(parsed)
        )

    def matrix(self, parsed: Any) -> Node:
        return self.selector(parsed.vector_selector, _seconds(parsed.range))

    def subquery(self, parsed: Any) -> Node:
        inner, offset = self.node(parsed.expr), _seconds(parsed.offset) or 0.0
        return Subquery(inner, _seconds(parsed.range) or 0.0, _seconds(parsed.step), offset, _at(parsed))

    def call(self, parsed: Any) -> Node:
        place = self.place("call")
        return Call(parsed.func.name, tuple(self.node(argument) for argument in parsed.args), place)

    def aggregation(self, parsed: Any) -> Node:
        place = self.place("call")
        param = None if parsed.param is None else self.node(parsed.param)
        modifier = parsed.modifier
        grouping = "" if modifier is None else _variant(modifier.type).lower()
        labels = () if modifier is None else tuple(modifier.labels)
        return Aggregation(str(parsed.op).lower(), self.node(parsed.expr), param, grouping, labels, place)

    def binary(self, parsed: Any) -> Node:
        """Read a chain of operators from its left end: it may be deeper than Python's stack."""
        chain = [parsed]
        while type(chain[-1].lhs).__name__ == "BinaryExpr":
            chain.append(chain[-1].lhs)
        left = self.node(chain[-1].lhs)
        for operation in reversed(chain):
            place = self.place("operator")
            left = _binary(operation, left, self.node(operation.rhs), place)
        return left

    def negation(self, parsed: Any) -> Node:
        return Negation(self.node(parsed.expr))

    def number(self, parsed: Any) -> Node:
        return Number(parsed.val, self.place("number"))

    def text(self, parsed: Any) -> Node:
        return Text(parsed.val, self.place("string"))


_READERS: Final[dict[str, Callable[[_Reader, Any], Node]]] = {
    "VectorSelector": _Reader.selector,
    "MatrixSelector": _Reader.matrix,
    "SubqueryExpr": _Reader.subquery,
    "Call": _Reader.call,
    "AggregateExpr": _Reader.aggregation,
    "BinaryExpr": _Reader.binary,
    "UnaryExpr": _Reader.negation,
    "NumberLiteral": _Reader.number,
    "StringLiteral": _Reader.text,
}


def _binary(parsed: Any, left: Node, right: Node, place: int) -> Binary:
    modifier = parsed.modifier
    if modifier is None:
        return Binary(str(parsed.op).lower(), left, right, place)
    matching, fill = modifier.matching, modifier.fill_values
    return Binary(
        str(parsed.op).lower(),
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


def _matcher(parsed: Any) -> Matcher:
    return Matcher(parsed.name, _OPERATORS_BY_ENUM[_variant(parsed.op)], parsed.value)


def _variant(member: Any) -> str:
    """Return `By` of `AggModifierType.By`."""
    return str(member).rpartition(".")[2]


def _at(parsed: Any) -> str:
    return "" if parsed.at is None else f"{_variant(parsed.at.type)} {parsed.at.at}"


def _seconds(delta: Any) -> float | None:
    return None if delta is None else float(delta.total_seconds())
