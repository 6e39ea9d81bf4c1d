"""The fields of a YAML mapping, each read as what it must be; what is not is reported, and reading goes on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Final

from metricloom.declaration import seconds
from metricloom.errors import Location, Problem, did_you_mean
from metricloom.sources.yaml_nodes import Listing, Mapping, Node, Scalar
from metricloom.sources.yaml_reader import YamlFile

MAX_SECONDS: Final = 2**63 / 1e9
"""Prometheus counts nanoseconds in 64 bits: some 292 years."""

MAX_ALIKE: Final = 100
"""How many problems of one code are told of a file: with more, it is no file that a person would mend by them."""

_NUMBER: Final = re.compile(
    r"[-+]?(?:0x[0-9a-fA-F_]+|0o[0-7_]+|0b[01_]+|(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9_]+)(?:[eE][-+]?[0-9]+)?)"
)
_TEMPLATE_MARKS: Final = ("{{", "<%", "${", "$(")
_NUMBER_TAGS: Final = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
_SORTS: Final = {Mapping: "a mapping", Listing: "a list", Scalar: "a text"}


def in_order(file: YamlFile, fields: Fields) -> tuple[Problem, ...]:
    """Return what is wrong with *file* and its *fields*, by place; the first of very many alike."""
    start = Location(file.source.path, 0)
    unique = dict.fromkeys((*file.problems, *fields.problems))  # an alias says the same at each use
    count = Counter[str]()
    shown: list[Problem] = []
    beyond: dict[str, Problem] = {}
    for problem in sorted(unique, key=lambda each: each.at or start):
        count[problem.code] += 1
        if count[problem.code] <= MAX_ALIKE:
            shown.append(problem)
        else:
            beyond.setdefault(problem.code, problem)
    return (*shown, *(_and_more(first, count[code] - MAX_ALIKE) for code, first in beyond.items()))


def _and_more(first: Problem, count: int) -> Problem:
    hint = "mend those above, then check again"
    return Problem(first.code, first.name, f"{count:,} more problems of this sort from here on", first.at, hint)


class Fields:
    """Reads fields, and keeps what is wrong with them. *owner* in a message is what the field belongs to."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def only(self, mapping: Mapping, known: Collection[str], owner: str, remark: str = "") -> None:
        """Report the fields of *mapping* that are not *known*."""
        for name, (key, _) in mapping.entries.items():
            if name not in known:
                hint = remark or did_you_mean(name, known).replace("declared are", "its fields are")
                self.add(Problem("F907", "unknown-field", f"{owner} has no field {name[:60]!r}", key.at, hint))

    def text(self, mapping: Mapping, name: str, owner: str) -> Scalar | None:
        """Return a field that is a text (or a number, which reads as one); None where it is empty, null or absent."""
        entry = mapping.entries.get(name)
        if entry is None:
            return None
        node = entry[1]
        if type(node) is not Scalar:
            self._wrong(node, name, owner, "a text")
            return None
        return None if node.is_null or not node.text else node

    def texts(self, mapping: Mapping, name: str, owner: str) -> list[tuple[Scalar, Scalar]]:
        """Return the keys and values of a field that is a mapping of texts."""
        node = self._get(mapping, name, Mapping, owner)
        found: list[tuple[Scalar, Scalar]] = []
        for key, value in node.entries.values() if isinstance(node, Mapping) else ():
            if type(value) is Scalar:
                found.append((key, value))
            else:
                self._wrong(value, key.text, f"{name} of {owner}", "a text")
        return found

    def texts_of(self, mapping: Mapping, name: str, owner: str) -> list[Scalar]:
        """Return the items of a field that is a list of texts."""
        found: list[Scalar] = []
        for item in self.items(mapping, name, owner):
            if isinstance(item, Scalar):
                found.append(item)
            else:
                self._wrong(item, name, owner, "a list of texts")
        return found

    def mapping(self, mapping: Mapping, name: str, owner: str) -> Mapping | None:
        """Return a field that is a mapping."""
        node = self._get(mapping, name, Mapping, owner)
        return node if isinstance(node, Mapping) else None

    def mappings(self, mapping: Mapping, name: str, owner: str) -> Iterator[Mapping]:
        """Yield the items of a field that is a list of mappings; Prometheus skips those that hold nothing."""
        for item in self.items(mapping, name, owner):
            if isinstance(item, Mapping):
                yield item
            elif not (isinstance(item, Scalar) and item.is_null):
                self._wrong(item, name, owner, "a list of mappings")

    def items(self, mapping: Mapping, name: str, owner: str) -> list[Node]:
        """Return the items of a field that is a list."""
        node = self._get(mapping, name, Listing, owner)
        return node.items if isinstance(node, Listing) else []

    def seconds(self, mapping: Mapping, name: str, owner: str) -> tuple[float, Location] | None:
        """Return the length of a field that is a duration, and where it is written."""
        entry = mapping.entries.get(name)
        if entry is None or (isinstance(entry[1], Scalar) and entry[1].is_null):
            return None
        node = entry[1]
        if type(node) is not Scalar:
            self._wrong(node, name, owner, "a duration")
            return None
        length = duration(node.text)
        if length is None:
            message = f"`{name}` of {owner}: {node.text[:60]!r} is no duration that Prometheus reads"
            hint = "write whole numbers with ms, s, m, h, d, w or y, the largest unit first: 1h30m"
            if any(mark in node.text for mark in _TEMPLATE_MARKS):
                hint = "this is a template: render it first, and check what comes out"
            self.add(Problem("F910", "bad-duration", message, node.at, hint))
            return None
        return length, node.at

    def number(self, mapping: Mapping, name: str, owner: str) -> None:
        """Report a field that is there and no number."""
        entry = mapping.entries.get(name)
        if entry is None:
            return
        node = entry[1]
        if not isinstance(node, Scalar) or not (node.is_null or _is_number(node)):
            self._wrong(node, name, owner, "a number")

    def missing(self, name: str, owner: str, at: Location, hint: str) -> None:
        """Report a field that is not there."""
        self.add(Problem("F909", "missing-field", f"{owner} has no `{name}`", at, hint))

    def add(self, problem: Problem) -> None:
        self.problems.append(problem)

    def _get(self, mapping: Mapping, name: str, sort: type[Mapping | Listing], owner: str) -> Node | None:
        entry = mapping.entries.get(name)
        if entry is None or (isinstance(entry[1], Scalar) and entry[1].is_null):
            return None
        if type(entry[1]) is not sort:
            self._wrong(entry[1], name, owner, _SORTS[sort])
            return None
        return entry[1]

    def _wrong(self, node: Node, name: str, owner: str, wanted: str) -> None:
        message = f"`{name}` of {owner} must be {wanted}, and this is {sort_of(node)}"
        self.add(Problem("F908", "wrong-field-type", message, node.at, f"write {wanted}"))


def _is_number(node: Scalar) -> bool:
    """Whether YAML reads *node* as a number: a quoted one is a text, unless a tag says otherwise."""
    plain = not node.style and node.tag is None
    return bool(_NUMBER.fullmatch(node.text)) and (plain or node.tag in _NUMBER_TAGS)


@lru_cache(maxsize=1024)
def duration(text: str) -> float | None:
    """Return the length of a duration in seconds; None for what Prometheus refuses."""
    if text == "0":
        return 0.0
    length = seconds(text) if len(text) < 100 else None
    return None if length is None or length >= MAX_SECONDS else length


def sort_of(node: Node) -> str:
    """Return what *node* is, in words."""
    return "nothing" if isinstance(node, Scalar) and node.is_null else _SORTS[type(node)]
