"""Everything that a registry is written with, and `verify`. `from metricloom import Counter` takes it from here."""

from metricloom.dashboards import (
    PRESENCE,
    Dashboard,
    FiringAlerts,
    Row,
    Stat,
    State,
    Table,
    Text,
    TimeSeries,
    presence,
)
from metricloom.exposition.verify import verify
from metricloom.monitoring.dropped import DROPPED
from metricloom.monitoring.effects import Given
from metricloom.monitoring.labels import Label
from metricloom.monitoring.metrics import Counter, External, Gauge, Histogram
from metricloom.monitoring.operations import Argument, Operation
from metricloom.monitoring.prices import GB, GIB, HOUR, MILLION, Budget, ModelPrices, Price
from metricloom.monitoring.timers import Outcomes, Timer
from metricloom.promql.query import Query
from metricloom.promql.shapes import increase, mean, quantile, rate, ratio, time_since, total
from metricloom.promql.strings import one_of
from metricloom.registry.registry import Registry
from metricloom.registry.site import Site
from metricloom.registry.subsystem import Subsystem
from metricloom.registry.triple import Triple
from metricloom.rules.alerts import Alert
from metricloom.rules.examples import Example, Samples, observations, samples, steps
from metricloom.rules.patterns import (
    Durations,
    Failures,
    durations_over,
    enough_failures,
    enough_slow,
    failures_over,
    p95,
)
from metricloom.rules.recording import RecordingRule
from metricloom.rules.thresholds import Condition, Threshold

__all__ = [
    "DROPPED",
    "GB",
    "GIB",
    "HOUR",
    "MILLION",
    "PRESENCE",
    "Alert",
    "Argument",
    "Budget",
    "Condition",
    "Counter",
    "Dashboard",
    "Durations",
    "Example",
    "External",
    "Failures",
    "FiringAlerts",
    "Gauge",
    "Given",
    "Histogram",
    "Label",
    "ModelPrices",
    "Operation",
    "Outcomes",
    "Price",
    "Query",
    "RecordingRule",
    "Registry",
    "Row",
    "Samples",
    "Site",
    "Stat",
    "State",
    "Subsystem",
    "Table",
    "Text",
    "Threshold",
    "TimeSeries",
    "Timer",
    "Triple",
    "durations_over",
    "enough_failures",
    "enough_slow",
    "failures_over",
    "increase",
    "mean",
    "observations",
    "one_of",
    "p95",
    "presence",
    "quantile",
    "rate",
    "ratio",
    "samples",
    "steps",
    "time_since",
    "total",
    "verify",
]
