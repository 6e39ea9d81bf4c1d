"""What the type of a query says about its panel: unit, bounds, labels, and what an empty answer means."""

from __future__ import annotations

import math
from dataclasses import dataclass

from metricloom.dashboards import QueryPanel, Target
from metricloom.generators.grafana.context import Context
from metricloom.monitoring.units import BYTES, SECONDS
from metricloom.promql.outline import SET_OPERATORS
from metricloom.promql.query import as_operand
from metricloom.promql.types import Inferred, Kind
from metricloom.registry.series import declared

_DOLLARS = "currencyUSD"
_UNITS = {
    "1": "short",
    "seconds": "s",
    "1/seconds": "cps",
    "bytes": "decbytes",  # of 1000, as Bps is, and as storage is billed
    "bytes/seconds": "Bps",
    "dollars": _DOLLARS,
    "dollars/seconds": _DOLLARS,
    "celsius": "celsius",
    "meters": "lengthm",
    "grams": "massg",
    "joules": "joule",
    "joules/seconds": "watt",
    "volts": "volt",
    "amperes": "amp",
    "hertz": "hertz",
}
"""Grafana's name of a unit; one that it does not know is shown as a plain number."""

_OF_KIND = {Kind.TIMESTAMP: "dateTimeFromNow", Kind.RATIO: "percentunit", Kind.BOOLEAN: "bool_yes_no"}

_NO_EVENTS = frozenset({Kind.RATIO, Kind.QUANTILE, Kind.MEAN})


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a panel shows its values as."""

    unit: str
    minimum: float | None
    maximum: float | None
    labels: tuple[str, ...]
    no_value: str


def meaning_of(context: Context, panel: QueryPanel) -> Meaning:
    """Return the meaning of the panel's first query, in the unit, and within the bounds, that the panel declares."""
    meaning = meaning_of_text(context, context.text(panel.targets[0].query.text, panel.filters))
    return Meaning(
        unit=unit_of(context, panel, panel.targets[0]),
        minimum=_declared(panel.minimum, meaning.minimum),
        maximum=_declared(panel.maximum, meaning.maximum),
        labels=meaning.labels,
        no_value=panel.no_value or meaning.no_value,
    )


def unit_of(context: Context, panel: QueryPanel, target: Target) -> str:
    """Return the unit of one query of a panel: as panel or query declare, or else as its type says."""
    return panel.units.get(target.legend) or panel.unit or _unit(result_of(context, panel, target))


def result_of(context: Context, panel: QueryPanel, target: Target) -> Inferred:
    """Return the type of one query of a panel, in the unit that the query declares if it does."""
    return declared(target.query, context.inferred(context.text(target.query.text, panel.filters)))


def meaning_of_text(context: Context, expression: str) -> Meaning:
    """Return the meaning of an expression."""
    result = context.inferred(expression)
    return Meaning(
        unit=_unit(result),
        minimum=0 if _never_negative(result) else None,
        maximum=1 if result.kind is Kind.RATIO else None,
        labels=own_labels(context, expression),
        no_value=_no_value(result),
    )


def _unit(result: Inferred) -> str:
    return _OF_KIND.get(result.kind) or _UNITS.get(str(result.unit), "short")


def _never_negative(result: Inferred) -> bool:
    # A quantile is one of what its histogram observes; durations and sizes are not negative.
    observed = result.kind is Kind.QUANTILE and result.unit in (SECONDS, BYTES)
    # A share that is extrapolated may leave 0 to 1, as little as the eye can see.
    return observed or result.kind is Kind.RATIO or (result.low >= 0 and result.kind is not Kind.TIMESTAMP)


def _declared(bound: float | None, inferred: float | None) -> float | None:
    """Return the bound that a panel declares; an infinite one lifts what its type says."""
    if bound is None:
        return inferred
    return bound if math.isfinite(bound) else None


def _no_value(result: Inferred) -> str:
    if result.kind in _NO_EVENTS:
        return "No traffic, or target down"
    if result.kind is Kind.TIMESTAMP:
        return "Not yet, target down, or not instrumented"
    return "Target down, or not instrumented"


def own_labels(context: Context, expression: str) -> tuple[str, ...]:
    """Return the labels that tell the series of a result apart: the target's first, then in the order declared."""
    known = context.inferred(expression).labels.known
    declared = [label.name for label in context.registry.labels]
    order = dict.fromkeys((*context.registry.identity, *context.registry.replica, *declared, *sorted(known)))
    return tuple(label for label in order if label in known and label != "le")


def displayed(context: Context, expression: str) -> str:
    """Return *expression* in the unit in which Grafana wants it: times in milliseconds."""
    return f"({expression}) * 1000" if context.inferred(expression).kind is Kind.TIMESTAMP else expression


def displayed_now(context: Context, expression: str, unit: str) -> str:
    """Return *expression* for a stat or a table, without NaN: the text for no value then stands in its place.

    0/0 is no traffic, and dollars at a price that nobody declared are NaN too. Each number is above -Inf.
    """
    if context.inferred(expression).kind not in _NO_EVENTS and unit != _DOLLARS:
        return displayed(context, expression)
    return f"{as_operand(expression, SET_OPERATORS)} > -Inf"
