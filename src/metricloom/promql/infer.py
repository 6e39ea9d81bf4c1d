"""The type of an expression, from the types of the series that it reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from metricloom.monitoring.units import ONE, SECONDS, Unit, unit_of_name
from metricloom.promql.aggregations import aggregation
from metricloom.promql.functions import call
from metricloom.promql.nodes import (
    Aggregation,
    Binary,
    Call,
    Matcher,
    Negation,
    Node,
    Number,
    Selector,
    Subquery,
)
from metricloom.promql.operators import binary, either
from metricloom.promql.parse import Parsed, parse
from metricloom.promql.regex import readable_regex
from metricloom.promql.shares import read_terms, resampled
from metricloom.promql.types import ANY_LABELS, UNKNOWN_VECTOR, Inferred, Kind, Labels, SeriesType, Shape
from metricloom.promql.variables import VARIABLE

_TARGET: Final = frozenset({"job", "instance"})
_ALERT: Final = frozenset({"alertname"})


def _scrape(name: str, unit: str) -> SeriesType:
    return SeriesType(name, Kind.GAUGE, _TARGET, unit=unit_of_name(unit), open=True, low=0.0)


PROMETHEUS_SERIES: Final[Mapping[str, SeriesType]] = {
    series.name: series
    for series in (
        SeriesType("up", Kind.BOOLEAN, _TARGET, open=True, low=0.0, high=1.0),
        _scrape("scrape_duration_seconds", "seconds"),
        _scrape("scrape_timeout_seconds", "seconds"),
        _scrape("scrape_body_size_bytes", "bytes"),
        *(_scrape(f"scrape_{name}", "") for name in ("samples_scraped", "samples_post_metric_relabeling")),
        *(_scrape(f"scrape_{name}", "") for name in ("series_added", "sample_limit")),
        SeriesType("ALERTS", Kind.BOOLEAN, _ALERT | {"alertstate"}, open=True, low=1.0, high=1.0),
        SeriesType("ALERTS_FOR_STATE", Kind.TIMESTAMP, _ALERT, unit=SECONDS, open=True, low=0.0),
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
        types[node] = _type(node, types, table)
    return Typing(parsed, types)


def series_type(name: str | None, table: Mapping[str, SeriesType]) -> SeriesType | None:
    """Return what is known of the series called *name*."""
    return None if name is None else table.get(name) or PROMETHEUS_SERIES.get(name)


def _type(node: Node, types: Mapping[Node, Inferred], table: Mapping[str, SeriesType]) -> Inferred:
    match node:
        case Selector():
            return _selector(node, series_type(node.name, table))
        case Call():
            return call(node, [types[argument] for argument in node.args])
        case Aggregation():
            return aggregation(node, types[node.expr])
        case Binary():
            return binary(node, types[node.lhs], types[node.rhs])
        case Negation():
            return _negation(types[node.expr])
        case Subquery():
            inner = types[node.expr]
            return replace(inner, shape=Shape.RANGE, terms=resampled(node, inner.terms))
    return _literal(node)


def _literal(node: Node) -> Inferred:
    if isinstance(node, Number):
        return Inferred(Shape.SCALAR, Kind.CONSTANT, ONE, low=node.value, high=node.value, value=node.value)
    return Inferred(Shape.STRING)


def _negation(inner: Inferred) -> Inferred:
    value = None if inner.value is None else -inner.value
    return replace(inner, low=-inner.high, high=-inner.low, value=value, terms=())


def _selector(node: Selector, series: SeriesType | None) -> Inferred:
    shape = Shape.VECTOR if node.range_seconds is None else Shape.RANGE
    if series is None:
        return replace(UNKNOWN_VECTOR, shape=shape, labels=_matched(ANY_LABELS, node.matchers))
    labels = _matched(Labels(series.labels, series.possible - series.labels, series.open), node.matchers)
    return Inferred(
        shape,
        series.kind,
        series.unit,
        labels,
        series.low,
        series.high,
        histogram=series.histogram,
        buckets=series.buckets,
        observed=series.observed,
        sources=series.sources or frozenset({_counted(series)}),
        terms=read_terms(node, series, _counted(series)),
        aggregated=series.aggregated,
    )


def _counted(series: SeriesType) -> str:
    """Return the series whose events are counted: a bucket counts those of its histogram."""
    return f"{series.histogram}_count" if series.kind is Kind.BUCKETS and series.histogram else series.name


def _matched(labels: Labels, matchers: Iterable[Matcher]) -> Labels:
    for matcher in matchers:
        if matcher.op == "=" and not matcher.value:
            labels = labels.without([matcher.label], f'the selector asks for {matcher.label}=""')
        elif _needs_value(matcher):
            labels = labels.adding([matcher.label])
    return labels


def _needs_value(matcher: Matcher) -> bool:
    """Whether only series that have the label pass."""
    match matcher.op:
        case "=":
            return VARIABLE not in matcher.value
        case "!=":
            return not matcher.value
        case "=~":
            return not _matches_empty(matcher.value)
    return False


def _matches_empty(pattern: str) -> bool:
    """Whether a pattern lets the empty value pass; where that cannot be told, it may."""
    compiled = None if VARIABLE in pattern else readable_regex(pattern)
    return compiled is None or compiled.fullmatch("") is not None


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
    )


def merged_records(first: SeriesType, second: SeriesType) -> SeriesType:
    """Return the type of a record that several rules write."""
    left, right = (_selector(Selector(each.name, (), 0), each) for each in (first, second))
    return record_type(first.name, either(left, right))


def _unit_in_name(name: str) -> Unit | None:
    """Return the unit that `level:metric:operations` names where the expression does not tell it, as for a price."""
    unit = unit_of_name(name.split(":")[1]) if name.count(":") > 1 else ONE
    return None if unit == ONE else unit
