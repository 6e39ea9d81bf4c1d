"""What the guide says of the instrumentation: how an application calls it, and what each call changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from metricloom.generators.chapters.wording import codes
from metricloom.generators.markdown import block, code, text
from metricloom.monitoring.effects import Action, Effect, Given, On
from metricloom.monitoring.metrics import Metric
from metricloom.monitoring.operations import EXEMPLAR, OUTCOME, SUCCESS, Absent, Argument, Operation
from metricloom.registry.registry import Registry

USES = {SUCCESS: "whether it succeeded", EXEMPLAR: "what the observation links to, such as a trace id"}
WORDS = {Action.SET: "is set to", Action.OBSERVE: "observes", Action.INC: "grows by"}


@dataclass(frozen=True, slots=True)
class OperationSection:
    """One operation; all texts are Markdown."""

    meaning: str
    block: str
    arguments: list[ArgumentRow]
    effects: list[str]


@dataclass(frozen=True, slots=True)
class ArgumentRow:
    """An argument, in a line of a table."""

    name: str
    default: str
    meaning: str


def operation_section(operation: Operation) -> OperationSection:
    """Return the section of *operation*."""
    return OperationSection(
        text(operation.help),
        block("\n".join(_calls(operation)), "python"),
        list(_arguments(operation)),
        [*(_effect(operation, effect) for effect in operation.effects), *_of_timer(operation)],
    )


def operations_by_metric(registry: Registry) -> Mapping[Metric, list[str]]:
    """Return the methods that change each metric."""
    found: dict[Metric, dict[str, None]] = defaultdict(dict)
    for operation in registry.every_operation:
        for effect in operation.effects:
            found[effect.metric][str(operation)] = None
        timer = operation.declared_timer
        if timer is not None:
            found.update(
                {metric: {**found[metric], f"{operation.helper}.{timer.name}": None} for metric in timer.metrics}
            )
    return {metric: list(methods) for metric, methods in found.items()}


def _calls(operation: Operation) -> Iterator[str]:
    yield f"{operation.helper}.{operation.signature}"
    timer = operation.declared_timer
    if timer is not None:
        labels = ", ".join(label.name for label in operation.labels)
        yield f"with {operation.helper}.{timer.name}({labels}) as call: ...  # or: async with, or as a decorator"


def _arguments(operation: Operation) -> Iterator[ArgumentRow]:
    for label in operation.labels:
        yield ArgumentRow(code(label.name), "", text(label.help))
    for argument in operation.parameters:
        default = "" if argument.default is Absent.REQUIRED else code(repr(argument.default))
        yield ArgumentRow(code(argument.name), default, text(argument.help) or _use(operation, argument))


def _use(operation: Operation, argument: Argument) -> str:
    """Return what an argument that nobody explained is for."""
    used = [effect.metric.name for effect in operation.effects if effect.value == argument.name]
    if used:
        return f"goes into {codes(dict.fromkeys(used))}"
    if argument.name == OUTCOME and operation.outcomes is not None:
        return (
            f"how it ended: {codes(operation.outcomes.label.values, 'or')}; where it is given, it decides over success"
        )
    return USES.get(argument.name, "")


def _effect(operation: Operation, effect: Effect) -> str:
    labels = "".join(_label(name, value) for name, value in effect.labels.items())
    if operation.outcomes is not None and operation.outcomes.label in effect.metric.labels:
        labels += f", {code(operation.outcomes.label.name)} being how it ended"
    when = "" if effect.on is On.ALWAYS else f", on {effect.on} only"
    if effect.action is Action.SET_TO_NOW:
        return f"{code(effect.metric.name)} is set to the time of the call{labels}{when}"
    value = code(effect.value) if isinstance(effect.value, str) else f"{effect.value:g}"
    return f"{code(effect.metric.name)} {WORDS[effect.action]} {value}{labels}{when}"


def _label(name: str, value: str | Given) -> str:
    if isinstance(value, str):
        return f", {code(name)} being {code(value)}"
    then = f"{code(value.then)} where {code(value.argument)} is given"
    return f", {code(name)} being {then}, else {code(value.otherwise)}"


def _of_timer(operation: Operation) -> Iterator[str]:
    timer = operation.declared_timer
    if timer is None:
        return
    if timer.in_flight is not None:
        yield f"{code(timer.in_flight.name)} counts the timers that are open"
    if timer.oldest is not None:
        yield f"{code(timer.oldest.name)} holds when the timer that is open for longest was opened"
    if timer.first is not None:
        method = code(f"{timer.first_method}()")
        yield f"{code(timer.first.name)} observes the time until a stream gives its first item, or {method} is called"
