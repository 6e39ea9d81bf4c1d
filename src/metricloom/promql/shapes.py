"""Shapes: the queries that are often wrong when written by hand, built from the metrics they read.

Each is typed, so that `rate(GAUGE)` is refused by an editor; what only a run can tell becomes a fault of the query.
Every aggregation keeps the identity labels (`$identity`) in rules, and aggregates over replicas.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from metricloom.declaration import seconds
from metricloom.errors import Location, Problem, did_you_mean
from metricloom.monitoring.labels import Label
from metricloom.monitoring.metrics import Counter, Gauge, Histogram, Metric, Part
from metricloom.promql.query import Query

RATE_INTERVAL = "$__rate_interval"
RANGE = "$__range"

By = Sequence["Label | str"]


def rate(counter: Counter | Part, by: By = (), window: str = RATE_INTERVAL, where: str = "") -> Query:
    """Return events (or bytes, characters …) per second: one series per value of *by*, summed over replicas."""
    return _summed("rate", counter, by, window, where)


def increase(counter: Counter | Part, by: By = (), window: str = RANGE, where: str = "") -> Query:
    """Return how much was counted in *window*: one series per value of *by*, summed over replicas."""
    return _summed("increase", counter, by, window, where)


def ratio(
    part: Counter, whole: Counter, by: By = (), window: str = RATE_INTERVAL, part_where: str = "", whole_where: str = ""
) -> Query:
    """Return the share of *whole* that is *part* (0 to 1), sums first: one series per value of *by*."""
    above = rate(part, by, window, part_where)
    below = rate(whole, by, window, whole_where)
    found = (*above.faults, *below.faults, *_not_a_part(part, whole, above.at))
    return Query(f"{above.text} / {below.text}", found=found, at=above.at)


def quantile(q: float, histogram: Histogram, by: By = (), window: str = RATE_INTERVAL, where: str = "") -> Query:
    """Return the *q*-quantile (0 to 1) in the histogram's unit, over all replicas: one series per value of *by*."""
    at = Location.of_caller()
    found = (*_wrong_metric(histogram, (Histogram,), at), *_wrong_by(histogram, by, at), *_wrong_window(window, at))
    if not (isinstance(q, int | float) and 0 <= q <= 1):
        found = (
            *found,
            Problem("H306", "quantile-range", f"quantile {q!r} is not in 0 to 1", at, "write 0.95 for p95"),
        )
    buckets = f"sum by ({_labels(by, 'le')}) (rate({_selector(histogram, '_bucket', where)}[{window}]))"
    return Query(f"histogram_quantile({q}, {buckets})", found=found, at=at)


def mean(histogram: Histogram, by: By = (), window: str = RATE_INTERVAL, where: str = "") -> Query:
    """Return the average of the values observed in *window*, over all replicas: one series per value of *by*."""
    at = Location.of_caller()
    found = (*_wrong_metric(histogram, (Histogram,), at), *_wrong_by(histogram, by, at), *_wrong_window(window, at))
    above, below = (
        f"sum by ({_labels(by)}) (rate({_selector(histogram, ending, where)}[{window}]))"
        for ending in ("_sum", "_count")
    )
    return Query(f"{above} / {below}", found=found, at=at)


def total(gauge: Gauge, by: By = (), where: str = "") -> Query:
    """Return the gauge now, its copies combined as it declares: one series per value of *by*."""
    at = Location.of_caller()
    found = (*_wrong_metric(gauge, (Gauge,), at), *_wrong_by(gauge, by, at))
    copies = getattr(gauge, "copies", "sum")
    if copies == "min":
        return Query(f"min by ({_labels(by)}) ({_selector(gauge, '', where)})", found=found, at=at)
    if copies == "sum":
        return Query(f"sum by ({_labels(by)}) ({_selector(gauge, '', where)})", found=found, at=at)
    once = f"max by ({_labels(gauge.labels)}) ({_selector(gauge, '', where)})"
    return Query(once if _same(by, gauge) else f"sum by ({_labels(by)}) ({once})", found=found, at=at)


def time_since(gauge: Gauge, by: By = (), where: str = "") -> Query:
    """Return the seconds since a timestamp: since the latest of the copies, or the earliest where the least counts."""
    at = Location.of_caller()
    found = (*_wrong_metric(gauge, (Gauge,), at), *_wrong_by(gauge, by, at))
    if isinstance(gauge, Gauge) and not gauge.is_timestamp:
        found = (
            *found,
            Problem(
                "Q221",
                "time-minus-non-timestamp",
                f"{gauge.name} is not a Unix time in seconds",
                at,
                "name it …_timestamp_seconds, and set it to one",
            ),
        )
    combine = "min" if getattr(gauge, "copies", "") == "min" else "max"
    # A gauge that was never set shows 0 and one with no event under way +Inf: neither is a time.
    return Query(
        f"time() - {combine} by ({_labels(by)}) ({_selector(gauge, '', where)} > 0 < +Inf)", found=found, at=at
    )


def _summed(function: str, counter: Counter | Part, by: By, window: str, where: str) -> Query:
    at = Location.of_caller()
    metric = counter.histogram if isinstance(counter, Part) else counter
    found = (*_wrong_metric(counter, (Counter, Part), at), *_wrong_by(metric, by, at), *_wrong_window(window, at))
    return Query(f"sum by ({_labels(by)}) ({function}({_selector(counter, '', where)}[{window}]))", found=found, at=at)


def _selector(metric: Metric | Part, ending: str, where: str) -> str:
    return f"{getattr(metric, 'name', metric)}{ending}" + (f"{{{where}}}" if where else "")


def _labels(by: By, *more: str) -> str:
    names = [str(label) for label in by]
    return ", ".join(["$identity", *names, *(name for name in more if name not in names)])


def _same(by: By, metric: Metric) -> bool:
    return {str(label) for label in by} == set(metric.label_names)


def _wrong_metric(metric: object, kinds: tuple[type, ...], at: Location) -> Iterator[Problem]:
    if not isinstance(metric, kinds):
        names = " or ".join(kind.__name__ for kind in kinds)
        shown = f"{type(metric).__name__} {getattr(metric, 'name', metric)}"
        yield Problem(
            "Q226", "wrong-shape", f"this shape reads a {names}, and was given {shown}", at, f"give a {names}"
        )


def _wrong_by(metric: object, by: By, at: Location) -> Iterator[Problem]:
    if not isinstance(metric, Metric):
        return
    for label in by:
        if str(label) not in (*metric.label_names, "le"):
            yield Problem(
                "Q202",
                "unknown-label",
                f"{metric.name} has no label {str(label)!r}",
                at,
                did_you_mean(str(label), metric.label_names),
            )


def _wrong_window(window: str, at: Location) -> Iterator[Problem]:
    if not isinstance(window, str) or not (window.startswith("$") or seconds(window)):
        yield Problem("Q200", "parse-error", f"{window!r} is not a window", at, "write a duration such as 5m or 1h30m")


def _not_a_part(part: Counter, whole: Counter, at: Location) -> Iterator[Problem]:
    subset = getattr(part, "subset_of", None)
    wholes = tuple(subset.values()) if isinstance(subset, Mapping) else (subset,)
    if subset is not None and whole not in wholes:
        names = " or ".join(str(each) for each in wholes)
        yield Problem(
            "S704",
            "errors-not-subset-of-total",
            f"{part} is declared a part of {names}, not of {whole}",
            at,
            f"divide by {names}, or declare subset_of={whole}",
        )
