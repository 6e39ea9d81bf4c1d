"""What is measured, and what it costs: metrics, external series, prices and budgets as data."""

from __future__ import annotations

from collections.abc import Mapping

from metricloom.generators.data.values import Json, bound_data, date_data, number_data
from metricloom.monitoring.labels import Label
from metricloom.monitoring.metrics import Counter, External, Gauge, Histogram, Metric
from metricloom.monitoring.prices import Budget, Price
from metricloom.registry.subsystem import Subsystem


def metric_data(subsystem: Subsystem, metric: Metric) -> Json:
    """Return a metric of the service; what only its type has stands under a key of its own."""
    return {
        "subsystem": subsystem.name,
        "name": metric.name,
        "type": type(metric).__name__.lower(),
        "help": metric.help,
        "unit": str(metric.measured_in),
        "internal": metric.internal,
        "labels": [_label(label) for label in metric.labels],
        **_of_type(metric),
    }


def _label(label: Label) -> Json:
    return {
        "name": label.name,
        "help": label.help,
        "values": list(label.values),
        "max_values": label.max_values,
        "aliases": dict(label.aliases),
    }


def _of_type(metric: Metric) -> Json:
    match metric:
        case Counter():
            return {"subset_of": _subset(metric)}
        case Gauge():
            return {
                "timestamp": metric.is_timestamp,
                "copies": metric.copies,
                "initial": number_data(metric.initial),
                "minimum": bound_data(metric.minimum),
                "maximum": bound_data(metric.maximum),
            }
        case Histogram():
            return {
                "buckets": [number_data(bound) for bound in metric.buckets],
                "timeout": number_data(metric.timeout),
            }
    return {}


def _subset(counter: Counter) -> str | dict[str, str] | None:
    if isinstance(counter.subset_of, Mapping):
        return {value: whole.name for value, whole in counter.subset_of.items()}
    return None if counter.subset_of is None else counter.subset_of.name


def external_data(external: External) -> Json:
    """Return a series that something else exposes."""
    return {
        "name": external.name,
        "type": external.kind,
        "help": external.help,
        "unit": str(external.measured_in),
        "labels": list(external.labels),
    }


def price_data(subsystem: Subsystem, price: Price) -> Json:
    """Return a price, with the PromQL that gives the one in force."""
    return {
        "subsystem": subsystem.name,
        "name": price.name,
        "dollars": number_data(price.dollars),
        "per": number_data(price.per),
        "unit": price.unit,
        "changes": [
            {"from": date_data(day), "dollars": number_data(price.changes[day])} for day in sorted(price.changes)
        ],
        "source": price.source,
        "checked": date_data(price.checked),
        "note": price.note,
        "expression": price.scalar,
    }


def budget_data(subsystem: Subsystem, budget: Budget) -> Json:
    """Return a budget."""
    return {
        "subsystem": subsystem.name,
        "name": budget.name,
        "dollars": number_data(budget.dollars),
        "period": budget.period,
        "expression": budget.scalar,
    }
