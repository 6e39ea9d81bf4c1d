"""Texts of alerts as Prometheus reads them, Go templates, and as a registry writes them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import lru_cache
from typing import Final

from metricloom.errors import Location
from metricloom.promql.text import Span
from metricloom.promql.tokens import unquote
from metricloom.sources.model import Mention, Names, Template, Written
from metricloom.sources.template_pipes import Pipe, Term
from metricloom.sources.template_tree import KEYWORDS, Block, tree
from metricloom.sources.template_words import TemplateFault, WordKind

MAX_CHARACTERS: Final = 100_000
_NOTATION: Final = re.compile(r"\$labels\.([A-Za-z_][A-Za-z0-9_]*)|\$value\b")
_ACTION: Final = re.compile(r"(?<!\{)\{\{[^{}]*+\}\}")
_BOUND: Final = re.compile(rf":=|=|\b(?:{'|'.join(sorted(KEYWORDS))})\b")
_ESCAPE: Final = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|.)", re.DOTALL)


def template(written: Written) -> Template:
    """Return what the Go template *written* fills in when its alert fires. Never raises."""
    if "{{" not in written.text:
        return Template(written)
    found = _read(written.text)
    queries = tuple(_inside(written, span) for span in found.queries)
    return Template(written, found.mentions, queries, found.fault, found.fault_span)


def notation(written: Written) -> Template:
    """Return what the text of a registry's alert fills in: `$labels.NAME` and `$value`, and nothing else."""
    if "$" not in written.text:
        return Template(written)
    return Template(written, tuple(_mentioned(match) for match in _NOTATION.finditer(written.text)))


def _mentioned(match: re.Match[str]) -> Mention:
    label = match[1]
    return Mention(Names.VALUE if label is None else Names.LABEL, label or "value", match.span())


@dataclass(frozen=True, slots=True)
class _Found:
    mentions: tuple[Mention, ...] = ()
    queries: tuple[Span, ...] = ()
    fault: str = ""
    fault_span: Span | None = None


def _read(text: str) -> _Found:
    """Return what is in a text.

    Actions that need nothing of one another are read one by one, and only once: many texts hold the same ones.
    """
    parts = [(match.start(), _alone(match[0])) for match in _ACTION.finditer(text)]
    if len(parts) != text.count("{{") or any(found is None for _, found in parts):
        return _whole(text)
    return _joined([(start, found) for start, found in parts if found is not None])


@lru_cache(maxsize=4_096)
def _alone(action: str) -> _Found | None:
    """Return what is in an action; None where it is part of something larger, sets a variable, or is at fault."""
    found = None if _BOUND.search(action) else _whole(action)
    return None if found is None or found.fault else found


@lru_cache(maxsize=1_024)
def _whole(text: str) -> _Found:
    if len(text) > MAX_CHARACTERS:
        return _Found(fault=f"the text has {len(text):,} characters; metricloom reads at most {MAX_CHARACTERS:,}")
    try:
        actions = tree(text)
    except TemplateFault as fault:
        return _Found(fault=fault.message, fault_span=fault.span)
    reader = _Reader()
    reader.blocks(actions, _ALERT)
    return _Found(tuple(dict.fromkeys(reader.mentions)), tuple(dict.fromkeys(reader.queries)))


def _joined(parts: Sequence[tuple[int, _Found]]) -> _Found:
    """Return what several actions hold together; each knows its places from its own start."""
    mentions = tuple(
        replace(mention, span=_moved(mention.span, start)) for start, found in parts for mention in found.mentions
    )
    return _Found(mentions, tuple(_moved(span, start) for start, found in parts for span in found.queries))


def _moved(span: Span, by: int) -> Span:
    return span[0] + by, span[1] + by


class _Sort(Enum):
    """What fields can be picked out of."""

    ALERT = auto()  # has Labels and Value
    LABELS = auto()  # of the alert: each field is a label
    OTHER = auto()  # a text, a number, a sample of `query` …


@dataclass(frozen=True, slots=True)
class _Value:
    """What a pipeline makes: *said* are the labels and values of the alert that are in it, with their functions."""

    sort: _Sort = _Sort.OTHER
    said: tuple[Mention, ...] = ()

    def through(self, function: str) -> _Value:
        said = (replace(mention, functions=(*mention.functions, function)) for mention in self.said)
        return _Value(_Sort.OTHER, tuple(said))


_ELSEWHERE: Final = frozenset({"ExternalLabels", "ExternalURL"})
"""What an alert has beside its labels and its value, of which nothing is known."""

_ALERT: Final = _Value(_Sort.ALERT)
_LABELS: Final = _Value(_Sort.LABELS)
_NOTHING: Final = _Value()


class _Reader:
    """Follows what a template prints: what `.` is where, and what its variables hold."""

    def __init__(self) -> None:
        self.mentions: list[Mention] = []
        self.queries: list[Span] = []
        self._variables: dict[str, _Value] = {"$": _ALERT, "$labels": _LABELS}
        self._asked: frozenset[str] = frozenset()

    def blocks(self, blocks: Sequence[Block], dot: _Value) -> None:
        for block in blocks:
            outside = dict(self._variables) if block.word else self._variables
            asked = self._asked
            for pipe, body in block.arms:
                held = dot if pipe is None else self._shown(pipe, dot, block.word)
                inner = self._dot_inside(block.word, pipe, held, dot)
                if block.word in ("define", "block"):
                    self._variables = {"$": inner}
                self.blocks(body, inner)
            self._variables, self._asked = outside, asked

    def _dot_inside(self, word: str, pipe: Pipe | None, held: _Value, dot: _Value) -> _Value:
        if word == "define":
            return _NOTHING
        if pipe is None or word in ("", "if"):
            return dot
        return _NOTHING if word == "range" else held

    def _shown(self, pipe: Pipe, dot: _Value, word: str) -> _Value:
        """Return what *pipe* makes, and note what it prints or asks for; what it keeps is noted where it is used."""
        value = self._value(pipe, dot)
        tests = word in ("if", "with")
        if tests:
            self._asked |= {mention.name for mention in value.said if mention.what is Names.LABEL}
        if not pipe.declared or tests:
            self.mentions += (replace(mention, asked=self._is_asked(mention)) for mention in value.said)
        return value

    def _is_asked(self, mention: Mention) -> bool:
        return mention.what is Names.LABEL and (mention.name in self._asked or "or" in mention.functions)

    def _value(self, pipe: Pipe, dot: _Value) -> _Value:
        value: _Value | None = None
        before: Sequence[Term] = ()
        for command in pipe.commands:
            if command[0].text == "query":
                asked = (*command[1:], *before)
                self.queries += (term.span for term in asked if term.kind is WordKind.STRING)
            value = self._command(command, dot, value)
            before = command if len(command) == 1 else ()
        result = value or _NOTHING
        for name in pipe.declared:
            self._variables[name] = _NOTHING if len(pipe.declared) > 1 else result
        return result

    def _command(self, command: Sequence[Term], dot: _Value, piped: _Value | None) -> _Value:
        first, *arguments = command
        if first.kind is not WordKind.NAME:
            return self._term(first, dot)
        self.mentions.append(Mention(Names.FUNCTION, first.text, (first.span[0], first.span[0] + len(first.text))))
        if label := self._indexed(first, arguments, dot):
            return label
        values = [self._term(term, dot) for term in arguments]
        said = tuple(mention for value in (*values, piped or _NOTHING) for mention in value.said)
        return _Value(_Sort.OTHER, said).through(first.text)

    def _indexed(self, function: Term, arguments: Sequence[Term], dot: _Value) -> _Value | None:
        """Return what `index $labels "name"` is."""
        if function.text != "index" or len(arguments) != 2 or arguments[1].kind is not WordKind.STRING:
            return None
        if self._term(arguments[0], dot).sort is not _Sort.LABELS:
            return None
        name = unquote(arguments[1].text)
        return _said(Names.LABEL, name, (function.span[0], arguments[1].span[1]))

    def _term(self, term: Term, dot: _Value) -> _Value:
        match term.kind:
            case WordKind.DOT:
                return dot
            case WordKind.FIELD:
                value = dot
            case WordKind.LEFT if term.inner is not None:
                value = self._value(term.inner, dot)
            case WordKind.NAME:
                return self._command((term,), dot, None)
            case WordKind.VARIABLE if term.text == "$value":
                return _said(Names.VALUE, "value", term.span)
            case WordKind.VARIABLE:
                value = self._variables.get(term.text, _NOTHING)
            case _:
                return _NOTHING
        return _picked(value, term)


def _picked(value: _Value, term: Term) -> _Value:
    """Return what the fields of *term* pick out of *value*."""
    for field in term.fields:
        name = field.text[1:]
        span = (term.span[0], field.end)
        if value.sort is _Sort.LABELS:
            value = _said(Names.LABEL, name, span)
        elif value.sort is _Sort.ALERT and name == "Labels":
            value = _LABELS
        elif value.sort is _Sort.ALERT and name == "Value":
            value = _said(Names.VALUE, "value", span)
        elif value.sort is _Sort.ALERT:
            value = _NOTHING if name in _ELSEWHERE else _said(Names.FIELD, name, span)
    return value


def _said(what: Names, name: str, span: Span) -> _Value:
    return _Value(_Sort.OTHER, (Mention(what, name, span),))


# --- expressions in a template ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Inside:
    """The places of a text that is a string within another one: *offsets* are where its characters begin there."""

    outer: Written
    offsets: tuple[int, ...]

    def location(self, offset: int) -> Location:
        place = self.offsets[min(offset, len(self.offsets) - 1)]
        return self.outer.location((place, place + 1))

    def in_file(self, span: Span) -> Span | None:
        if self.outer.positions is None or not 0 <= span[0] <= span[1] < len(self.offsets):
            return None
        return self.outer.positions.in_file((self.offsets[span[0]], self.offsets[span[1]]))


def _inside(outer: Written, span: Span) -> Written:
    """Return the expression that the string literal at *span* of *outer* is."""
    literal = outer.text[slice(*span)]
    places = _Inside(outer, tuple(_offsets(literal, span[0])))
    return Written(unquote(literal), outer.location((span[0] + 1, span[1])), places)


def _offsets(literal: str, start: int) -> Iterator[int]:
    position, end = 1, len(literal) - 1
    while position < end:
        yield start + position
        escape = _ESCAPE.match(literal, position) if literal[0] == '"' else None
        position = escape.end() if escape else position + 1
    yield start + end
