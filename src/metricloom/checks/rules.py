"""What is wrong with the rules of a registry together, and with their examples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from metricloom.errors import Problem, Severity
from metricloom.promql.text import selectors
from metricloom.registry.order import in_a_circle
from metricloom.registry.registry import Registry
from metricloom.registry.subsystem import Subsystem
from metricloom.rules.alerts import Alert
from metricloom.rules.recording import RecordingRule


def cross_group_lag(registry: Registry) -> Iterator[Problem]:
    """R603: a rule reads a record of another group, which Prometheus evaluates at another moment."""
    home = {rule.name: part for part in registry.subsystems for rule in part.recordings}
    for part in registry.subsystems:
        for rule, text in _texts(part):
            for name in sorted({selector.name or "" for selector in selectors(text)} & home.keys()):
                if home[name] is not part:
                    yield Problem(
                        "R603",
                        "cross-group-lag",
                        f"{rule.name} reads {name} of subsystem {home[name].name}: it may see it an interval late, and "
                        "the rule tests of this subsystem do not load it",
                        rule.at,
                        f"move {name} to the recordings of {part.name}, where it is read",
                        Severity.WARNING,
                    )


def order_or_cycle_in_group(registry: Registry) -> Iterator[Problem]:
    """R604: records read each other in a circle: none of them ever has a value."""
    circle = in_a_circle(registry.recordings)
    for rule in circle:
        yield Problem(
            "R604",
            "order-or-cycle-in-group",
            f"{rule.name} reads, by way of other records, itself: none of them ever has a value",
            rule.at,
            "compute one of them from metrics: " + ", ".join(dict.fromkeys(each.name for each in circle)),
        )


def rule_untested(registry: Registry) -> Iterator[Problem]:
    """U801: an alert has no example that fires it, or none that it must be silent on."""
    for alert in registry.alerts:
        proofs = alert.proofs
        missing = [
            what
            for what, there in (
                ("fires it", any(example.fires_at for example in proofs)),
                ("it must be silent on", any(example.silent_at for example in proofs)),
            )
            if not there
        ]
        if missing:
            yield Problem(
                "U801",
                "rule-untested",
                f"alert {alert.name} has no example that {' and none that '.join(missing)}",
                alert.at,
                "give examples=lambda limit: [Example(…, fires_at=…), Example(…, silent_at=…)]",
                Severity.WARNING,
            )


REGISTRY_CHECKS: Final[tuple[Callable[[Registry], Iterator[Problem]], ...]] = (
    cross_group_lag,
    order_or_cycle_in_group,
    rule_untested,
)


def _texts(part: Subsystem) -> Iterator[tuple[RecordingRule | Alert, str]]:
    for rule in part.recordings:
        yield rule, rule.query.text
    for alert in part.alerts:
        threshold = alert.threshold
        yield alert, alert.text(threshold.value if threshold is not None else 0)
