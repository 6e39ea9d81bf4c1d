"""Changes of alerts, with what must be told of them and what they must reach."""

from __future__ import annotations

from tests.impact_edits import asked, case, every, named, threshold, without

OF_ALERTS = (
    case(
        "an alert is removed",
        without("alerts", "ManyFailures"),
        tells=[("alert-removed", "alert ManyFailures", "breaking")],
        breaks=["panel Orders › By shop", "panel Orders › Firing", "panel Orders › Notes"],
    ),
    case(
        "an alert is renamed",
        every("name", "TooManyFailures", "alerts", "ManyFailures"),
        tells=[("alert-renamed", "alert ManyFailures", "breaking")],
        breaks=["alert TooManyFailures", "panel Orders › By shop", "panel Orders › Firing", "panel Orders › Notes"],
    ),
    case(
        "an alert is added",
        lambda whole: whole["alerts"].append({**whole["alerts"][0], "name": "Another"}),
        tells=[("alert-added", "alert Another", "compatible")],
    ),
    case(
        "a threshold is raised",
        threshold("ManyFailures", 0.3),
        tells=[("alert-threshold", "alert ManyFailures", "altering")],
    ),
    case(
        "a condition changes",
        asked("EachFails", "> 0.5", "> 0.6"),
        tells=[("alert-condition", "alert EachFails", "altering")],
    ),
    case(
        "an alert carries fewer labels",
        asked(
            "EachFails",
            "rate(order_failures_total[5m]) / rate(orders_total[5m])",
            "sum by (shop) (rate(order_failures_total[5m]))",
        ),
        tells=[
            ("alert-condition", "alert EachFails", "altering"),
            ("alert-label-removed", "alert EachFails", "breaking"),
        ],
    ),
    case(
        "an alert carries more labels",
        asked("TooDear", "job:cost_dollars:increase1h", "shop:orders:rate5m"),
        tells=[("alert-condition", "alert TooDear", "altering"), ("alert-label-added", "alert TooDear", "altering")],
    ),
    case(
        "an alert waits longer",
        every("for", "10m", "alerts", "ManyFailures"),
        tells=[("alert-for", "alert ManyFailures", "altering")],
    ),
    case(
        "an alert keeps firing",
        every("keep_firing_for", "10m", "alerts", "ManyFailures"),
        tells=[("alert-keep-firing-for", "alert ManyFailures", "altering")],
    ),
    case(
        "a severity changes",
        lambda whole: named(whole["alerts"], "ManyFailures").update(
            severity="critical", labels={**named(whole["alerts"], "ManyFailures")["labels"], "severity": "critical"}
        ),
        tells=[("alert-severity", "alert ManyFailures", "altering")],
    ),
    case(
        "a label of an alert changes",
        lambda whole: named(whole["alerts"], "NoWebOrders")["labels"].update(team="app"),
        tells=[("alert-label-changed", "alert NoWebOrders", "altering")],
    ),
    case(
        "a label of an alert is added",
        lambda whole: named(whole["alerts"], "ManyFailures")["labels"].update(team="app"),
        tells=[("alert-label-added", "alert ManyFailures", "altering")],
    ),
    case(
        "a label of an alert is removed",
        lambda whole: named(whole["alerts"], "NoWebOrders")["labels"].pop("team"),
        tells=[("alert-label-removed", "alert NoWebOrders", "breaking")],
    ),
    case(
        "an alert says something else",
        every("description", "Other", "alerts", "ManyFailures"),
        tells=[("alert-text", "alert ManyFailures", "compatible")],
    ),
    case(
        "an alert is proved otherwise",
        every("examples", [{"title": "x"}], "alerts", "ManyFailures"),
        tells=[("alert-examples", "alert ManyFailures", "compatible")],
    ),
    case(
        "an alert links elsewhere",
        every("runbook_url", "https://else.example#manyfailures", "alerts", "ManyFailures"),
        tells=[("alert-runbook", "alert ManyFailures", "altering")],
    ),
    case(
        "an alert moves",
        every("subsystem", "stock", "alerts", "ManyFailures"),
        tells=[("alert-moved", "alert ManyFailures", "altering")],
    ),
)
