"""The tests of one operation's timer, as source."""

from __future__ import annotations

from collections.abc import Iterator

from metricloom.generators.instrumentation.cases import FAILED, Case
from metricloom.generators.instrumentation.names import Constants
from metricloom.generators.instrumentation.source import Group, call, line, text
from metricloom.generators.instrumentation.statements import Test, assert_changes, change_of, expected, texts
from metricloom.monitoring.timers import CANCELLED, Timer

WITH_CLOCK = "page: Page, clock: Clock"
EACH_FORM = '@pytest.mark.parametrize("form", FORMS)\n'


def tests_of_timer(case: Case, timer: Timer, constants: Constants) -> Iterator[Test]:
    """Yield the tests of a timer: each form of it, each way to end, and what is seen while it is open."""
    made = line(4, "timer = ", _timer(case, timer))
    yield Test(timer.name, (*_with(case, timer),), WITH_CLOCK)
    yield _in_each_form(made, case, timer)
    yield Test(
        f"{timer.name}_exception",
        (
            made,
            "    with pytest.raises(RuntimeError):",
            "        run(form, timer, clock.fail)",
            assert_changes(case.timed(timer, FAILED)),
        ),
        f"{WITH_CLOCK}, form: str",
        EACH_FORM,
    )
    cancelled = assert_changes(case.timed(timer, CANCELLED))
    yield Test(f"{timer.name}_cancelled", (made, "    cancel(timer, clock)", cancelled), WITH_CLOCK)
    yield _left_half_way(made, case, timer)
    yield from _of_exceptions(made, case, timer, constants)


def _with(case: Case, timer: Timer) -> Iterator[str]:
    yield line(4, "with ", _timer(case, timer)) + ":"
    yield "        clock.tick()"
    if timer.in_flight is not None:
        yield "        during = page.series()"
        yield line(4, "begun = ", call("during.get", text(case.of_timer(timer.in_flight))))
        yield "    assert begun == 1"
    if timer.oldest is not None:
        yield line(4, "began = ", call("during.get", text(case.of_timer(timer.oldest))))
        yield "    assert began == ABOUT_NOW"
    yield assert_changes(case.timed(timer))


def _in_each_form(made: str, case: Case, timer: Timer) -> Test:
    streamed = []
    if timer.first is not None:
        streamed = ['    if "generator" in form:', line(8, "expected |= ", expected(case.first(timer)))]
    body = (
        made,
        "    run(form, timer, clock.tick)",
        line(4, "expected: dict[str, float] = ", expected(case.timed(timer))),
        *streamed,
        "    assert page.changes() == expected",
    )
    return Test(f"{timer.name}_in_each_form", body, f"{WITH_CLOCK}, form: str", EACH_FORM)


def _left_half_way(made: str, case: Case, timer: Timer) -> Test:
    # The first item comes at once: it is counted, and took no time.
    first = {name: change for name, change in case.first(timer).items() if name.partition("{")[0].endswith("_count")}
    body = (
        made,
        "    for _item in timer.stream(range(9)):",
        "        clock.tick()",
        "        break",
        line(4, "expected: dict[str, float] = ", expected({**case.timed(timer, CANCELLED), **first})),
        "    assert page.changes() == expected",
    )
    return Test(f"{timer.name}_of_a_stream_left_half_way", body, WITH_CLOCK)


def _of_exceptions(made: str, case: Case, timer: Timer, constants: Constants) -> Iterator[Test]:
    outcomes, metric = case.operation.outcomes, case.outcome_metric
    if outcomes is not None and outcomes.exceptions and metric is not None:
        constant = f"module.{constants.of(outcomes)}"
        body = (
            made,
            "    error = type(name, (Exception,), {})",
            "    with pytest.raises(error), timer:",
            "        raise error",
            f"    outcome = {constant}[name]",
            change_of("counted", metric.name, {**texts(case.labels), outcomes.label.name: "outcome"}),
            "    assert counted == 1",
        )
        decorator = f'@pytest.mark.parametrize("name", {constant})\n'
        yield Test(f"{timer.name}_outcome_of_exceptions", body, "page: Page, name: str", decorator)


def _timer(case: Case, timer: Timer) -> Group:
    return call(f"{case.private_helper}.{timer.name}", *map(text, case.labels.values()))
