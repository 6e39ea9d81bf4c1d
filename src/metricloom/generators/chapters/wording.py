"""Words that several chapters need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from metricloom.generators.markdown import code
from metricloom.generators.unit_words import unit_words
from metricloom.monitoring.metrics import External, Gauge, Metric
from metricloom.monitoring.prices import number


def joined(items: Iterable[str], word: str = "and") -> str:
    """Return *items* as a sentence lists them: `a, b and c`."""
    every = list(items)
    if len(every) < 2:
        return "".join(every)
    return f"{', '.join(every[:-1])} {word} {every[-1]}"


def codes(names: Iterable[str], word: str = "and") -> str:
    """Return *names* as code, as a sentence lists them."""
    return joined((code(name) for name in names), word)


def by(labels: Sequence[str]) -> str:
    """Return ", by `model`", or nothing where there is no label."""
    return f", by {codes(labels)}" if labels else ""


def measured_words(metric: Metric | External) -> str:
    """Return what a sample of *metric* is measured in."""
    if isinstance(metric, Gauge) and metric.is_timestamp:
        return "Unix time in seconds"
    return "ratio" if metric.unit == "ratio" else unit_words(metric.measured_in) or "count"


def amount(value: float) -> str:
    """Return a number as people write it: in groups of three digits."""
    whole, point, rest = number(value).partition(".")
    return f"{int(whole):,}{point}{rest}" if whole.lstrip("-").isdigit() else number(value)
