"""Which of the metrics found a registry can declare, and why the others are series of something else to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from metricloom.adoption.grouping import group_names
from metricloom.adoption.model import Found, FoundSeries
from metricloom.errors import Problem
from metricloom.exposition.model import FamilyType
from metricloom.monitoring.labels import ANY_LABEL_NAME, Label
from metricloom.monitoring.metrics import ANY_METRIC_NAME, Counter, External, Gauge, Histogram, Metric
from metricloom.monitoring.operations import operation_on, parameter_name
from metricloom.monitoring.units import ONE, UNIT_NAME, Unit, unit_of_name
from metricloom.promql.infer import PROMETHEUS_SERIES

NO_HELP = "TODO: say in one line what a sample means"
MAX_HELP = 2_000
NOT_ADDED_UP = frozenset(
    {
        *("ratio", "percent", "celsius", "timestamp", "successful", "success", "enabled", "healthy", "up", "ready"),
        *("info", "version", "hash", "min", "max", "limit", "time", "state", "status", "avg", "average"),
    }
)
"""Words in the name of a gauge whose values on several replicas mean nothing when they are added up."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What becomes of one metric: it is declared, or else its series are external, and *why* says why."""

    found: Found
    metric: Metric | None = None
    externals: tuple[External, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """What becomes one subsystem."""

    name: str
    choices: tuple[Choice, ...]


@dataclass
class _Taken:
    """The names that are used up: of series, of counters without `_total`, and of methods of each helper."""

    series: set[str] = field(default_factory=set)
    stems: set[str] = field(default_factory=set)
    methods: set[tuple[str, str]] = field(default_factory=set)


def decided(metrics: Sequence[Found], service: str) -> list[Group]:
    """Return what becomes of each of *metrics*, in subsystems: by the words that their names begin with."""
    groups: dict[str, list[Choice]] = defaultdict(list)
    taken = _Taken()
    for found, name in zip(metrics, group_names([found.name for found in metrics], service), strict=True):
        groups[name].append(_choice(found, name, taken))
    return [Group(name, tuple(choices)) for name, choices in groups.items()]


def help_of(found: Found) -> str:
    """Return the help text of a metric, or what stands in its place."""
    text = " ".join(found.help.split()) if "\n" in found.help else found.help.strip()
    return text[:MAX_HELP] or NO_HELP


def _choice(found: Found, group: str, taken: _Taken) -> Choice:
    if found.name in PROMETHEUS_SERIES:
        return Choice(found, why="Prometheus stores series of this name for every target: rename it in the code")
    metric = _metric(found)
    if metric is None:
        return _external(found, _why_not(found), taken)
    faults = [*metric.faults, *(fault for label in metric.labels for fault in label.faults)]
    stem = metric.name.removesuffix("_total")
    names = {*metric.series_names, stem}
    operation = operation_on(metric, f"{''.join(map(str.capitalize, group.split('_')))}Metrics")
    method = (operation.helper, operation.name)
    if faults:
        return _external(found, _of_faults(faults), taken)
    if metric.unit is not None and unit_of_name(metric.name) != ONE:
        why = f"its `# UNIT` says {metric.unit}, and its name {unit_of_name(metric.name)}: one of them is wrong"
        return _external(found, why, taken)
    parameters = [*map(parameter_name, metric.labels), *(each.name for each in operation.parameters)]
    if len(set(parameters)) < len(parameters):
        return _external(found, f"its labels leave no name for the argument of {operation.name}", taken)
    if names & (taken.series | taken.stems) or method in taken.methods:
        return _external(found, "another metric of nearly this name is declared", taken)
    taken.series.update(metric.series_names)
    taken.stems.add(stem)
    taken.methods.add(method)
    return Choice(found, metric)


def _of_faults(faults: Sequence[Problem]) -> str:
    return "; ".join(dict.fromkeys(f"{fault.message}: {fault.hint}" for fault in faults))


def _why_not(found: Found) -> str:
    match found.type:
        case FamilyType.GAUGE:
            return "an info: it is its labels that say something, and its value is 1"
        case FamilyType.HISTOGRAM if found.has_computed_buckets:
            return "its buckets are computed where it is created: only a run can tell them"
        case FamilyType.HISTOGRAM if found.born:
            return "its only bucket is +Inf: a native histogram? the text format shows nothing of its buckets"
        case FamilyType.HISTOGRAM:
            return "it has no series yet, so its buckets are not known"
        case FamilyType.SUMMARY:
            return "a summary: quantiles of several replicas can't be put together; a Histogram's can"
        case FamilyType.UNKNOWN:
            return "it has no type: if it only grows, it is a counter; say so in the code"
    return f"of the type {found.type}, which is read and not made"


def _metric(found: Found) -> Metric | None:
    """Return the metric as it would be declared; None where a registry has no such sort."""
    labels = [Label(label.name, label.name) for label in found.labels]
    unit = unit_to_say(found)
    match found.type:
        case FamilyType.COUNTER:
            return Counter(found.name, help_of(found), labels, unit)
        case FamilyType.GAUGE if not found.name.endswith("_info"):
            adds_up = NOT_ADDED_UP.isdisjoint(found.name.split("_"))
            return Gauge(found.name, help_of(found), labels, unit, copies="sum" if adds_up else "shared")
        case FamilyType.HISTOGRAM if found.buckets:
            return Histogram(found.name, help_of(found), labels, unit, buckets=found.buckets)
    return None


def unit_to_say(found: Found) -> str | None:
    """Return the unit that `# UNIT` says and the name does not."""
    if not UNIT_NAME.fullmatch(found.unit) or Unit.named(found.unit) == unit_of_name(found.name):
        return None
    return found.unit


def _external(found: Found, why: str, taken: _Taken) -> Choice:
    made = tuple(_externals(found, taken))
    if not made:
        why = f"{why}; and {found.name!r} is no name that can be read in PromQL without quotes"
    return Choice(found, None, made, why)


def _externals(found: Found, taken: _Taken) -> Iterator[External]:
    for series in found.series or _unborn(found):
        labels = [label for label in series.labels if ANY_LABEL_NAME.fullmatch(label)]
        if ANY_METRIC_NAME.fullmatch(series.name) and series.name not in taken.series:
            taken.series.add(series.name)
            yield External(series.name, help_of(found), labels, "counter" if series.counts else "gauge")


def _unborn(found: Found) -> Iterable[FoundSeries]:
    """Return the series that will come, as far as they are known."""
    names = found.label_names
    if found.type in (FamilyType.HISTOGRAM, FamilyType.SUMMARY):
        whole = [FoundSeries(f"{found.name}{ending}", names, counts=True) for ending in ("_sum", "_count")]
        if found.type is FamilyType.HISTOGRAM:
            return [replace(whole[0], name=f"{found.name}_bucket", labels=(*names, "le")), *whole]
        return whole
    name = found.name.removesuffix("_total") if found.type is FamilyType.COUNTER else found.name
    return [FoundSeries(found.name, names, found.type is FamilyType.COUNTER)] if name else []
