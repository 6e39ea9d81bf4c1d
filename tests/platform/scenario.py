"""What happens to a service, as functions of time, and what must then fire: judged by the real promtool."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias

import yaml

from metricloom.content_platform import REGISTRY
from metricloom.generators import rules
from metricloom.promql.strings import quoted
from metricloom.promtool import Promtool, find_promtool
from metricloom.registry.registry import Registry

MINUTE, HOUR = 60, 3600
NEVER = math.inf
IDENTITY = {"cluster": "eu", "namespace": "prod", "job": "content"}
JOB_ALONE = {"cluster": "", "namespace": ""}
"""Where a site has neither label: an empty one is none."""

Value: TypeAlias = "float | None"
Shape: TypeAlias = "Callable[[float], Value]"
"""From seconds since the begin to the sample then, None for none."""

# --- shapes ---


def steps(*changes: tuple[float, Value]) -> Shape:
    """Return the latest value given by then, and none before the first."""
    return lambda t: next((value for at, value in reversed(changes) if at <= t), None)


def constant(value: Value) -> Shape:
    return lambda _t: value


def per_minute(rate: float, since: float = 0, start: float = 0, resets: Sequence[float] = ()) -> Shape:
    """Return a counter of whole events at an even spacing, which starts again at 0 at each of *resets*."""

    def events(t: float) -> int:
        return math.floor(max(0.0, t - since) * rate / MINUTE + 1e-9)

    def shape(t: float) -> float:
        restart = max((reset for reset in resets if reset <= t), default=None)
        return start + events(t) if restart is None else events(t) - events(restart)

    return shape


def changing(*rates: tuple[float, float]) -> Shape:
    """Return a counter whose rate per minute is the latest given by then."""

    def shape(t: float) -> float:
        ends = [*(at for at, _ in rates[1:]), NEVER]
        grown = (max(0.0, min(t, end) - at) * rate for (at, rate), end in zip(rates, ends, strict=True))
        return math.floor(sum(grown) / MINUTE + 1e-9)

    return shape


def gone(shape: Shape, begin: float, end: float = NEVER) -> Shape:
    """Return *shape* without its samples between two times."""
    return lambda t: None if begin <= t < end else shape(t)


# --- series ---


@dataclass(frozen=True, slots=True)
class Series:
    """A series of the example identity, unless *labels* say otherwise."""

    name: str
    shape: Shape
    labels: Mapping[str, str]

    def written(self, every: float, until: float) -> dict[str, str]:
        """Return it as promtool takes it, with a sample *every* so many seconds."""
        values = [self.shape(number * every) for number in range(int(until // every) + 1)]
        return {
            "series": selector(self.name, IDENTITY | {"instance": "a"} | dict(self.labels)),
            "values": encode(values),
        }


def series(name: object, shape: Shape, **labels: str) -> Series:
    return Series(str(name), shape, labels)


def labelled(all_series: Sequence[Series], labels: Mapping[str, str]) -> list[Series]:
    """Return the series with some labels changed."""
    return [replace(one, labels={**one.labels, **labels}) for one in all_series]


def selector(name: str, labels: Mapping[str, str]) -> str:
    inside = ",".join(f'{label}="{quoted(value)}"' for label, value in sorted(labels.items()) if value)
    return f"{name}{{{inside}}}"


def encode(values: Sequence[Value]) -> str:
    """Return *values* in promtool's notation, an even course in one word: `0+2x30 _x5 7`."""
    words, at = [], 0
    while at < len(values):
        step, count = _run(values, at)
        words.append(_word(values[at], step, count))
        at += count
    return " ".join(words)


def _run(values: Sequence[Value], begin: int) -> tuple[float, int]:
    """Return by how much the values grow from *begin* on, and how many do so."""
    first = values[begin]
    following = values[begin + 1] if begin + 1 < len(values) else None
    step = 0.0
    if first is not None and following is not None and float(first).is_integer() and float(following).is_integer():
        step = following - first
    count = 1
    while begin + count < len(values) and values[begin + count] == _grown(first, step * count):
        count += 1
    return (0.0, 1) if count == 2 and step else (step, count)


def _grown(value: Value, by: float) -> Value:
    return None if value is None else value + by


def _word(value: Value, step: float, count: int) -> str:
    if value is None:
        return f"_x{count}"
    text = "Inf" if value == math.inf else f"{value:.17g}"
    return f"{text}{step:+.17g}x{count - 1}" if count > 1 or value == math.inf else text


# --- what is expected ---

Firing: TypeAlias = "dict[str, str]"


def alert(name: str, **labels: str) -> Firing:
    """Return an alert that fires, by its identity and own labels."""
    return IDENTITY | {"alertname": name} | labels


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a query returns at a time."""

    at: str
    query: str
    samples: Sequence[tuple[str, float]]

    def written(self) -> dict[str, Any]:
        found = [{"labels": labels, "value": value} for labels, value in self.samples]
        return {"expr": self.query, "eval_time": self.at, "exp_samples": found}


def firing(at: str, *alerts: Firing, about: str = "") -> Expectation:
    """Expect *alerts* to fire at a time, and no others; *about* looks at the alert of that name only."""
    matcher = f'alertstate="firing",alertname=~"{about or ".+"}"'
    query = f"sum without (alertstate, severity, owner, service) (ALERTS{{{matcher}}})"
    return Expectation(at, query, [(selector("", one), 1) for one in alerts])


def silent(*times: str, about: str = "") -> list[Expectation]:
    """Expect no alert at some times."""
    return [firing(at, about=about) for at in times]


def never(about: str, until: str) -> Expectation:
    """Expect that an alert has fired at no evaluation up to a time."""
    fired = f'count_over_time(ALERTS{{alertname="{about}",alertstate="firing"}}[{until}])'
    return Expectation(until, f"count({fired}) or vector(0)", [("{}", 0)])


def near(at: str, query: str, value: float, within: float = 0.01) -> Expectation:
    """Expect the sum of *query* to be a number, but for a small share of it."""
    return Expectation(at, f"abs(sum({query}) / {value!r} - 1) < bool {within}", [("{}", 1)])


@dataclass(frozen=True, slots=True)
class Case:
    """What happens, for so many seconds, and what is expected. *every* is the scrape interval.

    It divides no window unless a case is about that: samples on the edge of a window are an accident of promtool.
    """

    title: str
    series: Sequence[Series]
    expected: Sequence[Expectation]
    until: float
    every: float = 17

    def __str__(self) -> str:
        return self.title


# --- promtool ---


@cache
def rule_files(registry: Registry) -> Mapping[PurePosixPath, str]:
    """Return the rule files of *registry* and their texts."""
    return {artifact.path: artifact.text for artifact in rules.render(registry)}


@cache
def promtool() -> Promtool:
    return find_promtool()


def failures(
    case: Case, folder: Path, *parts: str, evaluated: str = "1m", registries: Sequence[Registry] = (REGISTRY,)
) -> list[str]:
    """Return what promtool finds wrong with *case* in the rules of some subsystems of each registry."""
    loaded = list(_write_rules(folder, parts, registries))
    test = {
        "name": case.title,
        "interval": f"{round(case.every * 1000)}ms",
        "input_series": [one.written(case.every, case.until) for one in case.series],
        "promql_expr_test": [one.written() for one in case.expected],
    }
    document = {"rule_files": loaded, "evaluation_interval": evaluated, "tests": [test]}
    (folder / "case.yml").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    (answer,) = promtool().test_rules(folder, [PurePosixPath("case.yml")])
    return [problem.message for problem in answer[1]]


def _write_rules(folder: Path, parts: Sequence[str], registries: Sequence[Registry]) -> Iterator[str]:
    for number, registry in enumerate(registries):
        for path, text in rule_files(registry).items():
            if path.stem in parts:
                name = f"{number}-{path.name}"
                (folder / name).write_text(text, encoding="utf-8")
                yield name
