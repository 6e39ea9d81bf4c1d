"""What a comparison gives: changes, and what each does to what reads it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from metricloom.impact.kinds import KINDS, Impact, Kind


class What(StrEnum):
    """What becomes of series, or of what else expressions name."""

    GONE = "gone"
    LABEL_GONE = "label gone"
    LABEL_ADDED = "label added"
    VALUES_GONE = "values gone"
    BUCKETS = "buckets"
    TYPE = "type"
    MEANING = "meaning"  # the series are there, and say something else
    ALERT_GONE = "alert gone"
    PLACEHOLDER = "placeholder"  # what was filled into expressions is something else
    SCRAPES = "scrapes"
    OWNER = "owner"  # the subsystem gives its alerts another owner or service


@dataclass(frozen=True, slots=True)
class Effect:
    """What becomes of the series called *name*: it is followed to whatever reads them.

    Attributes:
        name: The series; the alert; or the placeholder, empty for any that all expressions have.
        why: What happened, as the end of a sentence: `reads x, which is …`.
        now: The new name of what is gone, if it has one.
        values: The values, or the bounds of buckets, that are gone.
        left: Those that are left, where these are all.
        closed: Whether the label can have no others.
        seconds: The time between two scrapes, before and now.
        part: The labels of the series that are meant, where others of the name are as they were.
    """

    what: What
    name: str
    why: str
    label: str = ""
    now: str = ""
    values: frozenset[str] = frozenset()
    left: frozenset[str] = frozenset()
    closed: bool = True
    seconds: tuple[float, float] = (0.0, 0.0)
    part: frozenset[tuple[str, str]] = frozenset()


class Verdict(StrEnum):
    """What a change does to one thing that reads what changed."""

    BREAKS = "breaks"
    ALTERS = "alters"
    FOLLOWS = "follows"  # it was changed along

    @property
    def impact(self) -> Impact:
        """How bad it makes the change."""
        return _IMPACTS[self]


_IMPACTS = {Verdict.BREAKS: Impact.BREAKING, Verdict.ALTERS: Impact.ALTERING, Verdict.FOLLOWS: Impact.COMPATIBLE}


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a change does to one thing, *via* which records, and why."""

    verdict: Verdict
    sort: str
    name: str
    place: str
    reasons: tuple[str, ...]
    via: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """How a message names it."""
        return f"{self.sort} {self.name}"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one declaration. *message* says it, as the end of a sentence that begins with *subject*.

    *place* is where it stands in the bundle and, if that is known, in the registry.
    """

    kind: Kind
    sort: str
    name: str
    message: str
    before: str = ""
    after: str = ""
    place: str = ""
    effects: tuple[Effect, ...] = ()
    consequences: tuple[Consequence, ...] = ()

    @property
    def impact(self) -> Impact:
        """How bad it is: at least as its kind, and as the worst that it does here."""
        return max([self.kind.impact, *(consequence.verdict.impact for consequence in self.consequences)])

    @property
    def subject(self) -> str:
        """What changed."""
        return f"{self.sort} {self.name}".strip()


def change(
    kind: str,
    sort: str,
    name: str,
    message: str,
    before: object = "",
    after: object = "",
    effects: Iterable[Effect] = (),
) -> Change:
    """Return a change of the kind called *kind*."""
    return Change(KINDS[kind], sort, name, message, _shown(before), _shown(after), effects=tuple(effects))


def _shown(value: object) -> str:
    """Return a value as a person writes it: whole numbers without a point, nothing as nothing."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.15g}"
        case str():
            return value
        case list() | tuple():
            return ", ".join(map(_shown, value))
    return str(value)


def listed(names: Sequence[str], most: int = 4) -> str:
    """Return *names* in one line, the first of them where they are many."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
