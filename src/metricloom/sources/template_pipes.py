"""The pipelines of Go templates: `$labels.job | toUpper`, and all that may stand between `{{` and `}}`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from metricloom.errors import nearest
from metricloom.promql.text import Span
from metricloom.sources.template_literals import check_literal
from metricloom.sources.template_words import TemplateFault, Word, WordKind, words

VARIABLES: Final = ("$", "$labels", "$externalLabels", "$externalURL", "$value")
MAX_DEPTH: Final = 100
"""Go allows 10,000 parentheses and any number of blocks; nobody writes that many."""

_RANGE: Final = "`range`"
_LITERALS: Final = frozenset({WordKind.DOT, WordKind.CONSTANT, WordKind.NUMBER, WordKind.CHARACTER, WordKind.STRING})
_OPERANDS: Final = _LITERALS | {WordKind.NAME, WordKind.FIELD, WordKind.VARIABLE, WordKind.LEFT}


@dataclass(frozen=True, slots=True)
class Term:
    """A function, a variable, `.`, a literal or a pipeline in parentheses; *fields* are what is picked out of it."""

    kind: WordKind
    text: str
    span: Span
    fields: tuple[Word, ...] = ()
    inner: Pipe | None = None


@dataclass(frozen=True, slots=True)
class Pipe:
    """Commands, each of which is given what the one before it made; *declared* are the variables that it sets."""

    declared: tuple[str, ...]
    commands: tuple[tuple[Term, ...], ...]


def unexpected(word: Word, context: str) -> TemplateFault:
    shown = "the text ends" if word.kind is WordKind.END else f"`{word.text[:60]}` cannot stand"
    return TemplateFault(f"{shown} in {context}", word.span)


class PipeReader:
    """Reads the words and the pipelines of a template; *variables* are those that there are, *depth* how deep it is."""

    def __init__(self, text: str) -> None:
        self._words: Iterator[Word] = words(text)
        self._ahead: list[Word] = []
        self.variables = list(VARIABLES)
        self.depth = 0

    def peek(self, number: int = 0) -> Word:
        while len(self._ahead) <= number:
            self._ahead.append(next(self._words))
        return self._ahead[number]

    def take(self) -> Word:
        return self._ahead.pop(0) if self._ahead else next(self._words)

    def skip_space(self) -> Word:
        while self.peek().kind is WordKind.SPACE:
            self.take()
        return self.peek()

    def close(self, what: str) -> None:
        word = self.skip_space()
        if word.kind is not WordKind.CLOSE:
            raise unexpected(word, what)
        self.take()

    def deeper(self, word: Word) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise TemplateFault(f"more than {MAX_DEPTH} levels deep", word.span)

    def pipe(self, context: str, closing: WordKind = WordKind.CLOSE) -> Pipe:
        declared = self._declarations(context)
        commands: list[tuple[Term, ...]] = []
        while (word := self.skip_space()).kind is not closing:
            if word.kind not in _OPERANDS:
                raise unexpected(word, context)
            commands.append(self._command())
            if len(commands) > 1 and commands[-1][0].kind in _LITERALS:
                raise TemplateFault("after `|` must come a function", commands[-1][0].span)
        self.take()
        if not commands:
            raise TemplateFault(f"{context} has no value", word.span)
        return Pipe(declared, tuple(commands))

    def _declarations(self, context: str) -> tuple[str, ...]:
        declared: list[str] = []
        while self.skip_space().kind is WordKind.VARIABLE:
            number = 2 if self.peek(1).kind is WordKind.SPACE else 1
            following = self.peek(number)
            if following.kind in (WordKind.DECLARE, WordKind.ASSIGN):
                declared.append(self._declare(number))
                return tuple(declared)
            if following.text != ",":
                break
            if context != _RANGE or declared:
                raise TemplateFault(f"{context} sets one variable at most", following.span)
            declared.append(self._declare(number))
            if self.skip_space().kind not in (WordKind.VARIABLE, WordKind.CLOSE, WordKind.RIGHT):
                raise TemplateFault(f"{_RANGE} sets variables only", self.peek().span)
        return tuple(declared)

    def _declare(self, number: int) -> str:
        name = self.peek().text
        for _ in range(number + 1):
            self.take()
        self.variables.append(name)
        return name

    def _command(self) -> tuple[Term, ...]:
        terms: list[Term] = []
        while True:
            if self.skip_space().kind in _OPERANDS:
                terms.append(self._operand())
            word = self.peek()
            if word.kind in (WordKind.SPACE, WordKind.PIPE):
                self.take()
            elif word.kind not in (WordKind.CLOSE, WordKind.RIGHT):
                raise unexpected(word, "an operand")
            if word.kind is not WordKind.SPACE:
                break
        if not terms:
            raise TemplateFault("nothing stands before `|`", word.span)
        return tuple(terms)

    def _operand(self) -> Term:
        word = self.take()
        inner = None
        if word.kind is WordKind.LEFT:
            self.deeper(word)
            inner = self.pipe("`( )`", WordKind.RIGHT)
            self.depth -= 1
        else:
            if word.kind is WordKind.VARIABLE and word.text not in self.variables:
                raise self._undefined(word)
            check_literal(word)
        fields: list[Word] = [word] if word.kind is WordKind.FIELD else []
        while self.peek().kind is WordKind.FIELD:
            fields.append(self.take())
        if len(fields) > 0 and word.kind in _LITERALS:
            raise TemplateFault(f"{word.text[:60]} has no fields", fields[0].span)
        return Term(word.kind, word.text, (word.start, fields[-1].end if fields else word.end), tuple(fields), inner)

    def _undefined(self, word: Word) -> TemplateFault:
        close = nearest(word.text[:100], self.variables)
        hint = f"; did you mean {close}?" if close else ""
        return TemplateFault(f"there is no variable {word.text[:60]}{hint}", word.span)
