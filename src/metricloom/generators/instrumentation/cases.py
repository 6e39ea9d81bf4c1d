"""What each operation must change, worked out from its effects: the tests compare this with what it did change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from metricloom.generators.instrumentation.methods import Method
from metricloom.generators.instrumentation.names import Helper, noun
from metricloom.generators.instrumentation.source import call, line, text
from metricloom.monitoring.effects import Action, Effect, Given, On
from metricloom.monitoring.labels import Label
from metricloom.monitoring.metrics import Gauge, Metric
from metricloom.monitoring.operations import Absent, Argument, Operation
from metricloom.monitoring.timers import CANCELLED, OK, Timer

NOW = "ABOUT_NOW"
"""How the tests name what is close to the current time."""
FAILED = "other"
ELAPSED = 2.0
"""Seconds that pass in the tests of timers."""


@dataclass(frozen=True)
class Case:
    """The tests of one operation."""

    helper: Helper
    method: Method

    @property
    def operation(self) -> Operation:
        """The operation."""
        return self.method.operation

    # --- what is called ---

    @property
    def noun(self) -> str:
        """What its tests are named after: the whole name where outcomes are recorded, too."""
        return self.operation.name if self.operation.outcomes is not None else noun(self.operation)

    @property
    def labels(self) -> Mapping[str, str]:
        """A value for each label."""
        return {label.name: example_of(label) for label in self.operation.labels}

    @property
    def private_helper(self) -> str:
        """The expression of the helper over the page's own collector registry."""
        return f"page.metrics.{self.helper.attribute}"

    def call(self, helper: str, numbers: Mapping[str, str], *others: str, indent: int = 4, labels: str = "") -> str:
        """Return the statement that calls the operation."""
        values = [labels] * len(self.labels) if labels else [text(value) for value in self.labels.values()]
        positional = [numbers[each.name] for each in self.required]
        required = {each.name for each in self.required}
        named = [f"{name}={value}" for name, value in numbers.items() if name not in required]
        return line(indent, "", call(f"{helper}.{self.operation.name}", *values, *positional, *named, *others))

    @cached_property
    def required(self) -> tuple[Argument, ...]:
        """The numbers that must be given."""
        return tuple(each for each in self.method.numbers if each.default is Absent.REQUIRED)

    @cached_property
    def numbers(self) -> dict[str, float]:
        """A number for each argument, within the range of the gauges that it sets."""
        return {each.name: self._example(each.name, 2.0 + place) for place, each in enumerate(self.method.numbers)}

    def _example(self, argument: str, number: float) -> float:
        for effect in self.operation.effects:
            if effect.value == argument and isinstance(effect.metric, Gauge):
                number = min(max(number, effect.metric.minimum), effect.metric.maximum)
        return number

    @cached_property
    def conditions(self) -> tuple[str, ...]:
        """The arguments on which label values depend: each has a test of its own."""
        values = [value for effect in self.operation.effects for value in effect.labels.values()]
        return tuple(dict.fromkeys(value.argument for value in values if isinstance(value, Given)))

    def given(self, *, every: bool = True, condition: str = "") -> dict[str, float]:
        """Return numbers for the arguments: all but the conditions, or only those that must be given."""
        required = {each.name for each in self.required}
        wanted = set(self.numbers) - set(self.conditions) if every else required
        return {name: number for name, number in self.numbers.items() if name in wanted or name == condition}

    # --- what it must change ---

    def changes(self, numbers: Mapping[str, float], outcome: str = OK) -> dict[str, float | str]:
        """Return by how much each series changes."""
        changes: dict[str, float | str] = {}
        for effect in self.operation.effects:
            if _takes_place(effect.on, outcome):
                for series, change in self._changes_of(effect, numbers, outcome):
                    before = changes.get(series, 0)
                    added = isinstance(change, float | int) and isinstance(before, float | int)
                    changes[series] = before + change if added else change  # type: ignore[operator]
        return {series: change for series, change in changes.items() if change != 0}

    def _changes_of(
        self, effect: Effect, numbers: Mapping[str, float], outcome: str
    ) -> Iterator[tuple[str, float | str]]:
        labels = self._labels_of(effect, numbers, outcome)
        value = self._value(effect.value, numbers) if isinstance(effect.value, str) else float(effect.value)
        if effect.action is Action.SET_TO_NOW:
            yield series(effect.metric.name, labels), NOW
        elif value is None:
            return
        elif effect.action is Action.OBSERVE:
            yield series(f"{effect.metric.name}_count", labels), 1
            yield series(f"{effect.metric.name}_sum", labels), value
        elif isinstance(effect.metric, Gauge):
            yield series(effect.metric.name, labels), value - (effect.metric.initial or 0)
        else:
            yield series(effect.metric.name, labels), value

    def _value(self, argument: str, numbers: Mapping[str, float]) -> float | None:
        defaults = {each.name: each.default for each in self.method.numbers}
        default = defaults[argument]
        return numbers.get(argument, default if isinstance(default, float | int) else None)

    def _labels_of(self, effect: Effect, numbers: Mapping[str, float], outcome: str) -> dict[str, str]:
        labels = {}
        for label in effect.metric.labels:
            value = effect.labels.get(label.name)
            if isinstance(value, Given):
                value = value.then if value.argument in numbers else value.otherwise
            labels[label.name] = self.labels.get(label.name, outcome) if value is None else value
        return labels

    def timed(self, timer: Timer, outcome: str = OK) -> dict[str, float | str]:
        """Return what a timer changes."""
        return self.changes({timer.duration: ELAPSED}, outcome)

    def first(self, timer: Timer) -> dict[str, float | str]:
        """Return what the first item of a timed stream changes."""
        if timer.first is None:
            return {}
        return {self.of_timer(timer.first, "_count"): 1, self.of_timer(timer.first, "_sum"): ELAPSED}

    @property
    def outcome_metric(self) -> Metric | None:
        """The metric that is counted by outcome, and by nothing else that an argument does not give."""
        if self.operation.outcomes is None:
            return None
        labels = {*self.labels, self.operation.outcomes.label.name}
        return next((each for each in self.operation.metrics if set(each.label_names) == labels), None)

    def labels_of(self, metric: Metric) -> dict[str, str]:
        """Return the values of those labels that a metric has of the operation's."""
        return {name: value for name, value in self.labels.items() if name in metric.label_names}

    def of_timer(self, metric: Metric, suffix: str = "") -> str:
        """Return the series of a timer's own metric."""
        return series(f"{metric.name}{suffix}", self.labels_of(metric))


def series(name: str, labels: Mapping[str, str]) -> str:
    """Return the name of a series as the tests show it."""
    shown = ",".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
    return f"{name}{{{shown}}}" if shown else name


def example_of(label: Label) -> str:
    """Return a value that a label can have."""
    return next(iter(label.values), "example")


def _takes_place(on: On, outcome: str) -> bool:
    if on is On.ALWAYS:
        return True
    return outcome == OK if on is On.SUCCESS else outcome not in {OK, CANCELLED}
