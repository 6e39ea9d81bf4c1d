"""A wrong declaration never raises: it keeps its place and the remedy, and all of a registry's are reported at once."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from metricloom import (
    Alert,
    Counter,
    Example,
    External,
    Gauge,
    Histogram,
    Label,
    ModelPrices,
    Price,
    RecordingRule,
    Registry,
    Site,
    Subsystem,
    Threshold,
    increase,
    observations,
    quantile,
    rate,
    ratio,
    samples,
    steps,
    time_since,
)
from metricloom.declaration import Declaration
from metricloom.errors import RegistryError
from metricloom.registry.load import load

MODEL = Label("model", "Model requested", values=["small", "large"])
CALLS = Counter("calls_total", "Calls that ended", labels=[MODEL])
OTHERS = Counter("others_total", "Something else", labels=[MODEL])
FAILURES = Counter("failures_total", "Calls that failed", labels=[MODEL], subset_of=CALLS)
SECONDS = Histogram("call_seconds", "Duration of a call", labels=[MODEL], buckets=(1, 10, 60), timeout=60)


def alert(name: str = "Broken", condition: object = "up", **changes: object) -> Alert:
    texts = {"summary": "s", "description": "d", "next_steps": "n"}
    return Alert(name, condition, **{"for_": "5m", "severity": "warning", **texts, **changes})  # type: ignore[arg-type]


ALERT_LINE = alert.__code__.co_firstlineno + 2

WRONG: list[tuple[Callable[[], Declaration], str, str]] = [
    (lambda: Counter("jobs", "Jobs"), "M101", "jobs_total"),
    (lambda: Counter("latency_ms_total", "Time"), "M102", "latency_seconds_total"),
    (lambda: Gauge("x_count", "Things"), "M103", "rename to x"),
    (lambda: Gauge("x_total", "Things"), "M103", "declare a Counter"),
    (lambda: Gauge("1x", "Things"), "M103", "letters"),
    (lambda: Gauge("queue_seconds", "Time", unit="bytes"), "M104", "end in the unit"),
    (lambda: Gauge("queue", "Time", unit="{{x"), "M155", "lower-case"),
    (lambda: Gauge("queue", "half a character: \ud800"), "M120", "give str"),
    (lambda: Gauge("depth", ""), "M122", "one line"),
    (lambda: Gauge("depth", "Depth", copies="most"), "M120", "'sum' or 'shared' or 'min'"),  # type: ignore[arg-type]
    (lambda: Histogram("call_seconds", "Time", buckets=()), "M124", "list upper bounds"),
    (lambda: Histogram("call_seconds", "Time", buckets=(1, 5, 2.5)), "M124", "rising order"),
    (lambda: Histogram("call_seconds", "Time", buckets=(1, 1)), "M124", "rising order"),
    (lambda: Histogram("call_seconds", "Time", buckets=(1, math.nan)), "M124", "rising order"),
    (lambda: Histogram("call_seconds", "Time", buckets=(1, math.inf)), "M124", "always there"),
    (lambda: Histogram("call_seconds", "Time", buckets=(1, 10), timeout=30), "M109", "add a bucket of 30"),
    (lambda: Label("le", "Bound"), "M103", "another name"),
    (lambda: Label("__name", "Name"), "M103", "letters"),
    (lambda: Label("instance", "Target"), "M110", "peer"),
    (lambda: Label("model", "Model", values=["a", "a"]), "M144", "keep one"),
    (lambda: Label("model", "Model", values=["a", ""]), "M145", "1 to"),
    (lambda: Label("model", "Model", values=["a", "b"], max_values=1), "M105", "at least 2"),
    (lambda: Label("model", "Model", values=["large"], aliases={"big": "larg"}), "M146", "did you mean large"),
    (lambda: Label("model", "Model", values=["a", "b"], aliases={"b": "a"}), "M146", "out of aliases"),
    (lambda: Label("model", "Model", values=["a"], aliases={"other": "a"}), "M146", "out of aliases"),
    (lambda: Label("model", "Model", aliases=["a"]), "M120", "give a mapping of str to str"),  # type: ignore[arg-type]
    (lambda: Label("model", "Model", aliases={"a": 1}), "M120", "give a mapping of str to str"),  # type: ignore[dict-item]
    (lambda: Counter("calls_total", "Calls", labels=[MODEL, MODEL]), "M121", "keep one"),
    (lambda: Counter(5, "Calls"), "M120", "give str"),  # type: ignore[arg-type]
    (lambda: Counter("calls_total", "Calls", labels=["model"]), "M120", "give Label"),  # type: ignore[list-item]
    (lambda: Counter("calls_total", "Calls", labels=7), "M120", "give a list of Label"),  # type: ignore[arg-type]
    (lambda: Label("model", "Model", max_values=True), "M120", "give int or None"),
    (lambda: Price("Tts!", 1.0, per=1, unit="character"), "M126", "lower-case"),
    (lambda: Price("tts", -1.0, per=1, unit="character"), "M126", "US$"),
    (lambda: RecordingRule("calls_rate", rate(CALLS, window="5m")), "R605", "level:metric:operations"),
    (lambda: RecordingRule("job:calls:rate", rate(CALLS)), "Q230", 'window="5m"'),
    (lambda: alert(condition=increase(CALLS) > Threshold(1)), "Q230", 'window="5m"'),
    (lambda: Threshold(math.nan), "M125", "finite"),
    (lambda: Threshold(1, by_value={"small": 2}), "M125", "label="),
    (lambda: Threshold(1, label=MODEL, by_value={"smal": 2}), "Q203", "did you mean small?"),
    (lambda: alert(for_="soon"), "Q200", "5m"),
    (lambda: alert("High error rate!"), "M143", "letters"),
    (lambda: alert(summary=" "), "M122", "3 a.m."),
    (
        lambda: alert(examples=lambda limit: [Example("none", [], fires_at=[])] * int(1 / (limit - limit))),
        "M129",
        "takes the threshold",
    ),
    (lambda: alert(guard=lambda _: 1 / 0), "M129", "returns PromQL"),
    (lambda: Example("nothing", []), "U801", "fires_at or silent_at"),
    (lambda: samples(SECONDS, "1x5"), "Q224", "observations"),
    (lambda: Site("e u"), "M128", "lower-case"),
    (lambda: Site("eu", scope="job"), "M128", "content-"),
    (lambda: Site("eu", scope='job=~"eu-.*"'), "M128", "'job'"),
    (lambda: Site("eu", scope='job="a", nonsense'), "M128", "content-"),
    (lambda: Site("eu", scope='job="a"} or vector(1) #'), "M128", "content-"),
    (lambda: Site("eu", scope='job="a"[5m]'), "M128", "content-"),
    (lambda: Subsystem("My system", "Mine", "me"), "M127", "lower-case"),
    (lambda: Registry("x", [], scrape_interval="often"), "Q200", "15s"),
    (lambda: Registry("My system", []), "M147", "lower-case"),
    (lambda: Registry("x", [], identity=("a-b",)), "M149", "letters"),
    (lambda: Registry("x", [], min_prometheus="abc"), "M150", "2.42"),
    (lambda: External("9 bad", "Bad"), "M139", "letters"),
    (lambda: External("up", "Up", labels=["a-b"]), "M140", "letters"),
    (lambda: alert(labels={"a b": "c"}), "M142", "letters"),
    (lambda: RecordingRule("a:b:c", "up", labels={"a b": "c"}), "M142", "letters"),
    (lambda: ModelPrices("gpt", "openai", input=Price("in", 1, per=1, unit="token")), "M151", "Price(…, None"),
]


@pytest.mark.parametrize(("declare", "code", "remedy"), WRONG)
def test_a_wrong_declaration_keeps_its_place_and_the_remedy(
    declare: Callable[[], Declaration], code: str, remedy: str
) -> None:
    declaration = declare()
    found = [problem for problem in declaration.faults if problem.code == code]
    assert found, declaration.faults
    assert remedy in found[0].hint
    assert found[0].at is not None
    assert found[0].at.path == __file__
    assert found[0].at.line in (declare.__code__.co_firstlineno, ALERT_LINE)


SHAPES = [
    (lambda: rate(Gauge("depth", "Depth")), "Q226", "give a Counter"),  # type: ignore[arg-type]
    (lambda: quantile(0.95, CALLS), "Q226", "give a Histogram"),  # type: ignore[arg-type]
    (lambda: quantile(95, SECONDS), "H306", "0.95"),
    (lambda: rate(CALLS, by=["modle"]), "Q202", "did you mean model?"),
    (lambda: rate(CALLS, window="5 minutes"), "Q200", "5m"),
    (lambda: ratio(FAILURES, OTHERS), "S704", "divide by calls_total"),
    (lambda: time_since(Gauge("last_run_seconds", "Time")), "Q221", "_timestamp_seconds"),
]


@pytest.mark.parametrize(("declare", "code", "remedy"), SHAPES)
def test_a_wrong_shape_is_a_fault_of_the_query(declare: Callable[[], Declaration], code: str, remedy: str) -> None:
    [problem] = declare().faults
    assert problem.code == code
    assert remedy in problem.hint


def test_right_declarations_have_no_fault() -> None:
    for declaration in (MODEL, CALLS, FAILURES, SECONDS, alert(), ratio(FAILURES, CALLS, by=[MODEL])):
        assert declaration.faults == ()


def test_a_declaration_over_several_lines_is_at_its_first() -> None:
    line = test_a_declaration_over_several_lines_is_at_its_first.__code__.co_firstlineno
    gauge = Gauge(
        "depth",
        "Depth",
    )
    assert gauge.at.line == line + 2


def test_observations_fill_the_buckets_from_the_value_up() -> None:
    given = observations(SECONDS, 10, "0+3x5 _x2 4", model="small")
    all_of_them, none = "0+3x5 _x2 4", "0x5 _x2 0"
    assert {one.labels.get("le", one.name): one.values for one in given} == {
        "1.0": none,
        "10.0": all_of_them,
        "60.0": all_of_them,
        "+Inf": all_of_them,
        "call_seconds_count": all_of_them,
        "call_seconds_sum": "0+30x5 _x2 40",
    }


@pytest.mark.parametrize(
    "values", ["0", "1 2", "0+6x60", "10-2x5", "1.5e-3+.5x2", "7x3", "_", "_x5", "stale", "Inf NaN"]
)
def test_the_notation_of_samples_is_taken(values: str) -> None:
    assert samples(CALLS, values).faults == ()


@pytest.mark.parametrize("values", ["zero+1y5", "0+1", "0+1y5", "1,2", "x5", "0+x5", "_5", "1x", "Stale"])
def test_samples_in_no_notation_are_found_where_they_stand(values: str) -> None:
    [fault] = samples(CALLS, values).faults
    assert (fault.code, fault.at and fault.at.path) == ("M141", __file__)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: steps("1 minute", "1h", ("0m", 0)),
        lambda: steps("1m", "1 hour", ("0m", 0)),
        lambda: steps("1m", "1h", ("x", 0)),
        lambda: steps("1m", "1h", ("20m", 0), ("10m", 1)),
    ],
)
def test_steps_of_nonsense_are_a_fault_of_the_alert(wrong: Callable[[], str]) -> None:
    declared = alert(examples=lambda _: [Example("steps", [samples(CALLS, wrong())], silent_at=["1m"])])
    assert [fault.code for fault in declared.faults] == ["M129"]


def test_a_label_that_the_series_of_an_example_does_not_have_is_found() -> None:
    series = [
        samples(CALLS, "0x5", modle="small"),
        *observations(SECONDS, 1, "0x5", model="small", cluster="b", zone="z"),
    ]
    declared = alert(examples=lambda _: [Example("labels", series, silent_at=["1m"])])
    registry = Registry("x", [Subsystem("x", "X", "me", alerts=[declared])], identity=("zone", "job"))
    [problem] = registry.problems()
    assert (problem.code, problem.hint) == ("Q202", "did you mean model?")


REGISTRY_FILE = """\
from metricloom import *
MODEL = Label("model", "Model", values=["a"])
CALLS = Counter("calls", "Calls", labels=[MODEL])
AGAIN = Gauge("depth", "Depth")
DEPTH = Gauge("depth", "Depth")
REGISTRY = Registry("mine", [
    Subsystem("one", "One", "me", metrics=[CALLS, AGAIN]),
    Subsystem("two", "Two", "me", metrics=[DEPTH, Counter("x_ms_total", "Time")]),
    Subsystem("two", "Two again", "me"),
])
"""


def problems_of(path: Path, text: str) -> list[tuple[str, int]]:
    path.write_text(text)
    with pytest.raises(RegistryError) as caught:
        load(str(path))
    assert all(problem.at is not None and problem.at.path == str(path) for problem in caught.value.problems)
    return [(problem.code, problem.at.line) for problem in caught.value.problems if problem.at]


def test_all_wrong_declarations_of_a_registry_are_reported_together_in_their_order(tmp_path: Path) -> None:
    assert problems_of(tmp_path / "mine.py", REGISTRY_FILE) == [("M101", 3), ("A512", 4), ("A512", 8), ("M102", 8)]


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ('metrics=[Counter("jobs_total", "J"), Gauge("jobs", "J")]', "both expose jobs"),
        ('metrics=[Counter("process_cpu_seconds_total", "S")]', "client library itself"),
        (
            'metrics=[Counter(f"{n}_total", "N", labels=[Label("l", "L", values=[n])]) for n in ("a", "b")]',
            "label of one l is declared twice",
        ),
    ],
)
def test_names_that_the_generated_module_could_not_keep_apart_are_refused(
    tmp_path: Path, parts: str, said: str
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        f'from metricloom import *\nREGISTRY = Registry("mine", [Subsystem("one", "One", "me", {parts})])\n'
    )
    with pytest.raises(RegistryError) as caught:
        load(str(file))
    assert any(said in problem.message for problem in caught.value.problems)


def test_what_is_declared_twice_names_each_place(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(REGISTRY_FILE)
    with pytest.raises(RegistryError) as caught:
        load(str(tmp_path / "mine.py"))
    twice = next(problem for problem in caught.value.problems if "metric depth" in problem.message)
    assert twice.at is not None
    assert (twice.at.line, [place.line for place in twice.related]) == (4, [5])
    assert f"{tmp_path / 'mine.py'}:5" in twice.message


def test_a_label_of_a_metric_is_none_of_the_registry_s_target_labels() -> None:
    registry = Registry("x", [Subsystem("x", "X", "me", metrics=[CALLS])], identity=("model", "job"))
    [problem] = registry.problems()
    assert (problem.code, problem.at) == ("M110", MODEL.at)


def test_what_is_wrong_with_the_prices_of_a_model_is_reported_with_its_prices() -> None:
    prices = ModelPrices("gpt", "openai", input=Price("gpt_input", 1, per=1, unit="token"))
    registry = Registry("x", [Subsystem("x", "X", "me", prices=prices.prices)])
    assert [problem.code for problem in registry.problems()] == ["M151"]
