"""Parts of a JSON value that may have any form: what is not as expected is as if it were not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Object = Mapping[str, Any]


def at(value: Any, *keys: str) -> Any:
    """Return what stands under *keys*, one in the other; None where there is no such thing."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def text_at(value: Any, *keys: str) -> str:
    """Return the string under *keys*, "" where there is none."""
    found = at(value, *keys)
    return found if isinstance(found, str) else ""


def objects_at(value: Any, *keys: str) -> Iterator[Object]:
    """Yield the objects in the array under *keys*."""
    found = at(value, *keys)
    return (each for each in found if isinstance(each, dict)) if isinstance(found, list) else iter(())


def every_object(value: Any) -> Iterator[Object]:
    """Yield each object in *value*, at any depth, in the order of the file."""
    pending = [value]
    while pending:
        each = pending.pop()
        if isinstance(each, dict):
            yield each
            pending.extend(reversed(each.values()))
        elif isinstance(each, list):
            pending.extend(reversed(each))
