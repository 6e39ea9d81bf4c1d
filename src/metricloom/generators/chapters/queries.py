"""The queries that people need of each metric, ready to paste."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from metricloom.declaration import seconds
from metricloom.generators.chapters.wording import by
from metricloom.generators.markdown import block, code
from metricloom.generators.unit_words import unit_words
from metricloom.monitoring.labels import Label
from metricloom.monitoring.metrics import Counter, Gauge, Histogram, Metric
from metricloom.monitoring.units import BYTES, SECONDS
from metricloom.promql.query import Query
from metricloom.promql.shapes import increase, mean, quantile, rate, ratio, time_since, total
from metricloom.promql.strings import quoted
from metricloom.registry.registry import Registry

QUANTILES = (0.5, 0.95, 0.99)
DAY = "[1d:5m]"


@dataclass(frozen=True, slots=True)
class Snippet:
    """A query, and what it tells; both as Markdown."""

    title: str
    block: str


@dataclass(frozen=True, slots=True)
class Pasted:
    """What queries of a registry hold when they are typed into Prometheus: its identity labels, scope, and windows.

    *lasting* says how many seconds the longest event lasts that changes a metric, where somebody declared it.
    """

    identity: str
    where: str
    shortest: float
    lasting: Mapping[Metric, float]

    @classmethod
    def of(cls, registry: Registry) -> Pasted:
        """Return it for *registry*."""
        return cls(
            ", ".join(registry.identity), ", ".join(registry.scope), shortest_window(registry), longest_events(registry)
        )

    def window(self, metric: Metric) -> str:
        """Return a window that is not shorter than the events which change *metric*, in whole minutes."""
        minutes = math.ceil(max(self.shortest, self.lasting.get(metric, 0)) / 60)
        return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"

    def snippet(self, title: str, query: Query | str) -> Snippet:
        """Return *query* under its title. Shapes write `$identity` in one way, so no PromQL need be read for it."""
        text = query.text if isinstance(query, Query) else query
        listed = text.replace("$identity, ", f"{self.identity}, " if self.identity else "")
        return Snippet(title, block(listed.replace("$identity", self.identity)))

    def matching(self, matcher: str) -> str:
        """Return the scope with one more matcher."""
        return ", ".join(filter(None, (matcher, self.where)))


def shortest_window(registry: Registry) -> float:
    """Return five minutes, or four scrape intervals where that is longer: with less, one lost scrape makes a gap."""
    return max(300, 4 * (seconds(registry.scrape_interval) or 0))


def longest_events(registry: Registry) -> Mapping[Metric, float]:
    """Return the time-out of the events that change each metric, as far as histograms of seconds declare it."""
    found: dict[Metric, float] = {}
    for operation in registry.every_operation:
        longest = max(map(_timeout, operation.metrics), default=0)
        for metric in operation.metrics:
            found[metric] = max(longest, found.get(metric, 0))
    return {**{metric: _timeout(metric) for metric in registry.families}, **found}


def _timeout(metric: Metric) -> float:
    if isinstance(metric, Histogram) and metric.measured_in == SECONDS:
        return metric.timeout or 0
    return 0


def snippets(pasted: Pasted, metric: Metric) -> list[Snippet]:
    """Return the queries of *metric*."""
    match metric:
        case Counter():
            return [*_of_counter(pasted, metric), *_shares(pasted, metric)]
        case Histogram():
            return list(_of_histogram(pasted, metric))
        case Gauge():
            return list(_of_time(pasted, metric) if metric.is_timestamp else _of_gauge(pasted, metric))
    return []


def _of_counter(pasted: Pasted, counter: Counter) -> Iterator[Snippet]:
    labels, names = counter.labels, by(counter.label_names)
    unit = f"{unit_words(counter.measured_in)} per second".strip()
    per_second = rate(counter, labels, pasted.window(counter), pasted.where)
    yield pasted.snippet(f"{unit[0].upper()}{unit[1:]}{names}", per_second)
    yield pasted.snippet(f"In the last 24 hours{names}", increase(counter, labels, "24h", pasted.where))


def _shares(pasted: Pasted, part: Counter) -> Iterator[Snippet]:
    """Yield the share of each counter that *part* is a subset of."""
    if isinstance(part.subset_of, Mapping):
        for value, whole in part.subset_of.items():
            telling = next((label for label in part.labels if value in label.values), None)
            if telling is not None:
                where = pasted.matching(f'{telling.name}="{quoted(value)}"')
                labels = [label for label in part.labels if label is not telling]
                yield _share(pasted, part, whole, labels, where)
    elif part.subset_of is not None:
        yield _share(pasted, part, part.subset_of, part.labels, pasted.where)


def _share(pasted: Pasted, part: Counter, whole: Counter, labels: Sequence[Label], where: str) -> Snippet:
    """Return the share by all of *labels*, some of which *whole* may not have."""
    window, shared = pasted.window(part), [label for label in labels if label.name in whole.label_names]
    if len(shared) == len(labels):
        share = ratio(part, whole, labels, window, where, pasted.where).text
    else:
        names = ", ".join(["$identity", *(label.name for label in shared)])
        above, below = rate(part, labels, window, where), rate(whole, shared, window, pasted.where)
        share = f"{above.text} / on ({names}) group_left () {below.text}"
    return pasted.snippet(f"Share of {code(whole.name)} (0 to 1){by([label.name for label in labels])}", share)


def _of_histogram(pasted: Pasted, histogram: Histogram) -> Iterator[Snippet]:
    labels, names, window = histogram.labels, by(histogram.label_names), pasted.window(histogram)
    for q in QUANTILES:
        title = f"p{round(q * 100)}, which {round(q * 100)}% do not exceed{names}"
        yield pasted.snippet(title, quantile(q, histogram, labels, window, pasted.where))
    yield pasted.snippet(f"Mean{names}", mean(histogram, labels, window, pasted.where))
    yield pasted.snippet(f"Events per second{names}", rate(histogram.count, labels, window, pasted.where))


def _of_time(pasted: Pasted, gauge: Gauge) -> Iterator[Snippet]:
    yield pasted.snippet(f"Seconds since{by(gauge.label_names)}", time_since(gauge, gauge.labels, pasted.where))


def _of_gauge(pasted: Pasted, gauge: Gauge) -> Iterator[Snippet]:
    names, now = by(gauge.label_names), total(gauge, gauge.labels, pasted.where)
    yield pasted.snippet(f"Now{names}", now)
    if gauge.labels and gauge.copies != "min":
        yield pasted.snippet("Now, all together", total(gauge, (), pasted.where))
    if gauge.measured_in == BYTES:
        yield pasted.snippet(f"Growth in a day{names}", f"delta({now}{DAY})")
        yield pasted.snippet(f"In a week, if it goes on so{names}", f"predict_linear({now}{DAY}, 7 * 86400)")
    else:
        yield pasted.snippet(f"Highest of the last day{names}", f"max_over_time({now}{DAY})")
