"""Alerts: a condition, how long it must hold, and what a person is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from metricloom.declaration import Declaration, all_faults, seconds
from metricloom.errors import Problem
from metricloom.monitoring.prices import number
from metricloom.promql.nodes import COMPARISONS
from metricloom.promql.outline import SET_OPERATORS
from metricloom.promql.query import Expression, Query, as_operand, panel_only
from metricloom.rules.examples import Example
from metricloom.rules.recording import wrong_labels
from metricloom.rules.thresholds import Condition, Threshold

ALERT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

Examples: TypeAlias = Callable[[float], Sequence[Example]]
"""From the threshold in force to the examples: so they hold for whatever number a site sets."""
Guard: TypeAlias = Expression | Callable[[float], Expression]
"""An expression, or from the threshold in force to one."""


@dataclass(frozen=True, eq=False)
class Alert(Declaration):
    """An alerting rule.

    *condition* is `QUERY > Threshold(…)`, or any expression where there is no number to change. *guard* must hold too:
    an expression that keeps the labels of the condition. The texts are literal, but for `$value`, `$threshold` and
    `$labels.NAME`, which the alert fills in, in the right unit. *examples* prove that it fires, and that it does not.
    """

    name: str
    condition: Condition | Expression
    for_: str
    severity: str
    summary: str
    description: str
    next_steps: str
    guard: Guard | None = None
    keep_firing_for: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    examples: Examples = lambda _threshold: ()

    @property
    def query(self) -> Query:
        """The left side of the condition, or all of it where there is no threshold."""
        if isinstance(self.condition, Condition):
            return self.condition.query
        return self.condition if isinstance(self.condition, Query) else Query(str(self.condition), at=self.at)

    @property
    def threshold(self) -> Threshold | None:
        """The number that the alert compares with."""
        return self.condition.threshold if isinstance(self.condition, Condition) else None

    def text(self, threshold: float) -> str:
        """Return the whole expression for a threshold."""
        holds = self.query.text
        if isinstance(self.condition, Condition):
            holds = f"{as_operand(holds, COMPARISONS | SET_OPERATORS)} {self.condition.operator} {number(threshold)}"
        if self.guard is None:
            return holds
        guard = self.guard(threshold) if callable(self.guard) else self.guard
        text = guard.text if isinstance(guard, Query) else str(guard)
        return f"{as_operand(holds, SET_OPERATORS)}\nand\n({text})"

    @property
    def proofs(self) -> tuple[Example, ...]:
        """The examples, for the threshold in force."""
        return tuple(self.examples(self._number))

    @property
    def _number(self) -> float:
        return self.threshold.value if self.threshold is not None else 0.0

    def check(self) -> Iterator[Problem]:
        yield from self.condition.faults if isinstance(self.condition, Condition) else self.query.faults
        yield from panel_only(self.query)
        yield from self._of_functions()
        yield from wrong_labels(self, self.labels)
        if not ALERT_NAME.fullmatch(self.name):
            yield self.fault(
                "M143", "alert-name", f"alert {self.name!r} is not a name", "use letters, digits and _: HighErrorRate"
            )
        for duration in filter(None, (self.for_, self.keep_firing_for)):
            if seconds(duration) is None:
                yield self.fault(
                    "Q200", "parse-error", f"alert {self.name}: {duration!r} is not a duration", "write 5m, 1h30m …"
                )
        for name in ("summary", "description", "next_steps"):
            if not getattr(self, name).strip():
                yield self.fault(
                    "M122", "no-help", f"alert {self.name} has no {name}", "a person will read it at 3 a.m."
                )

    def _of_functions(self) -> Iterator[Problem]:
        """Call *guard* and *examples* as generating will, and yield what is wrong with what they return."""
        functions = {"guard": (self._guard_faults, "PromQL"), "examples": (self._example_faults, "a list of Example")}
        for name, (call, returned) in functions.items():
            try:
                yield from call()
            except Exception as error:  # noqa: BLE001 - the function is the user's, and may raise anything
                yield self.fault(
                    "M129",
                    "function",
                    f"alert {self.name}: {name}= raised {type(error).__name__}: {error}",
                    f"{name} takes the threshold, a number, and returns {returned}",
                )

    def _guard_faults(self) -> Iterator[Problem]:
        guard = self.guard(self._number) if callable(self.guard) else self.guard
        if isinstance(guard, Query):
            yield from guard.faults

    def _example_faults(self) -> Iterator[Problem]:
        yield from all_faults(self.proofs)
