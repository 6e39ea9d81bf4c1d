"""The schema of registry.json, and the tables that docs/registry-json.md holds of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

SCHEMA: dict[str, Any] = json.loads(files("metricloom.generators").joinpath("registry.schema.json").read_text("utf-8"))


def documented() -> Iterator[str]:
    """Yield the section of each object: its name, what it is, and a table of its keys."""
    for name, declared in {"registry": SCHEMA, **SCHEMA["$defs"]}.items():
        keys = _table(declared["properties"]) if "properties" in declared else f"One of {_type(declared)}.\n"
        yield f"## {name.replace('_', ' ')}\n\n{declared['description']}\n\n{keys}"


def _table(properties: dict[str, Any]) -> str:
    rows = (f"| `{key}` | {_type(declared)} | {declared['description']} |" for key, declared in properties.items())
    return "\n".join(["| key | type | meaning |", "|---|---|---|", *rows, ""])


def _type(declared: dict[str, Any]) -> str:
    """Return the type of a value in a few words; what it is of, as a link to its section."""
    if "$ref" in declared:
        name = declared["$ref"].removeprefix("#/$defs/")
        return f"[{name.replace('_', ' ')}](#{name.replace('_', '-')})"
    for several in ("anyOf", "oneOf"):
        if several in declared:
            return " or ".join(dict.fromkeys(_type(one) for one in declared[several]))
    if "const" in declared or "enum" in declared:
        values = declared.get("enum", [declared.get("const")])
        return " or ".join("null" if value is None else f"`{value}`" for value in values)
    kind = declared["type"]
    if isinstance(kind, list):
        return " or ".join(kind)
    if kind == "array":
        return f"list of {_type(declared['items'])}"
    return f"object of {_type(declared['additionalProperties'])}" if kind == "object" else str(kind)
