"""Which of the names that are read are known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from metricloom.promql.infer import PROMETHEUS_SERIES
from metricloom.promql.parse import Parsed, parse
from metricloom.sources.model import Sources


class Share(NamedTuple):
    """How many of the names are unknown, and how many there are."""

    unknown: int
    read: int


def unknown_share(sources: Sources) -> Share:
    """Return how many of the series that rules and panels read are known to nobody; their own records do not count."""
    own = {rule.name for group in sources.groups for rule in group.rules}
    names = frozenset[str]().union(*(parsed.names for parsed in _parsed(sources))) - own - PROMETHEUS_SERIES.keys()
    return Share(len(names - sources.world.table.keys()), len(names))


def _parsed(sources: Sources) -> Iterator[Parsed]:
    yield from (parse(rule.query.text) for group in sources.groups for rule in group.rules)
    yield from (parse(panel.query.text, variables=True) for panel in sources.panels)
