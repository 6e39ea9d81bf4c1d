"""YAML read into nodes: bounded in size, depth and expansion, whatever the file holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from metricloom.errors import Location, Problem
from metricloom.sources.yaml_nodes import Listing, Mapping, Node, Scalar, SourceText
from metricloom.wording import short

MAX_CHARACTERS: Final = 40_000_000
MAX_DEPTH: Final = 100
MAX_NODES: Final = 3_000_000
"""A file of 100,000 rules has 20 million characters and 2 million nodes, aliases expanded, ten deep."""

MAX_REPEATED: Final = 250_000
"""How many of these aliases may repeat: that is 20,000 rules of which nobody wrote one."""

_UNREADABLE: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEMPLATE: Final = re.compile(r"^[ \t]*(?:-[ \t]+)*(?:[\w.-]+:[ \t]+)?(\{\{|<%)", re.MULTILINE)
_PROPERTIES: Final = re.compile(r"(?:[&!]\S*+(?:\s++|\Z))+")
_MERGE: Final = "<<"


@dataclass(frozen=True, slots=True)
class YamlFile:
    """The documents of a file, as far as it can be read, and what is wrong with it as YAML."""

    source: SourceText
    documents: tuple[Node, ...]
    problems: tuple[Problem, ...]


def read_yaml(path: str, text: str) -> YamlFile:
    """Return what *text* holds. Never raises."""
    source = SourceText(path, text)
    if len(text) > MAX_CHARACTERS:
        return YamlFile(source, (), (_too_large(source),))
    reader = _Reader(source)
    documents: list[Node] = []
    try:
        documents.extend(reader.documents())
    except _Stop as stop:
        reader.problems.append(stop.problem)
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        reader.problems.append(_syntax_problem(source, error))
    return YamlFile(source, tuple(documents), tuple(reader.problems))


def _too_large(source: SourceText) -> Problem:
    return Problem(
        "F901",
        "yaml-too-large",
        f"the file has {len(source.text):,} characters; metricloom reads at most {MAX_CHARACTERS:,}",
        Location(source.path, 1, 1),
        "split it: Prometheus takes any number of rule files",
    )


class _Stop(Exception):  # noqa: N818 - it carries a problem, and is none of a caller's
    """Nothing more of the file can be read."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class _Reader:
    """Makes nodes of libyaml's events. *_visited* counts nodes, those that aliases repeat included."""

    def __init__(self, source: SourceText) -> None:
        self.problems: list[Problem] = []
        self._source = source
        self._next: Callable[[], Any]
        self._visited = 0
        self._repeated = 0
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._open: set[str] = set()

    def documents(self) -> Iterator[Node]:
        self._next = yaml.CSafeLoader(self._source.text).get_event
        while type(event := self._next()) is not StreamEndEvent:
            if type(event) is DocumentStartEvent:
                self._anchors.clear()
                document = self._node(self._next(), 0)
                self._next()  # the end of the document: a fault before it spoils what was read
                yield document

    def _node(self, event: Any, depth: int) -> Node:
        kind = type(event)
        before = self._visited
        self._visited += 1
        if self._visited > MAX_NODES:
            raise self._beyond(event, f"the file has more than {MAX_NODES:,} values, aliases expanded")
        node: Node
        if kind is ScalarEvent:
            start = event.start_mark
            node = Scalar(
                event.value,
                self._source,
                start.index,
                event.end_mark.index,
                start.line + 1,
                start.column + 1,
                event.style,
                event.tag,
            )
            if event.anchor is not None or event.tag is not None:
                self._skip_properties(node)
        elif kind is AliasEvent:
            return self._aliased(event)
        else:
            node = self._collection(event, depth + 1)
        if event.anchor is not None:
            self._anchors[event.anchor] = node, self._visited - before
        return node

    def _skip_properties(self, node: Scalar) -> None:
        """Let *node* begin after its anchor and its tag, which libyaml takes for a part of it."""
        if properties := _PROPERTIES.match(self._source.text, node.start, node.end):
            at = self._source.location(properties.end())
            node.start, node.line, node.column = properties.end(), at.line, at.column

    def _aliased(self, event: Any) -> Node:
        if event.anchor in self._open:
            raise self._misnamed(event, "stands inside of what it names, which has no end")
        if event.anchor not in self._anchors:
            raise self._misnamed(event, "names no anchor that stands before it")
        node, size = self._anchors[event.anchor]
        self._visited += size
        self._repeated += size
        if self._repeated > MAX_REPEATED:
            raise self._beyond(event, f"aliases repeat more than {MAX_REPEATED:,} values")
        return node

    def _collection(self, event: Any, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise self._beyond(event, f"the file is nested more than {MAX_DEPTH} deep")
        anchor = event.anchor
        if anchor is not None:
            self._open.add(anchor)
        node = self._mapping(event, depth) if type(event) is MappingStartEvent else self._listing(event, depth)
        self._open.discard(anchor)
        return node

    def _listing(self, event: Any, depth: int) -> Listing:
        start = event.start_mark
        node = Listing(self._source, start.index, start.line + 1, start.column + 1)
        items, following = node.items, self._next
        while type(event := following()) is not SequenceEndEvent:
            items.append(self._node(event, depth))
        return node

    def _mapping(self, event: Any, depth: int) -> Mapping:
        start = event.start_mark
        node = Mapping(self._source, start.index, start.line + 1, start.column + 1)
        entries, following = node.entries, self._next
        while type(event := following()) is not MappingEndEvent:
            key = self._node(event, depth)
            value = self._node(following(), depth)
            if type(key) is not Scalar:
                self.problems.append(self._no_key(node, key))
            elif key.text in entries:
                self.problems.append(_duplicate(key, entries[key.text][0]))
            else:
                entries[key.text] = key, value
        if _MERGE in entries and not entries[_MERGE][0].style:
            self._merge(entries)
        return node

    def _merge(self, entries: dict[str, tuple[Scalar, Node]]) -> None:
        """Add what `<<` names: the mapping's own keys win, then the first of several."""
        _, merged = entries.pop(_MERGE)
        for each in merged.items if isinstance(merged, Listing) else (merged,):
            if not isinstance(each, Mapping):
                message = "<< merges mappings, and this is none"
                self.problems.append(
                    Problem("F902", "yaml-syntax", message, each.at, "write an alias of a mapping: `<<: *name`")
                )
                continue
            self._visited += len(each.entries)
            for key, entry in each.entries.items():
                entries.setdefault(key, entry)

    def _no_key(self, mapping: Mapping, key: Node) -> Problem:
        if self._source.text.startswith("{{", mapping.start):
            raise _Stop(_unrendered(mapping.at))
        return Problem("F902", "yaml-syntax", "a key must be a text", key.at, "write `key: value`")

    def _misnamed(self, event: Any, fault: str) -> _Stop:
        message = f"*{event.anchor[:60]} {fault}"
        hint = "mark what is repeated with `&name` where it stands first; quote a text that begins with `*`"
        return _Stop(Problem("F902", "yaml-syntax", message, self._at(event), hint))

    def _beyond(self, event: Any, message: str) -> _Stop:
        return _Stop(_beyond_bounds(message, self._at(event)))

    def _at(self, event: Any) -> Location:
        return Location(self._source.path, event.start_mark.line + 1, event.start_mark.column + 1)


def _beyond_bounds(message: str, at: Location) -> Problem:
    return Problem("F901", "yaml-too-large", message, at, "no rule file needs that: split it, or write less by aliases")


def _duplicate(key: Scalar, first: Scalar) -> Problem:
    return Problem(
        "F903",
        "yaml-duplicate-key",
        f"the key {short(key.text, 60)} is there twice",
        key.at,
        "remove one: Prometheus refuses the file",
        related=(first.at,),
    )


def _unrendered(at: Location, mark: str = "{{") -> Problem:
    return Problem(
        "F904",
        "unrendered-template",
        f"`{mark}` outside of a string: this is a template of a rule file (Helm's, for example), and no rule file yet",
        at,
        "render it first (`helm template …`), and check what comes out",
    )


def _syntax_problem(source: SourceText, error: yaml.YAMLError | UnicodeEncodeError) -> Problem:
    if unreadable := _UNREADABLE.search(source.text):
        return _control_character(source, unreadable)
    at, message = Location(source.path, 1, 1), str(error)
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        index = 0 if mark is None else mark.index
        if (template := _template_near(source.text, index)) is not None:
            return _unrendered(source.location(template), source.text[template : template + 2])
        at, message = source.location(index), _explained(source, error, index)
        if "maximum nesting depth" in str(error):  # some builds of libyaml have a bound of their own
            return _beyond_bounds(f"the file is nested more than {MAX_DEPTH} deep", at)
    return Problem("F902", "yaml-syntax", message, at, _hint(message))


def _template_near(text: str, index: int) -> int | None:
    """Return where a line begins with `{{`, of that of the fault at *index* and of the one before it."""
    start = text.rfind("\n", 0, max(text.rfind("\n", 0, index), 0)) + 1
    end = text.find("\n", index)
    template = _TEMPLATE.search(text, start, len(text) if end < 0 else end)
    return template.start(1) if template else None


def _control_character(source: SourceText, found: re.Match[str]) -> Problem:
    code = ord(found[0])
    escaped = 0xDC80 <= code <= 0xDCFF  # how Python keeps a byte that it cannot decode
    what = f"the byte 0x{code - 0xDC00:02X} is no UTF-8" if escaped else f"U+{code:04X} cannot stand in YAML"
    return Problem(
        "F905",
        "not-a-text",
        f"{what}: is this a text file?",
        source.location(found.start()),
        "remove it, or give a text file in UTF-8",
    )


def _explained(source: SourceText, error: yaml.MarkedYAMLError, index: int) -> str:
    if source.text.startswith("\t", index):
        return "a tab where YAML wants spaces"
    context = f"{error.context}: " if error.context else ""
    begun = error.context_mark
    since = f" (begun in line {begun.line + 1})" if begun is not None and begun.index < index else ""
    return f"{context}{error.problem}{since}"


def _hint(message: str) -> str:
    if "tab" in message:
        return "indent with spaces"
    if "mapping values are not allowed" in message:
        return "quote a value that holds `: `, and compare the indentation with the line above"
    if "quoted scalar" in message:
        return "close the quote"
    return "compare the indentation with the line above, and quote values that begin with one of `{[*&!|>'\"%@`"
