"""Changes of dashboards and panels, with what must be told of them and what they must reach."""

from __future__ import annotations

from tests.impact_edits import case, every, panel

OF_BOARDS = (
    case(
        "a dashboard is removed",
        lambda whole: whole["dashboards"].clear(),
        tells=[("dashboard-removed", "dashboard Shop", "breaking")],
    ),
    case(
        "a dashboard has another address",
        every("uid", "other", "dashboards", "Shop"),
        tells=[("dashboard-address", "dashboard Shop", "breaking")],
    ),
    case(
        "a dashboard is added",
        lambda whole: whole["dashboards"].append({**whole["dashboards"][0], "title": "New", "uid": "new"}),
        tells=[("dashboard-added", "dashboard New", "compatible")],
    ),
    case(
        "a dashboard has another title",
        every("title", "Store", "dashboards", "Shop"),
        tells=[("dashboard-title", "dashboard Store", "altering")],
    ),
    case(
        "a dashboard has other variables",
        every("variables", ["region"], "dashboards", "Shop"),
        tells=[
            ("dashboard-variable-added", "dashboard Shop", "compatible"),
            ("dashboard-variable-removed", "dashboard Shop", "altering"),
        ],
    ),
    case(
        "a dashboard looks different",
        every("refresh", "1m", "dashboards", "Shop"),
        tells=[("dashboard-look", "dashboard Shop", "compatible")],
    ),
    case(
        "a panel is removed",
        lambda whole: whole["dashboards"][0]["rows"][0]["panels"].pop(1),
        tells=[("panel-removed", "panel Orders › p95", "altering")],
    ),
    case(
        "a panel is renamed",
        lambda whole: panel(whole, "p95").update(title="Slowest"),
        tells=[("panel-renamed", "panel Orders › p95", "altering")],
    ),
    case(
        "a panel moves to another row",
        lambda whole: whole["dashboards"][0]["band"].append(whole["dashboards"][0]["rows"][0]["panels"].pop(1)),
        tells=[("panel-renamed", "panel Orders › p95", "altering")],
    ),
    case(
        "a panel is added",
        lambda whole: whole["dashboards"][0]["band"].append({**panel(whole, "p95"), "title": "Again"}),
        tells=[("panel-added", "panel Again", "compatible")],
    ),
    case(
        "a panel asks for something else",
        lambda whole: panel(whole, "p95")["queries"][0].update(expression="sum(up)", written="sum(up)"),
        tells=[("panel-query", "panel Orders › p95", "altering")],
    ),
    case(
        "a panel is of another type",
        lambda whole: panel(whole, "Fast").update(type="TimeSeries"),
        tells=[("panel-type", "panel Orders › Fast", "altering")],
    ),
    case(
        "a panel says another unit",
        lambda whole: panel(whole, "Fast").update(unit="s"),
        tells=[("panel-unit", "panel Orders › Fast", "altering")],
    ),
    case(
        "a panel draws other thresholds",
        lambda whole: panel(whole, "By shop").update(alerts=[]),
        tells=[("panel-alerts", "panel Orders › By shop", "altering")],
    ),
    case(
        "a panel looks different",
        lambda whole: panel(whole, "Fast").update(no_value="none"),
        tells=[("panel-look", "panel Orders › Fast", "compatible")],
    ),
)
