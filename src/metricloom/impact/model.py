"""A registry as `registry.json` holds it, as plain values: what is compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Key = tuple[str, ...]
"""What a declaration is found by: its sort and its name, for a panel dashboard, row and title."""


@dataclass(frozen=True, slots=True)
class Label:
    """A label of a metric; *aliases* are other names of its values, None where an earlier release did not say them."""

    name: str
    help: str
    values: tuple[str, ...]
    max_values: float | None
    aliases: Mapping[str, str] | None

    @property
    def is_closed(self) -> bool:
        """Whether there are no other values than those that are named."""
        return bool(self.values) and self.max_values is None


@dataclass(frozen=True, slots=True)
class Metric:
    """A family. What only one type has is at its default in the others.

    *subset_of* holds the counter of which it counts a part, by the value of a label; by "" where that is one for all.
    """

    subsystem: str
    name: str
    type: str
    help: str
    unit: str
    internal: bool
    labels: tuple[Label, ...]
    subset_of: Mapping[str, str] = field(default_factory=dict)
    timestamp: bool = False
    copies: str = ""
    initial: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    buckets: tuple[float, ...] = ()
    timeout: float | None = None

    @property
    def series(self) -> tuple[str, ...]:
        """The names of its series."""
        endings = ("_bucket", "_sum", "_count") if self.type == "histogram" else ("",)
        return tuple(f"{self.name}{ending}" for ending in endings)

    @property
    def label_names(self) -> tuple[str, ...]:
        """The names of its labels."""
        return tuple(label.name for label in self.labels)


@dataclass(frozen=True, slots=True)
class External:
    """A series that something else exposes."""

    name: str
    type: str
    help: str
    unit: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a call; *default* as Python writes it."""

    name: str
    required: bool
    default: str
    keyword_only: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of the instrumentation.

    *effects* are the metrics that it changes, each with how, and *outcomes* how it can end, in words. *timer_methods*
    are what the application calls to have its work timed.
    """

    subsystem: str
    name: str
    helper: str
    signature: str
    help: str
    labels: tuple[str, ...]
    arguments: tuple[Argument, ...]
    effects: tuple[tuple[str, str], ...]
    outcomes: str = ""
    timer_methods: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        """The method with its class."""
        return f"{self.helper}.{self.name}"

    @property
    def metrics(self) -> frozenset[str]:
        """The metrics that a call changes."""
        return frozenset(metric for metric, _ in self.effects)


@dataclass(frozen=True, slots=True)
class Amount:
    """A price or a budget. *placeholder* is how expressions name it; *terms* says all that counts of it, in words."""

    subsystem: str
    name: str
    sort: str
    terms: str
    source: str
    expression: str

    @property
    def placeholder(self) -> str:
        """What stands for it in an expression as it was declared."""
        return f"{self.sort}_{self.name}"


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording rule; an earlier release left *unit* out (None), and *written* (empty)."""

    subsystem: str
    name: str
    labels: Mapping[str, str]
    help: str
    unit: str | None
    expression: str
    written: str


@dataclass(frozen=True, slots=True)
class Threshold:
    """The number that an alert compares with, and others for some values of a label."""

    value: float
    label: str
    by_value: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert; *texts* by name, as they were written, and *examples* in words."""

    subsystem: str
    name: str
    expression: str
    written: str
    query: str
    operator: str
    threshold: Threshold | None
    for_: str
    keep_firing_for: str
    labels: Mapping[str, str]
    texts: Mapping[str, str]
    runbook_url: str
    examples: str


@dataclass(frozen=True, slots=True)
class PanelQuery:
    """A query of a panel."""

    legend: str
    expression: str
    written: str


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel, where it stands, and what it shows. *look* is all that only changes how it looks."""

    dashboard: str
    row: str
    title: str
    type: str
    texts: tuple[str, ...]
    queries: tuple[PanelQuery, ...]
    alerts: tuple[str, ...]
    unit: str
    colours: tuple[str, ...]
    look: Mapping[str, str]

    @property
    def shown(self) -> str:
        """What people find it by."""
        return " › ".join(part for part in (self.row, self.title) if part)


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard without its panels."""

    title: str
    uid: str
    variables: tuple[str, ...]
    look: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Subsystem:
    """What belongs together."""

    name: str
    title: str
    owner: str
    service: str
    about: str


@dataclass(frozen=True, slots=True)
class Document:
    """A registry. *settings* holds what is said once for all of it, by its key.

    *places* says where declarations were written, where the document was made of a registry in Python.
    """

    source: str
    settings: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]]
    subsystems: tuple[Subsystem, ...] = ()
    metrics: tuple[Metric, ...] = ()
    externals: tuple[External, ...] = ()
    operations: tuple[Operation, ...] = ()
    amounts: tuple[Amount, ...] = ()
    recordings: tuple[Recording, ...] = ()
    alerts: tuple[Alert, ...] = ()
    dashboards: tuple[Dashboard, ...] = ()
    panels: tuple[Panel, ...] = ()
    places: Mapping[Key, str] = field(default_factory=dict)
