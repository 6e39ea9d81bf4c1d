"""Comments that excuse a problem where it stands, with a reason, and with an end date if wanted.

# metricloom: ignore Q204, raw-counter -- it is reset every night [until 2027-01-31]
# metricloom: ignore-file A503 -- evaluated every 10 s
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from metricloom.bounded import read_file
from metricloom.errors import Location, Problem, Severity
from metricloom.reports.comments import comments_of
from metricloom.reports.model import Catalogue, Owner, Owners
from metricloom.reports.paths import relative
from metricloom.reports.selection import exact_code, suggestion

EXAMPLE = "write `metricloom: ignore Q204 -- the reason`, with `until 2027-01-31` behind it if it is to end"
MARK = "metricloom:"
_WRITTEN = re.compile(r"(?:^|#|<!--)[ \t]*metricloom:[ \t]*(ignore[\w-]*)[ \t]*([^\r\n]*)")
_UNTIL = re.compile(r"[\[(]?\buntil\s+(\d[\d./-]*)[\])]?\s*$")
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

    def covers(self, problem: Problem, owner: Owner | None) -> bool:
        """Return whether *problem*, which *owner* has, stands where this comment is about."""
        if self.owner is not None:
            return self.owner == owner
        if problem.at is None or not self.about:
            return problem.at is not None
        first, last = owner.lines if owner is not None else (problem.at.line, problem.at.line)
        return problem.at.line in self.about or any(first <= line <= last for line in self.about)


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


class _Matcher:
    """Finds the comments that excuse a problem, and remembers which of their words did."""

    def __init__(self, comments: Iterable[Suppression], owners: Owners, catalogue: Catalogue) -> None:
        self.owners = owners
        self.catalogue = catalogue
        self.by_file: dict[str, list[Suppression]] = defaultdict(list)
        self.codes: dict[str, str | None] = {}
        self.used: set[tuple[Suppression, str]] = set()
        for one in comments:
            self.by_file[relative(one.at.path)].append(one)
            self.codes.update({word: exact_code(word, catalogue) for word in one.words})

    def excuses(self, problem: Problem) -> list[Suppression]:
        """Return the comments that excuse *problem*, whether or not their time is over."""
        there = self.by_file.get(relative(problem.at.path)) if self.by_file and problem.at is not None else None
        if not there:
            return []
        owner = self.owners.of(problem)
        found = [
            (one, word)
            for one in there
            if not one.fault and one.covers(problem, owner)
            for word in one.words
            if self.codes[word] == problem.code
        ]
        self.used.update(found)
        return [one for one, _ in found]

    def faults(self, comment: Suppression) -> Iterator[Problem]:
        """Yield what is wrong with a comment, once all problems were looked at."""
        at, warning = comment.at, Severity.WARNING
        if comment.fault:
            yield Problem("X901", "broken-suppression", f"{comment.fault}: nothing is excused", at, EXAMPLE, warning)
            return
        for word in comment.words:
            if self.codes[word] is None:
                message = f"{word} is no code or name of a check: the comment does not excuse it"
                hint = suggestion(word, self.catalogue)
                yield Problem("X903", "unknown-code-in-suppression", message, at, hint, warning)
            elif (comment, word) not in self.used:
                message = f"there is no {word} here that the comment could excuse"
                yield Problem("X902", "unused-suppression", message, at, "take it out", Severity.NOTE)


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
