"""What every part of a dashboard is made from: the resolved registry, and which variables filter which series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from metricloom.dashboards import Dashboard
from metricloom.promql.infer import infer, series_type
from metricloom.promql.types import Inferred
from metricloom.registry.boards import variables
from metricloom.registry.expand import panel_text
from metricloom.registry.registry import Registry
from metricloom.rules.alerts import Alert

MAX_UID = 40

ALERTS = "ALERTS"
ALERTS_SINCE = "ALERTS_FOR_STATE"
"""The two series that Prometheus itself writes for each alert: no registry declares them."""
STARTED = "process_start_time_seconds"
"""What each client library exposes of its process; the generated instrumentation does too."""


@dataclass(frozen=True)
class SeriesLabels:
    """Which labels the series of a registry carry: found once for all its dashboards."""

    registry: Registry

    def of(self, name: str | None) -> Sequence[str]:
        """Return the labels of the series *name*, those of its target among them."""
        if name in (ALERTS, ALERTS_SINCE):
            return self._of_all_alerts
        if name == STARTED:
            return self.registry.identity
        series = series_type(name, self.registry.series_types)
        if series is None:
            return ()
        return sorted(series.labels | series.possible | frozenset(self.registry.identity if series.open else ()))

    @cached_property
    def first_carriers(self) -> dict[str, str]:
        """For each label, a series that carries it: one of the service's own metrics, if there is one."""
        own = (name for metric in self.registry.families for name in metric.series_names)
        found: dict[str, str] = {}
        for name in (*own, *self.registry.series_types):
            for label in self.of(name):
                found.setdefault(label, name)
        return found

    @cached_property
    def _of_all_alerts(self) -> Sequence[str]:
        """The identity labels that all alerts carry: a matcher on another would hide some alerts."""
        known = [self.registry.type_of(alert.query).labels.known for alert in self.registry.alerts]
        return [label for label in self.registry.identity if all(label in labels for labels in known)]


@dataclass(frozen=True)
class Context:
    """One dashboard of one registry."""

    dashboard: Dashboard
    labels: SeriesLabels

    @property
    def registry(self) -> Registry:
        """The registry, as its site has it."""
        return self.labels.registry

    @property
    def title(self) -> str:
        """The title; two sites' dashboards may stand in one Grafana."""
        site = self.registry.site
        return f"{self.dashboard.title} ({site.name})" if site is not None else self.dashboard.title

    @property
    def uid(self) -> str:
        """The uid: of the dashboard and its site."""
        if self.registry.site is None:
            return self.dashboard.slug
        site = self.registry.site.name
        return f"{self.dashboard.slug[: MAX_UID - 1 - len(site)]}-{site}"[-MAX_UID:]

    @property
    def variables(self) -> tuple[str, ...]:
        """The labels that have a variable, in the order in which one narrows the next."""
        return variables(self.registry, self.dashboard)

    @cached_property
    def alerts(self) -> dict[str, Alert]:
        """The alerts by name."""
        return {alert.name: alert for alert in self.registry.alerts}

    def text(self, text: str, filters: bool = True) -> str:
        """Return *text* as a panel sends it, following the variables or, without *filters*, none."""
        if (text, filters) not in self._texts:
            matchers = self.matchers if filters else self.registry.scope_of
            self._texts[text, filters] = panel_text(self.registry, text, matchers)
        return self._texts[text, filters]

    def matchers(self, name: str | None) -> tuple[str, ...]:
        """Return the matchers that a selector of the series *name* takes: of the labels that it carries, no other."""
        carried = self.labels.of(name)
        return (
            *self.registry.scope_of(name),
            *(f'{label}=~"${label}"' for label in self.variables if label in carried),
        )

    def selector(self, name: str, *own: str) -> str:
        """Return a selector of the series *name* with its *own* matchers and those that it takes."""
        matchers = ",".join((*own, *self.matchers(name)))
        return f"{name}{{{matchers}}}" if matchers else name

    def inferred(self, text: str) -> Inferred:
        """Return the type of an expression of a panel."""
        if text not in self._inferred:
            self._inferred[text] = infer(text, self.registry.series_types, variables=True).result
        return self._inferred[text]

    @cached_property
    def _texts(self) -> dict[tuple[str, bool], str]:
        return {}

    @cached_property
    def _inferred(self) -> dict[str, Inferred]:
        return {}
