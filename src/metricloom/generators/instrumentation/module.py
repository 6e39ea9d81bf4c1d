"""The generated module as a whole, as source for its template."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from metricloom.generators.instrumentation.classes import Row, TimerClass
from metricloom.generators.instrumentation.methods import Method
from metricloom.generators.instrumentation.names import Constants, Helper, helpers_of, noun
from metricloom.generators.instrumentation.source import (
    Group,
    Source,
    call,
    comment,
    docstring,
    harmless,
    line,
    literal,
    named,
    text,
)
from metricloom.monitoring.dropped import DROPPED
from metricloom.monitoring.effects import Action
from metricloom.monitoring.labels import Label
from metricloom.monitoring.metrics import Gauge, Histogram, Metric
from metricloom.monitoring.operations import Operation
from metricloom.monitoring.timers import Outcomes
from metricloom.registry.registry import Registry

FOR_APPLICATIONS = ("asgi_app", "delete_pushed", "push", "start_server", "wsgi_app")
"""What the machinery has for applications: metrics.py passes it on."""


@dataclass(frozen=True)
class Module:
    """The module `metrics.py` of a registry."""

    registry: Registry

    @cached_property
    def metrics(self) -> tuple[Metric, ...]:
        """The metrics to declare."""
        return tuple(metric for metric in self.registry.families if metric.name != DROPPED.name)

    @cached_property
    def labels(self) -> tuple[Label, ...]:
        """Their labels, each once."""
        return tuple(dict.fromkeys(label for metric in self.metrics for label in metric.labels))

    @cached_property
    def declared(self) -> tuple[Helper, ...]:
        """The helpers, each with its operations."""
        return helpers_of((part.title, operations) for part, operations in self.registry.operations.items())

    @cached_property
    def outcomes(self) -> tuple[Outcomes, ...]:
        """The outcomes of operations with timers, each once."""
        operations = (operation for helper in self.declared for operation in helper.operations)
        return tuple(
            dict.fromkeys(each.outcomes for each in operations if each.outcomes is not None and each.timer is not None)
        )

    @cached_property
    def constants(self) -> Constants:
        """The names of the constants."""
        return Constants(self.labels, self.metrics, self.outcomes)

    @cached_property
    def helpers(self) -> tuple[HelperSource, ...]:
        """The helpers, as source."""
        return tuple(HelperSource(helper, self.constants) for helper in self.declared)

    # --- what the template prints ---

    @property
    def docstring(self) -> str:
        """What the package is."""
        return docstring(f"Metrics of {self.registry.shown_title}.", 0)

    @property
    def title(self) -> str:
        """What it measures, to stand within a docstring."""
        return harmless(self.registry.shown_title)

    @property
    def example_imports(self) -> str:
        """What an application may import."""
        return ", ".join([*(helper.name for helper in self.declared[:1]), "start_server"])

    @property
    def example(self) -> str:
        """The first method that an application may call."""
        first = next(self.operations, None)
        return f"{first.helper}.{first.name}(...)" if first is not None else ""

    @property
    def imports(self) -> list[str]:
        """What it takes from the machinery: nothing that it does not use."""
        methods = [method for helper in self.helpers for method in helper.methods]
        used = {
            *(type(metric).__name__ for metric in self.metrics),
            *(["Label"] if self.labels else []),
            *(["Amounts"] if any(helper.gates for helper in self.helpers) else []),
            *(["Choice"] if any(method.operation.outcomes is not None for method in methods) else []),
            *(["Level"] if any("Level" in method.signature for method in methods) else []),
            *(["Table"] if self.helpers else []),
            *(["Timer"] if any(helper.timers for helper in self.helpers) else []),
        }
        return [*sorted({*used, "Families"}), *FOR_APPLICATIONS]

    @property
    def needs_math(self) -> bool:
        """Whether a gauge is declared with an infinity."""
        return any("math.inf" in declaration for _name, declaration in self.declarations)

    @property
    def needs_time(self) -> bool:
        """Whether a method sets a gauge to the current time."""
        return bool(self._rising)

    @property
    def needs_mapping(self) -> bool:
        """Whether a method takes an exemplar."""
        return any(each.exemplars for each in self.operations)

    @property
    def operations(self) -> Iterator[Operation]:
        """The operations of all helpers."""
        for helper in self.declared:
            yield from helper.operations

    @property
    def exported(self) -> list[str]:
        """What `from metrics import *` gives."""
        classes = sorted({"Metrics", *(helper.name for helper in self.declared)})
        return [text(name) for name in sorted((*classes, *FOR_APPLICATIONS, "reset"))]

    @property
    def label_declarations(self) -> list[str]:
        """The labels."""
        return [self._label(label) for label in self.labels]

    def _label(self, label: Label) -> str:
        known: dict[str, Source] = {"values": literal(tuple(label.values))} if label.values else {}
        bound: dict[str, Source] = {} if label.max_values is None else {"max_values": repr(label.max_values)}
        others: dict[str, Source] = {"aliases": literal(dict(label.aliases))} if label.aliases else {}
        return line(0, f"{self.constants.of(label)} = ", call("Label", literal(label.name), **known, **bound, **others))

    @property
    def declarations(self) -> list[tuple[str, str]]:
        """The metrics, each with a comment to stand before it if a subsystem begins with it."""
        begun: set[str] = set()
        declared = []
        for part in self.registry.subsystems:
            for metric in part.families:
                if metric.name != DROPPED.name and metric.name not in begun:
                    title = "" if part.name in begun else comment(part.title)
                    declared.append((title, self._metric(metric)))
                    begun |= {metric.name, part.name}
        return declared

    @cached_property
    def _oldest(self) -> set[Metric]:
        """The gauges of when the oldest operation under way began: none did at the start."""
        timers = (timer for each in self.operations if (timer := each.declared_timer) is not None)
        return {timer.oldest for timer in timers if timer.oldest is not None}

    @cached_property
    def _rising(self) -> set[Metric]:
        """The gauges of when something last happened: whatever else sets one, that time stays."""
        effects = (effect for each in self.operations for effect in each.effects)
        return {effect.metric for effect in effects if effect.action is Action.SET_TO_NOW}

    def _metric(self, metric: Metric) -> str:
        items: list[Source] = [literal(metric.name), literal(metric.help)]
        if metric.labels:
            items.append(Group("(", [self.constants.of(label) for label in metric.labels], ")"))
        if isinstance(metric, Histogram):
            items.append(named("buckets", literal(tuple(metric.buckets))))
        if isinstance(metric, Gauge):
            said = _of_gauge(metric) | ({"initial": math.inf} if metric in self._oldest else {})
            said |= {"rising": True} if metric in self._rising else {}
            items += [named(name, literal(value)) for name, value in said.items()]
        return line(0, f"{self.constants.of(metric)} = ", call(type(metric).__name__, *items))

    @property
    def all_metrics(self) -> str:
        """The statement that lists the metrics."""
        names = [self.constants.of(metric) for metric in self.metrics]
        return line(0, "METRICS = ", Group("(", names, ")"))

    @property
    def outcome_declarations(self) -> list[str]:
        """What outcome each exception stands for."""
        return [
            line(0, f"{self.constants.of(each)}: dict[str, str] = ", literal(dict(each.exceptions)))
            for each in self.outcomes
        ]


@dataclass(frozen=True)
class HelperSource:
    """The classes of one helper."""

    helper: Helper
    constants: Constants

    @property
    def docstring(self) -> str:
        """What it is about."""
        return docstring(f"{' and '.join(self.helper.titles)}.", 4)

    @cached_property
    def methods(self) -> tuple[Method, ...]:
        """Its methods."""
        return tuple(Method(self.helper, operation, self.constants) for operation in self.helper.operations)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The classes that hold its series."""
        return tuple(Row(self.helper, labels, self.constants) for labels in self.helper.rows)

    @cached_property
    def timers(self) -> tuple[TimerClass, ...]:
        """Its timers."""
        made = ((method, method.operation.declared_timer) for method in self.methods)
        return tuple(TimerClass(method, timer) for method, timer in made if timer is not None)

    @property
    def gates(self) -> list[Metric]:
        """The metrics whose numbers are checked."""
        return list(dict.fromkeys(metric for method in self.methods for metric in method.checked_metrics))

    @property
    def constructor(self) -> str:
        """The body of the helper's constructor."""
        lines = [line(8, f"self._{self.helper.row_name(row.labels)} = ", self._table(row)) for row in self.rows]
        for method in self.methods:
            outcomes = method.operation.outcomes
            if outcomes is not None:
                metric = self.constants.of(method.outcome_metric)
                made = call("Choice", "families", metric, self.constants.of(outcomes.label))
                lines.append(line(8, f"self._outcome_of_{noun(method.operation)} = ", made))
        for checked in self.gates:
            made = call("Amounts", "families", self.constants.of(checked))
            lines.append(line(8, f"self._{self.helper.fields[checked]} = ", made))
        return "\n".join(lines)

    def _table(self, row: Row) -> Source:
        first = row.operations[0].metrics[0]
        labels = [self.constants.of(label) for label in row.labels]
        return call("Table", "families", row.name, self.constants.of(first), *labels)


def _of_gauge(gauge: Gauge) -> dict[str, object]:
    """Return what is said of a gauge, where it is not what the machinery takes for granted."""
    usual = Gauge("usual", "usual")
    said = {"initial": gauge.initial, "copies": gauge.copies, "minimum": gauge.minimum, "maximum": gauge.maximum}
    return {name: value for name, value in said.items() if value != getattr(usual, name)}
