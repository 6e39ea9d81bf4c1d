"""From a call to the metric that it creates: the client library's own rules for names and labels."""

from __future__ import annotations

import math
from typing import Any, Final

from metricloom.adoption.code.calls import DEFAULT_BUCKETS, Call, NotLiteralError, literal
from metricloom.adoption.model import Found, FoundLabel, FoundSeries
from metricloom.exposition.model import FamilyType

PARAMETERS: Final = ("name", "documentation", "labelnames", "namespace", "subsystem", "unit")
"""The first of all classes, in this order."""

TYPES: Final = {
    "Counter": FamilyType.COUNTER,
    "Gauge": FamilyType.GAUGE,
    "Histogram": FamilyType.HISTOGRAM,
    "Summary": FamilyType.SUMMARY,
    "Info": FamilyType.INFO,
    "Enum": FamilyType.STATESET,
}
_ENDINGS: Final = {
    FamilyType.COUNTER: ("_total",),
    FamilyType.HISTOGRAM: ("_bucket", "_sum", "_count"),
    FamilyType.SUMMARY: ("_sum", "_count"),
    FamilyType.INFO: ("_info",),
}


def found_by(call: Call, remarks: list[str]) -> Found | None:
    """Return the metric that *call* creates; None where only a run can tell its name, which *remarks* then say."""
    try:
        name = _name(call)
    except NotLiteralError:
        remarks.append(f"{call.place}: a {call.kind} whose name is no literal is left out")
        return None
    kind = TYPES[call.kind]
    labels = [FoundLabel(str(label)) for label in _argument(call, "labelnames", tuple, remarks, name)]
    if kind is FamilyType.STATESET:
        labels.append(FoundLabel(name))
    stem = name.removesuffix("_total") if kind is FamilyType.COUNTER else name
    names = [f"{stem}{ending}" for ending in _ENDINGS.get(kind, ("",))]
    own = tuple(label.name for label in labels)
    return Found(
        names[0] if len(names) == 1 else name,
        kind,
        _argument(call, "documentation", str, remarks, name),
        labels=tuple(labels),
        buckets=_buckets(call, remarks, name) if kind is FamilyType.HISTOGRAM else (),
        series=tuple(
            FoundSeries(each, (*own, "le") if each.endswith("_bucket") else own, _counts(kind)) for each in names
        ),
        places=(call.place,),
    )


def _counts(kind: FamilyType) -> bool:
    return kind in (FamilyType.COUNTER, FamilyType.HISTOGRAM, FamilyType.SUMMARY)


def _given(call: Call, name: str) -> Any:
    """Return the value of an argument; None where it is not given."""
    position = PARAMETERS.index(name) if name in PARAMETERS else len(call.arguments)
    node = call.arguments[position] if position < len(call.arguments) else call.keywords.get(name)
    return None if node is None else literal(node, call.constants)


def _name(call: Call) -> str:
    if not call.is_whole:
        raise NotLiteralError
    parts = [_given(call, part) or "" for part in ("namespace", "subsystem", "name")]
    unit = _given(call, "unit") or ""
    if not all(isinstance(part, str) for part in (*parts, unit)) or not parts[2]:
        raise NotLiteralError
    name = "_".join(filter(None, parts))
    if call.kind == "Counter":
        name = name.removesuffix("_total")
    name += f"_{unit}" if unit and not name.endswith(f"_{unit}") else ""
    return f"{name}_total" if call.kind == "Counter" else name


def _argument(call: Call, name: str, kind: type, remarks: list[str], metric: str) -> Any:
    """Return an argument that may be missing; one that is no literal is told, and taken for missing."""
    try:
        value = _given(call, name)
        if value is None or isinstance(value, kind):
            return kind() if value is None else value
    except NotLiteralError:
        pass
    remarks.append(f"{call.place}: {name} of {metric} is no literal: fill it in")
    return kind()


def _buckets(call: Call, remarks: list[str], metric: str) -> tuple[float, ...]:
    if "buckets" not in call.keywords:
        return DEFAULT_BUCKETS
    given = _argument(call, "buckets", tuple, remarks, metric)
    numbers = [bound for bound in given if isinstance(bound, int | float) and math.isfinite(bound)]
    return tuple(dict.fromkeys(map(float, numbers)))
