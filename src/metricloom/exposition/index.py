"""Finding on a page what a registry declares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from metricloom.exposition.libraries import of_pushgateway
from metricloom.exposition.model import Family, FamilyType, Page, Series
from metricloom.monitoring.metrics import Counter, External, Metric

_ENDINGS: Final = ("_total", "_bucket", "_sum", "_count", "_info", "_gsum", "_gcount")


@dataclass(frozen=True)
class Index:
    """A page by names. *claimed* are the families that something declares: it grows as they are found."""

    page: Page
    claimed: set[str] = field(default_factory=set)

    @cached_property
    def families(self) -> dict[str, Family]:
        """The families by name."""
        return {family.name: family for family in self.page.families}

    @cached_property
    def owners(self) -> dict[str, Family]:
        """The family of each name of series."""
        return {name: family for family in self.page.families for name in family.series}

    @cached_property
    def of_groups(self) -> frozenset[str]:
        """The labels that are of a Pushgateway, and of no metric."""
        return of_pushgateway(self.families)

    @cached_property
    def shows_unborn(self) -> bool:
        """Whether its library shows families before they have series: then one that is not there is missing.

        That of Python does; that of Go does not show a family whose labels have had no values yet.
        """
        return "python_info" in self.families or any(not family.series for family in self.page.families)

    def of_metric(self, metric: Metric) -> tuple[Family, ...]:
        """Return the families that hold *metric*: of a histogram without `# TYPE` each of its series is one."""
        return self._claimed(self._of_metric(metric))

    def _of_metric(self, metric: Metric) -> Iterator[Family]:
        if metric.name in self.families:
            yield self.families[metric.name]
        yield from (self.owners[name] for name in metric.series_names if name in self.owners)
        # In OpenMetrics a counter without series has its name without `_total` alone.
        unborn = self.families.get(metric.name.removesuffix("_total")) if isinstance(metric, Counter) else None
        if unborn is not None and unborn.type is FamilyType.COUNTER and not unborn.series:
            yield unborn

    def of_external(self, external: External) -> Family | None:
        """Return the family that holds the series of *external*."""
        found = self.owners.get(external.name) or self.families.get(external.name) or self._unborn(external.name)
        if found is not None:
            self.claimed.add(found.name)
        return found

    def _unborn(self, name: str) -> Family | None:
        """Return the family without series to which one called *name* would belong."""
        stems = (name.removesuffix(ending) for ending in _ENDINGS if name.endswith(ending))
        families = (self.families.get(stem) for stem in stems)
        return next((family for family in families if family is not None and not family.series), None)

    def series(self, name: str) -> Series | None:
        """Return the series called *name*."""
        return self.owners[name].series[name] if name in self.owners else None

    def _claimed(self, found: Iterator[Family]) -> tuple[Family, ...]:
        once = {family.name: family for family in found}
        self.claimed.update(once)
        return tuple(once.values())
