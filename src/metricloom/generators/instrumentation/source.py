"""Python source as values: literals and calls, laid out as ruff would lay them out."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from unicodedata import east_asian_width

WIDTH = 88  # ruff's own default: the bundle has no configuration, and may come to stand where there is none


@dataclass(frozen=True, slots=True)
class Group:
    """Items between brackets: a call, a tuple, a signature. On one line, or one line each with a comma after it."""

    head: str
    items: Sequence[Source]
    tail: str

    @property
    def flat(self) -> str:
        """The text on one line."""
        inner = ", ".join(flat(item) for item in self.items)
        lonely = self.head.endswith(("=(", " (")) or self.head == "("
        return f"{self.head}{inner}{',' if lonely and len(self.items) == 1 else ''}{self.tail}"


Source: TypeAlias = str | Group


def flat(source: Source) -> str:
    """Return *source* on one line."""
    return source if isinstance(source, str) else source.flat


def layout(source: Source, indent: int, column: int | None = None, after: int = 0) -> str:
    """Return *source* as it stands at *column* of a line indented by *indent*, with *after* more columns behind it."""
    line = flat(source)
    start = indent if column is None else column
    if isinstance(source, str) or not source.items or start + _columns(line) + after <= WIDTH:
        return line
    inner = indent + 4
    items = [f"{' ' * inner}{layout(item, inner, after=1)},\n" for item in source.items]
    return f"{source.head}\n{''.join(items)}{' ' * indent}{source.tail}"


def line(indent: int, before: str, source: Source) -> str:
    """Return a statement: *before* and *source*, indented."""
    return f"{' ' * indent}{before}{layout(source, indent, indent + len(before))}"


def call(function: str, *items: Source, **keywords: Source) -> Group:
    """Return a call."""
    return Group(f"{function}(", [*items, *(named(name, value) for name, value in keywords.items())], ")")


def named(name: str, value: Source) -> Source:
    """Return a keyword argument."""
    return f"{name}={value}" if isinstance(value, str) else Group(f"{name}={value.head}", value.items, value.tail)


def literal(value: object) -> Source:
    """Return a Python literal of a text, a number, None, a tuple or a mapping."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, tuple):
        return Group("(", [literal(item) for item in value], ")")
    if isinstance(value, Mapping):
        return Group("{", [f"{text(key)}: {flat(literal(item))}" for key, item in value.items()], "}")
    if isinstance(value, float) and math.isinf(value):
        return "math.inf" if value > 0 else "-math.inf"
    return repr(value)


def text(value: str) -> str:
    """Return the literal of a text, between the quotes that need fewer escapes, else double ones."""
    body = repr(f"{value}'\"")[1:-4]  # with both quotes in it, repr puts it between single ones
    single, double = value.count("'"), value.count('"')
    if double > single:
        return f"'{body}'"
    return '"' + body.replace("\\'", "'").replace('"', '\\"') + '"'


def docstring(value: str, indent: int, *more: str) -> str:
    """Return a docstring of *value*, wrapped, and of the lines *more*; whatever they hold, it is nothing but text."""
    shown = harmless(value)
    first, last = shown[:1] == '"', shown[-1:] == '"'  # beside the quotes that enclose it, a quote needs a space
    summary = _wrapped(shown, indent + 3)
    if not more and "\n" not in summary:
        return f'"""{" " * first}{shown}{" " * last}"""'
    paragraphs = [summary, *([""] if more else [])]
    paragraphs += [_wrapped(harmless(each), indent, hanging="    ") for each in more]
    lines = "\n".join(paragraphs).split("\n")
    body = "\n".join(f"{' ' * indent}{line}".rstrip() for line in lines).lstrip()
    return f'"""{" " * first}{body}\n{" " * indent}"""'


def comment(value: str) -> str:
    """Return a comment of *value*, in one line."""
    return f"# {harmless(value)}"


def _wrapped(line: str, indent: int, hanging: str = "") -> str:
    return textwrap.fill(
        line, WIDTH - indent, subsequent_indent=hanging, break_long_words=False, break_on_hyphens=False
    )


def harmless(value: str) -> str:
    """Return *value* in one line, as it can stand between triple quotes."""
    line = " ".join(value.split()).replace("\\", "\\\\").replace('"""', "'''")
    return "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in line)


def _columns(line: str) -> int:
    return len(line) + (0 if line.isascii() else sum(east_asian_width(char) in "WF" for char in line))
