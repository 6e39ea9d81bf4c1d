"""Grafana's variables replaced by something that parses.

The replacement keeps the number and the order of selectors, functions, numbers …, by which a place is
found again in the text as it was written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from metricloom.promql.outline import CLOSING, Item, Role, outline
from metricloom.promql.text import Edit, edited
from metricloom.promql.tokens import VARIABLES, Token, TokenKind

VARIABLE: Final = "__variable__"
"""What stands for a name, label or value that only Grafana knows: a check is silent about it."""
OPERAND: Final = "__operand__"
"""A selector that stands for an operand which a variable holds: a number, a metric, or a whole query."""
UNSAID_OPERAND: Final = "__unsaid_operand__"
"""The same where the variable holds the operator, too: it has no place of its own in the text."""
UNKNOWN_NUMBER: Final = 2.718281828459045e-271
"""Stands for a number that a variable holds, where nothing but a number can be."""

_NUMBERS: Final = {
    "clamp": (1, 2),
    "double_exponential_smoothing": (1, 2),
    "histogram_fraction": (0, 1),
    "histogram_quantiles": range(2, 12),
    "holt_winters": (1, 2),
    "max_of": (0, 1),
    "min_of": (0, 1),
    **dict.fromkeys(("clamp_max", "clamp_min", "predict_linear", "round"), (1,)),
    **dict.fromkeys(("histogram_quantile", "quantile_over_time", "vector"), (0,)),
    **dict.fromkeys(("bottomk", "limit_ratio", "limitk", "quantile", "topk"), (0,)),
}
"""Which arguments of functions and aggregations are numbers."""


def holds_variables(text: str) -> bool:
    """Whether *text* may hold a variable; costs nothing where it does not."""
    return "$" in text or "[[" in text


def substituted(text: str) -> str:
    """Return *text* with each variable replaced: by a duration, a number, a name or `VARIABLE`."""
    items = outline(text)
    edits = (edit for index, item in enumerate(items) for edit in _replacements(items, index, item))
    return edited(text, edits)


def first_variable(text: str) -> Token | None:
    """Return the first variable outside of strings."""
    return next((item.token for item in outline(text) if item.token.kind is TokenKind.VARIABLE), None)


def chooses_operator(text: str) -> bool:
    """Whether a variable stands for an operator: which operand belongs to which, only Grafana knows."""
    return _any_variable(text, Role.OPERATOR)


def chooses_function(text: str) -> bool:
    """Whether a variable stands for a function or an aggregation."""
    return _any_variable(text, Role.FUNCTION)


def _any_variable(text: str, role: Role) -> bool:
    return holds_variables(text) and any(
        item.role is role and item.token.kind is TokenKind.VARIABLE for item in outline(text)
    )


def _replacements(items: Sequence[Item], index: int, item: Item) -> Iterator[Edit]:
    token = item.token
    if token.kind is TokenKind.STRING and item.role is Role.MATCHER:
        for match in VARIABLES.finditer(token.text):
            yield token.start + match.start(), token.start + match.end(), VARIABLE
    elif token.kind is TokenKind.VARIABLE:
        yield *token.span, _replacement(items, index, item)


def _replacement(items: Sequence[Item], index: int, item: Item) -> str:
    match item.role:
        case Role.RANGE:
            return _duration(item.token.text)
        case Role.NUMBER:
            return repr(UNKNOWN_NUMBER) if item.argument in _NUMBERS.get(item.call, ()) else OPERAND
        case Role.OPERATOR:
            return _operator(_following(items, index))
        case Role.SELECTOR:
            return VARIABLES.sub(VARIABLE, item.token.text)
        case Role.MATCHER:
            return _in_matcher(items, index)
    return VARIABLE


def _duration(text: str) -> str:
    """`$window`, `${minutes}m`, `${hours}h${minutes}m`: the unit stays where it is written."""
    written = VARIABLES.sub("5", text)
    return f"{written}m" if written[-1] == "5" else written


def _operator(following: Token | None) -> str:
    """Return an operator for what *following* begins; where nothing follows, the variable holds an operand, too."""
    if following is None or following.text in CLOSING or following.text == ",":
        return f" + {UNSAID_OPERAND}"
    return " > " if following.text.lower() == "bool" else " + "


def _in_matcher(items: Sequence[Item], index: int) -> str:
    """`{$label="x"}`, `{label=$value}`, or a variable that holds a whole matcher."""
    before, following = items[index - 1].token.kind, _following(items, index)
    if before is TokenKind.OPERATOR:
        return f'"{VARIABLE}"'
    return VARIABLE if following is not None and following.kind is TokenKind.OPERATOR else f'{VARIABLE}=~".*"'


def _following(items: Sequence[Item], index: int) -> Token | None:
    return items[index + 1].token if index + 1 < len(items) else None
