"""Dashboards: a band, rows of panels, and the variables that filter them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from metricloom.dashboards.panels import MAX_TITLE, Panel, QueryPanel
from metricloom.dashboards.text import interpolated
from metricloom.declaration import Declaration, seconds
from metricloom.errors import Problem
from metricloom.monitoring.labels import Label

MAX_IN_ROW = 8
MAX_IN_BAND = 10
MIN_REFRESH_SECONDS = 30
DATASOURCE = "datasource"
UID = re.compile(r"[A-Za-z0-9_-]{1,40}")


@dataclass(frozen=True, eq=False)
class Row(Declaration):
    """Panels under one title. They are drawn stats first, then trends, then tables, each in the order declared."""

    looks_inside = False

    title: str
    panels: Sequence[Panel]

    def check(self) -> Iterator[Problem]:
        yield from row_faults(self, f"row {self.title[:MAX_TITLE]!r}", self.panels, MAX_IN_ROW)


@dataclass(frozen=True, eq=False)
class Dashboard(Declaration):
    """A dashboard.

    Without *rows* it shows each subsystem's panels under that subsystem's title. *band* stands above the rows, without
    a title. *variables* are the labels that a person may choose values of, beside the registry's identity labels.
    *uid* is part of the dashboard's address: it follows from the title unless given.
    """

    looks_inside = False

    title: str
    band: Sequence[Panel] = ()
    rows: Sequence[Row] = ()
    variables: Sequence[Label | str] = ()
    uid: str = ""
    tags: Sequence[str] = ()
    refresh: str = "30s"
    time_from: str = "6h"

    @property
    def slug(self) -> str:
        """The uid, which also names the file."""
        return self.uid or re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")[:40].strip("-")

    @property
    def variable_names(self) -> tuple[str, ...]:
        """The labels that a person may choose values of."""
        return tuple(str(label) for label in self.variables)

    def check(self) -> Iterator[Problem]:
        yield from row_faults(self, f"the band of dashboard {self.title!r}", self.band, MAX_IN_BAND)
        for row in self.rows:
            yield from row.faults
        titles = [row.title for row in self.rows if row.well_typed]
        for title in sorted({title for title in titles if titles.count(title) > 1}):
            yield self.fault("A512", "duplicate-identity", f"two rows are called {title!r}", "rename one, or join them")
        if not self.title.strip() or not UID.fullmatch(self.slug):
            yield self.fault(
                "D916",
                "dashboard-uid",
                f"dashboard {self.title[:MAX_TITLE]!r} has the uid {self.slug!r}",
                "give uid= 1 to 40 letters, digits, - or _",
            )
        if (seconds(self.refresh) or 0) < MIN_REFRESH_SECONDS:
            yield self.fault(
                "D917",
                "dashboard-refresh",
                f"dashboard {self.title!r} refreshes every {self.refresh!r}",
                "give 30s or more",
            )
        if not seconds(self.time_from):
            yield self.fault(
                "D920",
                "dashboard-time",
                f"dashboard {self.title!r} shows the last {self.time_from!r}",
                "write 6h, 7d …",
            )


def row_faults(declared: Declaration, shown: str, panels: Sequence[Panel], most: int) -> Iterator[Problem]:
    """Yield the faults of the panels of one row, and a title that two of them share."""
    for panel in panels:
        yield from panel.faults
    yield from crowded(declared, shown, panels, most)
    titles = [panel.title for panel in panels if panel.well_typed]
    for title in sorted({title for title in titles if titles.count(title) > 1}):
        yield declared.fault("A512", "duplicate-identity", f"{shown}: two panels are called {title!r}", "rename one")


def crowded(declared: Declaration, shown: str, panels: Sequence[Panel], most: int) -> Iterator[Problem]:
    """Yield a fault if a row has more panels than a person takes in."""
    if len(panels) > most:
        yield declared.fault(
            "D918", "crowded-row", f"{shown} has {len(panels)} panels", f"keep at most {most}, or make another"
        )


def interpolated_legends(panel: QueryPanel, variables: Collection[str]) -> Iterator[Problem]:
    """Yield a fault for each legend in which Grafana would put a variable's value in place of its name."""
    for target in panel.targets:
        yield from interpolated_title(panel, target.legend, variables)


def interpolated_title(declared: Declaration, title: str, variables: Collection[str]) -> Iterator[Problem]:
    """Yield a fault for each variable of which Grafana would put the value in place of its name in *title*.

    Grafana offers no escape there; in a description, the generator writes one.
    """
    for part in interpolated(title, {DATASOURCE, *variables}):
        yield declared.fault(
            "D915",
            "interpolated-title",
            f"{title[:MAX_TITLE]!r}: Grafana shows the value of a variable in place of {part}",
            "write the name without $, ${} or [[]]",
        )
