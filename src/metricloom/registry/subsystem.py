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
        for name in ("metrics", "operations", "prices", "budgets", "recordings", "alerts", "panels", "triples"):
            self.as_tuple(name)
        self._unfold_triples()
        super().__post_init__()

    def _unfold_triples(self) -> None:
        """Put what follows from each sound triple before what is declared beside it; keep the others to be reported."""
        if not isinstance(self.triples, tuple):
            return
        sound = [triple for triple in self.triples if isinstance(triple, Triple) and not triple.faults]
        made: dict[str, Sequence[Declaration]] = {
            "operations": [triple.operation for triple in sound],
            "recordings": [rule for triple in sound for rule in triple.recordings],
            "alerts": [alert for triple in sound for alert in triple.alerts],
            "panels": [panel for triple in sound for panel in triple.panels],
        }
        for name, declarations in made.items():
            if declarations and isinstance(getattr(self, name), tuple):
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

    @property
    def parts(self) -> Iterator[Declaration]:
        """All declarations of the subsystem."""
        yield from self.families
        yield from self.externals
        for group in (
            self.operations,
            self.prices,
            self.budgets,
            self.recordings,
            self.alerts,
            self.panels,
            self.triples,
        ):
            yield from group

    def wrong_types(self) -> Iterator[Problem]:
        """See `Declaration`."""
        for name in ("name", "title", "owner", "service", "about", "proven_every"):
            yield from self.expect(name, str)
        yield from self.expect_each("metrics", Metric, External)
        yield from self.expect_each("operations", Operation)
        yield from self.expect_each("prices", Price)
        yield from self.expect_each("budgets", Budget)
        yield from self.expect_each("recordings", RecordingRule)
        yield from self.expect_each("alerts", Alert)
        yield from self.expect_each("panels", Panel)
        yield from self.expect_each("triples", Triple)

    def check(self) -> Iterator[Problem]:
        """See `Declaration`."""
        if not NAME.fullmatch(self.name):
            yield self.fault(
                "M127",
                "subsystem-name",
                f"subsystem {self.name!r} cannot name a file",
                "use lower-case letters, digits and _",
            )
