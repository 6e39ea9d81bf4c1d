"""The body of the method that records one operation: first every check, then every write."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from operator import itemgetter

from metricloom.generators.instrumentation.names import Constants, Helper, noun, unique
from metricloom.generators.instrumentation.source import Group, Source, call, docstring, layout, line, text
from metricloom.monitoring.effects import Action, Effect, Given, On
from metricloom.monitoring.metrics import Metric
from metricloom.monitoring.operations import (
    EXEMPLAR,
    OUTCOME,
    RESERVED_NAMES,
    SUCCESS,
    Absent,
    Argument,
    Operation,
    parameter_name,
)
from metricloom.monitoring.timers import CANCELLED, OK

COUNTED, GIVEN, OBSERVED, LEVEL = "counted", "given", "observed", "level"
OUTCOME_RULE = f'if given, it decides: all but "{OK}" and "{CANCELLED}" are failures'


@dataclass(frozen=True)
class Method:
    """One operation of a helper, as source.

    An operation with a timer that can fail, but whose outcomes are not told apart, has its body in a second method:
    only so can the timer record a cancelled one, which neither succeeded nor failed.
    """

    helper: Helper
    operation: Operation
    constants: Constants

    @property
    def is_split(self) -> bool:
        """Whether the body stands in a second method."""
        operation = self.operation
        return operation.timer is not None and operation.can_fail and operation.outcomes is None

    @property
    def inner_name(self) -> str:
        """The name of that second method."""
        return f"_{self.operation.name}_in"

    # --- signatures ---

    @cached_property
    def numbers(self) -> tuple[Argument, ...]:
        """The parameters that are numbers to record."""
        return tuple(each for each in self.operation.parameters if each.name not in {SUCCESS, OUTCOME, EXEMPLAR})

    def type_of(self, parameter: Argument) -> str:
        """Return the type of a parameter."""
        fixed = {SUCCESS: "bool", OUTCOME: "str | None", EXEMPLAR: "Mapping[str, str] | None"}
        if parameter.name in fixed:
            return fixed[parameter.name]
        kind = "Level" if LEVEL in self._uses.get(parameter.name, {}) else "float"
        return f"{kind} | None" if parameter.default is None else kind

    def _declared(self, parameter: Argument) -> str:
        default = "" if parameter.default is Absent.REQUIRED else f" = {parameter.default!r}"
        return f"{parameter.name}: {self.type_of(parameter)}{default}"

    @property
    def signature(self) -> str:
        """The `def` line of the method that people call."""
        items = ["self", *(f"{parameter_name(label)}: str" for label in self.operation.labels)]
        for parameter in self.operation.parameters:
            if parameter.keyword_only and "*" not in items:
                items.append("*")
            items.append(self._declared(parameter))
        return _definition(self.operation.name, items)

    @property
    def inner_signature(self) -> str:
        """The `def` line of the second method."""
        row = f"series: {self.helper.row_class(tuple(self.operation.labels))}"
        numbers = [f"{each.name}: {self.type_of(each)}" for each in self.operation.parameters if each.name != SUCCESS]
        return _definition(self.inner_name, ["self", row, *numbers, "*", "succeeded: bool", "failed: bool"])

    @property
    def docstring(self) -> str:
        """What the method does, and what those arguments mean of which something is said."""
        labels = [f"{parameter_name(label)}: {label.help}" for label in self.operation.labels]
        said = [f"{each.name}: {each.help}" for each in self.operation.parameters if each.help]
        said += [f"{OUTCOME}: {OUTCOME_RULE}"] if self.operation.outcomes is not None else []
        return docstring(
            self.operation.help or f"Record one {noun(self.operation)}.".replace("_", " "), 8, *labels, *said
        )

    # --- bodies ---

    @property
    def body(self) -> str:
        """The body of the method that people call."""
        series = call(f"self._{self._row}.of", *map(parameter_name, self.operation.labels))
        if self.is_split:
            passed = [each.name for each in self.operation.parameters if each.name != SUCCESS]
            results: dict[str, Source] = {"succeeded": SUCCESS, "failed": f"not {SUCCESS}"}
            return line(8, "", call(f"self.{self.inner_name}", series, *passed, **results))
        return "\n".join([*self._checks(), "", line(8, "series = ", series), *self._writes()]).lstrip("\n")

    @property
    def inner_body(self) -> str:
        """The body of the second method."""
        return "\n".join([*self._checks(), "", *self._writes()]).lstrip("\n")

    @property
    def _row(self) -> str:
        return self.helper.row_name(tuple(self.operation.labels))

    # --- what is checked ---

    @property
    def checked_metrics(self) -> tuple[Metric, ...]:
        """The metrics whose numbers are checked."""
        return tuple(metric for ways in self._uses.values() for metric in ways.values())

    def checked_of(self, argument: str) -> Metric:
        """Return the metric in whose name a value of *argument* is refused."""
        return next(iter(self._uses[argument].values()))

    @property
    def outcome_metric(self) -> Metric:
        """The metric in whose name an outcome is refused."""
        metrics = [effect.metric for effect in self.operation.effects]
        return next(
            (each for each in metrics if self.operation.outcomes and self.operation.outcomes.label in each.labels),
            metrics[0],
        )

    @cached_property
    def _uses(self) -> dict[str, dict[str, Metric]]:
        """For each argument, the ways in which it is used, each with the first metric that is changed in that way."""
        uses: dict[str, dict[str, Metric]] = {}
        for effect in self.operation.effects:
            if isinstance(effect.value, str):
                uses.setdefault(effect.value, {}).setdefault(self._way(effect, effect.value), effect.metric)
        return uses

    def _way(self, effect: Effect, argument: str) -> str:
        if effect.action is Action.INC:
            return GIVEN if self._defaults[argument] is None else COUNTED
        return OBSERVED if effect.action is Action.OBSERVE else LEVEL

    @cached_property
    def _defaults(self) -> dict[str, float | bool | Absent | None]:
        return {each.name: each.default for each in self.operation.parameters}

    @cached_property
    def _locals(self) -> dict[tuple[str, str], str]:
        """The variable that holds each checked argument: its own name where the type stays the same."""
        taken = {*RESERVED_NAMES, *self._defaults, *map(parameter_name, self.operation.labels)}
        names = {}
        for argument, ways in self._uses.items():
            for way, metric in ways.items():
                same = way in {COUNTED, GIVEN} or (self._defaults[argument] is None and len(ways) == 1)
                names[argument, way] = argument if same else unique(self.helper.fields[metric], taken)
        return names

    @cached_property
    def _given(self) -> dict[tuple[str, Given], str]:
        """The variable that holds each label value that depends on an argument."""
        taken = {*RESERVED_NAMES, *self._defaults, *self._locals.values(), *map(parameter_name, self.operation.labels)}
        pairs = [pair for effect in self.operation.effects for pair in effect.labels.items()]
        return {pair: unique(pair[0], taken) for pair in dict.fromkeys(_conditional(pairs))}

    def _checks(self) -> Iterator[str]:
        if self.operation.outcomes is not None:
            yield f'        if {OUTCOME} is None:\n            {OUTCOME} = "ok" if {SUCCESS} else "other"'
            yield f"        else:\n            {OUTCOME} = self._outcome_of_{noun(self.operation)}.checked({OUTCOME})"
        # What overwrites its argument comes last: another check may need the argument as it was given.
        for (argument, way), name in sorted(self._locals.items(), key=lambda item: item[0][0] == item[1]):
            field = self.helper.fields[self._uses[argument][way]]
            yield line(8, f"{name} = ", call(f"self._{field}.{way}", argument))
        if self.operation.exemplars:
            first = next(effect.metric for effect in self.operation.effects if effect.action is Action.OBSERVE)
            yield f"        {EXEMPLAR} = self._{self.helper.fields[first]}.exemplar({EXEMPLAR})"
        for (_label, given), name in self._given.items():
            yield f"        {name} = {text(given.otherwise)} if {given.argument} is None else {text(given.then)}"

    # --- what is written ---

    def _writes(self) -> Iterator[str]:
        yield from self._block(On.ALWAYS, "")
        succeeded = list(self._block(On.SUCCESS, self._succeeded))
        yield from succeeded
        whole = succeeded[:1] == [f"        if {self._succeeded}:"]
        yield from self._block(On.FAILURE, self._failed, otherwise=whole and not self._has_third_result)

    def _block(self, on: On, result: str, *, otherwise: bool = False) -> Iterator[str]:
        """Yield the effects on one result of the operation; *otherwise*: what stands before is on all other results."""
        effects = [
            (self._condition(effect, on), self._write(effect)) for effect in self.operation.effects if effect.on is on
        ]
        groups = [
            (condition, [write for _, write in group]) for condition, group in groupby(effects, key=itemgetter(0))
        ]
        if not groups:
            return
        indent = 8
        if result and len(groups) == 1 and groups[0][0]:  # one condition, not one within the other
            groups = [(f"{result} and {groups[0][0]}", groups[0][1])]
        elif result:
            yield "        else:" if otherwise else f"        if {result}:"
            indent = 12
        for condition, writes in groups:
            if condition:
                yield f"{' ' * indent}if {condition}:"
            for write in writes:
                yield line(indent + 4 if condition else indent, "", write)

    @property
    def _has_third_result(self) -> bool:
        return self.is_split or self.operation.outcomes is not None

    @property
    def _succeeded(self) -> str:
        if self.operation.outcomes is not None:
            return f'{OUTCOME} == "{OK}"'
        return "succeeded" if self.is_split else SUCCESS

    @property
    def _failed(self) -> str:
        if self.operation.outcomes is not None:
            return f'{OUTCOME} not in {{"{OK}", "{CANCELLED}"}}'
        return "failed" if self.is_split else f"not {SUCCESS}"

    def _condition(self, effect: Effect, on: On) -> str:
        """Return what must hold for there to be anything to write."""
        if not isinstance(effect.value, str) or effect.action is Action.SET:
            return ""
        way = self._way(effect, effect.value)
        name = self._locals[effect.value, way]
        if way == COUNTED:  # most calls leave most of these at 0
            return name if self._defaults[effect.value] == 0 and on is On.ALWAYS else ""
        return f"{name} is not None"

    def _write(self, effect: Effect) -> Source:
        target = f"series.{self.helper.fields[effect.metric]}{self._key(effect)}"
        if effect.action is Action.SET_TO_NOW:
            return call(f"{target}.set", "time.time()")
        value = self._value(effect)
        if effect.action is Action.OBSERVE:
            return call(f"{target}.observe", value, *([EXEMPLAR] if self.operation.exemplars else []))
        if effect.action is Action.SET:
            return call(f"{target}.set", value)
        return call(f"{target}.inc", *([] if value == "1.0" else [value]))

    def _value(self, effect: Effect) -> str:
        if isinstance(effect.value, str):
            return self._locals[effect.value, self._way(effect, effect.value)]
        return repr(float(effect.value))

    def _key(self, effect: Effect) -> str:
        """Return the index of the series among those of one row: the values of the labels that no argument gives."""
        own = {label.name for label in self.operation.labels}
        keys = [self._label_value(effect, label.name) for label in effect.metric.labels if label.name not in own]
        return f"[{', '.join(keys)}]" if keys else ""

    def _label_value(self, effect: Effect, label: str) -> str:
        value = effect.labels.get(label)
        if value is None:
            return OUTCOME
        return self._given[label, value] if isinstance(value, Given) else text(value)


def _conditional(pairs: list[tuple[str, str | Given]]) -> Iterator[tuple[str, Given]]:
    for label, value in pairs:
        if isinstance(value, Given):
            yield label, value


def _definition(name: str, items: list[str]) -> str:
    return layout(Group(f"def {name}(", items, ") -> None:"), 4)
