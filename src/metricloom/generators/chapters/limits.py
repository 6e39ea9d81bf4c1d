"""What no rule can know, as far as it follows from what a registry declares."""

from __future__ import annotations

from collections.abc import Iterator

from metricloom.generators.chapters.wording import codes
from metricloom.generators.lookback import DAY, DEFAULT_DAYS, longest_lookback, retention_days
from metricloom.monitoring.effects import Action
from metricloom.monitoring.metrics import Counter, Histogram
from metricloom.registry.registry import Registry


def limits(registry: Registry) -> list[str]:
    """Return each limit, as Markdown."""
    return [*_of_counters(registry), *_of_times(registry), *_of_histograms(registry), *_of_storage(registry)]


def _of_counters(registry: Registry) -> Iterator[str]:
    if not any(isinstance(metric, Counter | Histogram) for metric in registry.families):
        return
    yield (
        "What is counted after the last scrape of a process is lost with it, and what is counted before the first "
        "scrape of a series is seen only where the series was there before, at 0. So declared label values have their "
        "series from the start; the first events of a value that nobody declared may be missing."
    )


def _of_times(registry: Registry) -> Iterator[str]:
    effects = [effect for operation in registry.every_operation for effect in operation.effects]
    names = dict.fromkeys(effect.metric.name for effect in effects if effect.action is Action.SET_TO_NOW)
    if names:
        yield (
            f"A restart between an event and the next scrape looks as if the event had never been: {codes(names)} "
            "then shows the time of an earlier one, or none, unless the application restores it when it starts."
        )


def _of_histograms(registry: Registry) -> Iterator[str]:
    if any(isinstance(metric, Histogram) for metric in registry.families):
        yield (
            "A quantile is estimated inside its bucket, and one above the last bound shows that bound: the events may "
            "have been longer. Quantiles of quantiles, and averages of them, are never right: form them from buckets."
        )


def _of_storage(registry: Registry) -> Iterator[str]:
    days = longest_lookback(registry) / DAY
    if days >= DEFAULT_DAYS:
        yield (
            f"Some queries read {days:.3g} days back, and Prometheus keeps {DEFAULT_DAYS} days unless told otherwise: "
            f"start it with `--storage.tsdb.retention.time={retention_days(registry)}d`, or more. With less, and until "
            "that much has been gathered, they show too little, and nothing says so."
        )
    if registry.prices:
        yield (
            "An estimate holds what was counted, at the prices above. What is charged by other rules (tiers, batches, "
            "minimums, discounts, taxes) is not in the counts: where the application knows what it paid, record that."
        )
