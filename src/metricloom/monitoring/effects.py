"""Effects: what one operation does to one metric. Built by the metrics' own methods (`CALLS.inc()`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from metricloom.declaration import Declaration

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
