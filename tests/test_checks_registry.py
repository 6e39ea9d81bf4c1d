"""The checker over a registry: the traps that promtool accepts, each named at the line of its declaration."""

from __future__ import annotations

from metricloom.checks import run
from metricloom.dashboards.panels import Stat, Table, TimeSeries
from metricloom.errors import Location, Problem, Severity
from metricloom.monitoring.labels import Label
from metricloom.monitoring.metrics import Counter, Gauge, Histogram
from metricloom.promql.shapes import quantile, rate, ratio, time_since, total
from metricloom.registry.registry import Registry
from metricloom.registry.subsystem import Subsystem
from metricloom.rules.alerts import Alert
from metricloom.rules.recording import RecordingRule
from metricloom.rules.thresholds import Threshold
from metricloom.sources.registry import sources_of

MODEL = Label("model", "Model", max_values=100)
TYPE = Label("artifact_type", "Type", values=("audio", "video"))
CALLS = Counter("llm_calls_total", "Calls", labels=[MODEL])
FAILURES = Counter("llm_failures_total", "Failures", labels=[MODEL], subset_of=CALLS)
SECONDS = Histogram("llm_call_seconds", "Duration", labels=[MODEL], buckets=(1, 60, 600), timeout=600)
WRITTEN = Counter("storage_bytes_written_total", "Written", labels=[TYPE], unit="bytes")
READ = Counter("storage_bytes_read_total", "Read", labels=[TYPE], unit="bytes")
SUCCESS = Gauge("cleanup_last_success_timestamp_seconds", "Last success", copies="shared")
QUEUE = Gauge("queue_items", "Queue", labels=[MODEL], minimum=0)
METRICS = [CALLS, FAILURES, SECONDS, WRITTEN, READ, SUCCESS, QUEUE]


def alert(name: str, condition: object, summary: str = "Something is wrong") -> Alert:
    return Alert(
        name, condition, for_="5m", severity="warning", summary=summary, description="d", next_steps="n",  # type: ignore[arg-type]
        at=Location("service.py", len(name)),
    )  # fmt: skip


def of_expressions(declared: Registry) -> list[Problem]:
    """Return the problems, but for what is missing here: examples, readers, alerts on calls that hang."""
    return [problem for problem in run(sources_of(declared)) if problem.code not in ("U801", "M112", "A513")]


def registry(alerts: object = (), recordings: object = (), panels: object = ()) -> Registry:
    part = Subsystem(
        "llm", title="LLM", owner="o", metrics=METRICS, alerts=alerts, recordings=recordings, panels=panels,  # type: ignore[arg-type]
    )  # fmt: skip
    made = Registry("service", [part])
    assert [problem.message for problem in made.problems()] == []
    return made


TRAPS = {
    "Quantile": ('llm_call_seconds{quantile="0.95"} > 60', "Q224"),
    "Difference": ("storage_bytes_written_total - storage_bytes_read_total > 1e9", "Q204"),
    "Undeclared": ("storage_bytes_written_total - storage_bytes_removed_total > 1e9", "Q201"),
    "PerReplica": ("rate(llm_failures_total[5m]) / rate(llm_calls_total[5m]) > 0.1", "Q225"),
    "Beyond": ("histogram_quantile(0.95, sum by ($identity, le) (rate(llm_call_seconds_bucket[5m]))) > 600", "H301"),
    "Typo": ('sum by ($identity) (rate(storage_bytes_read_total{artifact_type="vidoe"}[5m])) > 1', "Q203"),
    "Percent": (ratio(FAILURES, CALLS, by=[MODEL], window="5m") > Threshold(10), "Q213"),
}


def test_each_trap_is_named_at_its_place() -> None:
    problems = of_expressions(registry([alert(name, condition) for name, (condition, _) in TRAPS.items()]))
    named = {problem.message.split(":")[0].removeprefix("alert "): problem for problem in problems}
    assert {name: named[name].code for name in TRAPS} == {name: code for name, (_, code) in TRAPS.items()}
    for name in TRAPS:
        assert named[name].at == Location("service.py", len(name))
        assert named[name].span is not None
    assert [problem.at for problem in problems] == sorted(problem.at for problem in problems if problem.at)


def test_the_right_forms_are_clean() -> None:
    by_model = ratio(FAILURES, CALLS, by=[MODEL], window="5m")
    record = RecordingRule("model:llm_failures:ratio_rate5m", by_model)
    found = of_expressions(
        registry(
            alerts=[
                alert(
                    "Errors", record > Threshold(0.1, label=MODEL, by_value={"o3": 0.2}), "$labels.model, $labels.job"
                ),
                alert("Slow", quantile(0.95, SECONDS, by=[MODEL], window="5m") > Threshold(60)),
                alert("Late", time_since(SUCCESS) > Threshold(86400)),
                alert("Absent", 'absent(up{job="x"})'),
            ],
            recordings=[record],
            panels=[
                TimeSeries("Calls", rate(CALLS, by=[MODEL]), description="d"),
                Stat("Queue", total(QUEUE), description="d"),
                Table("By type", {"Read": rate(READ, by=[TYPE])}, description="d"),
            ],
        )
    )
    assert [problem.message for problem in found] == []


def test_a_record_carries_its_labels_to_the_texts_of_an_alert() -> None:
    record = RecordingRule("job:llm_failures:ratio_rate5m", ratio(FAILURES, CALLS, window="5m"))
    [problem] = of_expressions(registry([alert("A", record > Threshold(0.1), "Model $labels.model")], [record]))
    assert (problem.code, problem.severity) == ("T402", Severity.ERROR)
    inline = alert("A", ratio(FAILURES, CALLS, window="5m") > Threshold(0.1), "Model $labels.model")
    [problem] = of_expressions(registry([inline]))
    assert problem.code == "T401"
    assert "drops it" in problem.message


def test_an_alert_with_thresholds_by_value_is_reported_once() -> None:
    threshold = Threshold(0.1, label=MODEL, by_value={"o3": 0.2, "o4": 0.3})
    problems = of_expressions(registry([alert("A", "rate(llm_call_total[5m])" > threshold)]))
    assert [problem.code for problem in problems] == ["Q201"]


def test_panels_are_checked_with_the_variables_of_grafana() -> None:
    panel = TimeSeries("Calls", 'sum by ($by) (llm_calls_total{model=~"$model"})', description="d")
    assert [problem.code for problem in of_expressions(registry(panels=[panel]))] == ["Q229"]
