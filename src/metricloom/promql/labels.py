"""The labels that the series of a result have, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from metricloom.promql.text import NAME_LABEL


class Presence(StrEnum):
    """Whether the series of a result have a label."""

    SURELY = "surely"
    POSSIBLY = "possibly"
    NEVER = "never"


class Step(NamedTuple):
    """What made labels what they are: *before* it there were others, and since it some are sure, possible or gone."""

    before: tuple[Labels, ...] = ()
    sure: str = ""
    possible: str = ""
    never: str = ""


NO_STEP: Final = Step()
_NOWHERE: Final = "no series here has it"


class Labels(NamedTuple):
    """The labels of a result: those that each series has, and those that some may have.

    *open* is True where others are possible too, because a series is not known, but for those in *gone*. *step* says
    how they came to be so; the reasons are put together only when somebody asks. *named* is the presence of `__name__`,
    which is in no set: nearly every function and operator drops it.
    """

    sure: frozenset[str] = frozenset()
    possible: frozenset[str] = frozenset()  # beside the sure ones
    open: bool = False
    step: Step = NO_STEP
    gone: frozenset[str] = frozenset()
    named: Presence = Presence.NEVER

    def is_like(self, other: Labels) -> bool:
        """Whether the same labels are there, however they came to be so."""
        return (self.sure, self.possible, self.open, self.gone) == (other.sure, other.possible, other.open, other.gone)

    def presence(self, label: str) -> Presence:
        """Return whether series have *label*."""
        if label in self.sure:
            return Presence.SURELY
        if label == NAME_LABEL:
            return self.named
        if label in self.possible or (self.open and label not in self.gone):
            return Presence.POSSIBLY
        return Presence.NEVER

    @property
    def known(self) -> frozenset[str]:
        """All labels that may be there, as far as they are known."""
        return self.sure | self.possible

    @property
    def lost(self) -> Mapping[str, str]:
        """Why each label that was there once is there no more."""
        ever = {label for labels in self._history() for label in labels.known | labels.gone}
        return {label: self.why(label) for label in sorted(ever) if self.presence(label) is Presence.NEVER}

    def why(self, label: str) -> str:
        """Return why *label* is surely there, possibly, or never."""
        presence = self.presence(label)
        if presence is Presence.NEVER:
            return next((found.step.never for found in self._history() if _drops(found, label)), _NOWHERE)
        labels = self
        while earlier := [each for each in labels.step.before if each.presence(label) is presence]:
            labels = earlier[0]
        return labels.step.sure if presence is Presence.SURELY else labels.step.possible

    def keeping(self, names: Iterable[str], reason: str) -> Labels:
        """Return the labels with only those in *names* left."""
        kept = frozenset(names)
        named = self.named if NAME_LABEL in kept else Presence.NEVER
        possible = (kept - self.gone - {NAME_LABEL} if self.open else self.possible & kept) - self.sure
        return Labels(self.sure & kept, possible, step=Step((self,), never=reason), named=named)

    def without(self, names: Iterable[str], reason: str) -> Labels:
        """Return the labels without those in *names*."""
        gone = frozenset(names)
        still = self.gone | gone if self.open else self.gone
        named = Presence.NEVER if NAME_LABEL in gone else self.named
        return Labels(self.sure - gone, self.possible - gone, self.open, Step((self,), never=reason), still, named)

    def nameless(self, reason: str) -> Labels:
        """Return the labels without `__name__`."""
        if self.named is Presence.NEVER:
            return self
        step = Step((self,), never=reason)
        return Labels(self.sure, self.possible, self.open, step, self.gone, Presence.NEVER)

    def adding(self, sure: Iterable[str] = (), possible: Iterable[str] = (), reason: str = "") -> Labels:
        """Return the labels with others beside them."""
        sure, possible = frozenset(sure), frozenset(possible)
        surely = (self.sure | sure) - {NAME_LABEL}
        perhaps = (self.possible | possible) - surely - {NAME_LABEL}
        named = self.named
        if NAME_LABEL in sure:
            named = Presence.SURELY
        elif NAME_LABEL in possible:
            named = either_presence(named, Presence.POSSIBLY)
        return Labels(surely, perhaps, self.open, Step((self,), reason, reason), self.gone - surely - perhaps, named)

    def doubting(self, name: str, reason: str) -> Labels:
        """Return the labels with *name* possible, whether it was there or not."""
        step = Step((self,), possible=reason)
        if name == NAME_LABEL:
            return self._replace(named=Presence.POSSIBLY, step=step)
        return Labels(self.sure - {name}, self.possible | {name}, self.open, step, self.gone - {name}, self.named)

    def doubted(self, reason: str) -> Labels:
        """Return the labels with each of them possible, and none sure."""
        step = Step((self,), possible=reason)
        return Labels(frozenset(), self.known, self.open, step, self.gone, either_presence(self.named, Presence.NEVER))

    def opened(self, reason: str) -> Labels:
        """Return the labels with any other possible."""
        return Labels(self.sure, self.possible, True, Step((self,), possible=reason), named=self.named)

    def _history(self) -> Iterator[Labels]:
        """Yield the labels after each step, the last step first."""
        pending = [self]
        while pending:
            labels = pending.pop()
            yield labels
            pending.extend(reversed(labels.step.before))


def either_presence(one: Presence, other: Presence) -> Presence:
    """Return the presence of a label in what may be one or the other."""
    return one if one is other else Presence.POSSIBLY


def _drops(labels: Labels, label: str) -> bool:
    """Whether the last step took *label* away."""
    before = any(each.presence(label) is not Presence.NEVER for each in labels.step.before)
    return before and labels.presence(label) is Presence.NEVER


_ANYTHING: Final = Step(possible="nothing is known of what it reads: it may have any label")
ANY_LABELS: Final = Labels(open=True, step=_ANYTHING, named=Presence.POSSIBLY)
"""Of an expression that cannot be read."""
ANY_SERIES: Final = Labels(open=True, step=_ANYTHING, named=Presence.SURELY)
"""Of series that nobody knows."""
NO_LABELS: Final = Labels()
