"""Comments that excuse a problem where it stands, with a reason, and with an end date if wanted.

# metricloom: ignore Q204, raw-counter -- it is reset every night [until 2027-01-31]
# metricloom: ignore-file A503 -- evaluated every 10 s
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from heapq import nlargest

from metricloom.bounded import read_file
from metricloom.errors import Location, Problem, Severity
from metricloom.reports.comments import comments_of
from metricloom.reports.model import Catalogue, Owner, Owners
from metricloom.reports.paths import relative
from metricloom.reports.selection import exact_code, suggestion
from metricloom.wording import short

EXAMPLE = "write `metricloom: ignore Q204 -- the reason`, with `until 2027-01-31` behind it if it is to end"
MARK = "metricloom:"
_WRITTEN = re.compile(r"(?:^|#|<!--)[ \t]*metricloom:[ \t]*(ignore[\w-]*)[ \t]*([^\r\n]*)")
_UNTIL = re.compile(r"[\[(]?\buntil\s+(\d[\d./-]*)[\])]?\s*$")
MAX_ALIKE = 3
"""How many comments that excuse the same at the same place are shown beside a problem."""

MAX_WORD = 60
VERBS = {"ignore": False, "ignore-file": True}


@dataclass(frozen=True, slots=True)
class Suppression:
    """One comment. It is about the lines *about* or about *owner*; about its whole file where both are empty."""

    at: Location
    words: tuple[str, ...]
    until: date | None = None
    about: frozenset[int] = frozenset()
    owner: Owner | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Suppressed:
    """What is left: *problems*, with those of the comments themselves. *hidden* counts the others."""

    problems: tuple[Problem, ...]
    hidden: int


def suppress(
    problems: Iterable[Problem], comments: Sequence[Suppression], owners: Owners, catalogue: Catalogue, today: date
) -> Suppressed:
    """Leave out the problems that a comment excuses; say what is wrong with the comments."""
    matcher = _Matcher(comments, owners, catalogue)
    kept: list[Problem] = []
    hidden = 0
    for problem in problems:
        excuses = matcher.excuses(problem)
        if any(one.until is None or today <= one.until for one in excuses):
            hidden += 1
        else:
            kept.append(_with_remark(problem, excuses))
    return Suppressed((*kept, *(fault for one in comments for fault in matcher.faults(one))), hidden)


@dataclass
class _Excuse:
    """The comments that excuse the same at the same place, each with the word that says it."""

    said: list[tuple[Suppression, str]] = field(default_factory=list)
    used: bool = False

    @cached_property
    def longest(self) -> list[Suppression]:
        """Those of the comments that excuse for the longest time, once all are there: a file may hold thousands."""
        return nlargest(MAX_ALIKE, (one for one, _ in self.said), key=lambda one: one.until or date.max)


@dataclass(frozen=True)
class _Places:
    """What the comments of a file excuse of one code: in it all, at an owner, and by line."""

    whole: _Excuse = field(default_factory=_Excuse)
    by_owner: dict[Owner, _Excuse] = field(default_factory=lambda: defaultdict(_Excuse))
    by_line: dict[int, _Excuse] = field(default_factory=lambda: defaultdict(_Excuse))

    def add(self, one: Suppression, word: str) -> None:
        if one.owner is not None:
            there = [self.by_owner[one.owner]]
        else:
            there = [self.by_line[line] for line in one.about] or [self.whole]
        for excuse in there:
            excuse.said.append((one, word))

    @property
    def all(self) -> Iterator[_Excuse]:
        yield self.whole
        yield from self.by_owner.values()
        yield from self.by_line.values()

    @cached_property
    def lines(self) -> list[int]:
        """The lines of *by_line* in their order, once all is added."""
        return sorted(self.by_line)

    def of(self, line: int, owner: Owner | None) -> Iterator[_Excuse]:
        """Yield what excuses a problem in *line*, which *owner* has: a comment on any line of an owner is about it."""
        yield self.whole
        if owner is not None and owner in self.by_owner:
            yield self.by_owner[owner]
        first, last = owner.lines if owner is not None else (line, line)
        within = self.lines[bisect_left(self.lines, first) : bisect_right(self.lines, last)]
        for each in within if first <= line <= last else [*within, line]:
            if each in self.by_line:
                yield self.by_line[each]


class _Matcher:
    """Finds the comments that excuse a problem, and remembers which of their words did."""

    def __init__(self, comments: Iterable[Suppression], owners: Owners, catalogue: Catalogue) -> None:
        self.owners = owners
        self.codes = _Codes(catalogue)
        self.places: dict[tuple[str, str], _Places] = defaultdict(_Places)
        for one in comments:
            for word in () if one.fault else one.words:
                code = self.codes.code(word)
                if code is not None:
                    self.places[relative(one.at.path), code].add(one, word)

    def excuses(self, problem: Problem) -> list[Suppression]:
        """Return the comments that excuse *problem*, whether or not their time is over."""
        if problem.at is None or not self.places:
            return []
        there = self.places.get((relative(problem.at.path), problem.code))
        if there is None:
            return []
        found = [each for each in there.of(problem.at.line, self.owners.of(problem)) if each.said]
        for each in found:
            each.used = True
        return [one for each in found for one in each.longest]

    @cached_property
    def used(self) -> set[tuple[Suppression, str]]:
        """The words that excused something, once all problems were looked at."""
        excuses = (each for places in self.places.values() for each in places.all)
        return {said for each in excuses if each.used for said in each.said}

    def faults(self, comment: Suppression) -> Iterator[Problem]:
        """Yield what is wrong with a comment, once all problems were looked at."""
        at, warning = comment.at, Severity.WARNING
        if comment.fault:
            yield Problem("X901", "broken-suppression", f"{comment.fault}: nothing is excused", at, EXAMPLE, warning)
            return
        for word in comment.words:
            if self.codes.code(word) is None:
                message = f"{short(word, MAX_WORD)} is no code or name of a check: the comment does not excuse it"
                hint = self.codes.hint(word)
                yield Problem("X903", "unknown-code-in-suppression", message, at, hint, warning)
            elif (comment, word) not in self.used:
                message = f"there is no {short(word, MAX_WORD)} here that the comment could excuse"
                yield Problem("X902", "unused-suppression", message, at, "take it out", Severity.NOTE)


@dataclass(frozen=True)
class _Codes:
    """What the words of comments mean; each is looked up once."""

    catalogue: Catalogue
    known: dict[str, str | None] = field(default_factory=dict)
    hints: dict[str, str] = field(default_factory=dict)

    def code(self, word: str) -> str | None:
        if word not in self.known:
            self.known[word] = exact_code(word, self.catalogue)
        return self.known[word]

    def hint(self, word: str) -> str:
        if word not in self.hints:
            self.hints[word] = suggestion(word, self.catalogue)
        return self.hints[word]


def _with_remark(problem: Problem, ended: Sequence[Suppression]) -> Problem:
    """Return *problem*, which is shown again, with the end of the comments that excused it."""
    remarks = [f"the comment at {one.at} excused it until {one.until}" for one in ended]
    return replace(problem, hint="; ".join([*filter(None, [problem.hint]), *remarks])) if remarks else problem


def written_in(files: Iterable[str], texts: Mapping[str, str], owners: Owners) -> Iterator[Suppression]:
    """Yield the comments of *files*, and what the descriptions of dashboards say instead.

    Files of which *texts* holds the text, by path, are not read again. JSON has no comments.
    """
    for file in dict.fromkeys(files):
        text = "" if file.endswith(".json") else texts[file] if file in texts else _text_of(file)
        if MARK in text:
            for comment in comments_of(file, text):
                yield from _parsed(comment.text, Location(file, comment.line, comment.column), comment.about)
    for owner in owners.described:
        if owner.described_at is not None and MARK in owner.description:
            for line in owner.description.splitlines():
                yield from _parsed(line.strip(), owner.described_at, owner=owner)


def _text_of(file: str) -> str:
    """Return what can be read of *file*: what cannot be is reported by whoever needs it."""
    try:
        return read_file(file).decode("utf-8", "replace")
    except OSError:
        return ""


def _parsed(
    text: str, at: Location, about: frozenset[int] = frozenset(), owner: Owner | None = None
) -> Iterator[Suppression]:
    match = _WRITTEN.search(text)
    if match is None:
        return
    verb, rest = match.groups()
    if verb not in VERBS:
        yield Suppression(at, (), fault=f"`{verb}` is neither `ignore` nor `ignore-file`")
        return
    if VERBS[verb]:
        about, owner = frozenset(), None
    yield _of_words(rest.removesuffix("-->"), Suppression(at, (), about=about, owner=owner))


def _of_words(rest: str, found: Suppression) -> Suppression:
    """Return *found* with the codes, the reason and the end date that *rest* says."""
    codes, dashes, reason = rest.partition("--")
    words = tuple(dict.fromkeys(codes.replace(",", " ").split()))
    end = _UNTIL.search(reason)
    until = _date(end[1]) if end is not None else None
    if not words:
        return replace(found, fault="the comment names no code")
    if end is not None and until is None:
        return replace(found, words=words, fault=f"{end[1]} is no date")
    if not dashes or not reason[: end.start() if end is not None else None].strip():
        return replace(found, words=words, fault=f"the comment does not say why {', '.join(words)} may be ignored")
    return replace(found, words=words, until=until)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
