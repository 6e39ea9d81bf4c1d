"""The queries of a Grafana dashboard, read from its JSON as Grafana or a person wrote it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from metricloom.errors import Problem, Severity
from metricloom.sources.dashboard_queries import KEYS, Found, queries_of
from metricloom.sources.datasources import Datasources, name_of
from metricloom.sources.json_places import Json, JsonError
from metricloom.sources.json_values import Object, at, text_at
from metricloom.sources.lines import SHOWN, Lines
from metricloom.sources.model import PanelQuery

MAX_LENGTH: Final = 16_000_000
"""In characters: five times the longest dashboard found in public, and little enough to be held in any form."""

MAX_REPEATED: Final = 20
"""How many keys that stand twice are told: a file that was joined by a program may hold thousands."""

_WRAPPERS: Final = ((), ("dashboard",), ("spec",), ("dashboard", "spec"), ("spec", "dashboard"))
_PARTS: Final = {"panels": list, "rows": list, "elements": dict, "templating": dict, "annotations": dict}
UNREADABLE_HINT: Final = "give a dashboard as Grafana exports it: Share, Export, Save to file"


@dataclass(frozen=True, slots=True)
class DashboardFile:
    """The queries of a dashboard, in the order of its file, and what is wrong with the file."""

    title: str = ""
    uid: str = ""
    panels: tuple[PanelQuery, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_dashboard(path: str, text: str) -> DashboardFile:
    """Return the PromQL of the dashboard in *text*: queries of panels, of variables and of annotations.

    A text that is no dashboard has one problem that says so, and no query.
    """
    if len(text) > MAX_LENGTH:
        message = f"the file has {len(text):,} characters; metricloom reads dashboards of at most {MAX_LENGTH:,}"
        return DashboardFile(problems=(_unreadable(Lines(path, text[:SHOWN]), message, 0),))
    try:
        document = Json(path, text, KEYS)
    except JsonError as error:
        return DashboardFile(problems=(_unreadable(Lines(path, text), error.message, error.offset),))
    board = _board(document.root)
    if board is None:
        message = "no Grafana dashboard: it has neither panels, rows nor elements"
        return DashboardFile(problems=(_unreadable(document.lines, message, 0),))
    title = text_at(board, "title")
    uid = text_at(board, "uid") or text_at(document.root, "metadata", "name")
    found = queries_of(board, Datasources.of(document.root, board))
    panels = tuple(_panel_query(document, each, title) for each in found)
    return DashboardFile(title, uid, panels, tuple(_repeated(document)))


def _board(root: Any) -> Object | None:
    """Return the dashboard itself: it may stand in an answer of Grafana's API, or in a manifest."""
    for keys in _WRAPPERS:
        board = at(root, *keys)
        if any(isinstance(at(board, key), form) for key, form in _PARTS.items()):
            return board if isinstance(board, dict) else None
    return None


def _panel_query(document: Json, found: Found, dashboard: str) -> PanelQuery:
    written = document.written(found.holder, found.key, found.part)
    described = found.described if text_at(found.described, "description") else None
    return PanelQuery(
        found.title,
        found.target,
        written,
        written.at,
        found.unit,
        found.legend,
        dashboard,
        name_of(found.reference),
        document.written(described, "description") if described is not None else None,
    )


def _unreadable(lines: Lines, message: str, offset: int) -> Problem:
    source, span = lines.around(offset)
    return Problem(
        "D930", "unreadable-dashboard", message, lines.location(offset), UNREADABLE_HINT, source=source, span=span
    )


def _repeated(document: Json) -> Iterator[Problem]:
    for key, offset in islice(document.repeated, MAX_REPEATED):
        source, span = document.lines.around(offset)
        yield Problem(
            "D931",
            "repeated-key",
            f"the key {key!r} stands again in the same object: Grafana reads the last",
            document.lines.location(offset),
            "keep one of them",
            Severity.WARNING,
            source,
            span,
        )
