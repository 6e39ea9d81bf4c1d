"""What each token of a PromQL text is for: a metric's name, a label, a function or a modifier.

One pass with a stack of open brackets, no grammar: a text that is wrong, half-written or full of
placeholders has an outline too. `text.py` rewrites by it, and positions of problems come from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from metricloom.promql.tokens import BLANK, VARIABLES, Token, TokenKind, tokens


class Role(StrEnum):
    """What a token is for."""

    SELECTOR = "selector"  # the name of a metric, or the brace that opens a selector without one
    LABEL = "label"  # in a list: by, without, on, ignoring, group_left, group_right
    MATCHER = "matcher"  # anything between the braces of a selector
    FUNCTION = "function"
    AGGREGATION = "aggregation"
    KEYWORD = "keyword"
    OPERATOR = "operator"  # between two operands
    SIGN = "sign"  # a plus or minus before one
    NUMBER = "number"
    STRING = "string"
    RANGE = "range"  # anything in [], after offset or @, in fill()
    BRACKET = "bracket"
    OTHER = "other"


class Item(NamedTuple):
    """A token that PromQL reads, and what it is for."""

    token: Token
    role: Role
    call: str = ""  # the function or keyword whose parentheses it stands in
    argument: int = 0  # which of its arguments, from 0


AGGREGATIONS: Final = frozenset(
    {"sum", "avg", "count", "min", "max", "group", "stddev", "stdvar", "topk", "bottomk", "quantile"}
    | {"count_values", "limitk", "limit_ratio"}
)
SET_OPERATORS: Final = frozenset({"and", "or", "unless"})
GROUPING: Final = frozenset({"by", "without"})
MATCHING: Final = frozenset({"on", "ignoring", "group_left", "group_right"})
_TIMES: Final = frozenset({"start", "end", "step", "range", "max_of", "min_of"})
_JOINS: Final = frozenset({"group_left", "group_right"})
_WITH_LIST: Final = MATCHING | {"fill", "fill_left", "fill_right"}
_OPENERS: Final = {"(": ")", "[": "]", "{": "}"}
OPENING: Final = frozenset(_OPENERS)
CLOSING: Final = frozenset(_OPENERS.values())


@lru_cache(maxsize=8192)
def outline(text: str) -> tuple[Item, ...]:
    """Return every token of *text* that PromQL reads, with its role."""
    return tuple(_Reader([token for token in tokens(text) if token.kind not in BLANK]).read())


@dataclass(slots=True)
class _Frame:
    """An open bracket."""

    closer: str
    role: Role  # of what stands in it; OTHER where an expression does
    call: str = ""
    argument: int = 0


@dataclass(slots=True)
class _Reader:
    read_tokens: list[Token]
    position: int = 0
    operand: bool = True  # an operand comes next, not an operator
    call: str = ""  # the function whose arguments are still to come
    list_of: str = ""  # the keyword whose list comes next
    after_offset: bool = False
    frames: list[_Frame] = field(default_factory=lambda: [_Frame("", Role.OTHER)])

    def read(self) -> list[Item]:
        items = []
        for position, token in enumerate(self.read_tokens):
            self.position = position
            frame = self.frames[-1]
            call, argument = frame.call, frame.argument
            items.append(Item(token, self._role(token, frame), call, argument))
        return items

    def _role(self, token: Token, frame: _Frame) -> Role:
        if token.text in _OPENERS:
            return self._open(token)
        if token.text == frame.closer:
            return self._close(frame)
        if frame.role is not Role.OTHER:
            return frame.role if token.text != "," or frame.role is Role.MATCHER else Role.OTHER
        if self.after_offset:
            return self._offset(token)
        return self._in_expression(token, frame)

    def _in_expression(self, token: Token, frame: _Frame) -> Role:
        match token.kind:
            case TokenKind.NAME:
                return self._operand_name(token) if self.operand else self._word_after_operand(token)
            case TokenKind.OPERATOR:
                return self._operator(token)
            case TokenKind.PUNCTUATION if token.text == ",":
                frame.argument += 1
                self.operand = True
                return Role.OTHER
            case TokenKind.NUMBER | TokenKind.DURATION | TokenKind.STRING:
                self.operand = False
                return Role.STRING if token.kind is TokenKind.STRING else Role.NUMBER
            case TokenKind.VARIABLE:
                return self._variable(token)
        return Role.OTHER

    def _operator(self, token: Token) -> Role:
        if token.text == "@":
            self.after_offset = self.operand = True
            return Role.KEYWORD
        role = Role.SIGN if self.operand else Role.OPERATOR
        self.operand = True
        return role

    def _operand_name(self, token: Token) -> Role:
        word, following = token.text.lower(), self._next().lower()
        if self.call in AGGREGATIONS and word in GROUPING:
            self.list_of = word
            return Role.KEYWORD
        if word == "bool" or word in _JOINS or (word in _WITH_LIST and following == "("):
            self.list_of = word if word in _WITH_LIST and following == "(" else ""
            return Role.KEYWORD
        if word in AGGREGATIONS and (following == "(" or following in GROUPING):
            self.call = word
            return Role.AGGREGATION
        return self._function_or_selector(token, following)

    def _function_or_selector(self, token: Token, following: str) -> Role:
        if following == "(":
            self.call = token.text
            return Role.FUNCTION
        self.operand = False
        return Role.NUMBER if token.text.lower() in ("inf", "nan") else Role.SELECTOR

    def _word_after_operand(self, token: Token) -> Role:
        word = token.text.lower()
        if word in SET_OPERATORS or word == "atan2":
            self.operand = True
            return Role.OPERATOR
        if word in GROUPING:
            self.list_of = word
            return Role.KEYWORD
        self.after_offset = word == "offset"
        return Role.KEYWORD if word in ("offset", "smoothed", "anchored") else Role.OTHER

    def _variable(self, token: Token) -> Role:
        """A variable may hold anything: what it is for is told by what stands around it."""
        if not self.operand:
            self.operand = True
            return Role.OPERATOR
        following = self._next()
        if following == "(" or following.lower() in GROUPING:
            return self._function_or_selector(token, "(")
        self.operand = False
        whole = token.text[0].isdigit() or VARIABLES.fullmatch(token.text)
        return Role.NUMBER if whole and following not in ("{", "[") else Role.SELECTOR

    def _offset(self, token: Token) -> Role:
        """Read what follows `offset` or `@`: a signed number, a duration, a variable, a call such as start()."""
        if token.text in ("-", "+"):
            return Role.RANGE
        self.after_offset = self.operand = False
        if token.text.lower() in _TIMES and self._next() == "(":
            self.list_of = "@"
        return Role.RANGE

    def _open(self, token: Token) -> Role:
        named = token.text == "{" and not self.operand
        inner, call, argument = self._opened(token.text)
        self.frames.append(_Frame(_OPENERS[token.text], inner, call, argument))
        self.operand, self.after_offset = True, False
        return Role.SELECTOR if token.text == "{" and not named else Role.BRACKET

    def _opened(self, bracket: str) -> tuple[Role, str, int]:
        """Return the role of what stands in the bracket now opened, whose bracket it is, and in which argument."""
        around = self.frames[-1]
        if bracket == "{":
            return Role.MATCHER, "", 0
        if bracket == "[" or self.after_offset or around.role is Role.RANGE:
            return Role.RANGE, "", 0
        if owner := self.list_of:
            self.list_of = ""
            return (Role.LABEL if owner in GROUPING | MATCHING else Role.RANGE), owner, 0
        owner, self.call = self.call, ""
        return (Role.OTHER, owner, 0) if owner else (Role.OTHER, around.call, around.argument)

    def _close(self, frame: _Frame) -> Role:
        self.frames.pop()
        # After `on (…)`, and after `by (…)` before its arguments, the operand is still to come.
        self.operand = frame.call in _WITH_LIST or (frame.call in GROUPING and bool(self.call))
        return Role.BRACKET

    def _next(self) -> str:
        following = self.position + 1
        return self.read_tokens[following].text if following < len(self.read_tokens) else ""
