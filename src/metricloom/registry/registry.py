"""The registry value: subsystems, and what holds for all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from metricloom.dashboards import Dashboard
from metricloom.declaration import Declaration, all_faults, seconds, those_of
from metricloom.errors import Problem
from metricloom.monitoring.labels import ANY_LABEL_NAME, LABEL_HINT, Label
from metricloom.monitoring.metrics import External, Metric
from metricloom.monitoring.operations import Operation
from metricloom.monitoring.prices import Budget, Price
from metricloom.promql.infer import infer
from metricloom.promql.query import Query
from metricloom.promql.types import Inferred, SeriesType
from metricloom.registry.boards import board_faults
from metricloom.registry.clashes import clashes
from metricloom.registry.expand import rule_text
from metricloom.registry.operations import operations_of
from metricloom.registry.order import in_reading_order
from metricloom.registry.proofs import example_faults
from metricloom.registry.series import declared, series_types
from metricloom.registry.site import Site
from metricloom.registry.subsystem import Subsystem
from metricloom.rules.alerts import Alert
from metricloom.rules.recording import RecordingRule

NAME = re.compile(r"[a-z][a-z0-9_]*")
VERSION = re.compile(r"[0-9]+(\.[0-9]+){1,2}")
EXAMPLE_TARGET = {
    "cluster": "cluster-1",
    "namespace": "production",
    "job": "service",
    "instance": "10.0.0.1:8000",
    "pod": "service-1",
}


@dataclass(frozen=True, eq=False)
class Registry(Declaration):
    """What a service measures, whole.

    *identity* are the target labels that tell deployments apart, and that no rule aggregates away; *replica* those that
    tell copies of one apart. *scrape_interval* is the targets', *evaluation_interval* that of the rules.
    *series_budget* is how many series one metric may have on one replica: a Prometheus holds some millions in all.
    *retention* is how long Prometheus keeps samples, and *severities* are those that are routed to somebody: without
    them, nothing is checked that depends on them.
    *docs_url* is where the guide will be read: alerts link to its runbooks. Without *dashboards*, one shows the
    subsystems' panels.
    """

    looks_inside = False

    name: str
    subsystems: Sequence[Subsystem]
    title: str = ""
    identity: Sequence[str] = ("cluster", "namespace", "job")
    replica: Sequence[str] = ("instance", "pod")
    scrape_interval: str = "15s"
    evaluation_interval: str = "1m"
    min_prometheus: str = "2.42"
    series_budget: int = 10_000
    retention: str = ""
    severities: Sequence[str] = ()
    docs_url: str = ""
    dashboards: Sequence[Dashboard] = ()
    sites: Sequence[Site] = ()
    target: Mapping[str, str] = field(default_factory=dict)
    site: Site | None = None

    # --- what it holds, over all subsystems ---

    @cached_property
    def families(self) -> tuple[Metric, ...]:
        """The metrics of the service, each once."""
        return tuple(dict.fromkeys(metric for part in self.subsystems for metric in part.families))

    @cached_property
    def externals(self) -> tuple[External, ...]:
        """The series that something else exposes, each once."""
        return tuple(dict.fromkeys(metric for part in self.subsystems for metric in part.externals))

    @property
    def series(self) -> tuple[Metric | External, ...]:
        """All that is declared and not recorded."""
        return (*self.families, *self.externals)

    @cached_property
    def operations(self) -> Mapping[Subsystem, tuple[Operation, ...]]:
        """What an application can call, of each subsystem: as declared, and one on each metric that none changes."""
        return operations_of(self)

    @property
    def every_operation(self) -> tuple[Operation, ...]:
        """What an application can call, of all subsystems."""
        return tuple(operation for each in self.operations.values() for operation in each)

    @cached_property
    def labels(self) -> tuple[Label, ...]:
        """The labels of the metrics, each once."""
        return tuple(dict.fromkeys(label for metric in self.families for label in those_of(Label, metric.labels)))

    @cached_property
    def recordings(self) -> tuple[RecordingRule, ...]:
        return tuple(rule for part in self.subsystems for rule in self.recorded(part))

    def recorded(self, part: Subsystem) -> tuple[RecordingRule, ...]:
        """The recording rules of *part*, each after those that it reads.

        One that reads a price that nobody declared is left out: it could say nothing.
        """
        amounts: list[Price | Budget] = [*self.prices, *self.budgets]
        undeclared = [re.escape(str(amount)) for amount in amounts if amount.dollars is None]
        unpriced = re.compile(rf"({'|'.join(undeclared)})\b") if undeclared else None
        rules = [rule for rule in part.recordings if unpriced is None or not unpriced.search(rule.query.text)]
        return tuple(in_reading_order(rules))

    @cached_property
    def alerts(self) -> tuple[Alert, ...]:
        return tuple(alert for part in self.subsystems for alert in part.alerts)

    @cached_property
    def prices(self) -> tuple[Price, ...]:
        return tuple(price for part in self.subsystems for price in part.prices)

    @cached_property
    def budgets(self) -> tuple[Budget, ...]:
        return tuple(budget for part in self.subsystems for budget in part.budgets)

    @cached_property
    def series_types(self) -> Mapping[str, SeriesType]:
        """The type of each series that an expression may read: of metrics, external series and recording rules."""
        return series_types(self)

    @property
    def scope(self) -> tuple[str, ...]:
        """The matchers that the site puts into the selectors of the service's series."""
        return self.site.matchers if self.site is not None else ()

    def scope_of(self, series: str | None) -> tuple[str, ...]:
        """The matchers of the scope that a selector of *series* takes: none, where it is of something else."""
        foreign = any(external.name == series and not external.of_service for external in self.externals)
        return () if foreign else self.scope

    @cached_property
    def rule_texts(self) -> dict[str, str]:
        """What `rule_text` has made of the texts so far: checks, rules, guide and data all ask for the same ones."""
        return {}

    def type_of(self, query: Query) -> Inferred:
        """The type of *query* in a rule: as inferred, in the unit that it declares if it does."""
        return declared(query, infer(rule_text(self, query.text), self.series_types).result)

    @property
    def example_target(self) -> Mapping[str, str]:
        """The target labels of the series in examples."""
        own = self.site.target_labels if self.site is not None else {}
        known = {**{name: name for name in (*self.identity, *self.replica)}, **EXAMPLE_TARGET, **self.target, **own}
        return {name: known[name] for name in (*self.identity, *self.replica)}

    @property
    def shown_title(self) -> str:
        """The title, or the name as one."""
        return self.title or self.name.replace("_", " ").capitalize()

    # --- what is wrong with it ---

    def problems(self) -> Iterator[Problem]:
        """Yield the faults of all declarations, and what is wrong between those that are sound by themselves."""
        yield from all_faults([self])
        if self.well_typed and all(part.well_typed for part in self.subsystems):
            yield from clashes(self)
            yield from board_faults(self)
            yield from example_faults(self)

    def check(self) -> Iterator[Problem]:
        if not NAME.fullmatch(self.name):
            yield self.fault(
                "M147",
                "registry-name",
                f"registry {self.name!r} cannot name a file",
                "use lower-case letters, digits and _",
            )
        durations = [self.scrape_interval, self.evaluation_interval, *([self.retention] if self.retention else [])]
        for duration in durations:
            if not seconds(duration):
                yield self.fault(
                    "Q200", "parse-error", f"registry {self.name}: {duration!r} is not a duration", "write 15s, 1m …"
                )
        for label in (*self.identity, *self.replica):
            if not ANY_LABEL_NAME.fullmatch(label):
                yield self.fault("M149", "registry-label", f"registry {self.name}: {label!r} is no label", LABEL_HINT)
        if not VERSION.fullmatch(self.min_prometheus):
            yield self.fault(
                "M150", "registry-version", f"min_prometheus is {self.min_prometheus!r}", "write a version such as 2.42"
            )
        for label in sorted(set(self.identity) & set(self.replica)):
            yield self.fault(
                "M110", "target-label-clash", f"{label!r} is identity and replica", "keep it in one of them"
            )
