"""Go templates read into a tree, by the rules of Go's text/template; what Prometheus refuses is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from metricloom.errors import nearest
from metricloom.promql.text import Span
from metricloom.promql.tokens import unquote
from metricloom.sources.template_literals import check_literal
from metricloom.sources.template_words import TemplateFault, Word, WordKind, words

VARIABLES: Final = ("$", "$labels", "$externalLabels", "$externalURL", "$value")
MAX_DEPTH: Final = 100
"""Go allows 10,000 parentheses and any number of blocks; nobody writes that many."""

_RANGE: Final = "`range`"
KEYWORDS: Final = frozenset({"block", "break", "continue", "define", "else", "end", "if", "range", "template", "with"})


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
    assigns: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A pipeline, and the text that it governs.

    *word* is `if`, `with`, `range`, `define` or `block`, and "" for a mere action. Each arm of *arms* has its own
    condition; the last one's may be None: `else`.
    """

    word: str
    arms: tuple[tuple[Pipe | None, tuple[Block, ...]], ...]


def tree(text: str) -> tuple[Block, ...]:
    """Return the actions of *text*.

    Raises:
        TemplateFault: Prometheus would refuse it.
    """
    return _Parser(text).template()


class _Parser:
    def __init__(self, text: str) -> None:
        self._words: Iterator[Word] = words(text)
        self._ahead: list[Word] = []
        self._variables = list(VARIABLES)
        self._filled: set[str] = set()
        self._depth = 0
        self._ranges = 0

    # --- words ---

    def _peek(self, number: int = 0) -> Word:
        while len(self._ahead) <= number:
            self._ahead.append(next(self._words))
        return self._ahead[number]

    def _take(self) -> Word:
        return self._ahead.pop(0) if self._ahead else next(self._words)

    def _skip_space(self) -> Word:
        while self._peek().kind is WordKind.SPACE:
            self._take()
        return self._peek()

    def _close(self, what: str) -> None:
        word = self._skip_space()
        if word.kind is not WordKind.CLOSE:
            raise _unexpected(word, what)
        self._take()

    # --- blocks ---

    def template(self) -> tuple[Block, ...]:
        found: list[Block] = []
        while self._peek().kind is not WordKind.END:
            opening = self._peek()
            if opening.kind is WordKind.OPEN and (keyword := self._keyword()) in ("end", "else", "define"):
                if keyword != "define":
                    raise TemplateFault(f"`{keyword}` belongs to no if, with, range, define or block", opening.span)
                self._take()
                self._skip_space()
                self._take()
                found.append(self._definition())
            else:
                found += self._statement()
        return tuple(found)

    def _keyword(self) -> str:
        """Return the keyword after the `{{` that is next, or ""."""
        number = 1
        while self._peek(number).kind is WordKind.SPACE:
            number += 1
        word = self._peek(number)
        return word.text if word.kind is WordKind.NAME and word.text in KEYWORDS else ""

    def _body(self, owner: Word) -> tuple[tuple[Block, ...], str]:
        """Return the statements up to `end` or `else`, and which it was; its keyword is taken."""
        found: list[Block] = []
        while self._peek().kind is not WordKind.END:
            if self._peek().kind is WordKind.OPEN and (keyword := self._keyword()) in ("end", "else"):
                self._take()
                self._skip_space()
                self._take()
                return tuple(found), keyword
            found += self._statement()
        raise TemplateFault(f"`{owner.text}` has no `{{{{ end }}}}`", owner.span)

    def _statement(self) -> tuple[Block, ...]:
        word = self._take()
        if word.kind is WordKind.TEXT:
            return (_TEXT,)
        first = self._skip_space()
        if first.kind is not WordKind.NAME or first.text not in KEYWORDS:
            return (Block("", ((self._pipe("the action"), ()),)),)
        self._take()
        match first.text:
            case "if" | "with" | "range":
                return (self._nested(first),)
            case "template":
                return (self._call(first),)
            case "block":
                return (self._named_block(first),)
            case "break" | "continue":
                return self._jump(first)
        raise TemplateFault(f"`{first.text}` cannot stand here", first.span)

    def _nested(self, owner: Word) -> Block:
        self._deeper(owner)
        known = len(self._variables)
        self._ranges += owner.text == "range"
        block = Block(owner.text, tuple(self._arms(owner)))
        del self._variables[known:]
        self._depth -= 1
        return block

    def _arms(self, owner: Word) -> Iterator[tuple[Pipe | None, tuple[Block, ...]]]:
        pipe: Pipe | None = self._pipe(f"`{owner.text}`")
        ranges = owner.text == "range"
        while True:
            body, keyword = self._body(owner)
            self._ranges -= ranges
            ranges = False
            yield pipe, body
            if keyword == "end":
                self._close("`end`")
                return
            if pipe is None:
                raise TemplateFault(f"`{owner.text}` has an `else` after its `else`", owner.span)
            pipe = self._else(owner)

    def _else(self, owner: Word) -> Pipe | None:
        """Return the condition of `else if` and `else with`; None for a bare `else`."""
        word = self._skip_space()
        if word.kind is WordKind.NAME and word.text == owner.text and word.text in ("if", "with"):
            self._take()
            return self._pipe(f"`else {owner.text}`")
        self._close("`else`")
        return None

    def _jump(self, word: Word) -> tuple[Block, ...]:
        self._close(f"`{word.text[:60]}`")
        if not self._ranges:
            raise TemplateFault(f"`{word.text[:60]}` outside of a `range`", word.span)
        return (Block("", ()),)

    # --- templates with a name ---

    def _definition(self) -> Block:
        name = self._name("define")
        self._close("`define`")
        return Block("define", ((None, self._separate(name, "define")),))

    def _call(self, owner: Word) -> Block:
        self._name("template")
        if self._skip_space().kind is WordKind.CLOSE:
            self._take()
            return Block("", ())
        return Block("", ((self._pipe(f"`{owner.text}`"), ()),))

    def _named_block(self, owner: Word) -> Block:
        name = self._name("block")
        pipe = self._pipe(f"`{owner.text}`")
        return Block("block", ((pipe, self._separate(name, "block")),))

    def _name(self, owner: str) -> Word:
        word = self._skip_space()
        if word.kind is not WordKind.STRING:
            raise _unexpected(word, f"the name of `{owner}`, a string")
        check_literal(word)
        return self._take()

    def _separate(self, name: Word, owner: str) -> tuple[Block, ...]:
        """Return the body of a template with a name of its own: it sees no variables, and no loop around it."""
        self._deeper(name)
        outside = self._variables, self._ranges
        self._variables, self._ranges = ["$"], 0
        body, keyword = self._body(name)
        if keyword != "end":
            raise TemplateFault(f"`{owner}` has no `else`", name.span)
        self._close("`end`")
        self._variables, self._ranges = outside
        self._depth -= 1
        if body and unquote(name.text) in self._filled:
            raise TemplateFault(f"the template {name.text[:60]} is defined twice", name.span)
        if body:
            self._filled.add(unquote(name.text))
        return body

    def _deeper(self, word: Word) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise TemplateFault(f"more than {MAX_DEPTH} levels deep", word.span)

    # --- pipelines ---

    def _pipe(self, context: str, closing: WordKind = WordKind.CLOSE) -> Pipe:
        declared, assigns = self._declarations(context)
        commands: list[tuple[Term, ...]] = []
        while (word := self._skip_space()).kind is not closing:
            if word.kind not in _OPERANDS:
                raise _unexpected(word, context)
            commands.append(self._command())
            if len(commands) > 1 and commands[-1][0].kind in _LITERALS:
                raise TemplateFault("after `|` must come a function", commands[-1][0].span)
        self._take()
        if not commands:
            raise TemplateFault(f"{context} has no value", word.span)
        return Pipe(declared, tuple(commands), assigns)

    def _declarations(self, context: str) -> tuple[tuple[str, ...], bool]:
        declared: list[str] = []
        while self._skip_space().kind is WordKind.VARIABLE:
            number = 2 if self._peek(1).kind is WordKind.SPACE else 1
            following = self._peek(number)
            if following.kind in (WordKind.DECLARE, WordKind.ASSIGN):
                declared.append(self._declare(number))
                return tuple(declared), following.kind is WordKind.ASSIGN
            if following.text != ",":
                break
            if context != _RANGE or declared:
                raise TemplateFault(f"{context} sets one variable at most", following.span)
            declared.append(self._declare(number))
            if self._skip_space().kind not in (WordKind.VARIABLE, WordKind.CLOSE, WordKind.RIGHT):
                raise TemplateFault(f"{_RANGE} sets variables only", self._peek().span)
        return tuple(declared), False

    def _declare(self, number: int) -> str:
        name = self._peek().text
        for _ in range(number + 1):
            self._take()
        self._variables.append(name)
        return name

    def _command(self) -> tuple[Term, ...]:
        terms: list[Term] = []
        while True:
            if self._skip_space().kind in _OPERANDS:
                terms.append(self._operand())
            word = self._peek()
            if word.kind in (WordKind.SPACE, WordKind.PIPE):
                self._take()
            elif word.kind not in (WordKind.CLOSE, WordKind.RIGHT):
                raise _unexpected(word, "an operand")
            if word.kind is not WordKind.SPACE:
                break
        if not terms:
            raise TemplateFault("nothing stands before `|`", word.span)
        return tuple(terms)

    def _operand(self) -> Term:
        word = self._take()
        inner = None
        if word.kind is WordKind.LEFT:
            self._deeper(word)
            inner = self._pipe("`( )`", WordKind.RIGHT)
            self._depth -= 1
        else:
            if word.kind is WordKind.VARIABLE and word.text not in self._variables:
                raise self._undefined(word)
            check_literal(word)
        fields: list[Word] = [word] if word.kind is WordKind.FIELD else []
        while self._peek().kind is WordKind.FIELD:
            fields.append(self._take())
        if len(fields) > 0 and word.kind in _LITERALS:
            raise TemplateFault(f"{word.text[:60]} has no fields", fields[0].span)
        return Term(word.kind, word.text, (word.start, fields[-1].end if fields else word.end), tuple(fields), inner)

    def _undefined(self, word: Word) -> TemplateFault:
        close = nearest(word.text[:100], self._variables)
        hint = f"; did you mean {close}?" if close else ""
        return TemplateFault(f"there is no variable {word.text[:60]}{hint}", word.span)


_TEXT: Final = Block("", ())
_LITERALS: Final = frozenset({WordKind.DOT, WordKind.CONSTANT, WordKind.NUMBER, WordKind.CHARACTER, WordKind.STRING})
_OPERANDS: Final = _LITERALS | {WordKind.NAME, WordKind.FIELD, WordKind.VARIABLE, WordKind.LEFT}


def _unexpected(word: Word, context: str) -> TemplateFault:
    shown = "the text ends" if word.kind is WordKind.END else f"`{word.text[:60]}` cannot stand"
    return TemplateFault(f"{shown} in {context}", word.span)
