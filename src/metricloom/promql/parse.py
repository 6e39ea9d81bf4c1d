"""From text to tree, by promql-parser.

That parser crashes the process on deep input, so what it is given is bounded first; it does not know
Grafana's variables, so they are replaced first.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from metricloom.promql.dialect import DialectError, readable
from metricloom.promql.nodes import Node
from metricloom.promql.outline import CLOSING, OPENING, Role, outline
from metricloom.promql.tree import Reader, readers
from metricloom.promql.variables import (
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


@dataclass(frozen=True, slots=True, eq=False)
class Parsed:
    """An expression read, or why it can't be.

    *nodes* holds every node, each after its children. Where *fault* is not empty there is no *root*. *unsupported* is
    True where Prometheus may accept the text and only metricloom does not read it: then nothing can be said of it.
    *loose*: a variable of Grafana stands for an operator, and nobody knows which operands belong together.
    *names* are those of the series that it reads, but for those in which a variable stands.
    """

    text: str
    root: Node | None = None
    nodes: tuple[Node, ...] = ()
    fault: str = ""
    fault_span: tuple[int, int] | None = None
    unsupported: bool = False
    loose: bool = False
    names: frozenset[str] = frozenset()


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
        reader = Reader(replaced, readers())
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
    return Parsed(text, root, tuple(reader.nodes), loose=chooses_operator(text), names=frozenset(reader.names))


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
