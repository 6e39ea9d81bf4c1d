"""What the guide says of each metric: what it means, how it may be read, and the queries that people need."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from metricloom.generators.chapters.queries import Pasted, Snippet, snippets
from metricloom.generators.chapters.readers import readers_of
from metricloom.generators.chapters.wording import codes, joined, measured_words
from metricloom.generators.markdown import code, slug, text
from metricloom.markdown import escaped
from metricloom.monitoring.labels import OTHER, Label
from metricloom.monitoring.metrics import Counter, External, Gauge, Histogram, Metric
from metricloom.monitoring.prices import number
from metricloom.registry.subsystem import Subsystem


@dataclass(frozen=True, slots=True)
class MetricSection:
    """One metric; all texts are Markdown."""

    name: str
    anchor: str
    kind: str
    unit: str
    labels: str
    meaning: str
    facts: list[str]
    queries: list[Snippet]


def metric_section(
    metric: Metric, pasted: Pasted, read_by: Mapping[str, list[str]], operations: Mapping[Metric, list[str]]
) -> MetricSection:
    """Return the section of *metric*."""
    return MetricSection(
        escaped(metric.name),
        slug(metric.name),
        type(metric).__name__.lower(),
        measured_words(metric),
        codes(metric.label_names) or "none",
        text(metric.help),
        list(_facts(metric, read_by, operations)),
        snippets(pasted, metric),
    )


def _facts(metric: Metric, read_by: Mapping[str, list[str]], operations: Mapping[Metric, list[str]]) -> Iterator[str]:
    match metric:
        case Counter():
            yield from _of_counter(metric)
        case Gauge():
            yield from _of_gauge(metric)
        case Histogram():
            yield from _of_histogram(metric)
    if metric in operations:
        yield f"Changed by {codes(operations[metric])}."
    if readers := readers_of(metric, read_by):
        yield f"Read by {joined(readers)}."


def _of_counter(counter: Counter) -> Iterator[str]:
    if isinstance(counter.subset_of, Mapping):
        wholes = (f"{code(whole.name)} (where {code(value)})" for value, whole in counter.subset_of.items())
        yield f"Each value counts a part of what another metric counts: {joined(wholes)}."
    elif counter.subset_of is not None:
        yield f"Counts a part of what {code(counter.subset_of.name)} counts."


COPIES = {
    "sum": "Each copy of the service holds a part: their sum is the whole.",
    "shared": "All copies of the service see the same thing: read it with `max`, never with `sum`.",
    "min": "Of the copies of the service, the least counts: read it with `min`.",
}


def _of_gauge(gauge: Gauge) -> Iterator[str]:
    yield COPIES[gauge.copies]
    if gauge.initial is None:
        yield "There is no series until it is first set."
    elif gauge.initial:
        yield f"Shows {_number(gauge.initial)} until it is first set."
    elif gauge.is_timestamp:
        yield "Shows 0 until it is first set: 0 is not a time, and is to be left out."
    bounds = [(gauge.minimum, "at least"), (gauge.maximum, "at most")]
    limits = [f"{words} {_number(bound)}" for bound, words in bounds if math.isfinite(bound)]
    if limits and not gauge.is_timestamp:
        yield f"A value is {joined(limits)}."


def _of_histogram(histogram: Histogram) -> Iterator[str]:
    unit = measured_words(histogram)
    bounds = ", ".join(_number(bound) for bound in histogram.buckets)
    yield f"Stored as {codes(histogram.series_names)}; there is no series {code(histogram.name)}."
    yield f"Buckets up to {bounds} {unit}: what lies between two of them is estimated, above the last one unknown."
    if histogram.timeout is not None:
        yield f"The longest event lasts {_number(histogram.timeout)} {unit} (its time-out)."


def _number(value: float) -> str:
    return number(value) if math.isfinite(value) else ("+Inf" if value > 0 else "-Inf")


@dataclass(frozen=True, slots=True)
class LabelRow:
    """A label, in a line of a table."""

    name: str
    values: str
    meaning: str


def label_rows(subsystem: Subsystem) -> list[LabelRow]:
    """Return the labels of the metrics of *subsystem*, each once."""
    labels = dict.fromkeys(label for metric in subsystem.families for label in metric.labels)
    return [LabelRow(code(label.name), _values(label), text(label.help)) for label in labels]


def _values(label: Label) -> str:
    names: dict[str, list[str]] = {}
    for alias, value in label.aliases.items():
        names.setdefault(value, []).append(alias)
    others = (f"{codes(each)} count{'s' * (len(each) == 1)} as {code(value)}" for value, each in names.items())
    return "; ".join([_admitted(label), *others])


def _admitted(label: Label) -> str:
    known = ", ".join(code(value) for value in label.values)
    if label.is_closed:
        return f"{known}; anything else counts as {code(OTHER)}"
    if label.max_values is not None:
        rest = f"at most {label.max_values} values, and {code(OTHER)} for the rest"
        return f"{known}, and others: {rest}" if known else rest
    return "any"


@dataclass(frozen=True, slots=True)
class ExternalRow:
    """A series that something else exposes, in a line of a table."""

    name: str
    kind: str
    unit: str
    labels: str
    meaning: str


def external_rows(subsystem: Subsystem) -> list[ExternalRow]:
    """Return the external series of *subsystem*."""
    return [_external(external) for external in subsystem.externals]


def _external(external: External) -> ExternalRow:
    labels = codes(external.labels) or "none"
    return ExternalRow(code(external.name), external.kind, measured_words(external), labels, text(external.help))
