"""What metrics.py declares: labels and metrics, as values.

They are told apart by `kind`, not by class: after a reload, or from a second copy of this
package, the same declarations are of other classes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Level: TypeAlias = float | Callable[[], float | None]
"""What a gauge takes: a number, or a function read at each scrape (None: absent)."""

OTHER, UNKNOWN = "other", "unknown"
"""The label values under which those count that have no series of their own."""


@dataclass(frozen=True, slots=True)
class Label:
    """A label. Known values have series from the start.

    Beyond `max_values` (without it: beyond the known ones), all count as "other".
    `aliases`: other names of known values, which count under these.
    """

    name: str
    values: tuple[str, ...] = ()
    max_values: int | None = None
    aliases: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Counter:
    """A count that only grows."""

    name: str
    help: str
    labels: tuple[Label, ...] = ()
    kind: Literal["counter"] = field(default="counter", init=False)


@dataclass(frozen=True, slots=True)
class Gauge:
    """A level that rises and falls.

    `initial`: what is shown before it is set; None: nothing is. `copies`: how the values
    of several processes combine. `rising`: it never falls, as the time of the last
    success does not, whatever an older process remembers.
    """

    name: str
    help: str
    labels: tuple[Label, ...] = ()
    initial: float | None = 0.0
    copies: Literal["sum", "shared", "min"] = "sum"
    minimum: float = -math.inf
    maximum: float = math.inf
    rising: bool = False
    kind: Literal["gauge"] = field(default="gauge", init=False)


@dataclass(frozen=True, slots=True)
class Histogram:
    """Durations or sizes, counted in buckets by their upper bounds."""

    name: str
    help: str
    labels: tuple[Label, ...] = ()
    buckets: tuple[float, ...] = ()
    kind: Literal["histogram"] = field(default="histogram", init=False)


Metric: TypeAlias = Counter | Gauge | Histogram

DROPPED = Counter(
    "instrumentation_dropped_total",
    "What the instrumentation module refused, clamped, or counted under other",
    (
        Label("family"),
        Label(
            "reason",
            ("bad_value", "bad_label", "label_overflow", "collector_failed"),
        ),
    ),
)


def shape(metric: Metric) -> tuple[object, ...]:
    """Return what two declarations of one name must agree in."""
    labels = tuple(label.name for label in metric.labels)
    return metric.kind, labels, getattr(metric, "buckets", ())
