"""The metrics of a page of /metrics, without those of its client library."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

from metricloom.adoption.model import Findings, Found, FoundLabel, FoundSeries
from metricloom.exposition.libraries import of_library, of_pushgateway, says_when_created
from metricloom.exposition.model import Family, FamilyType, Page, Series
from metricloom.monitoring.dropped import DROPPED
from metricloom.wording import counted

_OF_FORM: Final = {FamilyType.HISTOGRAM: "le", FamilyType.SUMMARY: "quantile", FamilyType.GAUGE_HISTOGRAM: "le"}
"""Labels that say the form of a metric, and are none of its own."""


def found_on(page: Page) -> Findings:
    """Return what *page* shows, in its order."""
    names = {family.name for family in page.families}
    of_groups = of_pushgateway({family.name: family for family in page.families})
    families = [each for each in page.families if not _is_known(each.name, names)]
    remarks = [f"left out: {counted(page.faults, 'line')} that can't be read"] if page.faults else []
    return Findings([_found(family, names, of_groups) for family in families], remarks)


def _is_known(name: str, families: set[str]) -> bool:
    generated = DROPPED.name.removesuffix("_total")
    return of_library(name) or says_when_created(name, families) or name.removesuffix("_total") == generated


def _found(family: Family, families: set[str], of_groups: frozenset[str]) -> Found:
    series = [each for name, each in family.series.items() if _is_own(name, family)] or list(family.series.values())
    values = [value for each in series for value in (each.low, each.high) if not math.isnan(value)]
    return Found(
        _name(family, series, families),
        family.type,
        family.help or "",
        family.unit,
        _labels(series, {_OF_FORM.get(family.type, ""), *of_groups}),
        tuple(bound for bound in family.bounds if math.isfinite(bound)),
        min(values, default=None),
        max(values, default=None),
        tuple(_series(each, family) for each in series),
        born=bool(series),
    )


def _is_own(name: str, family: Family) -> bool:
    """Return whether a series says something of what the family measures: a histogram has none of its bare name."""
    if name == family.name:
        return family.type is not FamilyType.HISTOGRAM
    return not name.endswith("_created")


def _name(family: Family, series: list[Series], families: set[str]) -> str:
    if family.type is FamilyType.INFO:  # OpenMetrics leaves `_info` out of the name of a family
        return series[0].name if series else f"{family.name}_info"
    if family.type is not FamilyType.COUNTER:
        return family.name
    if not series:  # a name without `_total` is OpenMetrics's way to write one that has it, as a rule
        total = f"{family.name.removesuffix('_total')}_total"
        return family.name if total in families else total
    return series[0].name


def _labels(series: Iterable[Series], not_its_own: set[str]) -> tuple[FoundLabel, ...]:
    uses = [(label, use) for each in series for label, use in each.labels.items() if label not in not_its_own]
    return tuple(
        FoundLabel(
            name,
            tuple(dict.fromkeys(value for label, use in uses if label == name for value in use.values)),
            all(use.complete for label, use in uses if label == name),
        )
        for name in dict.fromkeys(label for label, _ in uses)
    )


def _series(series: Series, family: Family) -> FoundSeries:
    part = series.name != family.name and family.type in (FamilyType.HISTOGRAM, FamilyType.SUMMARY)
    counts = part or family.type is FamilyType.COUNTER
    untyped = family.type is FamilyType.UNKNOWN
    return FoundSeries(series.name, tuple(series.labels), counts or (untyped and series.name.endswith("_total")))
