"""Where the comments of a file stand, and which lines each is about. What stands in a string is no comment."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import yaml

from metricloom.promql.tokens import TokenKind, tokens
from metricloom.sources.lines import BYTE_ORDER_MARK

_YAML_COMMENT = re.compile(r"(?:(?<=\s)|^)#.*", re.MULTILINE)
_OWN_LINE = re.compile(r"\s*#")


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment from its `#` on. *about* are the lines that it is about: its own, or the first below it."""

    text: str
    line: int
    column: int
    about: frozenset[int]


def comments_of(path: str, text: str) -> list[Comment]:
    """Return the comments of a Python file, else of a YAML file: all, or those before a fault in its syntax."""
    text = text.removeprefix(BYTE_ORDER_MARK).replace("\r\n", "\n").replace("\r", "\n")
    return list(_of_python(text) if path.endswith(".py") else _of_yaml(text))


class _Lines:
    """The lines of a text. *_after* has, for each, the first from it on that is no comment alone."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._after = list(range(len(self._lines) + 1))
        for index in range(len(self._lines) - 1, -1, -1):
            if _OWN_LINE.match(self._lines[index]):
                self._after[index] = self._after[index + 1]

    def below(self, line: int) -> int:
        """Return the line that a comment in *line* is about: a comment alone is about what follows without a gap."""
        after = self._after[line - 1]
        return after + 1 if after < len(self._lines) and self._lines[after].strip() else line


def _of_python(text: str) -> Iterator[Comment]:
    lines = _Lines(text)
    calls = _Calls.of(text)
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                line, column = token.start
                about = lines.below(line)
                yield Comment(token.string, line, column + 1, frozenset({about, calls.around(about)}))
    except (tokenize.TokenError, SyntaxError):
        return  # it did not load either, and that is what is reported


@dataclass(frozen=True, slots=True)
class _Calls:
    """The calls of a Python file that take several lines: a declaration's problems stand at its first.

    *first* has that line for each on which such a call stands, of the innermost of several. *elements* are the lines on
    which an element of a list begins: a declaration of its own, and not a word of the call around the list.
    """

    first: Mapping[int, int] = field(default_factory=dict)
    elements: frozenset[int] = frozenset()

    @classmethod
    def of(cls, text: str) -> _Calls:
        try:
            with warnings.catch_warnings(action="ignore"):  # Python said it when it imported the file
                nodes = list(ast.walk(ast.parse(text)))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return cls()
        spans = [(node.lineno, node.end_lineno or node.lineno) for node in nodes if isinstance(node, ast.Call)]
        lists = [node.elts for node in nodes if isinstance(node, ast.List | ast.Tuple)]
        return cls(
            {line: first for first, last in sorted(spans) if last > first for line in range(first, last + 1)},
            frozenset(element.lineno for elements in lists for element in elements if isinstance(element, ast.Call)),
        )

    def around(self, line: int) -> int:
        """Return the first line of the innermost of these calls around *line*; *line* itself where there is none."""
        return line if line in self.elements else self.first.get(line, line)


@dataclass
class _Yaml:
    """A YAML text on the way through its tokens."""

    text: str
    lines: _Lines
    starts: Sequence[int]
    found: list[Comment] = field(default_factory=list)

    def add(self, text: str, offset: int, *, inside: bool = False) -> None:
        """Add the comment at *offset*. One *inside* an expression is about that, and not about what follows it."""
        line = bisect_right(self.starts, offset)
        about = line if inside else self.lines.below(line)
        self.found.append(Comment(text, line, offset - self.starts[line - 1] + 1, frozenset({about})))

    def add_between(self, start: int, end: int) -> None:
        """Add the comments of a stretch that holds no scalar."""
        for match in _YAML_COMMENT.finditer(self.text, start, end):
            self.add(match[0], match.start())

    def add_within(self, start: int, end: int) -> None:
        """Add the comments of an expression in a block scalar."""
        for token in tokens(self.text[start:end]):
            if token.kind is TokenKind.COMMENT:
                self.add(token.text, start + token.start, inside=True)


def _of_yaml(text: str) -> list[Comment]:
    """Return what begins with `#` outside of all scalars, and the PromQL comments of an `expr` in a block scalar."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    yaml_text = _Yaml(text, _Lines(text), starts)
    end = 0
    try:
        for start, stop, style, key in _scalars(text):
            yaml_text.add_between(end, start)
            end = stop
            if style in ("|", ">"):
                body = text.find("\n", start, stop) + 1 or stop
                yaml_text.add_between(start, body)
                if key == "expr":
                    yaml_text.add_within(body, stop)
        yaml_text.add_between(end, len(text))
    except yaml.YAMLError:
        pass  # it is reported as what it is; nobody reads on behind the fault
    return yaml_text.found


def _scalars(text: str) -> Iterator[tuple[int, int, str, str]]:
    """Yield where each scalar begins and ends, its style, and the key of which it is the value."""
    key = last = ""
    for token in yaml.scan(text, Loader=yaml.CSafeLoader):
        if isinstance(token, yaml.ValueToken):
            key = last
        elif isinstance(token, yaml.ScalarToken):
            yield token.start_mark.index, token.end_mark.index, token.style or "", key
            key, last = "", token.value
        elif not isinstance(token, yaml.TagToken | yaml.AnchorToken):
            key = ""
