"""What two declarations of one registry must not share: a name, or a series."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

from metricloom.declaration import Declaration
from metricloom.errors import Problem
from metricloom.monitoring.metrics import Metric
from metricloom.monitoring.operations import Operation

CLIENT_FAMILIES = frozenset(
    (
        *(f"process_{name}" for name in ("virtual_memory_bytes", "resident_memory_bytes", "start_time_seconds")),
        *(f"process_{name}" for name in ("cpu_seconds", "open_fds", "max_fds")),
        *(f"python_gc_{name}" for name in ("objects_collected", "objects_uncollectable", "collections")),
        "python_info",
    )
)
"""What prometheus_client's default collectors expose."""

T = TypeVar("T", bound=Declaration)

if TYPE_CHECKING:
    from metricloom.registry.registry import Registry


def clashes(registry: Registry) -> Iterator[Problem]:
    """Yield a problem for each name that two declarations share, with both places."""
    yield from _twice("subsystem", registry.subsystems, lambda part: part.name)
    yield from _twice("metric", registry.series, lambda metric: metric.name)
    operations = [operation for part in registry.subsystems for operation in part.operations]
    yield from _twice("operation", operations, str)
    yield from _twice("timer", [each for each in operations if each.well_typed and each.timer is not None], _timer_of)
    yield from _twice("alert", registry.alerts, lambda alert: alert.name)
    yield from _twice("price", registry.prices, lambda price: price.name)
    yield from _twice("budget", registry.budgets, lambda budget: budget.name)
    yield from _twice("site", registry.sites, lambda site: site.name)
    yield from _twice("dashboard", registry.dashboards, lambda dashboard: dashboard.slug)
    recordings = [rule for part in registry.subsystems for rule in part.recordings]
    yield from _twice("recording rule", recordings, _series_of_record)
    for part in registry.subsystems:
        yield from _twice(f"panel of {part.title}", part.panels, lambda panel: panel.title)
        labels = dict.fromkeys(label for metric in part.families if metric.well_typed for label in metric.labels)
        yield from _twice(f"label of {part.name}", labels, lambda label: label.name)
    yield from _shared_series(registry)
    yield from _of_the_client(registry)
    yield from _target_labels(registry)


def _timer_of(operation: Operation) -> str:
    timer = operation.declared_timer
    return f"{operation.helper}.{timer.name}" if timer is not None else str(operation)


def _series_of_record(rule: object) -> str:
    labels = getattr(rule, "labels", {})
    return f"{rule}{dict(sorted(labels.items()))}" if labels else str(rule)


def _twice(what: str, declared: Iterable[T], name_of: Callable[[T], str]) -> Iterator[Problem]:
    places: dict[str, list[T]] = defaultdict(list)
    for declaration in (each for each in declared if each.well_typed):  # a wrong name may be anything
        places[name_of(declaration)].append(declaration)
    for name, same in places.items():
        if len(same) > 1:
            first, *others = same
            where = ", ".join(str(other.at) for other in others)
            yield Problem(
                "A512",
                "duplicate-identity",
                f"{what} {name} is declared twice: here, and at {where}",
                first.at,
                "keep one, or rename one",
                related=tuple(other.at for other in others),
            )


def _shared_series(registry: Registry) -> Iterator[Problem]:
    owner: dict[str, Declaration] = {}
    for metric in (each for each in registry.families if each.well_typed):
        for name in _exposed(metric):
            other = owner.setdefault(name, metric)
            if other is not metric and getattr(other, "name", "") != metric.name:
                yield Problem(
                    "M103",
                    "reserved-suffix-or-label",
                    f"{metric.name} and {getattr(other, 'name', '')} both expose {name}",
                    metric.at,
                    "rename one",
                    related=(other.at,),
                )


def _exposed(metric: Metric) -> tuple[str, ...]:
    """Return the names that the client library keeps for a family: of a counter also the one without _total."""
    return tuple(dict.fromkeys((*metric.series_names, metric.name.removesuffix("_total"))))


def _of_the_client(registry: Registry) -> Iterator[Problem]:
    """Yield a fault for each metric that prometheus_client's own collectors expose."""
    for metric in (each for each in registry.families if each.well_typed):
        if metric.name.removesuffix("_total") in CLIENT_FAMILIES:
            yield metric.fault(
                "M154", "client-metric", f"{metric.name} is exposed by the client library itself", "read it as External"
            )


def _target_labels(registry: Registry) -> Iterator[Problem]:
    """Yield a fault for each label of a metric that each target of this registry has, too."""
    for label in registry.labels:
        if not label.faults and label.name in (*registry.identity, *registry.replica):
            message = f"label {label.name!r} is also a target label of registry {registry.name}"
            yield label.fault("M110", "target-label-clash", message, "rename it, or leave it out of the targets'")
