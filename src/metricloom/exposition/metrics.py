"""What is declared of one metric, and what a page shows of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Final

from metricloom.errors import Location, Problem, Severity, did_you_mean
from metricloom.exposition.index import Index
from metricloom.exposition.model import Family, FamilyType, Series
from metricloom.monitoring.labels import ANY_LABEL_NAME, OTHER, UNKNOWN, Label
from metricloom.monitoring.metrics import Counter, External, Gauge, Histogram, Metric
from metricloom.monitoring.units import UNIT_NAME, Unit
from metricloom.registry.registry import Registry
from metricloom.registry.series import SCRAPED

SHOWN: Final = 5
"""Values of a label that a message names."""

OF_PROCESSES: Final = "Multiprocess metric"
"""What older clients for Python say of each family where several processes share a page: no help text at all."""

UNTOLD: Final = "TODO"
"""With what a help text begins that a person is still to write."""

_TYPES: Final = {Counter: FamilyType.COUNTER, Gauge: FamilyType.GAUGE, Histogram: FamilyType.HISTOGRAM}
_NUMBERED: Final = {FamilyType.HISTOGRAM: "le", FamilyType.SUMMARY: "quantile", FamilyType.GAUGE_HISTOGRAM: "le"}


def problems_of_metric(metric: Metric, families: Sequence[Family], index: Index, path: str) -> Iterator[Problem]:
    """Yield where *families*, which hold the series of *metric*, are not what it declares."""
    family = families[0]
    yield from _type(metric, family, path)
    yield from _texts(metric, family, path)
    series = [found for name in metric.series_names if (found := index.series(name)) is not None]
    if not any(each.series for each in families):
        message = f"{metric.name} has no series yet: its labels and values can't be compared"
        yield fault("V110", "unborn-family", message, metric, family.line, path, _WAIT, Severity.NOTE)
        return
    ignored = index.of_groups | {_NUMBERED[each.type] for each in families if each.type in _NUMBERED}
    yield from _labels(metric, series, ignored | ({"le"} if isinstance(metric, Histogram) else set()), path)
    for label in metric.labels:
        yield from _values(metric, label, series, path)
    if isinstance(metric, Histogram) and family.type is FamilyType.HISTOGRAM:
        yield from _buckets(metric, family, path)


_WAIT: Final = "let something happen before the page is taken"


def fault(
    code: str,
    name: str,
    message: str,
    declared: Metric | External,
    line: int,
    path: str,
    hint: str,
    severity: Severity = Severity.ERROR,
) -> Problem:
    """Return a problem at a line of the page, beside the place in the registry."""
    return Problem(code, name, message, Location(path, line), hint, severity, related=(declared.at,))


def _type(metric: Metric, family: Family, path: str) -> Iterator[Problem]:
    declared = _TYPES[type(metric)]
    if family.type is declared:
        return
    said = "no type" if family.type is FamilyType.UNKNOWN else f"the type {family.type}"
    message = f"{metric.name} is declared a {declared}, and the page says {said}"
    hint = f"write `# TYPE {metric.name} {declared}`" if family.type is FamilyType.UNKNOWN else _SAME
    yield fault("V103", "type-differs", message, metric, family.line, path, hint)


_SAME: Final = "change the code or the registry, so that both say the same"


def _texts(metric: Metric, family: Family, path: str) -> Iterator[Problem]:
    said = _words(family.help or "")
    if not said:
        message = f"{metric.name} has no `# HELP` on the page"
        untold = metric.help.startswith(UNTOLD)
        hint = "write one in the code" if untold else f"give it the help text of the registry: {metric.help}"
        yield fault("V108", "page-without-help", message, metric, family.line, path, hint, Severity.WARNING)
    elif said not in (_words(metric.help), OF_PROCESSES):
        message = f"{metric.name} says of itself {said!r}, and the registry {_words(metric.help)!r}"
        hint = "take that of the page into the registry" if metric.help.startswith(UNTOLD) else _SAME
        yield fault("V109", "help-differs", message, metric, family.line, path, hint, Severity.WARNING)
    if UNIT_NAME.fullmatch(family.unit) and Unit.named(family.unit) != metric.measured_in:
        message = f"{metric.name} is in {family.unit} by its `# UNIT`, and in {metric.measured_in} by the registry"
        yield fault("V111", "unit-differs", message, metric, family.line, path, _SAME)


def _words(text: str) -> str:
    return " ".join(text.split())


def _labels(metric: Metric, series: Sequence[Series], ignored: AbstractSet[str], path: str) -> Iterator[Problem]:
    there = {label for each in series for label in each.labels} - ignored
    declared = set(metric.label_names)
    if series and there != declared:
        yield _labels_differ(metric, there, declared, series[0].line, path)


def _labels_differ(what: Metric | External, there: set[str], declared: set[str], line: int, path: str) -> Problem:
    faults = [
        *(f"has label {label}, which is not declared" for label in sorted(there - declared)),
        *(f"lacks label {label}, which is declared" for label in sorted(declared - there)),
    ]
    return fault("V104", "labels-differ", f"{what.name} {', and '.join(faults)}", what, line, path, _SAME)


def _values(metric: Metric, label: Label, series: Sequence[Series], path: str) -> Iterator[Problem]:
    seen = {value: each.line for each in reversed(series) for value in each.values_of(label.name)}
    own = [value for value in seen if value not in (OTHER, UNKNOWN)]
    strange = [value for value in own if value not in label.values]
    if label.is_closed and strange:
        message = f"{metric.name}: label {label.name} has {_listed(strange)}, which its values= do not hold"
        hint = f"{_alias(label, strange[0])}; or let there be others with max_values="
        yield fault("V105", "undeclared-value", message, metric, seen[strange[0]], path, hint)
    elif label.max_values is not None and len(own) > label.max_values:
        message = (
            f"{metric.name}: label {label.name} has {len(own)} values or more, and max_values is {label.max_values}"
        )
        hint = "does it hold an id? bound it in the code, or raise max_values"
        yield fault("V106", "too-many-values", message, metric, seen[own[0]], path, hint)


def _listed(values: Sequence[str]) -> str:
    more = f" and {len(values) - SHOWN} more" if len(values) > SHOWN else ""
    return ", ".join(map(repr, values[:SHOWN])) + more


def _alias(label: Label, value: str) -> str:
    if value in label.aliases:
        return f"the code should count it under {label.aliases[value]!r}, whose alias it is"
    return did_you_mean(value, label.values)


def _buckets(metric: Histogram, family: Family, path: str) -> Iterator[Problem]:
    there = tuple(bound for bound in family.bounds if math.isfinite(bound))
    declared = tuple(float(bound) for bound in metric.buckets)
    if there == declared:
        return
    line = next((each.line for each in family.series.values()), family.line)
    added, lost = set(there) - set(declared), set(declared) - set(there)
    parts = [f"it has {_bounds(added)}, which are not declared"] if added else []
    parts += [f"it lacks {_bounds(lost)}"] if lost else []
    hint = _SAME
    if not there:
        parts = ["it has none but +Inf"]
        hint = "is it a native histogram? the text format cannot show its buckets, and rules on _bucket find none"
    yield fault("V107", "buckets-differ", f"{metric.name}: {', and '.join(parts)}", metric, line, path, hint)


def _bounds(bounds: set[float]) -> str:
    return f"bucket{'s' if len(bounds) > 1 else ''} {', '.join(f'{bound:g}' for bound in sorted(bounds))}"


def problems_of_external(external: External, family: Family | None, registry: Registry, path: str) -> Iterator[Problem]:
    """Yield where the page, if it has the series at all, says something else of it than *external* does."""
    if family is None:
        return  # of another target, as `up` is of Prometheus itself
    counts = _counts(external.name, family)
    if counts is not None and counts != (external.kind == "counter"):
        message = f"{external.name} is declared a {external.kind}, and is of {family.type.with_article} on the page"
        yield fault("V103", "type-differs", message, external, family.line, path, "give the other kind=")
    series = family.series.get(external.name)
    if series is None:
        return
    targets = {*SCRAPED, *registry.identity, *registry.replica}
    there = {label for label in series.labels if ANY_LABEL_NAME.fullmatch(label)}
    declared = {label for label in external.labels if label in there or label not in targets}
    if there != declared:
        differ = _labels_differ(external, there, declared, series.line, path)
        yield differ if external.labels else replace(differ, hint=_named(there), severity=Severity.WARNING)


def _named(labels: set[str]) -> str:
    """Return what to do where an External says nothing of its labels, as that of an info in code can't."""
    quoted = ", ".join(f'"{label}"' for label in sorted(labels))
    return f"name them: labels=[{quoted}]"


def _counts(name: str, family: Family) -> bool | None:
    """Return whether a series only grows; None where the page does not say so."""
    match family.type:
        case FamilyType.UNKNOWN:
            return None
        case FamilyType.COUNTER:
            return name == family.name or not name.endswith("_created")
        case FamilyType.HISTOGRAM | FamilyType.SUMMARY:
            return name != family.name and not name.endswith("_created")
    return False
