"""From text to tree: the only user of promql-parser.

That parser crashes the process on deep input, so what it is given is bounded first; it does not know
Grafana's variables, so they are replaced first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import Any, Final

from metricloom.promql.dialect import INFO_MARK, UNKNOWN_SECONDS, DialectError, Replaced, readable
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
from metricloom.promql.outline import CLOSING, OPENING, Role, outline
from metricloom.promql.variables import (
    OPERAND,
    UNKNOWN_NUMBER,
    UNSAID_OPERAND,
    VARIABLE,
    chooses_function,
    chooses_operator,
    first_variable,
    holds_variables,
    substituted,
)

MAX_LENGTH: Final = 100_000
MAX_DEPTH: Final = 150
MAX_OPERATORS: Final = 1_000
"""Bounds far above what people write and far below what crashes the parser (about 4,000 operators, 5,300 brackets)."""
_SPLIT: Final = "split it into recording rules"

_OPERATORS_BY_ENUM: Final = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}


@dataclass(frozen=True, slots=True, eq=False)
class Parsed:
    """An expression read, or why it can't be.

    *nodes* holds every node, each after its children. Where *fault* is not empty there is no *root*. *unsupported* is
    True where Prometheus may accept the text and only metricloom does not read it: then nothing can be said of it.
    *loose*: a variable of Grafana stands for an operator, and nobody knows which operands belong together.
    """

    text: str
    root: Node | None = None
    nodes: tuple[Node, ...] = ()
    fault: str = ""
    fault_span: tuple[int, int] | None = None
    unsupported: bool = False
    loose: bool = False

    @property
    def names(self) -> frozenset[str]:
        """The names of the series that it reads, but for those in which a variable stands."""
        return frozenset(
            node.name for node in self.nodes if type(node) is Selector and node.name and VARIABLE not in node.name
        )


def parse(text: str, *, variables: bool = False) -> Parsed:
    """Return the tree of *text*; *variables* allows Grafana's, as in a panel. Never raises."""
    return _parse(text, variables)


# Without keywords, of which each is a key of its own: several readers ask for each text. Enough for a very large file.
@lru_cache(maxsize=2**17)
def _parse(text: str, variables: bool) -> Parsed:
    if fault := _out_of_bounds(text):
        return Parsed(text[:MAX_LENGTH], fault=fault, unsupported=True)
    if not holds_variables(text):
        return _parsed(text, text)
    if not variables and (token := first_variable(text)):
        return Parsed(text, fault=f"{token.text} is not a placeholder that can stand here", fault_span=token.span)
    return _parsed(text, substituted(text) if variables else text)


def _parsed(text: str, written: str) -> Parsed:
    import promql_parser  # a Rust extension, not needed to build a registry

    try:
        plain, replaced = readable(written)
        reader = _Reader(replaced, _readers())
        root = reader.node(promql_parser.parse(plain))
    except DialectError as error:
        span = error.span if written == text else _suspect(text)
        return Parsed(text, fault=str(error), fault_span=span, unsupported=error.unsupported)
    except ValueError as error:
        unsupported = ("illegal regex" in str(error) and "\\Q" in text) or chooses_function(text)
        return Parsed(text, fault=_one_line(str(error)), fault_span=_suspect(text), unsupported=unsupported)
    except OverflowError:
        return Parsed(text, fault="a duration or time is out of range", fault_span=_suspect(text))
    except RecursionError:
        return Parsed(text, fault=f"the expression is nested too deep for metricloom: {_SPLIT}", unsupported=True)
    return Parsed(text, root, tuple(reader.nodes), loose=chooses_operator(text))


def _out_of_bounds(text: str) -> str:
    if len(text) > MAX_LENGTH:
        return f"the expression has {len(text):,} characters; metricloom reads at most {MAX_LENGTH:,}: {_SPLIT}"
    if len(text) < MAX_OPERATORS and sum(map(text.count, OPENING)) <= MAX_DEPTH:  # too short for more
        return ""
    depth = deepest = operators = 0
    for item in outline(text):
        depth += (item.token.text in OPENING) - (item.token.text in CLOSING)
        deepest = max(deepest, depth)
        operators += item.role in (Role.OPERATOR, Role.SIGN)
    if deepest > MAX_DEPTH:
        return f"the expression is nested {deepest:,} deep; metricloom reads at most {MAX_DEPTH}: {_SPLIT}"
    if operators > MAX_OPERATORS:
        return f"the expression has {operators:,} operators; metricloom reads at most {MAX_OPERATORS:,}: {_SPLIT}"
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

    replaced: Replaced
    readers: Mapping[type, Callable[[_Reader, Any], Node]]
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_SORTS, -1))
    nodes: list[Node] = field(default_factory=list)

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
        return Selector(
            self.replaced.names.get(place, name),
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
def _readers() -> Mapping[type, Callable[[_Reader, Any], Node]]:
    import promql_parser as parser

    return {
        parser.VectorSelector: _Reader.vector,
        parser.MatrixSelector: _Reader.matrix,
        parser.SubqueryExpr: _Reader.subquery,
        parser.Call: _Reader.call,
        parser.AggregateExpr: _Reader.aggregation,
        parser.BinaryExpr: _Reader.binary,
        parser.UnaryExpr: _Reader.negation,
        parser.NumberLiteral: _Reader.number,
        parser.StringLiteral: _Reader.text,
        parser.ParenExpr: _Reader.parenthesised,
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
