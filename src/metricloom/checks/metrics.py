"""Declarations of metrics: how many series they make, and who reads them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from metricloom.checks.model import Finding, check, declarations
from metricloom.errors import Severity
from metricloom.monitoring.metrics import Histogram, Metric
from metricloom.promql.text import selectors
from metricloom.registry.subsystem import Subsystem
from metricloom.sources.model import Sources

_BESIDE_BUCKETS: Final = 3
"""What a histogram has beside its finite buckets: +Inf, _sum and _count."""
_STRAY_VALUES: Final = 2
"""`other` and `unknown`."""


@check(
    "M105",
    "unbounded-label",
    visits=Metric,
    severity=Severity.WARNING,
    bad=declarations("""
USER = Label("user_id", "Who called")
CALLS = Counter("calls_total", "Calls that ended", labels=[USER])
"""),
    good=(
        declarations("""
TIER = Label("tier", "What the caller pays for", values=["free", "paid"])
CALLS = Counter("calls_total", "Calls that ended", labels=[TIER])
"""),
        declarations("""
MODEL = Label("model", "Model that was called", max_values=100)
CALLS = Counter("calls_total", "Calls that ended", labels=[MODEL])
"""),
    ),
)
def unbounded_label(_sources: Sources, metric: Metric) -> Iterator[Finding]:
    """Each value of a label is a series more, kept for weeks: as many as there are users are too many."""
    for label in metric.labels:
        if not label.values and label.max_values is None:
            yield Finding(
                f"{metric.name}: label {label.name} may have any number of values",
                "list its values=, or say how many there may be with max_values=: further ones count as other",
                at=label.at,
                related=(metric.at,),
            )


@check(
    "M106",
    "cardinality-budget",
    visits=Metric,
    bad=declarations("""
A, B, C = (Label(name, name, values=[f"{name}{n}" for n in range(30)]) for name in ("region", "model", "tenant"))
CALLS = Counter("calls_total", "Calls that ended", labels=[A, B, C])
"""),
    good=declarations("""
A, B = (Label(name, name, values=[f"{name}{n}" for n in range(30)]) for name in ("region", "model"))
CALLS = Counter("calls_total", "Calls that ended", labels=[A, B])
"""),
)
def cardinality_budget(sources: Sources, metric: Metric) -> Iterator[Finding]:
    """Labels multiply: each has few values, and all together make more series than a process or Prometheus can hold.
    Those of known values are there from the start, and cost memory before the first event.
    """
    known = math.prod(len(label.values) for label in metric.labels) * _series_each(metric)
    possible = math.prod(_most_values(label.max_values, len(label.values)) for label in metric.labels)
    most = possible * _series_each(metric)
    budget = sources.registry.series_budget if sources.registry else 0
    if most > budget:
        yield Finding(
            f"{metric.name} may have {most:,} series on each replica ({_product(metric)}), and a metric's budget is "
            f"{budget:,}" + (f"; {known:,} of them are there from the start" if known else ""),
            f"{_how_to_cut(metric)}; if it must be so, raise the registry's series_budget",
            severity=None if known > budget else Severity.WARNING,
            at=metric.at,
        )


def _series_each(metric: Metric) -> int:
    return len(metric.buckets) + _BESIDE_BUCKETS if isinstance(metric, Histogram) else 1


def _most_values(bound: int | None, known: int) -> int:
    return (bound or known or 1) + _STRAY_VALUES


def _product(metric: Metric) -> str:
    factors = [f"{_most_values(label.max_values, len(label.values))} {label.name}" for label in metric.labels]
    return " × ".join([*factors, *([f"{_series_each(metric)} of a histogram"] if _series_each(metric) > 1 else [])])


def _how_to_cut(metric: Metric) -> str:
    largest = max(metric.labels, key=lambda label: _most_values(label.max_values, len(label.values)), default=None)
    fewer = "take fewer buckets, " if isinstance(metric, Histogram) else ""
    return f"{fewer}leave out {largest.name}, or lower its bound" if largest else fewer.rstrip(", ")


@check(
    "M112",
    "metric-unused",
    visits=Sources,
    severity=Severity.NOTE,
    bad=declarations("""
CALLS = Counter("calls_total", "Calls that ended")
"""),
    good=declarations("""
CALLS = Counter("calls_total", "Calls that ended")
PANEL = TimeSeries("Calls", rate(CALLS), description="How many calls end. Normal is the usual course of the day.")
"""),
)
def metric_unused(sources: Sources, _all: Sources) -> Iterator[Finding]:
    """No rule and no panel reads it: it costs, and nobody would miss it."""
    families = sources.registry.families if sources.registry else ()
    read = _names_read(sources) if families else frozenset()
    for metric in families:
        if not metric.internal and read.isdisjoint(metric.series_names):
            yield Finding(
                f"{metric.name} is read by no rule and no panel",
                "show it, or leave it out; internal=True says that it measures the instrumentation itself",
                at=metric.at,
            )


def _subsystems(sources: Sources) -> Sequence[Subsystem]:
    return sources.registry.subsystems if sources.registry else ()


def _names_read(sources: Sources) -> frozenset[str]:
    texts = [rule.query.text for group in sources.groups for rule in group.rules]
    texts += [panel.query.text for panel in sources.panels]
    # Those on a price that nobody declared are not generated.
    texts += [rule.query.text for part in _subsystems(sources) for rule in part.recordings]
    return frozenset(selector.name for text in texts for selector in selectors(text) if selector.name)
