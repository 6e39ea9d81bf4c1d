"""What an application can call: the operations declared, and one on each metric that none of these changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from metricloom.monitoring.dropped import DROPPED
from metricloom.monitoring.operations import Operation, operation_on
from metricloom.registry.subsystem import Subsystem

if TYPE_CHECKING:
    from metricloom.registry.registry import Registry


def operations_of(registry: Registry) -> Mapping[Subsystem, tuple[Operation, ...]]:
    """Return the operations of each subsystem: the declared ones first, then those that follow from its metrics."""
    declared = (operation for part in registry.subsystems for operation in part.operations)
    recorded = {DROPPED.name, *(metric.name for operation in declared for metric in operation.metrics)}
    found = {}
    for part in registry.subsystems:
        found[part] = (*part.operations, *_implied(part, recorded))
        recorded |= {metric.name for metric in part.families}
    return found


def _implied(part: Subsystem, recorded: set[str]) -> Iterator[Operation]:
    words = part.name.split("_")
    helper = part.operations[0].helper if part.operations else f"{''.join(map(str.capitalize, words))}Metrics"
    return (operation_on(metric, helper) for metric in part.families if metric.name not in recorded)
