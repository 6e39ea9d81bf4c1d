"""The tests of one operation, as source: what it changes, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator

from metricloom.generators.instrumentation.cases import FAILED, Case, example_of, series
from metricloom.generators.instrumentation.names import Constants
from metricloom.generators.instrumentation.source import call, line, text
from metricloom.generators.instrumentation.statements import (
    Test,
    assert_changes,
    change_of,
    dropped,
    expected,
    numbers,
    texts,
)
from metricloom.monitoring.effects import Action, On
from metricloom.monitoring.labels import Label
from metricloom.monitoring.timers import CANCELLED, OK

ROOM_IF_UNDECLARED = 100
"""How many values the machinery admits of a label that declares neither values nor a bound."""
MOST_TRIED = 1000
"""A bound above it is not tried out: the tests shall take seconds."""


def tests_of_operation(case: Case, constants: Constants, failure: str) -> Iterator[Test]:
    """Yield the tests of what an operation changes; *failure* is the name of the one in which it fails."""
    yield _change(case.noun, case, case.given())
    for condition in case.conditions:
        yield _change(f"{case.noun}_with_{condition}", case, case.given(condition=condition))
    if case.operation.can_fail:
        least = case.given(every=False)
        called = case.call(case.private_helper, numbers(least), "success=False")
        yield Test(failure, (called, assert_changes(case.changes(least, FAILED))))
    yield from _of_functions(case)
    yield from _of_outcomes(case, constants)


def _change(name: str, case: Case, given: dict[str, float]) -> Test:
    return Test(name, (case.call(case.private_helper, numbers(given)), assert_changes(case.changes(given))))


def _of_functions(case: Case) -> Iterator[Test]:
    """A gauge can be read from a function at each scrape, and is absent if that fails."""
    set_by = {effect.value for effect in case.operation.effects if effect.action is Action.SET}
    if case.required and all(each.name in set_by for each in case.required):
        given = case.given(every=False)
        metrics = [each.metric for each in case.operation.effects if each.value in given]
        absent = expected({series(each.name, case.labels): "0" for each in metrics})
        body = (
            case.call(case.private_helper, {name: f"lambda: {value!r}" for name, value in given.items()}),
            assert_changes(case.changes(given)),
            case.call(case.private_helper, dict.fromkeys(given, "lambda: 1 / 0")),
            line(4, "absent = ", absent),
            "    assert not absent.keys() & page.series().keys()",
        )
        yield Test(f"{case.noun}_from_a_function", body)


def _of_outcomes(case: Case, constants: Constants) -> Iterator[Test]:
    outcomes, counted = case.operation.outcomes, case.outcome_metric
    if outcomes is None or counted is None:
        return
    body = [
        case.call(case.private_helper, numbers(case.given(every=False)), "outcome=outcome"),
        change_of("counted", counted.name, {**texts(case.labels), outcomes.label.name: "outcome"}),
        "    assert counted == 1",
    ]
    failed = [each.metric for each in case.operation.effects if each.on is On.FAILURE and not each.labels]
    if failed:
        body.append(change_of("failed", failed[0].name, texts(case.labels_of(failed[0]))))
        body.append(f"    assert failed == (outcome not in {{{text(OK)}, {text(CANCELLED)}}})")
    decorator = f'@pytest.mark.parametrize("outcome", module.{constants.of(outcomes.label)}.values)\n'
    yield Test(f"{case.noun}_outcome", tuple(body), "page: Page, outcome: str", decorator)


# --- what is refused ---


def tests_of_numbers(case: Case) -> Iterator[Test]:
    """Yield the test that no bad number is recorded."""
    if not case.required:
        return
    metrics = dict.fromkeys(case.method.checked_of(each.name) for each in case.required)
    counted = [[dropped(each.name, "bad_value"), "    assert dropped >= len(BAD_NUMBERS)"] for each in metrics]
    body = (
        "    for value in BAD_NUMBERS:",
        case.call(_production(case), {each.name: "value" for each in case.required}, indent=8),
        *(each for pair in counted for each in pair),
        "    assert_sound(production)",
    )
    yield Test(f"{case.noun}_refuses_bad_numbers", body, "production: Page")


def tests_of_labels(case: Case, constants: Constants) -> Iterator[Test]:
    """Yield the tests that no bad label value makes a series, and that there is an end to good ones."""
    if not case.labels:
        return
    family = case.operation.metrics[0].name
    given = numbers(case.given(every=False))
    times = f"{len(case.labels)} * " if len(case.labels) > 1 else ""
    body = (
        "    for value in BAD_LABEL_VALUES:",
        case.call(_production(case), given, indent=8, labels="value"),
        dropped(family, "bad_label"),
        f"    assert dropped == {times}len(BAD_LABEL_VALUES)",
        "    assert_sound(production)",
    )
    yield Test(f"{case.noun}_refuses_bad_label_values", body, "production: Page")
    yield from _of_aliases(case, constants)
    room = _room(case.operation.labels[0])
    if room <= MOST_TRIED:
        others = [text(example_of(label)) for label in case.operation.labels[1:]]
        called = call(f"{_production(case)}.{case.operation.name}", 'f"new-{number}"', *others, *given.values())
        body = (
            f"    for number in range({room + 3}):",
            line(8, "", called),
            dropped(family, "label_overflow"),
            "    assert dropped == 3",
            "    assert_sound(production)",
        )
        yield Test(f"{case.noun}_bounds_label_values", body, "production: Page")


def _of_aliases(case: Case, constants: Constants) -> Iterator[Test]:
    """Another name of a value changes what the value changes."""
    if any(effect.action is Action.SET_TO_NOW for effect in case.operation.effects):
        return  # no two calls change the same
    numbers_given = [numbers(case.given(every=False))[each.name] for each in case.required]
    for place, label in enumerate(case.operation.labels):
        if label.aliases:
            values = [text(value) for value in case.labels.values()]
            values[place] = "name"
            called = call(f"page.metrics.{case.helper.attribute}.{case.operation.name}", *values, *numbers_given)
            body = (
                f"    for alias, value in module.{constants.of(label)}.aliases.items():",
                "        changes = []",
                "        for name in (alias, value):",
                "            page = Page(CollectorRegistry(), strict=True)",
                line(12, "", called),
                "            changes.append(page.changes())",
                "        assert changes[0] == changes[1]",
            )
            yield Test(f"{case.noun}_knows_aliases_of_{label.name}", body, "")


def _production(case: Case) -> str:
    return f"production.metrics.{case.helper.attribute}"


def _room(label: Label) -> int:
    """Return how many values beside the known ones may have series."""
    if label.max_values is not None:
        return label.max_values - len(label.values)
    return 0 if label.values else ROOM_IF_UNDECLARED
