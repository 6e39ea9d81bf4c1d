"""What an application calls, of a `registry.json`."""

from __future__ import annotations

from collections.abc import Iterator

from metricloom.impact.model import Argument, Operation
from metricloom.impact.values import Value

_OF_TIMER = ("in_flight", "oldest", "first")


def operation(value: Value) -> Operation:
    """Return an operation."""
    timer, outcomes = value.optional("timer"), value.optional("outcomes")
    return Operation(
        subsystem=value.text_of("subsystem"),
        name=value.text_of("name"),
        helper=value.text_of("helper"),
        signature=value.text_of("signature"),
        help="\n".join((value.text_of("help"), *value.list_of("arguments", lambda one: one.text_of("help")))).strip(),
        labels=value.texts("labels"),
        arguments=value.list_of("arguments", _argument),
        effects=(*value.list_of("effects", _effect), *(() if timer is None else _timed(timer))),
        outcomes="" if outcomes is None else outcomes.words(),
        timer_methods=() if timer is None else tuple(_methods(timer)),
    )


def _argument(value: Value) -> Argument:
    return Argument(
        value.text_of("name"),
        value.get("required").flag(),
        value.get("default").words(),
        value.get("keyword_only").flag(),
    )


def _effect(value: Value) -> tuple[str, str]:
    how = (f"{key} {value.get(key).words()}" for key in ("action", "value", "on", "labels"))
    return value.text_of("metric"), ", ".join(how)


def _timed(timer: Value) -> Iterator[tuple[str, str]]:
    """Yield the metrics that a timer changes, as effects."""
    for key in _OF_TIMER:
        if name := timer.text_or_empty(key):
            yield name, f"timer: {key} of {timer.text_of('duration')}"


def _methods(timer: Value) -> Iterator[str]:
    """Yield what the application calls to time its work."""
    yield timer.text_of("name")
    if timer.text_or_empty("first"):
        yield timer.text_of("first_method")
