"""What Prometheus reads and promql-parser does not, written so that it does.

A few newer words are replaced before the parser sees them, as Grafana's variables are, so that the number and the order
of selectors, calls, operators and numbers stay as they were: what was meant is put back by a node's place.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from metricloom.promql.durations import DurationError, literal_seconds, seconds
from metricloom.promql.outline import CLOSING, OPENING, Item, Role, outline
from metricloom.promql.text import Edit, Span, edited
from metricloom.promql.tokens import Token, TokenKind

INFO_MARK: Final = "__metricloom_info__"
"""A matcher put into the second argument of `info()`, which may hold matchers that let everything pass."""

UNKNOWN_SECONDS: Final = 31_415_926.535
"""Stands for a duration that only the query itself knows: `[step()]`."""

_EXTENDED: Final = frozenset({"smoothed", "anchored"})
_TRIMMED: Final = {"</": "<", ">/": ">"}
_RENAMED: Final = {"holt_winters": "double_exponential_smoothing"}
_FILLS: Final = frozenset({"fill", "fill_left", "fill_right"})
_LATEST: Final = 253_402_300_799
"""The last second of the year 9999, behind which Python knows no date."""

# Cheap, and now and then wrong: what looks as if something of the kind were there is read more closely.
_WORDS: Final = ("</", ">/", "smoothed", "anchored", "holt_winters", "fill")
_FORMS: Final = re.compile(
    r"(?<![\w:])[0-9][0-9a-fx.+-]*_[0-9a-f]|[0-9]{3}y|\[(?:\s*0|[^\]\"'`]*[-+*/%^(._])"
    r"|offset\s*[-+]?\s*(?:[(a-z]|[0-9]*\.|0)|@\s*(?:[-+]|[0-9.]{11}|[0-9.xa-f_]+e)|\binfo\s*\("
)


def _hints_at_news(text: str) -> bool:
    lower = text.lower()
    for word in _WORDS:  # a loop, for it is run over each expression
        if word in lower:
            return True
    return _FORMS.search(lower) is not None


class DialectError(ValueError):
    """A text that Prometheus refuses, or that metricloom does not read; *span* is where."""

    def __init__(self, message: str, span: Span, *, unsupported: bool = False) -> None:
        super().__init__(message)
        self.span = span
        self.unsupported = unsupported


@dataclass(frozen=True, slots=True)
class Replaced:
    """What to put back where something else was written for the parser: by place, operators, calls and selectors."""

    operators: dict[int, str] = field(default_factory=dict)
    calls: dict[int, str] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)


_NOTHING: Final = Replaced()


def readable(text: str) -> tuple[str, Replaced]:
    """Return *text* as promql-parser reads it, and what to put back.

    Raises:
        DialectError: It cannot be read.
    """
    return _Writer(text).write() if _hints_at_news(text) else (text, _NOTHING)


class _Writer:
    def __init__(self, text: str) -> None:
        self.text = text
        self.items = outline(text)
        self.found = Replaced()
        self.places = dict.fromkeys((Role.OPERATOR, Role.FUNCTION, Role.SELECTOR), -1)

    def write(self) -> tuple[str, Replaced]:
        edits = [edit for index, item in enumerate(self.items) for edit in self._edits(index, item)]
        return edited(self.text, edits), self.found

    def _edits(self, index: int, item: Item) -> Iterator[Edit]:
        counted = Role.FUNCTION if item.role is Role.AGGREGATION else item.role
        if counted in self.places:
            self.places[counted] += 1
        match item.role:
            case Role.OPERATOR | Role.FUNCTION | Role.NUMBER | Role.LABEL:
                yield from self._word(item.role, item.token)
            case Role.SELECTOR:
                yield from self._selector(index, item)
            case Role.KEYWORD:
                yield from self._keyword(index, item.token)
            case Role.BRACKET if item.token.text == "[":
                yield from self._ranges(index)
            case Role.RANGE if item.call in _FILLS and item.token.kind is TokenKind.DURATION:
                yield *item.token.span, f"{literal_seconds(item.token.text):g}"

    def _word(self, role: Role, token: Token) -> Iterator[Edit]:
        """Replace a word by another that means the same to the parser."""
        if role is Role.NUMBER:
            if "_" in token.text:
                yield *token.span, token.text.replace("_", "")
        elif role is Role.LABEL and token.text.lower() in _EXTENDED:
            yield *token.span, f'"{token.text}"'
        elif role is Role.OPERATOR and token.text in _TRIMMED:
            self.found.operators[self.places[role]] = token.text
            yield *token.span, _TRIMMED[token.text] + " "
        elif role is Role.FUNCTION and token.text in _RENAMED:
            self.found.calls[self.places[role]] = token.text
            yield *token.span, _RENAMED[token.text]

    def _selector(self, index: int, item: Item) -> Iterator[Edit]:
        if item.token.text.lower() in _EXTENDED:
            self.found.names[self.places[Role.SELECTOR]] = item.token.text
            yield *item.token.span, "extended"
        elif item.token.text == "{" and item.call == "info" and item.argument == 1:
            empty = self._at(index + 1) == "}"
            yield item.token.end, item.token.end, f'{INFO_MARK}="x"' + ("" if empty else ",")

    def _keyword(self, index: int, token: Token) -> Iterator[Edit]:
        match token.text.lower():
            case "smoothed" | "anchored":
                if not self._is_behind_selector(index):
                    message = f"{token.text} is for selectors: Prometheus has it for nothing else"
                    raise DialectError(message, token.span)
                yield *token.span, " " * len(token.text)
            case "offset":
                yield from self._duration(index + 1, self._end_of_offset(index + 1))
            case "@":
                self._moment(index + 1)

    def _is_behind_selector(self, index: int) -> bool:
        """Whether what stands before *index* is a selector, its window, or its offset or moment."""
        before = self.items[index - 1]
        if before.token.text != ")":
            return before.role in (Role.SELECTOR, Role.RANGE) or before.token.text in ("}", "]")
        depth = 0
        for position in range(index - 1, 0, -1):
            depth += (self._at(position) in CLOSING) - (self._at(position) in OPENING)
            if depth == 0:
                opener = self.items[position - 1]
                return opener.role is Role.RANGE or opener.token.text.lower() == "offset"
        return False

    def _moment(self, index: int) -> None:
        sign = self._at(index) if self._at(index) in ("-", "+") else ""
        token = self.items[min(index + bool(sign), len(self.items) - 1)].token
        if token.kind not in (TokenKind.NUMBER, TokenKind.DURATION):
            return
        moment = literal_seconds(token.text)
        if (sign == "-" and moment) or moment > _LATEST:
            message = "metricloom reads no times before 1970 or after 9999 at @"
            raise DialectError(message, token.span, unsupported=True)

    def _at(self, index: int) -> str:
        return self.items[index].token.text if 0 <= index < len(self.items) else ""

    # --- durations ------------------------------------------------------------------------------------

    def _ranges(self, index: int) -> Iterator[Edit]:
        """Replace what stands before and after the colon in `[…]`."""
        start, depth = index + 1, 0
        for position in range(start, len(self.items)):
            text = self._at(position)
            depth += (text in OPENING) - (text in CLOSING)
            if text == ":" or depth < 0:
                yield from self._duration(start, position, positive=True)
                start = position + 1
            if depth < 0:
                return

    def _end_of_offset(self, start: int) -> int:
        """Return the index behind one signed number, call or bracket: an operator behind it is not of the offset."""
        position = start + (self._at(start) in ("-", "+"))
        if self._at(position).lower() in ("step", "range", "max_of", "min_of"):
            position += 1
        if self._at(position) != "(":
            return position + 1
        depth = 0
        for end in range(position, len(self.items)):
            depth += (self._at(end) in OPENING) - (self._at(end) in CLOSING)
            if depth == 0:
                return end + 1
        return len(self.items)

    def _duration(self, start: int, end: int, *, positive: bool = False) -> Iterator[Edit]:
        tokens = [item.token for item in self.items[start:end]]
        if not tokens:
            return
        span = tokens[0].start, tokens[-1].end
        try:
            found = seconds(tokens)
        except DurationError as error:
            raise DialectError(str(error), span) from error
        if positive and found <= 0:
            # Of one that is computed, Prometheus finds it out when the query runs, and refuses it then.
            message = "a window or step must be longer than 0"
            raise DialectError(message, span)
        if len(tokens) > 1 or not tokens[0].text.isalnum():
            yield *span, f" {_written(found)}"


def _written(found: float) -> str:
    """Return a duration as promql-parser reads it, to the millisecond."""
    if found == 0:
        return "0"
    whole, milliseconds = divmod(round(abs(UNKNOWN_SECONDS if math.isnan(found) else found) * 1000), 1000)
    return f"{'-' if found < 0 else ''}{whole}s{milliseconds}ms"
