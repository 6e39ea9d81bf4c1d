"""The labels that the series of a result have, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple


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


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of a result: those that each series has, and those that some may have.

    *open* is True where others are possible too, because a series is not known, but for those in *gone*. *step* says
    how they came to be so; the reasons are put together only when somebody asks.
    """

    sure: frozenset[str] = frozenset()
    possible: frozenset[str] = frozenset()  # beside the sure ones
    open: bool = False
    step: Step = field(default=NO_STEP, compare=False, repr=False)
    gone: frozenset[str] = frozenset()

    def presence(self, label: str) -> Presence:
        """Return whether series have *label*."""
        if label in self.sure:
            return Presence.SURELY
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
        possible = (kept - self.gone if self.open else self.possible & kept) - self.sure
        return Labels(self.sure & kept, possible, step=Step((self,), never=reason))

    def without(self, names: Iterable[str], reason: str) -> Labels:
        """Return the labels without those in *names*."""
        gone = frozenset(names)
        still = self.gone | gone if self.open else self.gone
        return Labels(self.sure - gone, self.possible - gone, self.open, Step((self,), never=reason), still)

    def adding(self, sure: Iterable[str] = (), possible: Iterable[str] = (), reason: str = "") -> Labels:
        """Return the labels with others beside them."""
        surely = self.sure | frozenset(sure)
        perhaps = (self.possible | frozenset(possible)) - surely
        return Labels(surely, perhaps, self.open, Step((self,), reason, reason), self.gone - surely - perhaps)

    def doubting(self, name: str, reason: str) -> Labels:
        """Return the labels with *name* possible, whether it was there or not."""
        step = Step((self,), possible=reason)
        return Labels(self.sure - {name}, self.possible | {name}, self.open, step, self.gone - {name})

    def doubted(self, reason: str) -> Labels:
        """Return the labels with each of them possible, and none sure."""
        return Labels(frozenset(), self.known, self.open, Step((self,), possible=reason), self.gone)

    def opened(self, reason: str) -> Labels:
        """Return the labels with any other possible."""
        return Labels(self.sure, self.possible, True, Step((self,), possible=reason))

    def _history(self) -> Iterator[Labels]:
        """Yield the labels after each step, the last step first."""
        pending = [self]
        while pending:
            labels = pending.pop()
            yield labels
            pending.extend(reversed(labels.step.before))


def _drops(labels: Labels, label: str) -> bool:
    """Whether the last step took *label* away."""
    before = any(each.presence(label) is not Presence.NEVER for each in labels.step.before)
    return before and labels.presence(label) is Presence.NEVER


ANY_LABELS: Final = Labels(open=True, step=Step(possible="nothing is known of what it reads: it may have any label"))
NO_LABELS: Final = Labels()
