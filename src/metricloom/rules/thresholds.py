"""Thresholds: the number that an alert compares with, which panels draw and a site may change."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from metricloom.declaration import Declaration
from metricloom.errors import Problem, did_you_mean
from metricloom.monitoring.labels import Label
from metricloom.promql.query import Expression, Query, query_of


@dataclass(frozen=True, eq=False)
class Threshold(Declaration):
    """One number, in the unit of the query; or others for some values of *label*. None is above *at_most*.

    `ERROR_RATIO > Threshold(0.1)` is a `Condition`.
    """

    value: float
    label: Label | None = None
    by_value: Mapping[str, float] = field(default_factory=dict)
    at_most: float = math.inf

    def __lt__(self, query: Expression) -> Condition:
        return Condition(query, ">", self)

    def __le__(self, query: Expression) -> Condition:
        return Condition(query, ">=", self)

    def __gt__(self, query: Expression) -> Condition:
        return Condition(query, "<", self)

    def __ge__(self, query: Expression) -> Condition:
        return Condition(query, "<=", self)

    def check(self) -> Iterator[Problem]:
        for number in (self.value, *self.by_value.values()):
            if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
                yield self.fault("M125", "threshold", f"threshold {number!r} is not a number", "give a finite number")
            elif number > self.at_most:
                yield self.fault(
                    "M125",
                    "threshold",
                    f"threshold {number:g} is more than the query can tell",
                    f"give at most {self.at_most:g}",
                )
        if self.by_value and self.label is None:
            yield self.fault(
                "M125", "threshold", "by_value= without label=", "say which label has these values: label=MODEL"
            )
        if self.label is not None and self.label.is_closed:
            for value in self.by_value:
                if value not in self.label.values:
                    yield self.fault(
                        "Q203",
                        "impossible-label-value",
                        f"label {self.label} has no value {value!r}",
                        did_you_mean(value, self.label.values),
                    )


@dataclass(frozen=True, eq=False)
class Condition(Declaration):
    """A query, a comparison, and the threshold it is compared with."""

    expression: Expression
    operator: str
    threshold: Threshold

    @cached_property
    def query(self) -> Query:
        """The left side."""
        return (
            query_of(self.expression) if isinstance(self.expression, Query) else Query(str(self.expression), at=self.at)
        )

    def check(self) -> Iterator[Problem]:
        yield from self.query.faults
        yield from self.threshold.faults
