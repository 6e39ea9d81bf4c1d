"""Operations: what an application calls to record one event, and what that call changes."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import pairwise

from metricloom.declaration import Declaration, those_of
from metricloom.errors import Problem, did_you_mean
from metricloom.monitoring.effects import Action, Effect, Given, On
from metricloom.monitoring.labels import Label
from metricloom.monitoring.metrics import Counter, Gauge, Histogram, Metric
from metricloom.monitoring.timers import METHOD_HINT, Outcomes, Timer, names_a_method

HELPER_NAME = re.compile(r"[A-Z][A-Za-z0-9]*Metrics")
SUCCESS, OUTCOME, EXEMPLAR = "success", "outcome", "exemplar"

RESERVED_NAMES = frozenset({"self", "series", "families", "succeeded", "failed", "time"})
"""What the generated methods call things themselves."""


class Absent(StrEnum):
    """Marks an argument without a default: the caller must give it."""

    REQUIRED = "required"


@dataclass(frozen=True, eq=False)
class Argument(Declaration):
    """An argument of an operation, where its name alone does not say enough."""

    name: str
    help: str = ""
    default: float | bool | Absent | None = Absent.REQUIRED
    keyword_only: bool = False


@dataclass(frozen=True, eq=False)
class Operation(Declaration):
    """A method of a helper class in the generated module: `LLMMetrics.record_call(model, duration, success=True)`.

    It takes a value for each of *labels*, then *arguments* (a name, or an `Argument`), then what else the effects
    need, as keywords that may be left out. `success` is among them where an effect depends on it: list it in
    *arguments* to give it a place there. Each metric's labels are the operation's, fixed by the effect, or the outcome.
    With *exemplars* it takes one (a trace id), for what its histograms observe.
    """

    name: str
    helper: str
    labels: Sequence[Label] = ()
    arguments: Sequence[str | Argument] = ()
    effects: Sequence[Effect] = ()
    outcomes: Outcomes | None = None
    timer: Timer | str | None = None
    exemplars: bool = False
    help: str = ""

    def __str__(self) -> str:
        return f"{self.helper}.{self.name}"

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The metrics that it changes, each once."""
        timed = self.timer.metrics if isinstance(self.timer, Timer) else ()
        changed = (effect.metric for effect in those_of(Effect, self.effects) if isinstance(effect.metric, Metric))
        return tuple(dict.fromkeys((*changed, *timed)))

    @property
    def declared_timer(self) -> Timer | None:
        """The timer; one given by its name measures only the duration."""
        return Timer(self.timer, at=self.at) if isinstance(self.timer, str) else self.timer

    @property
    def can_fail(self) -> bool:
        """Whether success or failure makes a difference."""
        return self.outcomes is not None or any(effect.on is not On.ALWAYS for effect in self.effects)

    @cached_property
    def parameters(self) -> tuple[Argument, ...]:
        """The arguments after the labels' values, in the order of the signature, the keyword-only ones last."""
        listed = [self._listed(argument) for argument in self.arguments]
        known = {argument.name for argument in listed}
        others = ((name, default) for name, default in self._needed().items() if name not in known)
        every = [*listed, *(self._argument(name, default, keyword_only=True) for name, default in others)]
        return (*(each for each in every if not each.keyword_only), *(each for each in every if each.keyword_only))

    @property
    def signature(self) -> str:
        """The call, as documentation shows it: `record_call(model, duration, success=True, *, input_tokens=0)`."""
        shown = [parameter_name(label) for label in self.labels]
        for parameter, before in zip(self.parameters, (None, *self.parameters), strict=False):
            if parameter.keyword_only and (before is None or not before.keyword_only):
                shown.append("*")
            required = parameter.default is Absent.REQUIRED
            shown.append(parameter.name if required else f"{parameter.name}={parameter.default!r}")
        return f"{self.name}({', '.join(shown)})"

    def _listed(self, argument: str | Argument) -> Argument:
        if isinstance(argument, Argument):
            return argument
        return self._argument(argument, default=True if argument == SUCCESS else Absent.REQUIRED)

    def _argument(self, name: str, default: float | bool | Absent | None, *, keyword_only: bool = False) -> Argument:
        return Argument(name, default=default, keyword_only=keyword_only, at=self.at)

    def _needed(self) -> Mapping[str, float | bool | None]:
        """Return what the effects need, with the default for one that is not listed."""
        needed: dict[str, float | bool | None] = {}
        values = [value for effect in self.effects for value in effect.labels.values()]
        conditions = {value.argument for value in values if isinstance(value, Given)}
        for effect in self.effects:
            if isinstance(effect.value, str):
                counted = effect.action is Action.INC and effect.value not in conditions
                needed.setdefault(effect.value, 0 if counted else None)
        if self.can_fail:
            needed[SUCCESS] = True
        if self.outcomes is not None:
            needed[OUTCOME] = None
        if self.exemplars:
            needed[EXEMPLAR] = None
        return needed

    # --- what is wrong with it ---

    def check(self) -> Iterator[Problem]:
        timer = self.declared_timer
        if any(part.faults for part in self.nested()) or (timer is not None and timer.faults):
            yield from timer.faults if timer is not None else ()  # one that is only a name stands in no field
            yield from self.outcomes.faults if self.outcomes is not None else ()
            return  # the others are reported themselves, and what they hold cannot be relied on
        if timer is not None:
            yield from self._check_timer(timer)
        if self.exemplars and not any(effect.action is Action.OBSERVE for effect in self.effects):
            yield self.fault(
                "M134", "operation-exemplars", f"{self}: nothing takes exemplars", "observe a histogram with it"
            )
        yield from self._check_names()
        yield from self._check_arguments()
        yield from self._check_conditions()
        yield from self._check_labels()
        for effect in self.effects:
            yield from self._check_effect(effect)

    def _check_names(self) -> Iterator[Problem]:
        if not names_a_method(self.name):
            yield self.fault("M130", "operation-name", f"operation {self.name!r} cannot name a method", METHOD_HINT)
        if not HELPER_NAME.fullmatch(self.helper):
            yield self.fault(
                "M130",
                "operation-name",
                f"{self.name}: helper {self.helper!r} is not a name such as HTTPMetrics",
                "use a capital, letters and digits, and Metrics at the end",
            )

    def _check_arguments(self) -> Iterator[Problem]:
        needed = self._needed()
        names = [*map(parameter_name, self.labels), *(parameter.name for parameter in self.parameters)]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield self.fault("M132", "operation-arguments", f"{self}: argument {name!r} stands twice", "rename one")
        for name in names:
            if not (name.isidentifier() and name.islower()) or keyword.iskeyword(name) or name in RESERVED_NAMES:
                yield self.fault(
                    "M132", "operation-arguments", f"{self}: {name!r} cannot name an argument", METHOD_HINT
                )
        for parameter in self.parameters:
            if parameter.name not in needed:
                yield self.fault(
                    "M132",
                    "operation-arguments",
                    f"{self}: no effect takes the argument {parameter.name!r}",
                    did_you_mean(parameter.name, needed),
                )
        yield from self._check_order()

    def _check_order(self) -> Iterator[Problem]:
        positional = [parameter for parameter in self.parameters if not parameter.keyword_only]
        for before, parameter in pairwise(positional):
            if before.default is not Absent.REQUIRED and parameter.default is Absent.REQUIRED:
                yield self.fault(
                    "M132",
                    "operation-arguments",
                    f"{self}: {parameter.name!r} must be given, and stands after one that need not",
                    f"move {parameter.name!r} before {before.name!r}",
                )

    def _check_conditions(self) -> Iterator[Problem]:
        """What depends on whether an argument was given needs one that can be left out."""
        defaults = {parameter.name: parameter.default for parameter in self.parameters}
        for effect in self.effects:
            for value in effect.labels.values():
                if isinstance(value, Given) and defaults.get(value.argument) is not None:
                    message = f"{self}: whether {value.argument!r} is given cannot be told from its default"
                    yield self.fault(
                        "M132", "operation-arguments", message, "give it the default None, or leave it out"
                    )

    def _check_labels(self) -> Iterator[Problem]:
        used = {label.name for metric in self.metrics for label in metric.labels}
        for label in self.labels:
            if label.name not in used:
                yield self.fault(
                    "M133", "operation-labels", f"{self}: none of its metrics has the label {label}", "leave it out"
                )

    def _check_effect(self, effect: Effect) -> Iterator[Problem]:
        own = {label.name for label in self.labels}
        metric_labels = {label.name: label for label in effect.metric.labels}
        outcome = {self.outcomes.label.name} if self.outcomes is not None else set()
        for name in metric_labels.keys() - own - effect.labels.keys() - outcome:
            yield self.fault(
                "M133",
                "operation-labels",
                f"{self}: nothing says the label {name!r} of {effect.metric}",
                f"add it to the operation's labels, or give {name}= to the effect",
            )
        for name, value in effect.labels.items():
            if name not in metric_labels:
                yield self.fault(
                    "M133",
                    "operation-labels",
                    f"{self}: {effect.metric} has no label {name!r}",
                    did_you_mean(name, metric_labels),
                )
            else:
                yield from self._check_value(metric_labels[name], value)

    def _check_value(self, label: Label, value: str | Given) -> Iterator[Problem]:
        texts = (value.then, value.otherwise) if isinstance(value, Given) else (value,)
        for text in texts:
            if label.values and text not in label.values:
                yield self.fault(
                    "M133",
                    "operation-labels",
                    f"{self}: label {label} has no value {text!r}",
                    did_you_mean(text, label.values),
                )
        arguments = [parameter.name for parameter in self.parameters]
        if isinstance(value, Given) and value.argument not in arguments:
            yield self.fault(
                "M132",
                "operation-arguments",
                f"{self}: no effect takes the argument {value.argument!r}",
                did_you_mean(value.argument, arguments),
            )

    def _check_timer(self, timer: Timer) -> Iterator[Problem]:
        if timer.duration not in self._needed():
            yield self.fault(
                "M132",
                "operation-arguments",
                f"{self}: the timer measures {timer.duration!r}, which no effect takes",
                did_you_mean(timer.duration, self._needed()),
            )
        counted = {effect.value for effect in self.effects if effect.action is Action.INC}
        for parameter in self.parameters:
            if parameter.default is Absent.REQUIRED and parameter.name not in {timer.duration, *counted}:
                message = f"{self}: the timer has no value for {parameter.name!r}"
                yield self.fault("M132", "operation-arguments", message, "give it a default, or take the timer out")
        own = {label.name for label in self.labels}
        for metric in timer.metrics:
            if set(metric.label_names) - own:
                yield self.fault(
                    "M133",
                    "operation-labels",
                    f"{self}: the timer cannot know all labels of {metric}",
                    f"give {metric} no other labels than the operation's",
                )


def parameter_name(label: Label) -> str:
    """Return the name of the parameter that takes a value of *label*: its own, if Python and the method permit."""
    taken = keyword.iskeyword(label.name) or label.name in RESERVED_NAMES
    return f"{label.name}_" if taken else label.name


def operation_on(metric: Metric, helper: str) -> Operation:
    """Return the operation of a metric that no declared one changes: it sets, counts or observes a value."""
    subject = helper.removesuffix("Metrics").lower()
    stem = metric.name.removeprefix(f"{subject}_").removesuffix("_total")
    labels, at = metric.labels, metric.at
    value = _free_name("value", metric)
    if isinstance(metric, Counter):
        amount = Argument(_free_name("amount", metric), default=1)
        return Operation(f"count_{stem}", helper, labels, [amount], [metric.inc(amount.name)], help=metric.help, at=at)
    if isinstance(metric, Histogram):
        return Operation(f"observe_{stem}", helper, labels, [value], [metric.observe(value)], help=metric.help, at=at)
    if isinstance(metric, Gauge):
        return Operation(f"set_{stem}", helper, labels, [value], [metric.set(value)], help=metric.help, at=at)
    raise TypeError(metric)


def _free_name(name: str, metric: Metric) -> str:
    """Return a name for an argument that no label of *metric* has: its labels are arguments, too."""
    while name in metric.label_names:
        name = f"{name}_"
    return name
