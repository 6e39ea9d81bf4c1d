"""Go templates read into a tree, by the rules of Go's text/template; what Prometheus refuses is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from metricloom.promql.tokens import unquote
from metricloom.sources.template_literals import check_literal
from metricloom.sources.template_pipes import Pipe, PipeReader, unexpected
from metricloom.sources.template_words import TemplateFault, Word, WordKind

KEYWORDS: Final = frozenset({"block", "break", "continue", "define", "else", "end", "if", "range", "template", "with"})


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
        self._reader = PipeReader(text)
        self._filled: set[str] = set()
        self._ranges = 0

    def template(self) -> tuple[Block, ...]:
        found: list[Block] = []
        while self._reader.peek().kind is not WordKind.END:
            opening = self._reader.peek()
            if opening.kind is WordKind.OPEN and (keyword := self._keyword()) in ("end", "else", "define"):
                if keyword != "define":
                    raise TemplateFault(f"`{keyword}` belongs to no if, with, range, define or block", opening.span)
                self._reader.take()
                self._reader.skip_space()
                self._reader.take()
                found.append(self._definition())
            else:
                found += self._statement()
        return tuple(found)

    def _keyword(self) -> str:
        """Return the keyword after the `{{` that is next, or ""."""
        number = 1
        while self._reader.peek(number).kind is WordKind.SPACE:
            number += 1
        word = self._reader.peek(number)
        return word.text if word.kind is WordKind.NAME and word.text in KEYWORDS else ""

    def _body(self, owner: Word) -> tuple[tuple[Block, ...], str]:
        """Return the statements up to `end` or `else`, and which it was; its keyword is taken."""
        found: list[Block] = []
        while self._reader.peek().kind is not WordKind.END:
            if self._reader.peek().kind is WordKind.OPEN and (keyword := self._keyword()) in ("end", "else"):
                self._reader.take()
                self._reader.skip_space()
                self._reader.take()
                return tuple(found), keyword
            found += self._statement()
        raise TemplateFault(f"`{owner.text}` has no `{{{{ end }}}}`", owner.span)

    def _statement(self) -> tuple[Block, ...]:
        word = self._reader.take()
        if word.kind is WordKind.TEXT:
            return (_TEXT,)
        first = self._reader.skip_space()
        if first.kind is not WordKind.NAME or first.text not in KEYWORDS:
            return (Block("", ((self._reader.pipe("the action"), ()),)),)
        self._reader.take()
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
        self._reader.deeper(owner)
        known = len(self._reader.variables)
        self._ranges += owner.text == "range"
        block = Block(owner.text, tuple(self._arms(owner)))
        del self._reader.variables[known:]
        self._reader.depth -= 1
        return block

    def _arms(self, owner: Word) -> Iterator[tuple[Pipe | None, tuple[Block, ...]]]:
        pipe: Pipe | None = self._reader.pipe(f"`{owner.text}`")
        ranges = owner.text == "range"
        while True:
            body, keyword = self._body(owner)
            self._ranges -= ranges
            ranges = False
            yield pipe, body
            if keyword == "end":
                self._reader.close("`end`")
                return
            if pipe is None:
                raise TemplateFault(f"`{owner.text}` has an `else` after its `else`", owner.span)
            pipe = self._else(owner)

    def _else(self, owner: Word) -> Pipe | None:
        """Return the condition of `else if` and `else with`; None for a bare `else`."""
        word = self._reader.skip_space()
        if word.kind is WordKind.NAME and word.text == owner.text and word.text in ("if", "with"):
            self._reader.take()
            return self._reader.pipe(f"`else {owner.text}`")
        self._reader.close("`else`")
        return None

    def _jump(self, word: Word) -> tuple[Block, ...]:
        self._reader.close(f"`{word.text[:60]}`")
        if not self._ranges:
            raise TemplateFault(f"`{word.text[:60]}` outside of a `range`", word.span)
        return (Block("", ()),)

    # --- templates with a name ---

    def _definition(self) -> Block:
        name = self._name("define")
        self._reader.close("`define`")
        return Block("define", ((None, self._separate(name, "define")),))

    def _call(self, owner: Word) -> Block:
        self._name("template")
        if self._reader.skip_space().kind is WordKind.CLOSE:
            self._reader.take()
            return Block("", ())
        return Block("", ((self._reader.pipe(f"`{owner.text}`"), ()),))

    def _named_block(self, owner: Word) -> Block:
        name = self._name("block")
        pipe = self._reader.pipe(f"`{owner.text}`")
        return Block("block", ((pipe, self._separate(name, "block")),))

    def _name(self, owner: str) -> Word:
        word = self._reader.skip_space()
        if word.kind is not WordKind.STRING:
            raise unexpected(word, f"the name of `{owner}`, a string")
        check_literal(word)
        return self._reader.take()

    def _separate(self, name: Word, owner: str) -> tuple[Block, ...]:
        """Return the body of a template with a name of its own: it sees no variables, and no loop around it."""
        self._reader.deeper(name)
        outside = self._reader.variables, self._ranges
        self._reader.variables, self._ranges = ["$"], 0
        body, keyword = self._body(name)
        if keyword != "end":
            raise TemplateFault(f"`{owner}` has no `else`", name.span)
        self._reader.close("`end`")
        self._reader.variables, self._ranges = outside
        self._reader.depth -= 1
        if body and unquote(name.text) in self._filled:
            raise TemplateFault(f"the template {name.text[:60]} is defined twice", name.span)
        if body:
            self._filled.add(unquote(name.text))
        return body


_TEXT: Final = Block("", ())
