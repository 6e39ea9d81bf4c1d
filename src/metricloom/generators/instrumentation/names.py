"""The names of the generated module: constants, classes, attributes; each unique, each derived from a declaration."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from metricloom.declaration import Declaration
from metricloom.monitoring.labels import Label
from metricloom.monitoring.metrics import Metric
from metricloom.monitoring.operations import Operation, parameter_name
from metricloom.monitoring.timers import Outcomes

RESERVED = ("METRICS", "REGISTRY")
"""Constants of the module beside those of what is declared."""
ATTRIBUTES = ("reset",)
"""What an instance of `Metrics` has beside its helpers."""
ENDING = re.compile(r"(?<=.)_(total|timestamp_seconds)$")


def unique(wanted: str, taken: set[str]) -> str:
    """Return *wanted*, with a number behind it if that name is taken, and take it."""
    name, number = identifier(wanted), 2
    while name in taken:
        name, number = f"{wanted}_{number}", number + 1
    taken.add(name)
    return name


def identifier(name: str) -> str:
    """Return *name*, with `_` behind it if it is a word of Python."""
    return f"{name}_" if keyword.iskeyword(name) else name


def snake(name: str) -> str:
    """Return a class's name as a variable is named: `llm_metrics` for `LLMMetrics`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def camel(name: str) -> str:
    """Return a variable's name as a class is named."""
    return "".join(part.capitalize() for part in name.split("_"))


def noun(operation: Operation) -> str:
    """Return what an operation records one of: `call` for `record_call`."""
    return operation.name.removeprefix("record_") or operation.name


class Constants:
    """The names of the module's constants."""

    def __init__(self, labels: Iterable[Label], metrics: Iterable[Metric], outcomes: Iterable[Outcomes]) -> None:
        taken = set(RESERVED)
        self._names: dict[int, str] = {}
        named: tuple[Metric | Label, ...] = (*metrics, *labels)
        for declaration in named:
            self._names[id(declaration)] = unique(declaration.name.upper(), taken)
        for each in outcomes:
            self._names[id(each)] = unique("OUTCOME_OF_EXCEPTION", taken)

    def of(self, declaration: Declaration) -> str:
        """Return the name of the constant that holds a label, a metric, or the outcomes of exceptions."""
        return self._names[id(declaration)]


@dataclass(frozen=True)
class Helper:
    """The operations of one helper, such as `LLMMetrics`, and the names in its classes."""

    name: str
    titles: tuple[str, ...]
    operations: tuple[Operation, ...]

    @property
    def stem(self) -> str:
        """What the names of its classes begin with: `LLM`."""
        return self.name.removesuffix("Metrics")

    @property
    def attribute(self) -> str:
        """The attribute of `Metrics` that holds it: `llm`."""
        name = snake(self.stem)
        return f"{name}_" if name in ATTRIBUTES else identifier(name)

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The metrics that it changes, each once."""
        return tuple(dict.fromkeys(metric for operation in self.operations for metric in operation.metrics))

    @cached_property
    def fields(self) -> dict[Metric, str]:
        """The name of each metric among the attributes: without what all of them begin with, and without
        `_total` or `_timestamp_seconds`.
        """
        taken = {parameter_name(label) for operation in self.operations for label in operation.labels}
        return {metric: unique(self._short(metric.name), taken) for metric in self.metrics}

    def _short(self, name: str) -> str:
        short = ENDING.sub("", name.removeprefix(f"{snake(self.stem)}_"))
        return short if short.isidentifier() else name

    @property
    def rows(self) -> Iterator[tuple[Label, ...]]:
        """The sets of labels that its operations have, each once."""
        yield from dict.fromkeys(tuple(operation.labels) for operation in self.operations)

    def row_name(self, labels: tuple[Label, ...]) -> str:
        """Return the name of the attribute that holds the series of each value of *labels*."""
        return f"by_{'_and_'.join(label.name for label in labels)}" if labels else "whole"

    def row_class(self, labels: tuple[Label, ...]) -> str:
        """Return the name of the class that holds those series: `_LLMByModel`."""
        return f"_{self.stem}{camel(self.row_name(labels))}"

    def timer_class(self, operation: Operation) -> str:
        """Return the name of the class whose objects are operations under way: `LLMCall`."""
        return f"{self.stem}{camel(noun(operation))}"


def helpers_of(subsystems: Iterable[tuple[str, Iterable[Operation]]]) -> tuple[Helper, ...]:
    """Return the helpers of a registry, given each subsystem's title and operations."""
    operations: dict[str, list[Operation]] = {}
    titles: dict[str, dict[str, None]] = {}
    for title, declared in subsystems:
        for operation in declared:
            operations.setdefault(operation.helper, []).append(operation)
            titles.setdefault(operation.helper, {})[title] = None
    return tuple(Helper(name, tuple(titles[name]), tuple(each)) for name, each in operations.items())
