"""A subsystem: what belongs together in one rule file, one dashboard row and one chapter of the guide."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from metricloom.dashboards import Panel
from metricloom.declaration import Declaration
from metricloom.errors import Problem
from metricloom.monitoring.metrics import External, Metric
from metricloom.monitoring.operations import Operation
from metricloom.monitoring.prices import Budget, Price
from metricloom.registry.triple import Triple
from metricloom.rules.alerts import Alert
from metricloom.rules.recording import RecordingRule

NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, eq=False)
class Subsystem(Declaration):
    """*name* names its rule file and group, *title* its row and chapter. *owner* is who is told, *service* what of.

    *metrics* lists those that no operation changes, and external ones: the rest follow from the operations. *about* is
    prose for the guide, in Markdown. *proven_every* is the evaluation interval of its rule tests, where the registry's
    would make examples that last for days slow: promtool evaluates all rules at each step. What *triples* make stands
    before what is declared beside them.
    """

    looks_inside = False

    name: str
    title: str
    owner: str
    service: str = ""
    about: str = ""
    proven_every: str = ""
    metrics: Sequence[Metric | External] = ()
    operations: Sequence[Operation] = ()
    prices: Sequence[Price] = ()
    budgets: Sequence[Budget] = ()
    recordings: Sequence[RecordingRule] = ()
    alerts: Sequence[Alert] = ()
    panels: Sequence[Panel] = ()
    triples: Sequence[Triple] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.well_typed:
            self._unfold_triples()

    def alert_labels(self, alert: Alert) -> dict[str, str]:
        """Return the labels that an alert of this subsystem adds to those of its expression."""
        service = {"service": self.service} if self.service else {}
        return {"severity": alert.severity, "owner": self.owner, **service, **alert.labels}

    def _unfold_triples(self) -> None:
        """Put what follows from each sound triple before what is declared beside it; keep the others to be reported."""
        sound = [triple for triple in self.triples if triple.well_typed and not triple.faults]
        made: dict[str, Sequence[Declaration]] = {
            "operations": [triple.operation for triple in sound],
            "recordings": [rule for triple in sound for rule in triple.recordings],
            "alerts": [alert for triple in sound for alert in triple.alerts],
            "panels": [panel for triple in sound for panel in triple.panels],
        }
        for name, declarations in made.items():
            if declarations:
                object.__setattr__(self, name, tuple(declarations) + getattr(self, name))
        object.__setattr__(self, "triples", tuple(triple for triple in self.triples if triple not in sound))

    @property
    def families(self) -> tuple[Metric, ...]:
        """The metrics of the service, each once, in the order in which operations and *metrics* name them."""
        changed = (metric for operation in self.operations for metric in operation.metrics)
        own = (metric for metric in self.metrics if isinstance(metric, Metric))
        return tuple(dict.fromkeys((*changed, *own)))

    @property
    def externals(self) -> tuple[External, ...]:
        """The series that something else exposes."""
        return tuple(metric for metric in self.metrics if isinstance(metric, External))

    def check(self) -> Iterator[Problem]:
        if not NAME.fullmatch(self.name):
            yield self.fault(
                "M127",
                "subsystem-name",
                f"subsystem {self.name!r} cannot name a file",
                "use lower-case letters, digits and _",
            )
