"""Whatever is called with whatever arguments: the page stays sound, and counts what a simple model counts."""

from __future__ import annotations

import asyncio
import math
from collections import Counter as Tally
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import choose_encoder
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families

from tests.instrumentation_bundle import imported, write
from tests.instrumentation_registry import METHOD, RESULT, ROUTE
from tests.instrumentation_registry import REGISTRY as EVERYTHING

LARGEST, LARGEST_LEVEL = 2.0**53, 1e100
LONGEST = 256

numbers = st.one_of(st.floats(0, 1e6), st.floats(), st.integers(), st.booleans(), st.just(10**400), st.just(-5))
anything = st.one_of(
    numbers,
    st.none(),
    st.text(max_size=8),
    st.binary(max_size=4),
    st.decimals(),
    st.fractions(),
    st.just([]),
    st.just({}),
)
texts = st.one_of(
    st.sampled_from(
        [*METHOD.values, *METHOD.aliases, "other", "unknown", "", "\ud800", "x" * 300, '"\\\n', "größe 🎬"]
    ),
    st.text(max_size=3),
    anything,
)
results = st.one_of(st.none(), st.sampled_from([*RESULT.values, *RESULT.aliases]), st.text(max_size=4), anything)
exemplars = st.one_of(st.none(), st.dictionaries(st.text(max_size=4), st.text(max_size=9), max_size=2), anything)
errors = st.sampled_from([None, RuntimeError, TimeoutError, asyncio.CancelledError, GeneratorExit, KeyboardInterrupt])


@dataclass(frozen=True)
class Call:
    """One call of a helper."""

    method: Any
    route: Any
    duration: Any = 0.0
    success: Any = True
    size: Any = 0
    age: Any = None
    outcome: Any = None
    exemplar: Any = None


@dataclass(frozen=True)
class Timed:
    """One use of a timer, and what ended it."""

    method: Any
    route: Any
    error: type[BaseException] | None
    size: Any


calls = st.one_of(
    st.builds(Call, texts, texts, anything, st.booleans(), anything, anything, results, exemplars),
    st.builds(Timed, texts, texts, errors, anything),
)


@dataclass
class Model:
    """What the counts must be, by the rules that the documentation gives."""

    routes: set[str] = field(default_factory=lambda: {"other", "unknown"})
    answers: Tally[tuple[str, str]] = field(default_factory=Tally)
    outcomes: Tally[tuple[str, str, str]] = field(default_factory=Tally)
    durations: Tally[tuple[str, str]] = field(default_factory=Tally)

    def apply(self, call: Call | Timed) -> None:
        # A timer finds its series when it is made: nothing else of this model depends on the order of the labels.
        at = self.method(call.method), self.route(call.route)
        self.answers[at] += 1
        self.outcomes[(self.outcome(call), *at)] += 1
        if isinstance(call, Timed) or is_number(call.duration):
            self.durations[at] += 1

    def method(self, value: Any) -> str:
        if not is_label(value):
            return "unknown"
        value = METHOD.aliases.get(value, value)
        return value if value in {*METHOD.values, "other", "unknown"} else "other"

    def route(self, value: Any) -> str:
        if not is_label(value):
            return "unknown"
        if value not in self.routes and len(self.routes) < (ROUTE.max_values or 0) + 2:
            self.routes.add(value)
        return value if value in self.routes else "other"

    def outcome(self, call: Call | Timed) -> str:
        if isinstance(call, Timed):
            if call.error is None:
                return "ok"
            late = "late" if call.error is TimeoutError else "other"
            return late if issubclass(call.error, Exception) else "cancelled"
        if call.outcome is None:
            return "ok" if call.success else "other"
        value = RESULT.aliases.get(call.outcome, call.outcome) if isinstance(call.outcome, str) else "other"
        return value if value in RESULT.values else "other"


def is_label(value: Any) -> bool:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST:
        return False
    return not any("\ud800" <= each <= "\udfff" for each in value)


def is_number(value: Any) -> bool:
    """Whether a histogram takes it, if only as 0 for what is negative: finite, and no text."""
    if value is None or isinstance(value, str | bytes | list | dict):
        return False
    try:
        number = float(value)
    except (OverflowError, ValueError):
        return False
    return -LARGEST <= number <= LARGEST


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    folder: Path = tmp_path_factory.mktemp("properties")
    write(EVERYTHING, folder)
    with pytest.MonkeyPatch.context() as patch:
        return imported(folder, patch)


def record(web: Any, call: Call | Timed) -> None:
    """Do one call, as a service would."""
    if isinstance(call, Call):
        given_numbers = {"duration": call.duration, "success": call.success, "size": call.size, "age": call.age}
        web.record_answer(call.method, call.route, **given_numbers, outcome=call.outcome, exemplar=call.exemplar)
        return
    timer = web.answering(call.method, call.route)
    timer.__enter__()
    timer.size = call.size
    timer.__exit__(call.error, call.error() if call.error else None, None)


Counts = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def counted(families: Iterable[Any]) -> Counts:
    """Return every series that must not fall."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
        if family.type != "gauge"
    }


def counters(page: CollectorRegistry) -> Counts:
    """Return those of a collector registry."""
    return counted(page.collect())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(calls, max_size=25))
def test_any_sequence_of_calls_leaves_a_sound_page_with_the_counts_of_a_simple_model(
    module: ModuleType, sequence: list[Call | Timed]
) -> None:
    page, model = CollectorRegistry(), Model()
    web = module.Metrics(page).web
    before = counters(page)
    for call in sequence:
        record(web, call)
        model.apply(call)
        now = counters(page)
        assert before.keys() <= now.keys()
        assert all(now[series] >= value for series, value in before.items())
        assert all(0 <= value < math.inf for value in now.values())
        before = now
    assert_counts(page, model)
    for families, text in (
        (text_string_to_metric_families, generate_latest(page)),
        (openmetrics_families, choose_encoder("application/openmetrics-text; version=1.0.0")[0](page)),
    ):
        assert counted(families(text.decode())) == counters(page)


def under_way(page: CollectorRegistry) -> set[float]:
    return {0, *(sample.value for family in page.collect() for sample in family.samples if sample.name == "web_open")}


def assert_counts(page: CollectorRegistry, model: Model) -> None:
    for (method, route), count in model.answers.items():
        at = {"method": method, "route": route}
        assert page.get_sample_value("web_answers_total", at) == count
        assert page.get_sample_value("web_seconds_count", at) == model.durations[method, route]
    for (outcome, method, route), count in model.outcomes.items():
        at = {"result": outcome, "method": method, "route": route}
        assert page.get_sample_value("web_results_total", at) == count
    assert under_way(page) == {0}
    total = sum(value for (name, _), value in counters(page).items() if name == "web_answers_total")
    assert total == model.answers.total()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(call=calls)
def test_what_strict_mode_refuses_changes_nothing(module: ModuleType, call: Call | Timed) -> None:
    page = CollectorRegistry()
    web = module.Metrics(page, strict=True).web
    try:
        record(web, call)
    except (TypeError, ValueError):
        if isinstance(call, Call):
            assert all(value == 0 for value in counters(page).values())
    else:
        assert under_way(page) == {0}
