"""A registry of 2,500 metrics, 5,000 rules and 50 dashboards."""

from metricloom import (
    Alert,
    Counter,
    Dashboard,
    Label,
    RecordingRule,
    Registry,
    Row,
    Subsystem,
    Threshold,
    TimeSeries,
    rate,
)

SUBSYSTEMS, METRICS = 50, 50
ROUTE = Label("route", "Route", max_values=50)


def subsystem(number: int) -> tuple[Subsystem, Dashboard]:
    """Return a subsystem of 50 metrics, with a record and an alert for each, and a dashboard of 25 panels in 5 rows."""
    counters = [
        Counter(f"part{number}_events{each}_total", f"Events of sort {each}", labels=[ROUTE]) for each in range(METRICS)
    ]
    records = [
        RecordingRule(f"route:part{number}_events{each}:rate5m", rate(counter, by=[ROUTE], window="5m"))
        for each, counter in enumerate(counters)
    ]
    alerts = [
        Alert(
            f"Part{number}Events{each}",
            record > Threshold(each + 1),
            for_="5m",
            severity="warning",
            summary="$value events of $labels.route",
            description="More than $threshold events.",
            next_steps="Look at the log.",
        )
        for each, record in enumerate(records)
    ]
    panels = [
        TimeSeries(f"Events {each}", rate(counter, by=[ROUTE]), "How many there are.")
        for each, counter in enumerate(counters)
    ]
    rows = [Row(f"Row {row}", panels[row * 5 : row * 5 + 5]) for row in range(5)]
    part = Subsystem(f"part{number}", f"Part {number}", "team", metrics=counters, recordings=records, alerts=alerts)
    return part, Dashboard(f"Part {number}", rows=rows, variables=[ROUTE])


PARTS = [subsystem(number) for number in range(SUBSYSTEMS)]
REGISTRY = Registry("large", [part for part, _ in PARTS], dashboards=[dashboard for _, dashboard in PARTS])
