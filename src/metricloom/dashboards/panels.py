"""Panels: one thing that a person looks at, with the queries behind it.

Unit, legend, minimum and maximum follow from the type of the queries, unless they are declared here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from metricloom.declaration import Declaration, seconds
from metricloom.errors import Problem, did_you_mean
from metricloom.monitoring.labels import Label
from metricloom.promql.query import Expression, Query, query_of

MAX_TITLE = 60

Colour: TypeAlias = Literal["good", "warning", "bad", "neutral"]
"""What a colour means. The generator picks the shade."""


@dataclass(frozen=True, eq=False)
class Panel(Declaration):
    """What all panels have. *description* says what it shows, what is normal, and what to do when it is not."""

    title: str

    def check(self) -> Iterator[Problem]:
        if not 1 <= len(self.title.strip()) <= MAX_TITLE:
            yield self.fault(
                "D910",
                "panel-title",
                f"{self._shown()}: the title has {len(self.title)} characters",
                f"give 1 to {MAX_TITLE}",
            )

    def described(self, description: str) -> Iterator[Problem]:
        """Yield a fault where the description is empty."""
        if not description.strip():
            yield self.fault(
                "D912",
                "panel-without-description",
                f"{self._shown()} has no description",
                "say what it shows, what is normal, and what to do when it is not",
            )

    def _shown(self) -> str:
        return f"{type(self).__name__} {str(self.title)[:MAX_TITLE]!r}"


@dataclass(frozen=True)
class Target:
    """One query of a panel. *legend* is empty where it follows from the labels of the result."""

    legend: str
    query: Query


@dataclass(frozen=True, eq=False)
class QueryPanel(Panel):
    """What panels of queries share.

    *queries* is one expression, or several under their legends (in a table: under their column titles).
    *description* says what it shows, what is normal, and what to do. *filters* is False for what follows no variable.
    *alert* names the alerts that watch this: their runbooks are linked, and the thresholds drawn of those that compare
    what the first query shows (the same unit, and the same kind: a share of a budget is no dollars).
    *units* gives single legends (or columns) a unit that their query does not tell.
    *complement* is True where the panel shows 1 minus what these alerts compare (success instead of failure).
    *time_from* fixes the time shown (`7d`), whatever the dashboard shows. *no_value* is shown where there is no data.
    *colours* gives meanings to legends or label values: `{"timeout": "warning"}`; the rest is coloured by the palette.
    """

    queries: Expression | Mapping[str, Expression]
    description: str = ""
    alert: str | Sequence[str] = ()
    complement: bool = False
    unit: str | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    minimum: float | None = None
    maximum: float | None = None
    filters: bool = True
    time_from: str = ""
    no_value: str = ""
    colours: Mapping[str, Colour] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if isinstance(self.alert, str):
            object.__setattr__(self, "alert", (self.alert,))
        super().__post_init__()

    @property
    def targets(self) -> tuple[Target, ...]:
        """The queries in the order declared; each at the panel's place unless it has its own."""
        named = self.queries.items() if isinstance(self.queries, Mapping) else [("", self.queries)]
        return tuple(Target(legend, self._query(expression)) for legend, expression in named)

    @property
    def alerts(self) -> tuple[str, ...]:
        """The names of the alerts that watch this panel."""
        return tuple(self.alert)

    def _query(self, expression: Expression) -> Query:
        return expression if isinstance(expression, Query) else replace(query_of(expression), at=self.at)

    def check(self) -> Iterator[Problem]:
        yield from super().check()
        yield from self.described(self.description)
        for target in self.targets:
            yield from target.query.faults
        if not self.targets:
            yield self.fault(
                "D911", "panel-without-query", f"{self._shown()} has no query", "give it one, or take it away"
            )
        yield from self.unknown_legends(self.units)
        if self.time_from and not seconds(self.time_from):
            yield self.fault(
                "D913",
                "panel-time",
                f"{self._shown()}: time_from={self.time_from!r} is not a duration",
                "write 7d, 24h …",
            )

    def unknown_legends(self, names: Iterable[str]) -> Iterator[Problem]:
        """Yield a fault for each of *names* under which there is no query."""
        known = [target.legend for target in self.targets]
        for name in names:
            if name not in known:
                yield self.fault(
                    "D914", "unknown-legend", f"{self._shown()} has no query {name!r}", did_you_mean(name, known)
                )


@dataclass(frozen=True, eq=False)
class TimeSeries(QueryPanel):
    """Lines over time. *stacked* where the series are parts of a whole."""

    stacked: bool = False


@dataclass(frozen=True, eq=False)
class State(Declaration):
    """A number that stands for a word: `State(1, "Target down", "bad")`."""

    value: int
    text: str
    colour: Colour = "neutral"


@dataclass(frozen=True, eq=False)
class Stat(QueryPanel):
    """One number (or one for each series) and its course behind it. With *states*, a word instead of the number."""

    states: Sequence[State] = ()


@dataclass(frozen=True, eq=False)
class Table(QueryPanel):
    """Values now: a column for each label of the results, and one for each query, under its title.

    *sort_by* names the column to sort by, largest first (the first query's, if not given).
    """

    queries: Mapping[str, Expression]
    sort_by: str = ""

    def check(self) -> Iterator[Problem]:
        yield from super().check()
        if self.sort_by:
            yield from self.unknown_legends([self.sort_by])


@dataclass(frozen=True, eq=False)
class FiringAlerts(Panel):
    """A table of the alerts that fire now: severity, alert, what it is about, since when, and its runbook.

    *about* names the label columns that tell the series of an alert apart.
    """

    description: str = ""
    about: Sequence[Label | str] = ()

    def check(self) -> Iterator[Problem]:
        yield from super().check()
        yield from self.described(self.description)


@dataclass(frozen=True, eq=False)
class Text(Panel):
    """A note in Markdown."""

    content: str = ""
