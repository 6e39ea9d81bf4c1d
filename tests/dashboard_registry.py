"""A small registry with panels of each kind, for the tests of dashboards."""

from __future__ import annotations

from metricloom.dashboards import PRESENCE, Dashboard, FiringAlerts, Panel, Stat, Table, Text, TimeSeries, presence
from metricloom.monitoring.labels import Label
from metricloom.monitoring.metrics import Counter, Gauge, Histogram
from metricloom.promql.shapes import increase, quantile, rate, ratio, time_since, total
from metricloom.registry.registry import Registry
from metricloom.registry.subsystem import Subsystem
from metricloom.rules.alerts import Alert
from metricloom.rules.recording import RecordingRule
from metricloom.rules.thresholds import Condition, Threshold

MODEL = Label("model", "Model requested", values=("small", "large"), max_values=10)
OUTCOME = Label("outcome", "How a call ended", values=("ok", "timeout", "server"))
CALLS = Counter("calls_total", "Calls that ended", labels=[MODEL])
FAILURES = Counter("failures_total", "Calls that failed", labels=[MODEL], subset_of=CALLS)
OUTCOMES = Counter("outcomes_total", "Calls by outcome", labels=[MODEL, OUTCOME])
SECONDS = Histogram("call_seconds", "Duration of a call", labels=[MODEL], buckets=(1, 10, 60, 600))
WRITTEN = Counter("written_bytes_total", "Bytes written")
DOLLARS = Counter("cost_dollars_total", "US$ spent", labels=[MODEL])
HELD = Gauge("held_bytes", "Bytes held", copies="shared", minimum=0)
LAST = Gauge("cleanup_last_success_timestamp_seconds", "When clean-up last succeeded", copies="shared")

ABOUT = "Shows what it says in its title. Normal is a steady course; when it is not, read the runbook."

ERROR_RATIO = RecordingRule("model:failures:ratio_rate5m", ratio(FAILURES, CALLS, by=[MODEL], window="5m"))


def alert(name: str, condition: Condition, severity: str = "warning") -> Alert:
    return Alert(name, condition, "5m", severity, summary="s", description="d", next_steps="n")


CALLING: list[Panel] = [
    TimeSeries("Calls by model", rate(CALLS, by=[MODEL]), ABOUT),
    TimeSeries(
        "Duration by model",
        {"p50": quantile(0.5, SECONDS, by=[MODEL]), "p95": quantile(0.95, SECONDS, by=[MODEL])},
        ABOUT,
        alert="SlowCalls",
    ),
    TimeSeries(
        "Calls by outcome",
        rate(OUTCOMES, by=[OUTCOME]),
        ABOUT,
        stacked=True,
        colours={"ok": "good", "timeout": "warning"},
    ),
    Stat("Error rate", ratio(FAILURES, CALLS), ABOUT, alert=["HighErrorRate", "Outage"]),
    Stat("Success rate", f"1 - {ratio(FAILURES, CALLS)}", ABOUT, alert="HighErrorRate", complement=True),
    Table("By model", {"Calls": increase(CALLS, by=[MODEL]), "Failed": increase(FAILURES, by=[MODEL])}, ABOUT),
]
STORING: list[Panel] = [
    Stat("Held", total(HELD), ABOUT),
    Stat("Last clean-up", f"max({LAST} > 0)", ABOUT),
    Stat("Since clean-up", time_since(LAST), ABOUT),
    TimeSeries("Written", rate(WRITTEN), ABOUT),
    Stat("Spent", increase(DOLLARS, window="24h"), f"{ABOUT} Over the last 24 hours.", filters=False, time_from="7d"),
]
BAND: list[Panel] = [
    FiringAlerts("Alerts firing", f"{ABOUT} Silenced ones are among them.", about=[MODEL]),
    Stat("Data", {"Calls": presence(CALLS), "Store": presence(WRITTEN)}, ABOUT, states=PRESENCE),
    Stat("Targets up", {"up": "sum(up)", "of": "count(up)"}, ABOUT),
]

REGISTRY = Registry(
    "calling",
    [
        Subsystem(
            "calls",
            "Calls",
            "team-a",
            service="calling",
            metrics=[CALLS, FAILURES, OUTCOMES, SECONDS],
            recordings=[ERROR_RATIO],
            alerts=[
                alert("HighErrorRate", Condition(ERROR_RATIO, ">", Threshold(0.1, MODEL, {"large": 0.2}))),
                alert("Outage", Condition(ERROR_RATIO, ">", Threshold(0.5)), "critical"),
                alert("SlowCalls", Condition(quantile(0.95, SECONDS, by=[MODEL], window="5m"), ">", Threshold(60))),
            ],
            panels=CALLING,
        ),
        Subsystem("store", "Store & costs", "team-a", metrics=[WRITTEN, DOLLARS, HELD, LAST], panels=STORING),
    ],
    title="Calling",
    docs_url="https://docs.example.org/monitoring",
    dashboards=[Dashboard("Calling", band=BAND, variables=[MODEL])],
)
NOTE = Text("Note", "Costs **less** than $model suggests.")
