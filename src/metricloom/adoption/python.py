"""Python source, written as a formatter would leave it: a call on one line if it fits, else an argument a line."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Final, TypeAlias

WIDTH: Final = 120
INDENT: Final = "    "


@dataclass(frozen=True, slots=True)
class Text:
    """A string, whatever it holds."""

    value: str


@dataclass(frozen=True, slots=True)
class Bracket:
    """A call, a list, a tuple or a dictionary: *items* are each a node, or (name, node) for a keyword."""

    opening: str
    items: Sequence[Item]
    closing: str = ")"
    joint: str = "="  # ": " in a dictionary


@dataclass(frozen=True, slots=True)
class Comment:
    """Lines among the items of a bracket."""

    lines: Sequence[str]


Node: TypeAlias = "str | Text | Bracket"
Item: TypeAlias = "Node | tuple[str, Node] | Comment"


def call(function: str, *items: Item, **named: Node | None) -> Bracket:
    """Return a call; keywords that are None are left out."""
    keywords = [(name, node) for name, node in named.items() if node is not None]
    return Bracket(f"{function}(", [*items, *keywords])


def listed(items: Sequence[Item]) -> Bracket:
    """Return a list."""
    return Bracket("[", items, "]")


def statement(name: str, node: Node) -> list[str]:
    """Return the lines of an assignment."""
    return _lines(f"{name} = ", node, "", "")


def commented(node: Node) -> Comment:
    """Return *node*, an item of a list in a call, as a comment: without its `# ` it is as long as a line may be."""
    mark, indent = "# ", 2 * INDENT
    lines = _lines("", node, ",", indent + " " * len(mark))
    return Comment([f"{mark}{line[len(indent) + len(mark) :]}" for line in lines])


def comment(text: str, indent: str = "") -> list[str]:
    """Return *text*, whatever it holds, as lines of comment."""
    shown = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
    return [f"{indent}# {line}" for line in wrap(shown, WIDTH - len(indent) - 2, break_on_hyphens=False)]


def literal(text: str) -> str:
    """Return *text* as a string in the quotes that need fewer escapes, double ones where that is no matter."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    return quote + "".join(_escaped(char, quote) for char in text) + quote


def _escaped(char: str, quote: str) -> str:
    if char in (quote, "\\"):
        return f"\\{char}"
    return char if char in "'\"" else repr(char)[1:-1]


def columns(text: str) -> int:
    """Return how wide formatters take *text* to be: some characters count twice, some not at all."""
    if text.isascii():
        return len(text)
    return sum(_width(char) for char in text)


def _width(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


# --- layout -----------------------------------------------------------------------------------------


def _lines(before: str, node: Node, after: str, indent: str) -> list[str]:
    """Return the lines of *node* between *before* and *after*."""
    flat = _flat(node)
    if flat is not None and columns(indent + before + flat + after) <= WIDTH:
        return [f"{indent}{before}{flat}{after}"]
    if isinstance(node, Text):
        return _of_long_text(before, node, after, indent)
    if isinstance(node, str):
        return [f"{indent}{before}{node}{after}"]
    inner = [line for item in node.items for line in _item(item, node.joint, indent + INDENT)]
    return [f"{indent}{before}{node.opening}", *inner, f"{indent}{node.closing}{after}"]


def _item(item: Item, joint: str, indent: str) -> list[str]:
    if isinstance(item, Comment):
        return [f"{indent}{line}".rstrip() for line in item.lines]
    if isinstance(item, tuple):
        return _lines(f"{item[0]}{joint}", item[1], ",", indent)
    return _lines("", item, ",", indent)


def _flat(node: Node) -> str | None:
    """Return *node* on one line; None where a comment or a long text stands in it."""
    if isinstance(node, str):
        return node
    if isinstance(node, Text):
        return literal(node.value)
    parts = []
    for item in node.items:
        if isinstance(item, Comment):
            return None
        name, inner = (f"{item[0]}{node.joint}", item[1]) if isinstance(item, tuple) else ("", item)
        flat = _flat(inner)
        if flat is None:
            return None
        parts.append(name + flat)
    tail = "," if node.opening == "(" and len(parts) == 1 else ""
    return f"{node.opening}{', '.join(parts)}{tail}{node.closing}"


def _of_long_text(before: str, node: Text, after: str, indent: str) -> list[str]:
    """Return a text in several strings: in parentheses, unless it is a whole argument."""
    if not before:
        *most, last = _pieces(node.value, WIDTH - len(indent) - len(after))
        return [*(f"{indent}{piece}" for piece in most), f"{indent}{last}{after}"]
    inner = indent + INDENT
    pieces = [f"{inner}{piece}" for piece in _pieces(node.value, WIDTH - len(inner))]
    return [f"{indent}{before}(", *pieces, f"{indent}){after}"]


def _pieces(text: str, width: int) -> list[str]:
    """Return literals of at most *width* columns that together are *text*, each but the last ending in a space."""
    return [literal(piece) for piece in _split(text, width)]


def _split(text: str, width: int) -> Iterator[str]:
    start = end = space = 0
    used = 2
    while end < len(text):
        # In either sort of quotes: a piece has its own.
        used += max(columns(_escaped(text[end], quote)) for quote in "'\"")
        if used > width:
            cut = space if space > start else end
            yield text[start:cut]
            start = end = cut
            used = 2
            continue
        if text[end] == " ":
            space = end + 1
        end += 1
    yield text[start:]
