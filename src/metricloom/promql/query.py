"""PromQL as the registry holds it: text with placeholders, which knows where it was written.

Placeholders, expanded when a registry is resolved for a site: `$identity` and `$replica` in a list of labels, which
panels leave out, and `$deployment`, which is the identity in panels, too; `$price_NAME` for a price now in force,
`$threshold` in an alert. In panels, Grafana's own (`$__rate_interval`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

from metricloom.declaration import Declaration
from metricloom.errors import Problem
from metricloom.promql.outline import outline

OPENING, CLOSING = frozenset("([{"), frozenset(")]}")


@runtime_checkable
class Named(Protocol):
    """Anything that a name in PromQL stands for: a metric, a part of a histogram, a recording rule."""

    @property
    def name(self) -> str:
        """The name of the series."""
        ...


@dataclass(frozen=True, eq=False)
class Query(Declaration):
    """An expression. In an f-string it stands in parentheses, so that it can be put beside any operator.

    *unit* is given where it cannot be inferred: `ratio`, or as a metric's.
    """

    text: str
    unit: str | None = None
    found: tuple[Problem, ...] = ()

    def __str__(self) -> str:
        return f"({self.text})"

    def check(self) -> Iterator[Problem]:
        """Yield the faults of the shape that built the text."""
        yield from self.found
        if not self.text.strip():
            yield self.fault("Q200", "parse-error", "the expression is empty", "write a PromQL expression")


Expression: TypeAlias = str | Query | Named


def query_of(expression: Expression) -> Query:
    """Return *expression* as a query: a metric or a recording rule is read by its name."""
    if isinstance(expression, Query):
        return expression
    if isinstance(expression, str):
        return Query(expression)
    return (
        Query(expression.name) if isinstance(expression, Named) else Query(expression)
    )  # kept: `Query` reports the type


def panel_only(query: Query) -> Iterator[Problem]:
    """Yield a fault if *query*, of a rule, reads over a window that only Grafana fills in: the default of shapes."""
    for window in ("$__rate_interval", "$__range"):
        if window in query.text:
            yield query.fault(
                "Q230",
                "rule-without-window",
                f"a rule has no {window}: that is Grafana's",
                'give a window: window="5m"',
            )


def as_operand(text: str, binding_looser: Collection[str]) -> str:
    """Return *text* in parentheses if it holds an operator of *binding_looser* that is in none yet."""
    if not any(operator in text for operator in binding_looser):
        return text
    depth = 0
    for token in (item.token.text for item in outline(text)):
        depth += (token in OPENING) - (token in CLOSING)
        if depth == 0 and token in binding_looser:
            return f"({text})"
    return text
