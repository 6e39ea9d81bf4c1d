"""PromQL texts read and rewritten word by word; what is not changed stays as it was, to the byte.

Nothing here parses: a text that is wrong is rewritten as far as it can be read, and found wrong later,
with its places intact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from metricloom.promql.outline import Item, Role, outline
from metricloom.promql.tokens import Token, TokenKind, quote, unquote, variable_name

Span = tuple[int, int]
Edit = tuple[int, int, str]  # what stands in text[start:end] becomes the string
NAME_LABEL = "__name__"


@dataclass(frozen=True, slots=True)
class MatcherText:
    """`label op "value"` between the braces of a selector."""

    label: str
    op: str
    value: str
    label_span: Span
    value_span: Span


@dataclass(frozen=True, slots=True)
class SelectorText:
    """A vector selector and where it stands.

    Attributes:
        name: The metric, also where it is written `{__name__="x"}` or `{"x"}`; None where there is none.
        name_span: Where the name stands, quotes included; the opening brace where there is none.
        span: From the name, or the opening brace, to the closing brace. The range is not part of it.
        braces: Between the braces; None where there are none.
    """

    name: str | None
    name_span: Span
    matchers: tuple[MatcherText, ...]
    span: Span
    braces: Span | None


def selectors(text: str) -> list[SelectorText]:
    """Return the vector selectors of *text*, from left to right."""
    items = outline(text)
    return [_selector(items, index) for index, item in enumerate(items) if item.role is Role.SELECTOR]


def _selector(items: Sequence[Item], index: int) -> SelectorText:
    first = items[index].token
    opening = index if first.text == "{" else index + 1
    if opening >= len(items) or items[opening].token.text != "{":
        return SelectorText(first.text, first.span, (), first.span, None)
    inside = _inside_braces(items, opening)
    closing = opening + len(inside) + 1
    end = items[min(closing, len(items) - 1)].token.end
    braces = (items[opening].token.end, items[closing].token.start if closing < len(items) else end)
    matchers = tuple(_matchers(inside))
    name, name_span = (first.text, first.span) if opening > index else _name_in_braces(first, inside, matchers)
    return SelectorText(name, name_span, matchers, (first.start, end), braces)


def _inside_braces(items: Sequence[Item], opening: int) -> list[Token]:
    following = (items[position] for position in range(opening + 1, len(items)))
    return [item.token for item in takewhile(lambda item: item.role is Role.MATCHER, following)]


def _matchers(inside: Sequence[Token]) -> Iterator[MatcherText]:
    for label, op, value in zip(inside, inside[1:], inside[2:], strict=False):
        if op.kind is TokenKind.OPERATOR and value.kind is TokenKind.STRING:
            yield MatcherText(_word(label), op.text, unquote(value.text), label.span, value.span)


def _name_in_braces(brace: Token, inside: Sequence[Token], matchers: Iterable[MatcherText]) -> tuple[str | None, Span]:
    for matcher in matchers:
        if matcher.label == NAME_LABEL and matcher.op == "=":
            return matcher.value, matcher.value_span
    if token := _quoted_name(inside):
        return unquote(token.text), token.span
    return None, brace.span


def _quoted_name(inside: Sequence[Token]) -> Token | None:
    """Return the `"x"` of `{"x", a="b"}`: a string that is neither a label nor a value."""
    for index, token in enumerate(inside):
        around = [inside[place] for place in (index - 1, index + 1) if 0 <= place < len(inside)]
        if token.kind is TokenKind.STRING and all(other.kind is not TokenKind.OPERATOR for other in around):
            return token
    return None


def _word(token: Token) -> str:
    return unquote(token.text) if token.kind is TokenKind.STRING else token.text


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Return *text* with *edits* made; they may not overlap."""
    parts, position = [], 0
    for start, end, replacement in sorted(edits):
        parts += [text[position:start], replacement]
        position = end
    return "".join([*parts, text[position:]])


# --- matchers ---------------------------------------------------------------------------------------


def add_matchers(text: str, matchers_for: Callable[[str | None], Sequence[str]]) -> str:
    """Return *text* with the matchers that *matchers_for* gives for a metric's name in each selector.

    A matcher is PromQL text, `job=~"x"`. The function is called with None for a selector without a name.
    """
    items = outline(text)
    found = ((selector, ",".join(matchers_for(selector.name))) for selector in selectors(text))
    return edited(text, [_insertion(items, selector, added) for selector, added in found if added])


def _insertion(items: Sequence[Item], selector: SelectorText, added: str) -> Edit:
    if selector.braces is None:
        return selector.span[1], selector.span[1], "{" + added + "}"
    start, end = selector.braces
    last = _last_token(items, start, end)
    if last is None:
        return start, start, added
    return last.end, last.end, added if last.text == "," else "," + added


def _last_token(items: Sequence[Item], start: int, end: int) -> Token | None:
    """Return the last token of text[start:end]; *items* are sorted, so the place is found by bisection."""
    low, high = 0, len(items)
    while low < high:
        middle = (low + high) // 2
        if items[middle].token.start < end:
            low = middle + 1
        else:
            high = middle
    token = items[low - 1].token if low else None
    return token if token and token.start >= start else None


# --- names ------------------------------------------------------------------------------------------


def rename(text: str, metrics: Mapping[str, str], labels: Mapping[str, str]) -> str:
    """Return *text* with series (`x_bucket`, not `x`) and labels renamed wherever PromQL names them.

    Labels are renamed in matchers, in lists, and where a function is told one: label_replace,
    label_join, count_values, sort_by_label.
    """
    edits = [*_renamed_metrics(text, metrics), *_renamed_labels(text, labels)]
    return edited(text, edits)


def _renamed_metrics(text: str, metrics: Mapping[str, str]) -> Iterator[Edit]:
    for selector in selectors(text):
        if selector.name is not None and selector.name in metrics:
            yield _renaming(text, selector.name_span, metrics[selector.name])


def _renamed_labels(text: str, labels: Mapping[str, str]) -> Iterator[Edit]:
    for selector in selectors(text):
        for matcher in selector.matchers:
            if matcher.label in labels:
                yield _renaming(text, matcher.label_span, labels[matcher.label])
    for item in outline(text):
        if names_label(item) and _word(item.token) in labels:
            yield _renaming(text, item.token.span, labels[_word(item.token)])


def _renaming(text: str, span: Span, name: str) -> Edit:
    quoted = text[span[0]] in "\"'`"
    return *span, quote(name) if quoted else name


def names_label(item: Item) -> bool:
    """Whether a token outside of matchers is the name of a label."""
    if item.role is Role.LABEL:
        return True
    if item.role is not Role.STRING:
        return False
    match item.call:
        case "label_replace":
            return item.argument in (1, 3)
        case "label_join":
            return item.argument == 1 or item.argument > 2
        case "count_values":
            return item.argument == 0
        case "sort_by_label" | "sort_by_label_desc":
            return item.argument > 0
    return False


# --- placeholders -----------------------------------------------------------------------------------


def expand(text: str, lists: Mapping[str, Sequence[str]], words: Mapping[str, str]) -> str:
    """Return *text* with its placeholders replaced: `$identity` in a list by *lists*, `$price_x` by *words*.

    `by ($identity)` goes where nothing is left in it; an `on ()` or a `without ()` stays, for it means something.
    Strings and comments are not touched, nor a placeholder that is not named.
    """
    if "$" not in text:
        return text
    items = outline(text)
    edits = [
        (*item.token.span, words[variable_name(item.token)])
        for item in items
        if item.token.kind is TokenKind.VARIABLE and item.role is not Role.LABEL and variable_name(item.token) in words
    ]
    for first, last in _label_lists(items):
        if any(_placeholder(item, lists) for item in items[first : last + 1]):
            edits.append(_expanded_list(items, first, last, lists))
    return edited(text, edits)


def _placeholder(item: Item, lists: Mapping[str, Sequence[str]]) -> bool:
    return item.token.kind is TokenKind.VARIABLE and variable_name(item.token) in lists


def _label_lists(items: Sequence[Item]) -> Iterator[tuple[int, int]]:
    """Yield the index of the opening and of the closing bracket of each list of labels."""
    opening = -1
    for index, item in enumerate(items):
        if item.token.text == "(":
            opening = index
        elif item.token.text == ")" and opening >= 0 and opening + 1 < index and items[opening + 1].role is Role.LABEL:
            yield opening, index
            opening = -1


def _expanded_list(items: Sequence[Item], first: int, last: int, lists: Mapping[str, Sequence[str]]) -> Edit:
    names: list[str] = []
    for item in items[first + 1 : last]:
        if item.role is Role.LABEL:
            names += lists[variable_name(item.token)] if _placeholder(item, lists) else [item.token.text]
    names = list(dict.fromkeys(names))
    if not names and items[first - 1].token.text.lower() == "by":
        return _without_grouping(items, first, last)
    return items[first].token.start, items[last].token.end, f"({', '.join(names)})"


def _without_grouping(items: Sequence[Item], first: int, last: int) -> Edit:
    """Remove `by ()`: `sum by () (x)` becomes `sum(x)`, and `sum(x) by ()` becomes `sum(x)`."""
    start, end = items[first - 2].token.end, items[last].token.end
    following = items[last + 1].token if last + 1 < len(items) else None
    prefix = items[first - 2].role is Role.AGGREGATION and following is not None
    return start, following.start if prefix and following else end, ""
