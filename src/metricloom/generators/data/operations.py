"""What an application calls, and what each call changes, as data."""

from __future__ import annotations

from metricloom.generators.data.values import Json, number_data
from metricloom.monitoring.effects import Effect, Given
from metricloom.monitoring.metrics import Metric
from metricloom.monitoring.operations import Absent, Argument, Operation
from metricloom.monitoring.timers import Outcomes, Timer
from metricloom.registry.subsystem import Subsystem


def operation_data(subsystem: Subsystem, operation: Operation) -> Json:
    """Return an operation."""
    timer = operation.declared_timer
    return {
        "subsystem": subsystem.name,
        "name": operation.name,
        "helper": operation.helper,
        "signature": operation.signature,
        "help": operation.help,
        "labels": [label.name for label in operation.labels],
        "arguments": [_argument(argument) for argument in operation.parameters],
        "effects": [_effect(effect) for effect in operation.effects],
        "outcomes": _outcomes(operation.outcomes) if operation.outcomes is not None else None,
        "timer": _timer(timer) if timer is not None else None,
    }


def _argument(argument: Argument) -> Json:
    required = argument.default is Absent.REQUIRED
    return {
        "name": argument.name,
        "help": argument.help,
        "required": required,
        "default": None if required else argument.default,
        "keyword_only": argument.keyword_only,
    }


def _effect(effect: Effect) -> Json:
    return {
        "metric": effect.metric.name,
        "action": str(effect.action),
        "value": effect.value if isinstance(effect.value, str) else number_data(effect.value),
        "on": str(effect.on),
        "labels": {name: _label_value(value) for name, value in effect.labels.items()},
    }


def _label_value(value: str | Given) -> str | Json:
    if isinstance(value, str):
        return value
    return {"argument": value.argument, "then": value.then, "otherwise": value.otherwise}


def _outcomes(outcomes: Outcomes) -> Json:
    return {"label": outcomes.label.name, "exceptions": dict(outcomes.exceptions)}


def _timer(timer: Timer) -> Json:
    return {
        "name": timer.name,
        "duration": timer.duration,
        "in_flight": _name(timer.in_flight),
        "oldest": _name(timer.oldest),
        "first": _name(timer.first),
        "first_method": timer.first_method,
    }


def _name(metric: Metric | None) -> str | None:
    return metric.name if metric is not None else None
