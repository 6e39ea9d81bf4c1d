"""The words of a Go template, each with its place: text stands between actions, and is no word."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from enum import StrEnum
from typing import Final, NamedTuple


class WordKind(StrEnum):
    """What a word is. Text outside of actions is one word, unless it is blank."""

    TEXT = "text"
    OPEN = "{{"
    CLOSE = "}}"
    SPACE = "space"
    NAME = "name"
    CONSTANT = "constant"
    FIELD = "field"
    DOT = "."
    VARIABLE = "variable"
    STRING = "string"
    CHARACTER = "character"
    NUMBER = "number"
    DECLARE = ":="
    ASSIGN = "="
    PIPE = "|"
    LEFT = "("
    RIGHT = ")"
    OTHER = "other"
    END = "end"


class Word(NamedTuple):
    """A stretch of the template: `text[start:end]`."""

    kind: WordKind
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def span(self) -> tuple[int, int]:
        return self.start, self.start + len(self.text)


class TemplateFault(Exception):  # noqa: N818 - it is what is wrong with a template, and goes no further than its reader
    """Why Prometheus would refuse a template."""

    def __init__(self, message: str, span: tuple[int, int]) -> None:
        super().__init__(message)
        self.message = message
        self.span = span


_DIGITS: Final = r"0[xX][0-9a-fA-F_]*+(?:\.[0-9a-fA-F_]*+)?(?:[pP][+-]?[0-9_]*+)?|0[oO][0-7_]*+(?:\.[0-7_]*+)?"
_NUMBER: Final = rf"[+-]?(?:{_DIGITS}|0[bB][01_]*+(?:\.[01_]*+)?|[0-9_]*+(?:\.[0-9_]*+)?(?:[eE][+-]?[0-9_]*+)?)i?(?!\w)"
_AFTER_NAME: Final = r"(?=[ \t\r\n.,|:()]|\}\}|\Z)"
_WORD: Final = re.compile(
    "|".join(
        (
            r"(?P<CLOSE>\}\}|[ \t\r\n]-\}\})",
            r"(?P<SPACE>[ \t\r\n]+(?=[ \t\r\n]-\}\})|[ \t\r\n]++)",
            rf"(?P<CONSTANT>(?:true|false|nil){_AFTER_NAME})",
            rf"(?P<NAME>(?![0-9])\w++{_AFTER_NAME})",
            rf"(?P<VARIABLE>\$\w*+{_AFTER_NAME})",
            rf"(?P<DOT>\.{_AFTER_NAME})",
            rf"(?P<FIELD>\.(?![0-9])\w++{_AFTER_NAME})",
            r'(?P<STRING>"[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+"|`[^`]*+`)',
            r"(?P<CHARACTER>'[^'\\\n]*+(?:\\[^\n][^'\\\n]*+)*+')",
            rf"(?P<NUMBER>(?=[-+0-9]|\.[0-9]){_NUMBER}(?:(?=[-+]){_NUMBER}(?<=i))?(?![-+]))",
            r"(?P<DECLARE>:=)",
            r"(?P<ASSIGN>=)",
            r"(?P<PIPE>\|)",
            r"(?P<LEFT>\()",
            r"(?P<RIGHT>\))",
            r"(?P<OTHER>[!#%&*,/;<>?@\[\\\]^{}~])",
        )
    )
)
_KINDS: Final = {kind.name: kind for kind in WordKind}
_OPEN: Final = re.compile(r"\{\{(?:-(?=[ \t\r\n]))?")
_COMMENT: Final = re.compile(r"\{\{(?:-[ \t\r\n])?/\*")
_COMMENT_END: Final = re.compile(r"\*/(?:[ \t\r\n]-)?\}\}")


def words(text: str) -> Iterator[Word]:
    """Yield the words of *text*, comments left out, and at last an `END`.

    Raises:
        TemplateFault: An action or a string has no end, or holds what cannot stand there.
    """
    position = 0
    while (opening := text.find("{{", position)) >= 0:
        if text[position:opening].strip():
            yield Word(WordKind.TEXT, text[position:opening], position)
        if comment := _COMMENT.match(text, opening):
            position = _after_comment(text, comment)
        else:
            position = yield from _action(text, opening)
    if text[position:].strip():
        yield Word(WordKind.TEXT, text[position:], position)
    yield Word(WordKind.END, "", len(text))


def _after_comment(text: str, comment: re.Match[str]) -> int:
    star = text.find("*/", comment.end())
    if star < 0:
        raise TemplateFault("a comment `{{/*` has no end: close it with `*/}}`", comment.span())
    ending = _COMMENT_END.match(text, star)
    if ending is None:
        raise TemplateFault("after `*/` must come `}}` at once", (star, star + 2))
    return ending.end()


def _action(text: str, opening: int) -> Generator[Word, None, int]:
    """Yield the words of one action, from `{{` to `}}`; return where it ends."""
    first = _OPEN.match(text, opening)
    position = first.end() if first else opening
    yield Word(WordKind.OPEN, text[opening:position], opening)
    parentheses: list[Word] = []
    while True:
        match = _WORD.match(text, position)
        if match is None:
            raise _no_word(text, opening, position)
        word = Word(_KINDS[match.lastgroup or ""], match[0], position)
        position = match.end()
        if word.kind is WordKind.LEFT:
            parentheses.append(word)
        elif word.kind is WordKind.RIGHT and not parentheses:
            raise TemplateFault("`)` closes nothing", word.span)
        elif word.kind is WordKind.RIGHT:
            parentheses.pop()
        elif word.kind is WordKind.CLOSE and parentheses:
            raise TemplateFault("`(` is not closed", parentheses[-1].span)
        yield word
        if word.kind is WordKind.CLOSE:
            return position


def _no_word(text: str, opening: int, position: int) -> TemplateFault:
    if position >= len(text):
        return TemplateFault("`{{` has no `}}`", (opening, opening + 2))
    character = text[position]
    if character in "\"'`":
        return TemplateFault(f"the string that begins with {character} has no end in its line", (position, len(text)))
    name = re.compile(r"[.$]?\w*").match(text, position)
    end = name.end() if name else position
    if character in "+-" or text[position : position + 2].strip(".")[:1].isdigit():
        return TemplateFault("a number cannot be written so", (position, end))
    wrong = text[end : end + 1]
    return TemplateFault(f"{wrong!r} cannot stand here: Go templates know no operators", (end, end + 1))
