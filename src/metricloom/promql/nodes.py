"""The tree of a PromQL expression, as plain values.

Our own, and not the parser's, because the parser's nodes have no place in the text, copy their
subtree at each access, and are untyped. `place` is a node's number among those of its sort, from
left to right: `places.py` finds its columns by it, only when a problem must be shown.
Parentheses are left out: the tree says what they mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A part of an expression."""

    def children(self) -> tuple[Node, ...]:
        """Return what it is made of, from left to right."""
        return ()


@dataclass(frozen=True, slots=True)
class Matcher:
    """`label op "value"`."""

    label: str
    op: str
    value: str


@dataclass(frozen=True, slots=True, eq=False)
class Selector(Node):
    """`name{matchers}[range]`; *range_seconds* is None where one instant is read."""

    name: str | None
    matchers: tuple[Matcher, ...]
    place: int
    range_seconds: float | None = None
    offset_seconds: float = 0.0
    at: str = ""  # the moment that `@` names


@dataclass(frozen=True, slots=True, eq=False)
class Subquery(Node):
    """`expr[range:step]`; *step_seconds* is None where the evaluation interval is meant."""

    expr: Node
    range_seconds: float
    step_seconds: float | None
    offset_seconds: float = 0.0
    at: str = ""

    def children(self) -> tuple[Node, ...]:
        """See `Node`."""
        return (self.expr,)


@dataclass(frozen=True, slots=True, eq=False)
class Call(Node):
    """`function(args)`."""

    function: str
    args: tuple[Node, ...]
    place: int

    def children(self) -> tuple[Node, ...]:
        """See `Node`."""
        return self.args


@dataclass(frozen=True, slots=True, eq=False)
class Aggregation(Node):
    """`op by (labels) (param, expr)`; *grouping* is `by`, `without`, or nothing."""

    op: str
    expr: Node
    param: Node | None
    grouping: str
    labels: tuple[str, ...]
    place: int

    def children(self) -> tuple[Node, ...]:
        """See `Node`."""
        return (self.expr,) if self.param is None else (self.param, self.expr)


@dataclass(frozen=True, slots=True, eq=False)
class Binary(Node):
    """`lhs op on (labels) group_left (included) rhs`.

    *matching* is `on`, `ignoring`, or nothing; *many* is the side that may have many series for one of the other:
    `left`, `right`, or nothing. *fill_left* and *fill_right* stand for the series that a side lacks.
    """

    op: str
    lhs: Node
    rhs: Node
    place: int
    matching: str = ""
    labels: tuple[str, ...] = ()
    many: str = ""
    included: tuple[str, ...] = ()
    returns_bool: bool = False
    fill_left: float | None = None
    fill_right: float | None = None

    def children(self) -> tuple[Node, ...]:
        """See `Node`."""
        return (self.lhs, self.rhs)


@dataclass(frozen=True, slots=True, eq=False)
class Negation(Node):
    """`-expr`."""

    expr: Node

    def children(self) -> tuple[Node, ...]:
        """See `Node`."""
        return (self.expr,)


@dataclass(frozen=True, slots=True, eq=False)
class Number(Node):
    """A literal number."""

    value: float
    place: int


@dataclass(frozen=True, slots=True, eq=False)
class Variable(Node):
    """An operand that only Grafana knows: a number, a metric, or a whole query.

    *place* is that of a number, None where the variable holds the operator before it, too; *is_number* says that
    nothing else can stand there.
    """

    place: int | None
    is_number: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Text(Node):
    """A literal string."""

    value: str
    place: int


COMPARISONS = frozenset({"==", "!=", ">", "<", ">=", "<="})
TRIMS = frozenset({"</", ">/"})
"""Operators that cut native histograms."""


def bottom_up(root: Node) -> Iterator[Node]:
    """Yield each node after its children. Not recursive: a chain of operators is deeper than Python's stack."""
    pending, found = [root], []
    while pending:
        node = pending.pop()
        found.append(node)
        pending.extend(node.children())
    return reversed(found)
