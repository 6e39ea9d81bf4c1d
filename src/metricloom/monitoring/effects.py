"""Effects: what one operation does to one metric. Built by the metrics' own methods (`CALLS.inc()`)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, cast

from metricloom.declaration import Declaration
from metricloom.errors import Problem

if TYPE_CHECKING:
    from metricloom.monitoring.metrics import Metric


class Action(StrEnum):
    """How an effect changes its metric."""

    INC = "inc"
    SET = "set"
    SET_TO_NOW = "set_to_now"
    OBSERVE = "observe"


class On(StrEnum):
    """After which results of the operation an effect takes place."""

    ALWAYS = "always"
    SUCCESS = "success"
    FAILURE = "failure"


def on_result(name: str) -> On:
    """Return the result called *name*; one that there is not is kept, and so reported as a fault of the effect."""
    return On(name) if name in set(On) else cast("On", name)


@dataclass(frozen=True, slots=True)
class Given:
    """A label value that depends on whether the caller passed an argument: `Given("cost", "report", "table")`."""

    argument: str
    then: str
    otherwise: str


@dataclass(frozen=True, eq=False)
class Effect(Declaration):
    """One change of one metric.

    *value* is the name of the operation's argument that says how much, or a number. *labels* gives the metric's labels
    that are not the operation's own: a constant, or a `Given`.
    """

    metric: Metric
    action: Action
    value: str | float = 1.0
    on: On = On.ALWAYS
    labels: Mapping[str, str | Given] = field(default_factory=dict)

    def check(self) -> Iterator[Problem]:
        if isinstance(self.value, int | float) and not math.isfinite(self.value):
            yield self.fault("M135", "effect", f"{self.metric}: {self.value} is not finite", "give a finite number")
        elif isinstance(self.value, int | float) and self.action is Action.INC and self.value < 0:
            yield self.fault(
                "M135",
                "effect",
                f"{self.metric}: {self.value:g} is added to a counter",
                "a counter only grows: give 0 or more, or declare a Gauge",
            )
        for given in self.labels.values():
            if isinstance(given, Given) and not all(
                isinstance(text, str) for text in (given.argument, given.then, given.otherwise)
            ):
                yield self.fault("M120", "wrong-type", f"{self.metric}: {given} does not hold three texts", "give str")
