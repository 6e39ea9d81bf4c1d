"""A field of a wrong type is a fault with its place, whatever the field and whatever stands in it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any, Literal

import pytest

import metricloom as ml
from metricloom.annotations import kind_of
from metricloom.declaration import Declaration
from metricloom.monitoring.effects import Effect
from metricloom.registry.load import problems_of

ROUTE = ml.Label("route", "Route", values=["/a"])
CALLS = ml.Counter("calls_total", "Calls", labels=[ROUTE])
FAILURES = ml.Counter("failures_total", "Failures", labels=[ROUTE], subset_of=CALLS)
SECONDS = ml.Histogram("call_seconds", "Time", labels=[ROUTE], buckets=(1, 10), timeout=10)
OPEN = ml.Gauge("open_calls", "Open", labels=[ROUTE])
RESULT = ml.Label("result", "Result", values=["ok", "cancelled", "other"])
RESULTS = ml.Counter("results_total", "Results", labels=[ROUTE, RESULT])
UP = ml.External("up", "Up", labels=["job"])
RATE = ml.rate(CALLS, [ROUTE], "5m")
PRICE = ml.Price("call", 1.0, per=1, unit="call")
TEXTS = {"for_": "5m", "severity": "warning", "summary": "s", "description": "d", "next_steps": "n"}


def part(**parts: Any) -> ml.Subsystem:
    return ml.Subsystem("calls", "Calls", "me", **parts)


def registry(**parts: Any) -> ml.Registry:
    return ml.Registry("calls", [part(**parts)])


def operation(**changes: Any) -> ml.Operation:
    given: dict[str, Any] = {"labels": [ROUTE], "arguments": ["duration"], "timer": "timer"}
    given["effects"] = [CALLS.inc(), SECONDS.observe("duration")]
    return ml.Operation("record_call", "CallMetrics", **{**given, **changes})


def alert(**changes: Any) -> ml.Alert:
    return ml.Alert(**{"name": "Many", "condition": RATE > ml.Threshold(1), **TEXTS, **changes})


def board(*panels: Any) -> ml.Registry:
    return ml.Registry("calls", [part(metrics=[CALLS])], dashboards=[ml.Dashboard("Calls", rows=[ml.Row("R", panels)])])


IN_A_REGISTRY: dict[type, tuple[dict[str, Any], Callable[[Any], ml.Registry]]] = {
    ml.Label: ({"name": "x", "help": "h"}, lambda one: registry(metrics=[ml.Gauge("g", "h", labels=[one])])),
    ml.Counter: ({"name": "x_total", "help": "h"}, lambda one: registry(metrics=[one], operations=[
        ml.Operation("count", "CallMetrics", effects=[one.inc()])])),
    ml.Gauge: ({"name": "x", "help": "h"}, lambda one: registry(
        operations=[operation(timer=ml.Timer(in_flight=one))])),
    ml.Histogram: ({"name": "x_seconds", "help": "h", "buckets": [1]}, lambda one: registry(metrics=[one])),
    ml.External: ({"name": "x", "help": "h"}, lambda one: registry(metrics=[one])),
    ml.Argument: ({"name": "duration"}, lambda one: registry(operations=[operation(arguments=[one])])),
    Effect: ({"metric": CALLS, "action": CALLS.inc().action}, lambda one: registry(
        operations=[operation(effects=[one, SECONDS.observe("duration")])])),
    ml.Operation: ({"name": "f", "helper": "XMetrics", "labels": [ROUTE], "effects": [CALLS.inc()]},
        lambda one: registry(operations=[one])),
    ml.Outcomes: ({"label": RESULT}, lambda one: registry(
        operations=[operation(effects=[RESULTS.inc(), SECONDS.observe("duration")], outcomes=one)])),
    ml.Timer: ({}, lambda one: registry(operations=[operation(timer=one)])),
    ml.Price: ({"name": "x", "dollars": 1, "per": 1, "unit": "u"}, lambda one: registry(prices=[one])),
    ml.Budget: ({"name": "x", "dollars": 1, "period": "month"}, lambda one: registry(budgets=[one])),
    ml.ModelPrices: ({"model": "x", "provider": "p", **{
        name: ml.Price(name, 1, 1, "token") for name in ("input", "output", "cache_read", "cache_write")
    }}, lambda one: registry(prices=one.prices)),
    ml.Query: ({"text": "up"}, lambda one: registry(alerts=[alert(condition=one > ml.Threshold(1))])),
    ml.RecordingRule: ({"name": "a:b:c", "expression": RATE}, lambda one: registry(recordings=[one])),
    ml.Threshold: ({"value": 1}, lambda one: registry(alerts=[alert(condition=RATE > one)])),
    ml.Condition: ({"expression": RATE, "operator": ">", "threshold": ml.Threshold(1)},
        lambda one: registry(alerts=[alert(condition=one)])),
    ml.Samples: ({"series": CALLS, "values": "0x5"}, lambda one: registry(
        alerts=[alert(examples=lambda _: [ml.Example("e", [one], silent_at=["1m"])])])),
    ml.Example: ({"title": "e", "silent_at": ["1m"]}, lambda one: registry(alerts=[alert(examples=lambda _: [one])])),
    ml.Alert: ({"name": "A", "condition": RATE, **TEXTS}, lambda one: registry(alerts=[one])),
    ml.Triple: ({"method": "f", "helper": "XMetrics", "calls": CALLS, "failures": FAILURES, "seconds": SECONDS,
        "nouns": "calls", "failing": "F", "slow": "S", "error_ratio": ml.Threshold(0.1), "p95": ml.Threshold(1),
        "next_steps": "n"}, lambda one: registry(triples=[one])),
    ml.TimeSeries: ({"title": "t", "queries": RATE, "description": "d"}, board),
    ml.Stat: ({"title": "t", "queries": RATE, "description": "d"}, board),
    ml.Table: ({"title": "t", "queries": {"a": RATE}, "description": "d"}, board),
    ml.Text: ({"title": "t"}, board),
    ml.FiringAlerts: ({"title": "t", "description": "d"}, board),
    ml.State: ({"value": 1, "text": "t"}, lambda one: board(ml.Stat("t", RATE, "d", states=[one]))),
    ml.Row: ({"title": "t", "panels": []},
        lambda one: ml.Registry("x", [], dashboards=[ml.Dashboard("d", rows=[one])])),
    ml.Dashboard: ({"title": "t"}, lambda one: ml.Registry("x", [part(metrics=[CALLS])], dashboards=[one])),
    ml.Subsystem: ({"name": "x", "title": "t", "owner": "o"}, lambda one: ml.Registry("x", [one, part()])),
    ml.Site: ({"name": "x"}, lambda one: ml.Registry("x", [part(metrics=[CALLS])], sites=[one])),
    ml.Registry: ({"name": "x", "subsystems": []}, lambda one: one),
}  # fmt: skip
ANYTHING: list[Any] = [None, 5, "x", b"", [], [None], {}, {5: None}, [[]], object(), -1.5, True]
FIELDS = [
    pytest.param(kind, each.name, id=f"{kind.__name__}.{each.name}")
    for kind in IN_A_REGISTRY
    for each in fields(kind)
    if each.init
]


def test_every_public_declaration_is_tried() -> None:
    public = {value for value in vars(ml).values() if isinstance(value, type) and issubclass(value, Declaration)}
    assert public <= IN_A_REGISTRY.keys()


@pytest.mark.parametrize(("kind", "name"), FIELDS)
def test_whatever_stands_in_a_field_is_reported_with_its_place_and_never_raises(kind: type, name: str) -> None:
    right, put = IN_A_REGISTRY[kind]
    assert problems_of(put(kind(**right))) == []
    for value in ANYTHING:
        declared = kind(**{**right, name: value})
        problems = problems_of(put(declared))
        assert all(problem.at is not None and problem.at.path == __file__ for problem in problems)
        if value.__class__ is object:
            assert [problem.code for problem in declared.faults] == ["M120"]


@pytest.mark.parametrize(
    ("annotation", "right", "wrong"),
    [
        (str, ["", "a"], [None, b"a", 1]),
        (float, [1, 1.5], [True, "1", None]),
        (int, [1], [1.0, True]),
        (bool, [True], [1]),
        (date, [date(2026, 1, 1)], [datetime(2026, 1, 1), "2026-01-01"]),  # noqa: DTZ001
        (Sequence[str], [[], ["a"], ("a",)], ["a", [1], None, b""]),
        (Mapping[str, float], [{}, {"a": 1}], [{1: 1}, {"a": "1"}, []]),
        (str | None, ["a", None], [1]),
        (Literal["a", "b"], ["a"], ["c", ["a"], None]),
        (Callable[[float], str], [str], ["str"]),
        (Sequence[str | Sequence[str]], [["a", ["b"]]], [[["a", 1]]]),
        (ml.RecordingRule, [ml.RecordingRule("a:b:c", RATE)], [CALLS]),
    ],
)
def test_an_annotation_says_what_is_right(annotation: Any, right: list[object], wrong: list[object]) -> None:
    kind = kind_of(annotation)
    assert [value for value in right if not kind.accepts(value)] == []
    assert [value for value in wrong if kind.accepts(value)] == []


@pytest.mark.parametrize(
    ("declare", "message", "hint"),
    [
        (lambda: CALLS.inc(None), "value holds None", "str or float"),  # type: ignore[arg-type]
        (lambda: CALLS.inc(-1), "-1 is added to a counter", "only grows"),
        (lambda: CALLS.inc(float("inf")), "inf is not finite", "finite"),
        (lambda: OPEN.set(float("nan")), "nan is not finite", "finite"),
        (lambda: CALLS.inc(on="never"), "on holds 'never'", "'always' or 'success' or 'failure'"),  # type: ignore[arg-type]
        (lambda: CALLS.inc(route=5), "labels holds", "str or Given"),  # type: ignore[arg-type]
        (lambda: CALLS.inc(route=ml.Given("a", "b", None)), "three texts", "str"),  # type: ignore[arg-type]
        (lambda: operation(exemplars=True, effects=[CALLS.inc()], arguments=(), timer=None), "exemplars", "histogram"),
        (lambda: ml.Counter("x_total", "h", subset_of="nope"), "subset_of", "a mapping of str to Counter"),  # type: ignore[arg-type]
        (lambda: ml.Price("p", 1, 1, "u", changes={"2026-01-01": 2}), "changes", "a date"),  # type: ignore[dict-item]
        (lambda: ml.Argument("n", default="abc"), "default", "float"),  # type: ignore[arg-type]
        (lambda: ml.Counter("x_total", "h", labels="route"), "labels holds 'route'", "a list of Label"),  # type: ignore[arg-type]
    ],
)
def test_a_slip_says_what_is_wrong_and_what_to_give(declare: Any, message: str, hint: str) -> None:
    [fault] = declare().faults
    assert message in fault.message
    assert hint in fault.hint


def test_faulty_declarations_do_not_hide_what_is_wrong_between_others() -> None:
    parts = [ml.Counter(["x"], "h"), ml.Gauge("same", "h"), ml.Gauge("same", "h")]  # type: ignore[arg-type]
    assert sorted(problem.code for problem in registry(metrics=parts).problems()) == ["A512", "M120"]


def test_fields_of_what_is_faulty_are_reported_too() -> None:
    label = ml.Label("le", "Reserved")
    gauge = ml.Gauge("bad name", "h", labels=[label])
    codes = [problem.name for problem in registry(metrics=[gauge]).problems()]
    assert len(codes) == 2
