"""What is wrong with the examples of alerts, and only shows where the registry's target labels are known."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from metricloom.errors import Problem, did_you_mean
from metricloom.monitoring.labels import TARGET_LABELS
from metricloom.monitoring.metrics import External, Part
from metricloom.rules.examples import Samples

if TYPE_CHECKING:
    from metricloom.registry.registry import Registry


def example_faults(registry: Registry) -> Iterator[Problem]:
    """Yield a fault for each label of a series in an example that the series does not have."""
    targets = {*registry.identity, *registry.replica, *TARGET_LABELS}
    for alert in registry.alerts:
        if not alert.faults and alert.well_typed:
            for example in alert.proofs:
                for one in example.samples:
                    yield from _unknown_labels(one, targets)


def _unknown_labels(one: Samples, targets: Collection[str]) -> Iterator[Problem]:
    own = _labels_of(one)
    for label in one.labels:
        if label not in own and label not in targets:
            yield one.fault("Q202", "unknown-label", f"{one.name} has no label {label!r}", did_you_mean(label, own))


def _labels_of(one: Samples) -> tuple[str, ...]:
    if isinstance(one.series, External):
        return tuple(one.series.labels)
    if isinstance(one.series, Part):
        bound = ("le",) if one.name.endswith("_bucket") else ()
        return (*one.series.histogram.label_names, *bound)
    return one.series.label_names
