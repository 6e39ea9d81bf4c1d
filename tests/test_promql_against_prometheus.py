"""What inference says of random expressions, compared with what a real Prometheus answers."""

from __future__ import annotations

import http.client
import json
import math
import os
import re
import subprocess
import time
import urllib.parse
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest

from metricloom.checks import run
from metricloom.checks.examples import of_expression
from metricloom.errors import Severity
from metricloom.promql.infer import Typing, infer
from metricloom.promql.nodes import COMPARISONS, Binary
from metricloom.promql.text import rename
from metricloom.promql.types import Inferred, Presence, Shape
from metricloom.promtool import find_promtool
from metricloom.sources.model import World
from tests.live_prometheus import Prometheus, running, server_program
from tests.promql_generated import Expressions
from tests.promql_samples import HALF_KNOWN, KNOWN, MEASURED, SAMPLES, SCALED_NAMES, STEP_SECONDS, factor, open_metrics

SEED = int(os.environ.get("METRICLOOM_SEED", "5"))
"""The same at each run; another is worth a try after a change of a rule."""

EXPRESSIONS = 6_000
ANSWERED = 5_000
SCALED_EXPRESSIONS = 4_000
COMPARED = 1_500
ALERTS = 4_000
CALLED_DEAD = 100
DEAD = frozenset({"Q201", "Q202", "Q203", "Q208", "Q213", "Q219", "Q223", "H301", "H303"})
OUT_OF_NOTHING = re.compile(r"\b(or|unless|absent|absent_over_time|scalar|vector|fill|fill_left|fill_right)\b")
FEATURES = "promql-experimental-functions,promql-binop-fill-modifiers"
TOLERANCE = 1e-6
AGAIN = f"; METRICLOOM_SEED={SEED}"


class Row(NamedTuple):
    """One series of an answer: its labels but for its name."""

    labels: frozenset[tuple[str, str]]
    value: float
    named: bool


class Answer(NamedTuple):
    """What Prometheus says: the rows of a vector or scalar, or why there are none."""

    shape: str
    rows: Sequence[Row]
    error: str = ""


class Questions:
    """Asks over one connection, about one moment."""

    def __init__(self, server: Prometheus, moment: int) -> None:
        self._connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=30)
        self._moment = moment

    def close(self) -> None:
        self._connection.close()

    def ask(self, expression: str) -> Answer:
        asked = urllib.parse.urlencode({"query": expression, "time": self._moment})
        self._connection.request("GET", f"/api/v1/query?{asked}")
        said = json.loads(self._connection.getresponse().read())
        if said["status"] != "success":
            return Answer("", (), str(said["error"]))
        return Answer(said["data"]["resultType"], [*_rows(said["data"])])


def _rows(data: Mapping[str, Any]) -> Iterator[Row]:
    found = data["result"]
    for row in [{"metric": {}, "value": found}] if data["resultType"] == "scalar" else found:
        labels = frozenset((name, value) for name, value in row["metric"].items() if name != "__name__")
        yield Row(labels, float(row["value"][1]), "__name__" in row["metric"])


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Questions]:
    folder = tmp_path_factory.mktemp("prometheus")
    begin = int(time.time()) - SAMPLES * STEP_SECONDS - 600
    samples, config = folder / "samples.txt", folder / "prometheus.yml"
    samples.write_text(open_metrics(Random(SEED), begin))
    config.write_text("global: {}\n")
    _backfill(samples, folder / "data")
    started = running(server_program(), config, folder, f"--enable-feature={FEATURES}")
    with started as server, closing(Questions(server, begin + (SAMPLES - 1) * STEP_SECONDS)) as asked:
        yield asked


def _backfill(samples: Path, data: Path) -> None:
    command = [str(find_promtool().path), "tsdb", "create-blocks-from", "openmetrics", str(samples), str(data)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr


def _newest(questions: Questions) -> bool:
    """Whether it reads what Prometheus 3.16 has behind flags."""
    return not any(
        questions.ask(text).error for text in ("limitk(1, up)", "first_over_time(up[5m])", "up + fill(0) up")
    )


def test_prometheus_never_contradicts_what_is_inferred(questions: Questions) -> None:
    draw = Expressions(Random(SEED), newest=_newest(questions))
    found, answered = [], Counter[str]()
    for _ in range(EXPRESSIONS):
        expression = draw.any()
        answer = questions.ask(expression)
        answered["error" if answer.error else "empty" if not answer.rows else "rows"] += 1
        faults = (fault for table in (KNOWN, HALF_KNOWN) for fault in _faults(infer(expression, table), answer))
        found += [f"{fault}: {expression}" for fault in dict.fromkeys(faults)]
    assert found == [], f"{len(found)} of {dict(answered)}{AGAIN}\n" + "\n".join(found[:40])
    assert answered["rows"] + answered["empty"] >= ANSWERED, dict(answered)
    assert answered["rows"] > answered["empty"], dict(answered)


def _faults(typing: Typing, answer: Answer) -> Iterator[str]:
    if answer.error:
        if "parse error" in answer.error and typing.parsed.root is not None:
            yield f"Prometheus refuses it: {answer.error}"
        return
    if typing.parsed.root is None:
        yield f"we refuse it: {typing.parsed.fault}"
        return
    result = typing.result
    if result.shape.value != answer.shape:
        yield f"a {answer.shape}, not a {result.shape}"
    if not answer.rows and not result.absent:
        yield "empty, which cannot be"
    for row in answer.rows:
        yield from _faults_of_row(result, row)


def _faults_of_row(result: Inferred, row: Row) -> Iterator[str]:
    names = {name for name, _ in row.labels}
    if missing := result.labels.sure - names:
        yield f"{sorted(missing)} missing in {sorted(names)}"
    if extra := {name for name in names if result.labels.presence(name) is Presence.NEVER}:
        yield f"{sorted(extra)} never there, but in {sorted(names)}"
    if result.labels.named is (Presence.NEVER if row.named else Presence.SURELY):
        yield "a name that is never there" if row.named else "no name, which is surely there"
    if math.isnan(row.value) and not result.nan:
        yield "NaN, which cannot be"
    if math.isinf(row.value) and not result.infinite:
        yield f"{row.value}, which cannot be"
    slack = TOLERANCE * max(1.0, abs(row.value)) if math.isfinite(row.value) else 0.0
    if not math.isnan(row.value) and not result.low - slack <= row.value <= result.high + slack:
        yield f"{row.value} outside of {result.low} to {result.high}"
    if result.value is not None and result.value != row.value and not math.isnan(row.value):
        yield f"{row.value}, not {result.value}"


def test_an_alert_that_a_check_calls_dead_has_no_result(questions: Questions) -> None:
    """Where nothing gives a result out of none, one part that is always empty makes all of it empty."""
    draw, world = Expressions(Random(SEED + 2), newest=_newest(questions)), World(KNOWN)
    found, called = [], Counter[str]()
    for _ in range(ALERTS):
        expression = draw.alert()
        codes = _called_dead(expression, world)
        if not codes:
            continue
        answer = questions.ask(expression)
        called.update(() if answer.error else codes)
        found += [f"{sorted(codes)}, but {len(answer.rows)} rows: {expression}"] if answer.rows else []
    assert found == [], f"{len(found)} of {dict(called)}{AGAIN}\n" + "\n".join(found[:40])
    assert called["Q213"] + called["H301"] >= CALLED_DEAD, called
    assert called["Q202"] + called["Q203"] + called["H303"] >= CALLED_DEAD, called


def _called_dead(expression: str, world: World) -> set[str]:
    """Return the codes of the errors that say that a part of *expression* never has a result."""
    if OUT_OF_NOTHING.search(expression):
        return set()
    problems = run(of_expression(expression, world=world))
    return {each.code for each in problems if each.severity is Severity.ERROR} & DEAD


def test_a_value_scales_as_its_unit_says(questions: Questions) -> None:
    """All bytes times 8 and all joules a quarter: a value in bytes per joule is then 32-fold, or its unit is wrong."""
    draw = Expressions(Random(SEED + 1), newest=_newest(questions), scaling=True)
    found, compared = [], 0
    for _ in range(SCALED_EXPRESSIONS):
        expression = draw.any()
        typing = infer(expression, MEASURED)
        if typing.result.unit is None or not _compares_like_with_like(typing):
            continue
        plain, scaled = (questions.ask(text) for text in (expression, rename(expression, SCALED_NAMES, {})))
        if plain.error or scaled.error or any(name == "le" for row in plain.rows for name, _ in row.labels):
            continue
        compared += bool(plain.rows)
        found += [f"{fault}: {expression}" for fault in _unscaled(plain, scaled, factor(typing.result.unit))]
    assert found == [], f"{len(found)} of {compared}{AGAIN}\n" + "\n".join(found[:40])
    assert compared >= COMPARED


def _compares_like_with_like(typing: Typing) -> bool:
    """Whether all comparisons, and all choices between values, are of one known unit: others depend on the scale."""
    for node in typing.parsed.nodes:
        if typing.of(node).unit is None and typing.of(node).shape is not Shape.STRING:
            return False
        if isinstance(node, Binary) and node.op in COMPARISONS | {"atan2", "%"}:
            left, right = typing.of(node.lhs), typing.of(node.rhs)
            if 0 not in (left.value, right.value) and left.unit != right.unit:
                return False
    return True


def _unscaled(plain: Answer, scaled: Answer, times: float) -> Iterator[str]:
    values = {row.labels: row.value for row in scaled.rows}
    if set(values) != {row.labels for row in plain.rows}:
        yield f"{len(plain.rows)} series, and scaled {len(scaled.rows)}"
        return
    for row in plain.rows:
        expected, value = row.value * times, values[row.labels]
        same = value == expected or (math.isnan(value) and math.isnan(expected))
        if not same and not math.isclose(value, expected, rel_tol=TOLERANCE, abs_tol=TOLERANCE * times):
            yield f"{row.value} becomes {value}, not {times:g}-fold"
            return
