"""Timers and outcomes: operations that are measured from their start to their end, whichever way they end."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from metricloom.declaration import Declaration
from metricloom.errors import Problem, did_you_mean
from metricloom.monitoring.labels import OTHER, Label
from metricloom.monitoring.metrics import Gauge, Histogram, Metric

METHOD_NAME = re.compile(r"[a-z][a-z0-9_]*")
METHOD_HINT = "use lower-case letters, digits and _, and no word of Python"
OK, CANCELLED = "ok", "cancelled"


def names_a_method(name: str) -> bool:
    """Return whether *name* can name a method or an argument of the generated module."""
    return METHOD_NAME.fullmatch(name) is not None and not keyword.iskeyword(name)


@dataclass(frozen=True, eq=False)
class Outcomes(Declaration):
    """How an operation can end, by one label.

    Its values hold `ok`, `cancelled` (neither a success nor a failure), `other`, and the failures that are told apart.
    *exceptions* gives the outcome for the name of an exception's class, or of one of its bases.
    """

    label: Label
    exceptions: Mapping[str, str] = field(default_factory=dict)

    def check(self) -> Iterator[Problem]:
        if self.label.faults:
            return
        values = self.label.values
        missing = [value for value in (OK, CANCELLED, OTHER) if value not in values]
        if missing or not self.label.is_closed:
            yield self.fault(
                "M131",
                "outcomes",
                f"label {self.label}: outcomes need a closed set of values with {OK}, {CANCELLED}, {OTHER}",
                f"add {', '.join(missing)} to values" if missing else "leave max_values out",
            )
        for name, outcome in self.exceptions.items():
            if outcome not in values:
                yield self.fault(
                    "M131",
                    "outcomes",
                    f"exception {name} stands for {outcome!r}, which {self.label} does not have",
                    did_you_mean(outcome, values),
                )


@dataclass(frozen=True, eq=False)
class Timer(Declaration):
    """A second way to record an operation: around it, so that its duration and its outcome are measured.

    While it is open it counts in *in_flight*; *oldest* holds when the longest-running one began, +Inf when there is
    none. *first* observes the time until a stream gives its first item, or until the method *first_method* is called.
    """

    name: str = "timer"
    in_flight: Gauge | None = None
    oldest: Gauge | None = None
    first: Histogram | None = None
    first_method: str = "first_item"
    duration: str = "duration"

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The metrics that it changes beside those of its operation."""
        return tuple(metric for metric in (self.in_flight, self.oldest, self.first) if isinstance(metric, Metric))

    def check(self) -> Iterator[Problem]:
        for name in (self.name, self.first_method):
            if not names_a_method(name):
                yield self.fault("M130", "operation-name", f"timer: {name!r} cannot name a method", METHOD_HINT)
        if self.oldest is not None and self.in_flight is None:
            yield self.fault("M148", "timer-gauges", "timer: oldest= needs in_flight=", "declare a gauge for it, too")
