"""The type of an expression, from the types of the series that it reads."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

from metricloom.monitoring.units import ONE, SECONDS, Unit, unit_of_name
from metricloom.promql.aggregations import aggregation
from metricloom.promql.functions import call
from metricloom.promql.gaps import of_window
from metricloom.promql.nodes import (
    Aggregation,
    Binary,
    Call,
    Negation,
    Node,
    Number,
    Selector,
    Subquery,
    Text,
    Variable,
)
from metricloom.promql.operators import binary, either
from metricloom.promql.parse import Parsed, parse
from metricloom.promql.selection import selected
from metricloom.promql.shares import resampled
from metricloom.promql.types import (
    NO_GAPS,
    RAW,
    UNKNOWN_GAPS,
    UNKNOWN_VECTOR,
    Gaps,
    Inferred,
    Kind,
    SeriesType,
    Shape,
)

_TARGET: Final = frozenset({"job", "instance"})
_ALERT: Final = frozenset({"alertname"})
_NO_ALERT: Final = Gaps("no alert may be active")
_EXTRA: Final = Gaps("Prometheus stores it only with --enable-feature=extra-scrape-metrics")


def _scrape(name: str, unit: str) -> SeriesType:
    return SeriesType(name, Kind.GAUGE, _TARGET, unit=unit_of_name(unit), open=True, low=0.0, gaps=NO_GAPS)


PROMETHEUS_SERIES: Final[Mapping[str, SeriesType]] = {
    series.name: series
    for series in (
        SeriesType("up", Kind.BOOLEAN, _TARGET, open=True, low=0.0, high=1.0, gaps=NO_GAPS),
        _scrape("scrape_duration_seconds", "seconds"),
        _scrape("scrape_samples_scraped", ""),
        _scrape("scrape_samples_post_metric_relabeling", ""),
        _scrape("scrape_series_added", ""),
        replace(_scrape("scrape_timeout_seconds", "seconds"), gaps=_EXTRA),
        replace(_scrape("scrape_sample_limit", ""), gaps=_EXTRA),
        replace(_scrape("scrape_body_size_bytes", "bytes"), gaps=_EXTRA),
        SeriesType("ALERTS", Kind.BOOLEAN, _ALERT | {"alertstate"}, open=True, low=1.0, high=1.0, gaps=_NO_ALERT),
        SeriesType("ALERTS_FOR_STATE", Kind.TIMESTAMP, _ALERT, unit=SECONDS, open=True, low=0.0, gaps=_NO_ALERT),
    )
}
"""What every Prometheus stores by itself; a registry need not declare it."""


@dataclass(frozen=True, slots=True, eq=False)
class Typing:
    """The types of an expression and of all that it is made of. *result* is unknown where the text is no PromQL."""

    parsed: Parsed
    types: Mapping[Node, Inferred]

    @property
    def result(self) -> Inferred:
        """The type of the whole."""
        return UNKNOWN_VECTOR if self.parsed.root is None else self.types[self.parsed.root]

    def of(self, node: Node) -> Inferred:
        """Return the type of a part."""
        return self.types[node]


def infer(expression: str | Parsed, table: Mapping[str, SeriesType], *, variables: bool = False) -> Typing:
    """Return the types in *expression*, read with the series of *table*. Never raises.

    *variables* allows Grafana's, where *expression* is a text.
    """
    parsed = parse(expression, variables=variables) if isinstance(expression, str) else expression
    types: dict[Node, Inferred] = {}
    for node in parsed.nodes:
        types[node] = _RULES[type(node)](node, types, table)
        if parsed.loose and type(node) is Binary:
            types[node] = UNKNOWN_VECTOR
    return Typing(parsed, types)


def series_type(name: str | None, table: Mapping[str, SeriesType]) -> SeriesType | None:
    """Return what is known of the series called *name*."""
    return None if name is None else table.get(name) or PROMETHEUS_SERIES.get(name)


Types: TypeAlias = Mapping[Node, Inferred]
Table: TypeAlias = Mapping[str, SeriesType]


def _selector(node: Selector, _types: Types, table: Table) -> Inferred:
    return selected(node, series_type(node.name, table))


def _call(node: Call, types: Types, _table: Table) -> Inferred:
    return call(node, [types[argument] for argument in node.args])


def _aggregation(node: Aggregation, types: Types, _table: Table) -> Inferred:
    return aggregation(node, types[node.expr], None if node.param is None else types[node.param])


def _binary(node: Binary, types: Types, _table: Table) -> Inferred:
    return binary(node, types[node.lhs], types[node.rhs])


def _subquery(node: Subquery, types: Types, _table: Table) -> Inferred:
    inner = types[node.expr]
    return inner._replace(shape=Shape.RANGE, terms=resampled(node, inner.terms), gaps=of_window(node, inner.gaps))


def _text(_node: Text, _types: Types, _table: Table) -> Inferred:
    return _STRING


def _variable(node: Variable, _types: Types, _table: Table) -> Inferred:
    return _UNKNOWN_NUMBER if node.is_number else UNKNOWN_VECTOR


def _number(node: Number, _types: Types, _table: Table) -> Inferred:
    value = node.value
    if math.isnan(value):
        return Inferred(Shape.SCALAR, Kind.CONSTANT, ONE, value=value, gaps=Gaps(nan="NaN is written there"))
    gaps = Gaps(infinite="infinity is written there") if math.isinf(value) else NO_GAPS
    return Inferred(Shape.SCALAR, Kind.CONSTANT, ONE, low=value, high=value, value=value, gaps=gaps)


_STRING: Final = Inferred(Shape.STRING)
_UNKNOWN_NUMBER: Final = Inferred(Shape.SCALAR, gaps=UNKNOWN_GAPS)
_OF_EITHER_SIGN: Final = frozenset({Kind.CONSTANT, Kind.UNKNOWN, Kind.NATIVE, *RAW})


def _negation(node: Negation, types: Types, _table: Table) -> Inferred:
    inner = types[node.expr]
    value = None if inner.value is None else -inner.value
    kind = inner.kind if inner.kind in _OF_EITHER_SIGN else Kind.GAUGE
    labels = inner.labels.nameless("the sign drops it")
    return inner._replace(kind=kind, labels=labels, low=-inner.high, high=-inner.low, value=value, terms=())


_RULES: Final[Mapping[type[Node], Callable[[Any, Types, Table], Inferred]]] = {
    Aggregation: _aggregation,
    Binary: _binary,
    Call: _call,
    Negation: _negation,
    Number: _number,
    Selector: _selector,
    Subquery: _subquery,
    Text: _text,
    Variable: _variable,
}
"""What finds the type of a node, by its class: far faster than to ask for one class after the other."""


# --- recording rules ----------------------------------------------------------------------------------


def record_type(name: str, result: Inferred, labels: Iterable[str] = ()) -> SeriesType:
    """Return the type of the series that a recording rule makes of *result*, with *labels* added by the rule."""
    kept = result.labels.adding(labels)
    unit = result.unit if result.unit is not None else _unit_in_name(name)
    return SeriesType(
        name,
        result.kind,
        kept.sure,
        kept.possible,
        unit=unit,
        open=kept.open,
        low=result.low,
        high=result.high,
        histogram=result.histogram,
        buckets=result.buckets,
        observed=result.observed,
        terms=result.terms,
        sources=result.sources or frozenset({name}),
        record=True,
        aggregated=result.aggregated,
        gaps=result.gaps,
        additive=result.additive,
    )


def merged_records(first: SeriesType, second: SeriesType) -> SeriesType:
    """Return the type of a record that several rules write."""
    left, right = (selected(Selector(each.name, (), 0), each) for each in (first, second))
    return record_type(first.name, either(left, right))


def _unit_in_name(name: str) -> Unit | None:
    """Return the unit that `level:metric:operations` names where the expression does not tell it, as for a price."""
    unit = unit_of_name(name.split(":")[1]) if name.count(":") > 1 else ONE
    return None if unit == ONE else unit
