"""The queries that people need of each metric, ready to paste."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from metricloom.declaration import seconds
from metricloom.generators.chapters.wording import by
from metricloom.generators.markdown import block, code
from metricloom.generators.unit_words import unit_words
from metricloom.monitoring.metrics import Counter, Gauge, Histogram, Metric
from metricloom.monitoring.units import BYTES, SECONDS
from metricloom.promql.query import Query
from metricloom.promql.shapes import increase, mean, quantile, rate, ratio, time_since, total
from metricloom.registry.expand import quoted
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
    """What queries of a registry hold when they are typed into Prometheus: its identity labels, and its scope."""

    identity: str
    where: str
    window: str

    @classmethod
    def of(cls, registry: Registry) -> Pasted:
        """Return it for *registry*."""
        scope = registry.site.matchers if registry.site is not None else ()
        return cls(", ".join(registry.identity), ", ".join(scope), shortest_window(registry))

    def snippet(self, title: str, query: Query | str) -> Snippet:
        """Return *query* under its title. Shapes write `$identity` in one way, so no PromQL need be read for it."""
        text = query.text if isinstance(query, Query) else query
        listed = text.replace("$identity, ", f"{self.identity}, " if self.identity else "")
        return Snippet(title, block(listed.replace("$identity", self.identity)))

    def matching(self, matcher: str) -> str:
        """Return the scope with one more matcher."""
        return ", ".join(filter(None, (matcher, self.where)))


def shortest_window(registry: Registry) -> str:
    """Return five minutes, or four scrape intervals where that is longer: with less, one lost scrape makes a gap."""
    least = 4 * (seconds(registry.scrape_interval) or 0)
    return "5m" if least <= 300 else f"{-(-int(least) // 60)}m"


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
    labels = counter.labels
    unit = unit_words(counter.measured_in / SECONDS)
    yield pasted.snippet(
        f"{unit[0].upper()}{unit[1:]}{by(counter.label_names)}", rate(counter, labels, pasted.window, pasted.where)
    )
    yield pasted.snippet(
        f"In the last 24 hours{by(counter.label_names)}", increase(counter, labels, "24h", pasted.where)
    )


def _shares(pasted: Pasted, part: Counter) -> Iterator[Snippet]:
    """Yield the share of each counter that *part* is a subset of."""
    if isinstance(part.subset_of, Mapping):
        for value, whole in part.subset_of.items():
            yield from _share_of_value(pasted, part, value, whole)
    elif part.subset_of is not None:
        whole = part.subset_of
        shared = [label for label in part.labels if label.name in whole.label_names]
        share = ratio(part, whole, shared, pasted.window, pasted.where, pasted.where)
        yield pasted.snippet(_share_title(whole, [label.name for label in shared]), share)


def _share_of_value(pasted: Pasted, part: Counter, value: str, whole: Counter) -> Iterator[Snippet]:
    telling = next((label for label in part.labels if value in label.values), None)
    if telling is None:
        return
    shared = [label for label in part.labels if label.name in whole.label_names and label is not telling]
    where = pasted.matching(f'{telling.name}="{quoted(value)}"')
    share = ratio(part, whole, shared, pasted.window, where, pasted.where)
    yield pasted.snippet(_share_title(whole, [label.name for label in shared]), share)


def _share_title(whole: Counter, labels: list[str]) -> str:
    return f"Share of {code(whole.name)} (0 to 1){by(labels)}"


def _of_histogram(pasted: Pasted, histogram: Histogram) -> Iterator[Snippet]:
    labels, names = histogram.labels, by(histogram.label_names)
    for q in QUANTILES:
        title = f"p{round(q * 100)}, which {round(q * 100)}% do not exceed{names}"
        yield pasted.snippet(title, quantile(q, histogram, labels, pasted.window, pasted.where))
    yield pasted.snippet(f"Mean{names}", mean(histogram, labels, pasted.window, pasted.where))
    yield pasted.snippet(f"Events per second{names}", rate(histogram.count, labels, pasted.window, pasted.where))


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
