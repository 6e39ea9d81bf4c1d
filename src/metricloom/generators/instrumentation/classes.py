"""The classes of one helper, as source: the series of one row, the helper itself, and its timers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from metricloom.generators.instrumentation.methods import Method
from metricloom.generators.instrumentation.names import Constants, Helper, noun
from metricloom.generators.instrumentation.source import Group, Source, call, docstring, layout, line, text
from metricloom.monitoring.labels import Label
from metricloom.monitoring.metrics import Counter, Gauge, Histogram, Metric
from metricloom.monitoring.operations import OUTCOME, SUCCESS, Absent, Argument, Operation, parameter_name
from metricloom.monitoring.timers import Timer

KINDS = {Counter: "counter", Gauge: "gauge", Histogram: "histogram"}


@dataclass(frozen=True)
class Row:
    """The class whose objects hold all series of one value of the labels of some operations."""

    helper: Helper
    labels: tuple[Label, ...]
    constants: Constants

    @property
    def name(self) -> str:
        """The name of the class."""
        return self.helper.row_class(self.labels)

    @property
    def docstring(self) -> str:
        """What the class is."""
        if not self.labels:
            return '"""The series without labels."""'
        names = " and ".join(label.name for label in self.labels)
        return docstring(f"The series of one {names}, made together: no ratio of two is empty.", 4)

    @property
    def signature(self) -> str:
        """The `def` line of its constructor."""
        items = ["self", "families: Families", *(f"{parameter_name(label)}: str" for label in self.labels)]
        return layout(Group("def __init__(", items, ") -> None:"), 4)

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """The operations that have these labels."""
        return tuple(each for each in self.helper.operations if tuple(each.labels) == self.labels)

    @property
    def body(self) -> str:
        """The body of its constructor."""
        labels = [f"        self.{name} = {name}" for name in self._kept]
        return "\n".join([*labels, *map(self._series, self.made), *self._in_flight()])

    @property
    def _kept(self) -> list[str]:
        """The labels that a timer passes on."""
        methods = [Method(self.helper, each, self.constants) for each in self.operations]
        timed = any(method.operation.timer is not None and not method.is_split for method in methods)
        return [parameter_name(label) for label in self.labels] if timed else []

    @property
    def made(self) -> list[Metric]:
        """The metrics whose series it makes: all but the gauges that timers set."""
        timers = [timer for each in self.operations if (timer := each.declared_timer) is not None]
        counted = {metric for timer in timers for metric in (timer.in_flight, timer.oldest)}
        changed = dict.fromkeys(metric for each in self.operations for metric in each.metrics)
        return [metric for metric in changed if metric not in counted]

    def _series(self, metric: Metric) -> str:
        own = {label.name for label in self.labels}
        others = [label for label in metric.labels if label.name not in own]
        made: Source = call(
            f"families.{KINDS[type(metric)]}", self.constants.of(metric), *map(parameter_name, metric.labels)
        )
        before = f"self.{self.helper.fields[metric]} = "
        if not others:
            return line(8, before, made)
        key = ", ".join(map(parameter_name, others))
        key = f"({key})" if len(others) > 1 else key
        loops = [f"for {parameter_name(label)} in {self._values(metric, label)}" for label in others]
        flat = f"{{{key}: {made.flat if isinstance(made, Group) else made} {' '.join(loops)}}}"
        if layout(Group("", [flat], ""), 8, 8 + len(before)) == flat:
            return f"        {before}{flat}"
        lines = [f"{key}: {layout(made, 12, 12 + len(key) + 2)}", *loops]
        return f"        {before}{{\n" + "".join(f"            {each}\n" for each in lines) + "        }"

    def _values(self, metric: Metric, label: Label) -> str:
        """Return the values that a label has which the operations do not take: the declared ones, or those they fix."""
        if label.values:
            return f"{self.constants.of(label)}.values"
        effects = [effect for each in self.operations for effect in each.effects if effect.metric is metric]
        fixed = dict.fromkeys(value for effect in effects if (value := effect.labels.get(label.name)) is not None)
        values = [
            text(each)
            for value in fixed
            for each in ((value,) if isinstance(value, str) else (value.then, value.otherwise))
        ]
        return f"({', '.join(values)}{',' if len(values) == 1 else ''})"

    def _in_flight(self) -> Iterator[str]:
        for timer in (each.declared_timer for each in self.operations):
            if timer is not None and timer.in_flight is not None:
                gauges = [gauge for gauge in (timer.in_flight, timer.oldest) if gauge is not None]
                series = [
                    call("families.gauge", self.constants.of(each), *map(parameter_name, each.labels))
                    for each in gauges
                ]
                yield line(8, f"self.{self.helper.fields[timer.in_flight]} = ", call("families.in_flight", *series))


@dataclass(frozen=True)
class TimerClass:
    """The class whose objects are operations under way."""

    method: Method
    timer: Timer

    @property
    def name(self) -> str:
        """The name of the class."""
        return self.method.helper.timer_class(self.method.operation)

    @property
    def noun(self) -> str:
        """What it is one of."""
        return noun(self.method.operation).replace("_", " ")

    @property
    def signature(self) -> str:
        """The `def` line of that method."""
        items = ["self", *(f"{parameter_name(label)}: str" for label in self.method.operation.labels)]
        return layout(Group(f"def {self.timer.name}(", items, f") -> {self.name}:"), 4)

    @property
    def made(self) -> str:
        """The statement of that method."""
        labels = tuple(self.method.operation.labels)
        series = call(f"self._{self.method.helper.row_name(labels)}.of", *map(parameter_name, labels))
        return line(8, "return ", call(self.name, "self", series))

    @property
    def constructor(self) -> str:
        """The `def` line of its constructor."""
        helper, operation = self.method.helper, self.method.operation
        row = helper.row_class(tuple(operation.labels))
        return layout(
            Group("def __init__(", ["self", f"recorder: {helper.stem}Recorder", f"series: {row}"], ") -> None:"), 4
        )

    @property
    def in_flight(self) -> str:
        """What its base class counts it in."""
        return f"series.{self.method.helper.fields[self.timer.in_flight]}" if self.timer.in_flight is not None else ""

    @property
    def outcomes(self) -> str:
        """The constant that maps exceptions to outcomes."""
        outcomes = self.method.operation.outcomes
        return self.method.constants.of(outcomes) if outcomes is not None else ""

    @property
    def attributes(self) -> list[str]:
        """What is set on it while it is open."""
        return [f"self.{each.name}: {self.method.type_of(each)} = {_start(each)!r}" for each in self._parameters]

    @property
    def first(self) -> str:
        """The histogram of the time until the first item."""
        return self.method.helper.fields[self.timer.first] if self.timer.first is not None else ""

    @property
    def record(self) -> str:
        """The statement that records it."""
        operation = self.method.operation
        if self.method.is_split:
            passed = [each.name for each in operation.parameters if each.name != SUCCESS]
            results: dict[str, Source] = {"succeeded": "self.success and not cancelled", "failed": "not self.success"}
            inner = f"self._recorder.{self.method.inner_name}"
            return line(8, "", call(inner, "self._series", *map(self._passed, passed), **results))
        labels = [f"self._series.{parameter_name(label)}" for label in operation.labels]
        positional = [self._passed(each.name) for each in operation.parameters if not each.keyword_only]
        keywords: dict[str, Source] = {
            each.name: self._passed(each.name) for each in operation.parameters if each.keyword_only
        }
        return line(8, "", call(f"self._recorder.{operation.name}", *labels, *positional, **keywords))

    def _passed(self, name: str) -> str:
        return {self.timer.duration: "duration", OUTCOME: "outcome"}.get(name, f"self.{name}")

    @property
    def _parameters(self) -> list[Argument]:
        known = {SUCCESS, OUTCOME, self.timer.duration}  # the base class holds, or measures, these
        return [each for each in self.method.operation.parameters if each.name not in known]


def _start(parameter: Argument) -> float | bool | None:
    return 0 if parameter.default is Absent.REQUIRED else parameter.default
