"""The tests of the generated module, as source for their template."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from metricloom.generators.instrumentation.cases import Case
from metricloom.generators.instrumentation.module import HelperSource, Module
from metricloom.generators.instrumentation.names import snake, unique
from metricloom.generators.instrumentation.operation_tests import tests_of_labels, tests_of_numbers, tests_of_operation
from metricloom.generators.instrumentation.source import Group, line
from metricloom.generators.instrumentation.statements import Test, expected, numbers
from metricloom.generators.instrumentation.timer_tests import tests_of_timer
from metricloom.monitoring.metrics import Gauge, Metric


@dataclass(frozen=True)
class Tests:
    """The file `test_metrics.py` of a registry."""

    module: Module
    taken: set[str] = field(default_factory=set)

    @cached_property
    def cases(self) -> dict[str, list[Case]]:
        """The operations to test, by helper."""
        return {
            each.helper.name: [Case(each.helper, method) for method in each.methods] for each in self.module.helpers
        }

    @property
    def has_timers(self) -> bool:
        """Whether there is a timer to test."""
        return any(case.operation.timer is not None for cases in self.cases.values() for case in cases)

    @property
    def has_labels(self) -> bool:
        """Whether there is a label that anything may be given for."""
        return any(case.labels for cases in self.cases.values() for case in cases)

    @property
    def has_numbers(self) -> bool:
        """Whether there is a number to refuse."""
        return any(case.required for cases in self.cases.values() for case in cases)

    @property
    def known(self) -> str:
        """The statement that lists the metrics whose every series is known in advance, and exists from the start."""
        known = dict.fromkeys(metric for helper in self.module.helpers for metric in _known(helper))
        return self._list("KNOWN_FROM_THE_START", known)

    def _list(self, name: str, metrics: Iterable[Metric]) -> str:
        names = [f"module.{self.module.constants.of(metric)}" for metric in metrics]
        return line(0, f"{name}: list[Any] = ", Group("[", names, "]"))

    @property
    def sections(self) -> Iterator[tuple[str, list[str]]]:
        """The tests of each helper."""
        for helper, cases in self.cases.items():
            yield helper, list(self._of_helper(helper, cases))

    @property
    def first(self) -> Case | None:
        """An operation that only counts, to be called by tests of the module as a whole."""
        every = (case for cases in self.cases.values() for case in cases)
        return next(
            (case for case in every if not any(isinstance(each, Gauge) for each in case.operation.metrics)), None
        )

    @property
    def first_call(self) -> str:
        """The statement that calls it, on the default instance."""
        return self._first_call("again.{0.helper.name}", 4)

    @property
    def first_call_here(self) -> str:
        """The statement that calls it, on the page's own, within a function within a loop."""
        return self._first_call("page.metrics.{0.helper.attribute}", 12)

    @property
    def first_call_before_reset(self) -> str:
        """The statement that calls it, on the page's own."""
        return self._first_call("page.metrics.{0.helper.attribute}", 4)

    def _first_call(self, helper: str, indent: int) -> str:
        case = self.first
        return (
            case.call(helper.format(case), numbers(case.given(every=False)), indent=indent) if case is not None else ""
        )

    @property
    def first_changes(self) -> str:
        """What it changes."""
        case = self.first
        if case is None:
            return ""
        return line(4, "expected: dict[str, float] = ", expected(case.changes(case.given(every=False))))

    def _of_helper(self, helper: str, cases: list[Case]) -> Iterator[str]:
        rows = {tuple(case.operation.labels): case for case in reversed(cases)}  # the first one of each
        for case in cases:
            for test in self._of_case(case, cases):
                yield self._written(helper, test)
            if case in rows.values():
                for test in tests_of_labels(case, self.module.constants):
                    yield self._written(helper, test)

    def _of_case(self, case: Case, cases: list[Case]) -> Iterator[Test]:
        yield from tests_of_operation(case, self.module.constants, _failure_name(case, cases))
        timer = case.operation.declared_timer
        if timer is not None:
            yield from tests_of_timer(case, timer, self.module.constants)
        yield from tests_of_numbers(case)

    def _written(self, helper: str, test: Test) -> str:
        return test.text(unique(f"test_{snake(helper)}_{test.name}", self.taken))


def _failure_name(case: Case, cases: list[Case]) -> str:
    """Return the name of the test of a failure: the first of a helper's is called after the helper alone."""
    first = next((each for each in cases if each.operation.can_fail), None)
    if case is not first:
        return f"{case.noun}_failure"
    return "record_failure" if case.operation.outcomes is not None else "failure"


def _known(helper: HelperSource) -> Iterator[Metric]:
    for row in helper.rows:
        if all(label.values for label in row.labels):
            for metric in row.made:
                if not isinstance(metric, Gauge) and all(label.values for label in metric.labels):
                    yield metric
