"""Ways to edit the data of a registry, and what is told of it then."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from metricloom import Registry
from metricloom.generators.registry_data import to_data
from metricloom.impact.compare import Comparison, compare
from metricloom.impact.read import from_data
from metricloom.promql.text import rename
from tests.impact_registry import REGISTRY

Data = dict[str, Any]
Edit = Callable[[Data], object]


@dataclass(frozen=True, slots=True)
class Case:
    """Edits, the changes that must be told (kind, what of, how bad), and what they must reach."""

    name: str
    edits: tuple[Edit, ...]
    changes: frozenset[tuple[str, str, str]]
    reaches: frozenset[tuple[str, str]]


def case(
    name: str,
    *edits: Edit,
    tells: Sequence[tuple[str, str, str]],
    breaks: Sequence[str] = (),
    alters: Sequence[str] = (),
    follows: Sequence[str] = (),
) -> Case:
    """Return a case; what is reached is given by its sort and its name."""
    verdicts = {"breaks": breaks, "alters": alters, "follows": follows}
    reaches = frozenset((verdict, shown) for verdict, names in verdicts.items() for shown in names)
    return Case(name, edits, frozenset(tells), reaches)


@cache
def _data(registry: Registry) -> Data:
    return to_data(registry)


def data(registry: Registry = REGISTRY) -> Data:
    """Return the registry as data of its own."""
    return copy.deepcopy(_data(registry))


def named(part: list[Data], name: str) -> Data:
    """Return the item called *name*, or titled so."""
    return next(item for item in part if item.get("name", item.get("title")) == name)


def panel(whole: Data, title: str) -> Data:
    """Return the panel of the dashboard's row that is titled so."""
    found: Data = named(whole["dashboards"][0]["rows"][0]["panels"], title)
    return found


def label(whole: Data, metric: str, name: str) -> Data:
    """Return a label of a metric."""
    return named(named(whole["metrics"], metric)["labels"], name)


def every(key: str, value: Any, *path: str) -> Edit:
    """Return an edit that sets *key* of what stands at *path*: the name of a list, then that of an item."""

    def edit(whole: Data) -> None:
        item = whole
        for part, name in zip(path[::2], path[1::2], strict=True):
            item = named(item[part], name)
        item[key] = value

    return edit


def without(part: str, *names: str) -> Edit:
    """Return an edit that takes the items called *names* out of a list."""

    def edit(whole: Data) -> None:
        whole[part] = [item for item in whole[part] if item.get("name", item.get("title")) not in names]

    return edit


def replaced(old: str, new: str, *parts: str) -> Edit:
    """Return an edit that puts *new* for *old* wherever it stands in *parts* of the registry; all, where none."""

    def changed(value: Any) -> Any:
        match value:
            case str():
                return value.replace(old, new)
            case list():
                return [changed(item) for item in value]
            case dict():
                return {changed(key): changed(item) for key, item in value.items()}
        return value

    def edit(whole: Data) -> None:
        for part in parts or list(whole):
            whole[part] = changed(whole[part])

    return edit


def compared(*edits: Edit, old: Data | None = None) -> Comparison:
    """Return what changes where *edits* are made."""
    before = data() if old is None else old
    after = copy.deepcopy(before)
    for edit in edits:
        edit(after)
    return compare(from_data(before, "old"), from_data(after, "new"))


def told(comparison: Comparison) -> set[tuple[str, str, str]]:
    """Return the changes: kind, what of, and how bad."""
    return {(change.kind.name, change.subject, change.impact.word) for change in comparison.changes}


def reached(comparison: Comparison, kind: str = "") -> set[tuple[str, str]]:
    """Return what changes do to what reads, of one kind of change or all: verdict and name."""
    return {
        (one.verdict.value, one.shown)
        for change in comparison.changes
        if kind in ("", change.kind.name)
        for one in change.consequences
    }


def argument(name: str, *, required: bool = False) -> Data:
    """Return an argument of a call."""
    return {"name": name, "help": "", "required": required, "default": None, "keyword_only": not required}


def each_label(name: str, change: Callable[[Data], object]) -> Edit:
    """Return an edit that changes the label *name* of each metric that has it."""

    def edit(whole: Data) -> None:
        for metric in whole["metrics"]:
            for one in metric["labels"]:
                if one["name"] == name:
                    change(one)

    return edit


def renamed_label(name: str, now: str) -> Edit:
    """Return an edit that renames the label *name* of each metric that has it."""
    return each_label(name, lambda one: one.update(name=now))


def without_label(name: str) -> Edit:
    """Return an edit that takes the label *name* from each metric."""

    def edit(whole: Data) -> None:
        for metric in whole["metrics"]:
            metric["labels"] = [one for one in metric["labels"] if one["name"] != name]

    return edit


def with_label(name: str, *metrics: str) -> Edit:
    """Return an edit that gives *metrics* the label *name*."""

    def edit(whole: Data) -> None:
        for metric in metrics:
            added = {"name": name, "help": "", "values": [], "max_values": 3, "aliases": {}}
            named(whole["metrics"], metric)["labels"].append(added)

    return edit


def asked(alert_name: str, old: str, new: str) -> Edit:
    """Return an edit of the expression of an alert."""
    return _of_expression("alerts", alert_name, old, new)


def recorded(record: str, old: str, new: str) -> Edit:
    """Return an edit of the expression of a record."""
    return _of_expression("recordings", record, old, new)


def _of_expression(part: str, name: str, old: str, new: str) -> Edit:
    def edit(whole: Data) -> None:
        rule = named(whole[part], name)
        for key in ("expression", "written", *(("query",) if "query" in rule else ())):
            rule[key] = rule[key].replace(old, new)

    return edit


def threshold(alert_name: str, value: float) -> Edit:
    """Return an edit of the threshold of an alert, in all that says it."""

    def edit(whole: Data) -> None:
        rule = named(whole["alerts"], alert_name)
        old = f"{rule['operator']} {rule['threshold']['value']}"
        for key in ("expression", "written"):
            rule[key] = rule[key].replace(old, f"{rule['operator']} {value}")
        rule["threshold"]["value"] = value

    return edit


def expanded(old: str, new: str) -> Edit:
    """Return an edit of what was filled into the expressions of records: what was declared stays."""

    def edit(whole: Data) -> None:
        for rule in whole["recordings"]:
            rule["expression"] = rule["expression"].replace(old, new)

    return edit


def renamed_in_expressions(label_name: str, now: str) -> Edit:
    """Return an edit that gives a label its new name in all expressions, but in no name of a series."""

    def edit(whole: Data) -> None:
        queries = [
            query for row in whole["dashboards"][0]["rows"] for one in row["panels"] for query in one.get("queries", ())
        ]
        for holder in (*whole["recordings"], *whole["alerts"], *queries):
            for key in ("expression", "written", "query"):
                if key in holder:
                    holder[key] = rename(holder[key], {}, {label_name: now})

    return edit
