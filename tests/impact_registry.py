"""A registry with one of each that a change can reach."""

from __future__ import annotations

from typing import Any

from metricloom import (
    Alert,
    Argument,
    Budget,
    Counter,
    Dashboard,
    External,
    Gauge,
    Histogram,
    Label,
    Operation,
    Price,
    RecordingRule,
    Registry,
    Row,
    Site,
    Stat,
    Subsystem,
    Text,
    Threshold,
    TimeSeries,
    quantile,
    rate,
    ratio,
    total,
)
from metricloom.monitoring.timers import Timer

SHOP = Label("shop", "Where it was ordered", values=("web", "app"))
REGION = Label("region", "Where it goes", values=("north", "south"), max_values=9, aliases={"n": "north"})

ORDERS = Counter("orders_total", "Orders that ended", labels=[SHOP, REGION])
FAILURES = Counter("order_failures_total", "Orders that failed", labels=[SHOP, REGION], subset_of=ORDERS)
SECONDS = Histogram("order_seconds", "Duration of an order", labels=[SHOP], buckets=(0.5, 1, 5, 30), timeout=30)
ITEMS = Counter("order_items_total", "Things ordered")
OPEN = Gauge("orders_open", "Orders under way", labels=[SHOP])
STOCK = Gauge("stock_bytes", "Space that is taken", minimum=0)
UP = External("up", "Whether a target answers", labels=["job", "instance", "rack"])

RECORD = Operation(
    "record_order",
    "OrderMetrics",
    labels=[SHOP, REGION],
    arguments=[Argument("duration"), "success"],
    effects=[ORDERS.inc(), FAILURES.inc(on="failure"), SECONDS.observe("duration"), ITEMS.inc("items")],
    timer=Timer(in_flight=OPEN),
    help="Records one order that ended.",
)

RATE = RecordingRule("shop:orders:rate5m", rate(ORDERS, by=[SHOP], window="5m"), "Orders per second")
RATIO = RecordingRule("shop:order_failures:ratio_rate5m", ratio(FAILURES, ORDERS, by=[SHOP], window="5m"), "Failures")
BUCKETS = RecordingRule(
    "shop_le:order_seconds_bucket:rate5m", f"sum by ($identity, shop, le) (rate({SECONDS.bucket}[5m]))", "Durations"
)
COST = RecordingRule(
    "job:cost_dollars:increase1h", f"sum by ($identity) (increase({ORDERS}[1h])) * $price_order", "US$"
)
KEPT = RecordingRule("kind:kept:value", "sum by ($identity) (stock_bytes)", "Bytes", labels={"kind": "disk"})
HELD = RecordingRule("kind:kept:value", "sum by ($identity) (orders_open)", "Orders", labels={"kind": "order"})


def alert(name: str, condition: Any, summary: str = "Look", **more: Any) -> Alert:
    """Return an alert of which only what is given matters."""
    return Alert(name, condition, "5m", "warning", summary, f"What {name} says.", f"Mend it: {name}.", **more)


orders = Subsystem(
    "orders",
    "Orders",
    "team-a",
    service="shop",
    about="The chapter on orders_total.",
    metrics=[UP, STOCK],
    operations=[RECORD],
    prices=[Price("order", 0.5, per=1, unit="order")],
    budgets=[Budget("daily", 100, "day")],
    recordings=[RATE, RATIO, BUCKETS, COST, KEPT, HELD],
    alerts=[
        alert("ManyFailures", RATIO > Threshold(0.1), "$value of $labels.shop fail"),
        alert("SlowOrders", f"histogram_quantile(0.95, {BUCKETS.name}) > 20"),
        alert("NoWebOrders", f'{RATE.name}{{shop="web"}} == 0', labels={"team": "web"}),
        alert("EachFails", "rate(order_failures_total[5m]) / rate(orders_total[5m]) > 0.5"),
        alert("TooDear", f"{COST.name} > $budget_daily"),
        alert("DiskFull", 'kind:kept:value{kind="disk"} > 1e9'),
        alert("TargetDown", "sum by (rack) (up) == 0", "$labels.rack is down"),
        alert("ManyOpen", "sum without ($replica) (orders_open) > 10"),
        alert("AppOrSouth", 'sum(orders_total{shop=~"app|web", region="south"}) > 1'),
    ],
)
BOARD = Dashboard(
    "Shop",
    variables=[SHOP],
    band=[Stat("Open", total(OPEN), description="How many are open.")],
    rows=[
        Row(
            "Orders",
            [
                TimeSeries(
                    "By shop", {"{{shop}}": rate(ORDERS, by=[SHOP])}, description="By shop.", alert="ManyFailures"
                ),
                TimeSeries("p95", quantile(0.95, SECONDS, by=[SHOP]), description="Slowest."),
                Stat("Fast", 'sum(rate(order_seconds_bucket{le="1"}[5m]))', description="Orders within a second."),
                Stat("Firing", 'count(ALERTS{alertname="ManyFailures"})', description="How many fire."),
                Text("Notes", "ManyFailures reads orders_total."),
            ],
        )
    ],
)
REGISTRY = Registry(
    "shop", [orders], dashboards=[BOARD], sites=[Site("eu"), Site("us")], docs_url="https://docs.example"
)
