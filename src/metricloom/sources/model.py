"""Rules, panels and tests as plain values, each text with its place: what checks are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from metricloom.errors import Location
from metricloom.promql.text import Span
from metricloom.promql.types import SeriesType

if TYPE_CHECKING:
    from metricloom.declaration import Declaration
    from metricloom.registry.registry import Registry


class Use(StrEnum):
    """What an expression is for."""

    RECORD = "recording rule"
    ALERT = "alert"
    PANEL = "panel"
    TEXT = "text of an alert"  # {{ query "…" }}


class Positions(Protocol):
    """Where the characters of a text stand in its file: a block scalar, an escaped string, a folded line."""

    def location(self, offset: int) -> Location:
        """Return line and column of the character at *offset* of the text."""
        ...

    def in_file(self, span: Span) -> Span | None:
        """Return the same stretch in the characters of the file; None where it is not one stretch there."""
        ...


@dataclass(frozen=True, slots=True)
class Written:
    """A text as Prometheus or Grafana reads it, and where it was written.

    A text that a registry made has no *positions*: only the line of its declaration is known.
    """

    text: str
    at: Location
    positions: Positions | None = field(default=None, compare=False, repr=False)

    def location(self, span: Span | None) -> Location:
        """Return the place where *span* begins, as exactly as it is known."""
        return self.at if self.positions is None or span is None else self.positions.location(span[0])


class Names(StrEnum):
    """What a template can name."""

    LABEL = "label"  # {{ $labels.x }}, {{ .Labels.x }}, {{ index $labels "x" }}
    VALUE = "value"  # {{ $value }}, {{ .Value }}
    FUNCTION = "function"
    FIELD = "field"  # {{ .labels.x }}: what an alert does not have


@dataclass(frozen=True, slots=True)
class Mention:
    """One thing that a template names.

    *functions* are those that a label or value passes through, first to last: `{{ $value | humanize }}` and
    `{{ humanize $value }}` say the same. What is *asked* for may be missing: it stands in the condition of an `if` or
    `with`, below one that tests the same, or before another choice of `or`.
    """

    what: Names
    name: str
    span: Span
    functions: tuple[str, ...] = ()
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """An annotation or a label of a rule: literal text, and what is filled in when the alert fires.

    *queries* are the expressions in `{{ query "…" }}`. *fault* says why Prometheus would refuse it, if it would.
    """

    written: Written
    mentions: tuple[Mention, ...] = ()
    queries: tuple[Written, ...] = ()
    fault: str = ""
    fault_span: Span | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A recording rule or an alert. *lines* are the first and the last that it takes in its file."""

    use: Use
    name: str
    query: Written
    at: Location
    labels: Mapping[str, Template] = field(default_factory=dict)
    annotations: Mapping[str, Template] = field(default_factory=dict)
    for_seconds: float = 0.0
    keep_firing_seconds: float = 0.0
    for_at: Location | None = None
    lines: tuple[int, int] = (0, 0)

    @property
    def shown(self) -> str:
        """How a message names it: `alert HighLLMErrorRate`."""
        return f"{self.use} {self.name}"


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that Prometheus evaluates one after the other. Without an interval of its own it has the server's.

    *labels* are those that the group adds to each rule's. Its rules are evaluated for the moment that is
    *query_offset_seconds* ago. *fields* are the names of those that it is written with, in a file.
    """

    name: str
    at: Location
    rules: tuple[Rule, ...]
    interval_seconds: float | None = None
    labels: Mapping[str, Template] = field(default_factory=dict)
    query_offset_seconds: float = 0.0
    fields: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PanelQuery:
    """A query of a panel. *unit* is Grafana's name of it, "" where none is set; so is *legend*.

    A query of a variable or an annotation stands here too: its *title* says so. The *description* is that of the
    panel: JSON has no comments, so it is where a person excuses a problem.
    """

    title: str
    target: str
    query: Written
    at: Location
    unit: str = ""
    legend: str = ""
    dashboard: str = ""
    datasource: str = ""
    description: Written | None = None

    @property
    def shown(self) -> str:
        """How a message names it: `panel 'Calls by model' target A`."""
        return f"panel {self.title!r}" + (f" target {self.target}" if self.target else "")


@dataclass(frozen=True, slots=True)
class ExpectedAlert:
    """What a promtool test says of one alert at one time: *fires* is False where it must be silent."""

    alert: str
    at: Location
    fires: bool


@dataclass(frozen=True, slots=True)
class RuleTest:
    """A file of promtool tests: the rule files that it loads, its input series, what it asks and expects.

    *missing* are the entries of `rule_files` that name no file. *loaded* are the names of the rules in those that
    there are.
    """

    path: str
    rule_files: tuple[Written, ...]
    series: tuple[Written, ...]
    expected: tuple[ExpectedAlert, ...]
    queries: tuple[Written, ...] = ()
    missing: tuple[Written, ...] = ()
    loaded: frozenset[str] = frozenset()


@dataclass(frozen=True)
class World:
    """What is known to exist, and how it is scraped and evaluated.

    Attributes:
        table: The types of the series that there are, recording rules included.
        open: Whether there are others, of which nothing is known.
        sampled: Whether *table* is what a service showed once: a series that is not there may come later.
        identity: The target labels that tell deployments apart.
        replica: Those that tell copies of one deployment apart.
        scope: The matchers that each selector of the service's series must have, by label.
        scrape_seconds: How often targets are scraped; None where nobody said.
        evaluation_seconds: How often a group without an interval of its own is evaluated; likewise.
        retention_seconds: How long samples are kept; likewise.
        min_prometheus: The oldest Prometheus that must read the rules; likewise.
        severities: The values of `severity` that are routed to somebody; None where nobody said.
    """

    table: Mapping[str, SeriesType] = field(default_factory=dict)
    open: bool = False
    sampled: bool = False
    identity: tuple[str, ...] = ("cluster", "namespace", "job")
    replica: tuple[str, ...] = ("instance", "pod")
    scope: Mapping[str, str] = field(default_factory=dict)
    scrape_seconds: float | None = None
    evaluation_seconds: float | None = None
    retention_seconds: float | None = None
    min_prometheus: tuple[int, ...] | None = None
    severities: frozenset[str] | None = None

    @cached_property
    def targets(self) -> frozenset[str]:
        """The labels that any series may have from its target."""
        return frozenset((*self.identity, *self.replica, *self.scope))


@dataclass(frozen=True, slots=True)
class Sources:
    """All that is checked together, in one world. *registry* is the one that it comes from, if it does."""

    world: World
    groups: Sequence[Group] = ()
    panels: Sequence[PanelQuery] = ()
    tests: Sequence[RuleTest] = ()
    registry: Registry | None = None

    def declarations(self) -> tuple[Declaration, ...]:
        """Return what the registry declares: metrics, external series, operations, recording rules and alerts."""
        if self.registry is None:
            return ()
        of = self.registry
        return (*of.families, *of.externals, *of.every_operation, *of.recordings, *of.alerts)
