"""The table from the name of a series to its type: what type inference knows of a registry."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from metricloom.monitoring.labels import OTHER, UNKNOWN
from metricloom.monitoring.metrics import Counter, External, Gauge, Histogram, Metric
from metricloom.monitoring.units import ONE, Unit
from metricloom.promql.infer import PROMETHEUS_SERIES, infer, merged_records, record_type
from metricloom.promql.nodes import Matcher, Selector
from metricloom.promql.parse import parse
from metricloom.promql.query import Query
from metricloom.promql.types import Gaps, Inferred, Kind, SeriesType
from metricloom.registry.expand import rule_text
from metricloom.registry.order import in_reading_order

if TYPE_CHECKING:
    from metricloom.registry.registry import Registry

SCRAPED = frozenset({"job", "instance"})
"""The target labels that Prometheus gives to whatever it scrapes."""


def series_types(registry: Registry) -> Mapping[str, SeriesType]:
    """Return the type of each series of *registry*: records are inferred from what they read."""
    targets = frozenset((*registry.identity, *registry.replica))
    scope = _scope(registry)
    table = {series.name: replace(series, scope=scope) for series in _declared(registry, targets)}
    for rule in in_reading_order(registry.recordings):
        result = declared(rule.query, infer(rule_text(registry, rule.query.text), table).result)
        found = record_type(rule.name, result, rule.labels)
        other = table.get(rule.name)
        table[rule.name] = merged_records(other, found) if other is not None and other.record else found
    return table


def declared(query: Query, result: Inferred) -> Inferred:
    """Return *result* in the unit that *query* declares; `ratio` says that it is a share, too."""
    if query.unit is None:
        return result
    kind = Kind.RATIO if query.unit == "ratio" else result.kind
    return result._replace(unit=Unit.named(query.unit), kind=kind)


def _declared(registry: Registry, targets: frozenset[str]) -> Iterator[SeriesType]:
    for metric in registry.families:
        yield from _family(metric, targets)
    for external in registry.externals:
        yield _external(external, targets)


def _scope(registry: Registry) -> frozenset[Matcher]:
    """Return the matchers that the site puts into every selector: all series that are meant pass them."""
    root = parse(f"x{{{registry.site.scope}}}").root if registry.site is not None else None
    return frozenset(root.matchers) if isinstance(root, Selector) else frozenset()


def _family(metric: Metric, targets: frozenset[str]) -> Iterator[SeriesType]:
    """Yield the series of *metric*. Which of the other target labels a site has is not known: they are possible."""
    labels = frozenset(metric.label_names)
    surely = labels | (targets & SCRAPED)
    base = SeriesType(
        metric.name,
        Kind.UNKNOWN,
        surely,
        targets - surely,
        metric.measured_in,
        _closed_values(metric),
        gaps=_gaps(metric),
        initial={label.name: tuple(label.values) for label in metric.labels if label.values},
        initialised=not _gaps(metric).absent and all(label.is_closed for label in metric.labels),
    )
    if isinstance(metric, Counter):
        yield replace(base, kind=Kind.COUNTER, low=0, part_of=_wholes(metric))
    elif isinstance(metric, Gauge):
        kind = Kind.TIMESTAMP if metric.is_timestamp else Kind.GAUGE
        additive = metric.copies == "sum"
        yield replace(base, kind=kind, low=metric.minimum, high=metric.maximum, additive=additive)
    elif isinstance(metric, Histogram):
        yield from _histogram(metric, base)


def _gaps(metric: Metric) -> Gaps:
    """Series of known label values exist from the start; others, and a gauge that begins unset, come later."""
    if isinstance(metric, Gauge) and metric.initial is None:
        return Gaps(f"{metric.name} is not there until it is first set")
    unknown = [label.name for label in metric.labels if not label.values]
    absent = f"a series of {metric.name} begins with the first event of its {unknown[0]}" if unknown else ""
    endless = isinstance(metric, Gauge) and metric.initial == math.inf
    return Gaps(absent, infinite=f"{metric.name} is +Inf while there is none" if endless else "")


def _histogram(metric: Histogram, base: SeriesType) -> Iterator[SeriesType]:
    known = replace(base, low=0, histogram=metric.name, buckets=tuple(metric.buckets), observed=metric.measured_in)
    yield replace(known, kind=Kind.HISTOGRAM)
    yield replace(known, name=metric.bucket.name, kind=Kind.BUCKETS, unit=ONE, labels=base.labels | {"le"})
    yield replace(known, name=metric.sum.name, kind=Kind.COUNTER)
    yield replace(known, name=metric.count.name, kind=Kind.COUNTER, unit=ONE)


def _closed_values(metric: Metric) -> dict[str, tuple[str, ...]]:
    return {label.name: (*label.values, OTHER, UNKNOWN) for label in metric.labels if label.is_closed}


def _wholes(counter: Counter) -> frozenset[str]:
    subset = counter.subset_of
    wholes = subset.values() if isinstance(subset, Mapping) else filter(None, [subset])
    return frozenset(whole.name for whole in wholes)


def _external(external: External, targets: frozenset[str]) -> SeriesType:
    """Return the series of something else. Of what Prometheus itself stores, more is known than was declared."""
    surely = frozenset(external.labels)
    if known := PROMETHEUS_SERIES.get(external.name):
        return replace(known, labels=surely, possible=targets - surely, open=False)
    kind = Kind.COUNTER if external.kind == "counter" else Kind.GAUGE
    low = 0 if kind is Kind.COUNTER else -math.inf
    return SeriesType(external.name, kind, surely, targets - surely, external.measured_in, low=low)
