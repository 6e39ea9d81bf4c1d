"""Where a node stands in its text, to the column: looked up only when a problem must be shown."""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache

from metricloom.promql.nodes import (
    Aggregation,
    Binary,
    Call,
    Negation,
    Node,
    Number,
    Selector,
    Subquery,
    Text,
    Variable,
    bottom_up,
)
from metricloom.promql.outline import CLOSING, GROUPING, OPENING, Item, Role, outline
from metricloom.promql.text import SelectorText, Span, names_label, selectors
from metricloom.promql.tokens import unquote


class Places:
    """The columns of the nodes of one text, also where Grafana's variables stand in it."""

    __slots__ = ("_items", "_selectors", "_spans", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._items = outline(text)
        self._selectors = selectors(text)
        self._spans: dict[Node, Span | None] = {}

    def span(self, node: Node) -> Span | None:
        """Return the columns of *node* with all that belongs to it; None where the text and the tree disagree."""
        if node not in self._spans:
            for part in bottom_up(node):  # not recursive: a chain of operators is deeper than Python's stack
                if part not in self._spans:
                    self._spans[part] = self._span(part)
        return self._spans[node]

    def _span(self, node: Node) -> Span | None:
        match node:
            case Selector():
                return self._at(self._selectors, node.place)
            case Number() | Variable():
                return None if node.place is None else self._token((Role.NUMBER,), node.place)
            case Text():
                return self._token((Role.STRING,), node.place)
            case Call() | Aggregation():
                return self._call_span(node.place)
        return self._around(node)

    def whole(self, node: Node) -> Span | None:
        """Return the columns of *node*, and of the window behind a selector."""
        span = self.span(node)
        return span if span is None or not _has_window(node) else (span[0], self._end_of_window(span[1]))

    def window(self, node: Selector) -> Span | None:
        """Return the columns of what stands between the brackets of `x[5m]`; None where there are none."""
        index = self._index_after(node)
        return self._inside(index) if index is not None and self._text(index) == "[" else None

    def step(self, node: Subquery) -> Span | None:
        """Return the columns of the step of `x[1h:1m]`; None where none is written."""
        span = self.span(node)
        end = bisect_left(self._items, span[1], key=_start) - 1 if span else 0
        colon = next((place for place in range(end, 0, -1) if self._text(place) in ":["), 0)
        return self._inside(colon) if self._text(colon) == ":" and colon + 1 < end else None

    def offset(self, node: Selector) -> Span | None:
        """Return the columns of a negative offset, with the blank before it; None where there is none."""
        index = self._index_after(node)
        if index is not None and self._text(index) == "[":
            index = _after_brackets(self._items, index)
        if index is None or self._text(index).lower() != "offset" or self._text(index + 1) != "-":
            return None
        return self._items[index - 1].token.end, self._items[index + 2].token.end

    def operator(self, node: Binary) -> Span | None:
        """Return the columns of the operator alone."""
        return self._token((Role.OPERATOR,), node.place)

    def name(self, node: Selector) -> Span | None:
        """Return the columns of the metric's name, or of the brace where there is none."""
        found = self._selector(node)
        return found.name_span if found else None

    def matcher(self, node: Selector, label: str, value: str | None = None) -> Span | None:
        """Return the columns of the matcher's label, or of its value where *value* is given."""
        found = self._selector(node)
        for matcher in found.matchers if found else ():
            if matcher.label == label and value is None:
                return matcher.label_span
            if matcher.label == label and matcher.value == value:
                return matcher.value_span
        return self.span(node)

    def label(self, label: str, within: Node) -> Span | None:
        """Return the columns of *label* in a list, or in a string that names a label, that belongs to *within*."""
        span = self.operator(within) if isinstance(within, Binary) else self.span(within)
        start = span[0] if span else 0
        for item in self._items:
            if item.token.start >= start and names_label(item) and label in (item.token.text, unquote(item.token.text)):
                return item.token.span
        return span

    def _index_after(self, node: Selector) -> int | None:
        span = self.span(node)
        return None if span is None else bisect_left(self._items, span[1], key=_start)

    def _inside(self, index: int) -> Span:
        """Return the columns from the item after *index* to the end of the bracket, or to a colon in it."""
        end = next(place for place in range(index + 1, len(self._items)) if self._text(place) in ":]")
        return self._items[index + 1].token.start, self._items[end - 1].token.end

    def _text(self, index: int) -> str:
        return self._items[index].token.text if index < len(self._items) else ""

    def _selector(self, node: Selector) -> SelectorText | None:
        return self._selectors[node.place] if node.place < len(self._selectors) else None

    def _at(self, found: list[SelectorText], place: int) -> Span | None:
        return found[place].span if place < len(found) else None

    def _token(self, roles: tuple[Role, ...], place: int) -> Span | None:
        found = [item.token.span for item in self._items if item.role in roles]
        return found[place] if place < len(found) else None

    def _call_span(self, place: int) -> Span | None:
        found = [index for index, item in enumerate(self._items) if item.role in (Role.FUNCTION, Role.AGGREGATION)]
        if place >= len(found):
            return None
        return self._items[found[place]].token.start, _end_of_call(self._items, found[place])

    def _around(self, node: Node) -> Span | None:
        """Return the columns from the first to the last of the children."""
        spans = [span for child in node.children() if (span := self._spans[child])]
        if not spans:
            return None
        start, end = min(span[0] for span in spans), max(span[1] for span in spans)
        start, end = self._balanced(start, self._range_end(node, end))
        return (self._sign_before(start), end) if isinstance(node, Negation) else (start, end)

    def _balanced(self, start: int, end: int) -> Span:
        """Widen a stretch to the brackets that belong to it: the tree has no parentheses."""
        depth = lowest = 0
        for item in self._items[
            bisect_left(self._items, start, key=_start) : bisect_left(self._items, end, key=_start)
        ]:
            depth += (item.token.text in OPENING) - (item.token.text in CLOSING)
            lowest = min(lowest, depth)
        if depth == lowest == 0:
            return start, end
        opening = [item.token.start for item in self._items if item.token.text in OPENING and item.token.start < start]
        closing = [item.token.end for item in self._items if item.token.text in CLOSING and item.token.start >= end]
        before, after = opening[lowest:] if lowest else [], closing[: depth - lowest]
        return before[0] if before else start, after[-1] if after else end

    def _sign_before(self, start: int) -> int:
        signs = [item.token.start for item in self._items if item.role is Role.SIGN and item.token.start < start]
        return signs[-1] if signs else start

    def _range_end(self, node: Node, end: int) -> int:
        return self._end_of_window(end) if isinstance(node, Subquery) else end

    def _end_of_window(self, end: int) -> int:
        return next((item.token.end for item in self._items if item.token.start >= end and item.token.text == "]"), end)


def _start(item: Item) -> int:
    return item.token.start


def _has_window(node: Node) -> bool:
    return isinstance(node, Selector) and node.range_seconds is not None


def _end_of_call(items: tuple[Item, ...], index: int) -> int:
    """Return the end of the parentheses after *index*, and of a `by (…)` behind them."""
    end = _after_brackets(items, index + 1)
    if items[index].role is Role.AGGREGATION:
        for _ in range(2):  # `sum by (a) (x)`: a list, then the arguments; `sum(x) by (a)`: the other way round
            if end < len(items) and (items[end].token.text == "(" or items[end].token.text.lower() in GROUPING):
                end = _after_brackets(items, end)
    return items[min(end, len(items)) - 1].token.end


def _after_brackets(items: tuple[Item, ...], index: int) -> int:
    """Return the index of the item after the brackets that open at *index*, or after the keyword there."""
    depth = 0
    for position in range(index, len(items)):
        text = items[position].token.text
        depth += (text in OPENING) - (text in CLOSING)
        if depth <= 0 and text in CLOSING:
            return position + 1
    return len(items)


@lru_cache(maxsize=256)
def places(text: str) -> Places:
    """Return the places of *text*."""
    return Places(text)
