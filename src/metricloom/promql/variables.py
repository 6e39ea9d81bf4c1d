"""Grafana's variables replaced by something that parses.

The replacement keeps the number and the order of selectors, functions, numbers …, by which a place is
found again in the text as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from metricloom.promql.outline import Item, Role, outline
from metricloom.promql.text import Edit, edited
from metricloom.promql.tokens import Token, TokenKind

VARIABLE: Final = "__variable__"
"""What stands for a name, label or value that only Grafana knows: a check is silent about it."""

_IN_STRING: Final = re.compile(r"\$\{[^{}\n\"'$]{1,200}\}|\$[A-Za-z_][A-Za-z0-9_]*+|\[\[[A-Za-z_][A-Za-z0-9_:]*+\]\]")


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


def _replacements(items: Sequence[Item], index: int, item: Item) -> Iterator[Edit]:
    token = item.token
    if token.kind is TokenKind.STRING and item.role is Role.MATCHER:
        for match in _IN_STRING.finditer(token.text):
            yield token.start + match.start(), token.start + match.end(), VARIABLE
    elif token.kind is TokenKind.VARIABLE:
        yield *token.span, _replacement(items, index, item.role)


def _replacement(items: Sequence[Item], index: int, role: Role) -> str:
    match role:
        case Role.RANGE:
            return "5" if _touches_next(items, index) else "5m"
        case Role.NUMBER | Role.OTHER:
            return "1"
        case Role.MATCHER:
            return _in_matcher(items, index)
    return VARIABLE


def _touches_next(items: Sequence[Item], index: int) -> bool:
    """Whether the unit follows, as in `[${minutes}m]`."""
    following = items[index + 1].token if index + 1 < len(items) else None
    return following is not None and following.kind is TokenKind.NAME and following.start == items[index].token.end


def _in_matcher(items: Sequence[Item], index: int) -> str:
    """`{$label="x"}`, `{label=$value}`, or a variable that holds a whole matcher."""
    before = items[index - 1].token.kind
    following = items[index + 1].token.kind if index + 1 < len(items) else None
    if before is TokenKind.OPERATOR:
        return f'"{VARIABLE}"'
    return VARIABLE if following is TokenKind.OPERATOR else f'{VARIABLE}=~".*"'
