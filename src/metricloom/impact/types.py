"""The types of the series of a document, as inference reads them: as far as labels and buckets go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from typing import Final

from metricloom.impact.model import Document, Metric
from metricloom.promql.infer import infer, merged_records, record_type
from metricloom.promql.text import selectors
from metricloom.promql.types import Kind, Labels, SeriesType

Table = Mapping[str, SeriesType]
_KINDS: Final = {"counter": Kind.COUNTER, "gauge": Kind.GAUGE}
_SCRAPED: Final = frozenset({"job", "instance"})


@dataclass(frozen=True, slots=True)
class Record:
    """What a recording rule writes, and from what."""

    name: str
    expression: str
    labels: tuple[str, ...] = ()


def table(document: Document, foreign: Iterable[Record] = ()) -> Table:
    """Return the type of each series of *document*, and of the records that *foreign* rules make of them."""
    targets = frozenset((*document.lists["identity"], *document.lists["replica"]))
    found: dict[str, SeriesType] = {}
    for external in document.externals:
        surely = frozenset(external.labels)
        kind = _KINDS.get(external.type, Kind.UNKNOWN)
        found[external.name] = SeriesType(external.name, kind, surely, targets - surely, unit=None)
    for metric in document.metrics:
        found |= {series.name: series for series in _family(metric, targets)}
    own = [Record(rule.name, rule.expression, tuple(rule.labels)) for rule in document.recordings]
    for record in _in_reading_order([*own, *foreign]):
        result = infer(record.expression, found).result
        made = record_type(record.name, result, record.labels)
        other = found.get(record.name)
        found[record.name] = made if other is None or not other.record else merged_records(other, made)
    return found


def _family(metric: Metric, targets: frozenset[str]) -> list[SeriesType]:
    labels = frozenset(metric.label_names)
    surely = labels | (targets & _SCRAPED)
    values = {label.name: (*label.values, "other", "unknown") for label in metric.labels if label.is_closed}
    base = SeriesType(metric.name, _KINDS.get(metric.type, Kind.UNKNOWN), surely, targets - surely, None, values)
    if metric.type != "histogram":
        return [base]
    known = replace(base, kind=Kind.COUNTER, histogram=metric.name, buckets=metric.buckets)
    buckets = replace(known, name=f"{metric.name}_bucket", kind=Kind.BUCKETS, labels=surely | {"le"})
    return [buckets, *(replace(known, name=f"{metric.name}{ending}") for ending in ("_sum", "_count"))]


def _in_reading_order(records: list[Record]) -> list[Record]:
    """Return *records*, each after those that it reads; as declared where they read each other in a circle."""
    writers: dict[str, list[int]] = {}
    for index, record in enumerate(records):
        writers.setdefault(record.name, []).append(index)
    graph = {
        index: {writer for name in names_in(record.expression) for writer in writers.get(name, ()) if writer != index}
        for index, record in enumerate(records)
    }
    try:
        return [records[index] for index in TopologicalSorter(graph).static_order()]
    except CycleError:
        return records


def names_in(expression: str) -> frozenset[str]:
    """Return the names of the series that *expression* reads."""
    return frozenset(selector.name for selector in selectors(expression) if selector.name is not None)


def label_changes(before: Labels, after: Labels) -> tuple[list[str], list[str]]:
    """Return the labels that are surely lost, and those that were surely not there before."""
    if before.open or after.open:
        return [], []
    return sorted(before.known - after.known), sorted(after.known - before.known)


def labels_of(series: SeriesType | None) -> Labels:
    """Return the labels of a series; any, where it is not known."""
    return Labels(open=True) if series is None else Labels(series.labels, series.possible - series.labels, series.open)
