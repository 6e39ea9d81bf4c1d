"""Several pages of /metrics as one table: services may show metrics of one name, each with labels of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from metricloom.promql.types import Kind, SeriesType


def together(tables: Iterable[Mapping[str, SeriesType]]) -> dict[str, SeriesType]:
    """Return the types of all series of *tables*; of those that several have, what holds for each."""
    found: dict[str, SeriesType] = {}
    for table in tables:
        for name, series in table.items():
            found[name] = _either(found[name], series) if name in found else series
    return found


def _either(one: SeriesType, other: SeriesType) -> SeriesType:
    labels = one.labels & other.labels
    return replace(
        one,
        kind=one.kind if one.kind is other.kind else Kind.UNKNOWN,
        labels=labels,
        possible=(one.labels | one.possible | other.labels | other.possible) - labels,
        unit=one.unit if one.unit == other.unit else None,
        values={label: _all_of(one, other, label) for label in one.values.keys() & other.values.keys()},
        open=one.open or other.open,
        low=min(one.low, other.low),
        high=max(one.high, other.high),
        buckets=one.buckets if one.buckets == other.buckets else (),
        observed=one.observed if one.observed == other.observed else None,
        histogram=one.histogram if one.histogram == other.histogram else "",
    )


def _all_of(one: SeriesType, other: SeriesType, label: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one.values[label], *other.values[label])))
