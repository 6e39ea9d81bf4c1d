"""What declarations of dashboards and panels are refused for."""

from __future__ import annotations

from typing import Final

from metricloom.checks.declared.page import Page, entry

_CALLS = 'CALLS = Counter("calls_total", "Calls that ended")'
_ABOUT = 'description="How many calls end. Normal is the usual course of the day."'
_PANEL = f'PANEL = TimeSeries("Calls", rate(CALLS), {_ABOUT})'


def _panel(title: str = "Calls", queries: str = "rate(CALLS)", about: str = _ABOUT, more: str = "") -> str:
    return f"{_CALLS}\nPANEL = TimeSeries({title!r}, {queries}, {about}{more})"


def _dashboard(given: str) -> str:
    return f"{_CALLS}\n{_PANEL}\nBOARD = Dashboard({given}, rows=[Row('Calls', [PANEL])])"


def _row(count: int) -> str:
    panels = f"[TimeSeries(f'Calls {{n}}', rate(CALLS), {_ABOUT}) for n in range({count})]"
    return f"{_CALLS}\nBOARD = Dashboard('Service', rows=[Row('Calls', {panels})])"


DASHBOARDS: Final[tuple[Page, ...]] = (
    entry(
        "D910",
        "panel-title",
        "A panel is found by its title, and one that is too long is cut off.",
        _panel(""),
        _panel("Calls by model"),
    ),
    entry(
        "D911",
        "panel-without-query",
        "A panel without a query shows nothing, for ever.",
        _panel(queries="{}"),
        _panel(queries='{"Calls": rate(CALLS)}'),
    ),
    entry(
        "D912",
        "panel-without-description",
        "A line on a screen says nothing to whoever does not know what is normal.",
        _panel(about='description=""'),
        _panel(),
    ),
    entry(
        "D913",
        "panel-time",
        "What a panel shows whatever the dashboard shows is a time that Grafana reads.",
        _panel(more=', time_from="a week"'),
        _panel(more=', time_from="7d"'),
    ),
    entry(
        "D914",
        "unknown-legend",
        "A unit or a column is given to a query by its legend.",
        _panel(queries='{"Calls": rate(CALLS)}', more=', units={"Cals": "ratio"}'),
        _panel(queries='{"Calls": rate(CALLS)}', more=', units={"Calls": "ratio"}'),
    ),
    entry(
        "D915",
        "interpolated-title",
        "Grafana replaces the name of a variable in a title by its value, and offers no way to write the name.",
        _panel("Calls of $job"),
        _panel("Calls of one job"),
    ),
    entry(
        "D916",
        "dashboard-uid",
        "The uid of a dashboard is part of its address, and is made of its title unless given.",
        _dashboard('"Überblick", uid="über uns"'),
        _dashboard('"Überblick", uid="overview"'),
    ),
    entry(
        "D917",
        "dashboard-refresh",
        "Targets are scraped every 15 s or so, and each person who looks asks every query again.",
        _dashboard('"Service", refresh="5s"'),
        _dashboard('"Service", refresh="1m"'),
    ),
    entry(
        "D918",
        "crowded-row",
        "Nobody takes in more than a handful of panels at once.",
        _row(9),
        _row(8),
    ),
    entry(
        "D919",
        "unknown-alert",
        "A panel that names an alert links its runbook and draws its threshold: there must be one.",
        _panel(more=', alert="ManyCalls"'),
        f"""{_panel(more=', alert="ManyCalls"')}
MANY = Alert("ManyCalls", increase(CALLS, window="1h") > Threshold(100), "5m", "warning", "s", "d", "n")
""",
    ),
    entry(
        "D920",
        "dashboard-time",
        "A dashboard opens on a stretch of time that Grafana reads.",
        _dashboard('"Service", time_from="today"'),
        _dashboard('"Service", time_from="24h"'),
    ),
)
