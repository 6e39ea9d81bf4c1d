"""Operations: the signature that follows from the effects, and what is wrong with a wrong one."""

from __future__ import annotations

from typing import Any

import pytest

from metricloom import (
    Argument,
    Counter,
    Gauge,
    Given,
    Histogram,
    Label,
    Operation,
    Outcomes,
    Registry,
    Subsystem,
    Timer,
)

KIND = Label("kind", "Kind", values=["a", "b"])
SOURCE = Label("source", "Source", values=["cache", "origin"])
RESULT = Label("result", "Result", values=["ok", "cancelled", "other", "late"])
CALLS = Counter("calls_total", "Calls", labels=[KIND])
BYTES = Counter("bytes_total", "Bytes", labels=[KIND, SOURCE])
RESULTS = Counter("results_total", "Results", labels=[KIND, RESULT])
SECONDS = Histogram("seconds", "Seconds", labels=[KIND], buckets=(1, 2))
LEVEL = Gauge("level", "Level", labels=[KIND])
OPEN = Gauge("open", "Open", labels=[KIND, SOURCE])


def operation(*effects: Any, name: str = "record_call", helper: str = "CallMetrics", **others: Any) -> Operation:
    return Operation(name, helper, **{"labels": [KIND], "effects": effects, **others})


@pytest.mark.parametrize(
    ("declared", "signature"),
    [
        (operation(CALLS.inc()), "record_call(kind)"),
        (operation(CALLS.inc(), SECONDS.observe("duration"), arguments=["duration"]), "record_call(kind, duration)"),
        (operation(CALLS.inc("count"), SECONDS.observe("duration")), "record_call(kind, *, count=0, duration=None)"),
        (operation(CALLS.inc(on="failure")), "record_call(kind, *, success=True)"),
        (operation(CALLS.inc(on="failure"), arguments=["success"]), "record_call(kind, success=True)"),
        (operation(LEVEL.set("level"), arguments=[Argument("level", default=None)]), "record_call(kind, level=None)"),
        (
            operation(
                CALLS.inc("cost"), BYTES.inc("bytes", source=Given("cost", "cache", "origin")), arguments=["bytes"]
            ),
            "record_call(kind, bytes, *, cost=None)",
        ),
        (
            operation(RESULTS.inc(), SECONDS.observe("duration"), outcomes=Outcomes(RESULT), exemplars=True),
            "record_call(kind, *, duration=None, success=True, outcome=None, exemplar=None)",
        ),
    ],
)
def test_signature_follows_from_the_effects(declared: Operation, signature: str) -> None:
    assert declared.faults == ()
    assert declared.signature == signature


@pytest.mark.parametrize(
    ("declared", "message", "hint"),
    [
        (operation(CALLS.inc(), name="Record"), "cannot name a method", "lower-case"),
        (operation(CALLS.inc(), name="import"), "cannot name a method", "no word of Python"),
        (operation(CALLS.inc(), helper="calls"), "is not a name such as HTTPMetrics", "Metrics at the end"),
        (operation(CALLS.inc("n"), arguments=["m"]), "no effect takes the argument 'm'", "declared are: n"),
        (operation(CALLS.inc("kind")), "argument 'kind' stands twice", "rename one"),
        (operation(CALLS.inc("self")), "'self' cannot name an argument", ""),
        (operation(BYTES.inc()), "nothing says the label 'source' of bytes_total", "give source= to the effect"),
        (operation(CALLS.inc(sorce="cache")), "calls_total has no label 'sorce'", ""),
        (operation(BYTES.inc(source="cash")), "label source has no value 'cash'", "did you mean cache?"),
        (operation(CALLS.inc(), labels=[KIND, SOURCE]), "none of its metrics has the label source", "leave it out"),
        (
            operation(BYTES.inc("n", source=Given("n", "cache", "origin")), arguments=["n"]),
            "whether 'n' is given cannot be told",
            "give it the default None",
        ),
        (
            operation(CALLS.inc("n"), SECONDS.observe("d"), arguments=[Argument("n", default=1), "d"]),
            "'d' must be given, and stands after one that need not",
            "move 'd' before 'n'",
        ),
        (operation(CALLS.inc(), timer="timer"), "the timer measures 'duration', which no effect takes", ""),
        (
            operation(SECONDS.observe("duration"), timer=Timer(in_flight=OPEN)),
            "the timer cannot know all labels of open",
            "no other labels",
        ),
        (
            operation(SECONDS.observe("duration"), LEVEL.set("level"), arguments=["duration", "level"], timer="timer"),
            "the timer has no value for 'level'",
            "give it a default",
        ),
        (
            operation(CALLS.inc(), outcomes=Outcomes(KIND)),
            "outcomes need a closed set of values",
            "add ok, cancelled, other",
        ),
        (
            operation(RESULTS.inc(), outcomes=Outcomes(RESULT, exceptions={"TimeoutError": "lat"})),
            "exception TimeoutError stands for 'lat'",
            "did you mean late?",
        ),
        (operation(CALLS.inc(), arguments=[3]), "arguments holds 3", "give str or Argument"),
        (operation("calls"), "effects holds 'calls'", "give Effect"),
    ],
)
def test_a_wrong_operation_says_what_and_what_instead(declared: Operation, message: str, hint: str) -> None:
    assert any(message in fault.message and hint in fault.hint for fault in declared.faults), declared.faults
    assert all(fault.at == declared.at for fault in declared.faults if fault.code != "M131")


def test_two_methods_of_one_name_are_told_with_both_places() -> None:
    timed = [operation(SECONDS.observe("duration"), name=name, timer="timer") for name in ("record_a", "record_b")]
    same = [operation(CALLS.inc()), operation(CALLS.inc())]
    problems = list(Registry("r", [Subsystem("s", "S", "o", operations=[*timed, *same])]).problems())
    assert [problem.message.partition(":")[0] for problem in problems] == [
        "operation CallMetrics.record_call is declared twice",
        "timer CallMetrics.timer is declared twice",
    ]
