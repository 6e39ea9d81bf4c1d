"""`registry.json` read: by its text, with all that may be wrong with a file that a person gave."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, NoReturn

from metricloom.errors import UserError
from metricloom.impact.model import Document, External, Key, Label, Metric, Subsystem
from metricloom.impact.read_calls import operation
from metricloom.impact.read_rules import alert, budget, dashboard, panels, price, recording
from metricloom.impact.values import HINT, Value

READABLE: Final = (1,)
"""The versions of the format that are read."""
MAX_BYTES: Final = 64 * 1024 * 1024
"""Some two hundred times the shipped registry."""
SETTINGS: Final = ("name", "title", "scrape_interval", "evaluation_interval", "min_prometheus", "docs_url")
LISTS: Final = ("scope", "identity", "replica")


def from_bytes(content: bytes, source: str) -> Document:
    """Return the registry that *content* holds; *source* names it in messages.

    Raises:
        UserError: it is no registry.json, or one of a format that is not read.
    """
    if len(content) > MAX_BYTES:
        raise UserError(f"{source} has more than {MAX_BYTES:,} bytes, which no registry.json has", HINT)
    try:
        data = json.loads(content.decode("utf-8-sig"), parse_constant=_refused)
    except UnicodeDecodeError as error:
        raise UserError(f"{source} is no text: byte {error.start} is not UTF-8", HINT) from error
    except RecursionError as error:
        raise UserError(f"{source} is nested too deep", HINT) from error
    except ValueError as error:
        raise UserError(f"{source} is no JSON: {error}", HINT) from error
    return from_data(data, source)


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")


def from_data(data: Any, source: str, places: Mapping[Key, str] | None = None) -> Document:
    """Return the registry that *data*, JSON's own values, holds.

    Raises:
        UserError: as of `from_bytes`.
    """
    whole = Value(data, source)
    _require_format(whole)
    return replace(_document(whole), places=places or {})


def _require_format(whole: Value) -> None:
    found = whole.get("schema").data
    if isinstance(found, int) and not isinstance(found, bool) and found in READABLE:
        return
    newer = isinstance(found, int) and found > max(READABLE)
    reads = " and ".join(map(str, READABLE))
    raise UserError(
        f"{whole.source} is of format {str(found)[:40]}, and this metricloom reads {reads}",
        "update metricloom" if newer else "generate it again with this metricloom, from the registry of that time",
    )


def _document(whole: Value) -> Document:
    lists = [*LISTS, *(["sites"] if whole.says("sites") else [])]
    boards = list(whole.get("dashboards").items())
    return Document(
        source=whole.source,
        settings={
            **{key: whole.text_of(key) for key in SETTINGS},
            "site": whole.text_or_empty("site"),
            "target": whole.get("target").words(),
        },
        lists={key: whole.texts(key) for key in lists},
        subsystems=whole.list_of("subsystems", _subsystem),
        metrics=whole.list_of("metrics", _metric),
        externals=whole.list_of("externals", _external),
        operations=whole.list_of("operations", operation),
        amounts=(*whole.list_of("prices", price), *whole.list_of("budgets", budget)),
        recordings=whole.list_of("recordings", recording),
        alerts=whole.list_of("alerts", alert),
        dashboards=tuple(dashboard(board) for board in boards),
        panels=tuple(panel for board in boards for panel in panels(board)),
    )


def _subsystem(value: Value) -> Subsystem:
    return Subsystem(*(value.text_of(key) for key in ("name", "title", "owner", "service", "about")))


def _metric(value: Value) -> Metric:
    return Metric(
        subsystem=value.text_of("subsystem"),
        name=value.text_of("name"),
        type=value.text_of("type"),
        help=value.text_of("help"),
        unit=value.text_of("unit"),
        internal=value.get("internal").flag(),
        labels=value.list_of("labels", _label),
        **dict(_of_type(value)),
    )


def _of_type(value: Value) -> Iterator[tuple[str, Any]]:
    match value.get("type").data:
        case "counter":
            yield "subset_of", _subset(value)
        case "gauge":
            yield "timestamp", value.get("timestamp").flag()
            yield "copies", value.text_of("copies")
            yield from ((key, value.number_or_none(key)) for key in ("initial", "minimum", "maximum"))
        case "histogram":
            yield "buckets", value.list_of("buckets", Value.number)
            yield "timeout", value.number_or_none("timeout")


def _subset(value: Value) -> dict[str, str]:
    found = value.optional("subset_of")
    if found is None or isinstance(found.data, dict):
        return {} if found is None else value.text_by_key("subset_of")
    return {"": found.text()}


def _label(value: Value) -> Label:
    return Label(
        value.text_of("name"),
        value.text_of("help"),
        value.texts("values"),
        value.number_or_none("max_values"),
        value.text_by_key("aliases") if value.says("aliases") else None,
    )


def _external(value: Value) -> External:
    name, kind, about, unit = (value.text_of(key) for key in ("name", "type", "help", "unit"))
    return External(name, kind, about, unit, value.texts("labels"))
