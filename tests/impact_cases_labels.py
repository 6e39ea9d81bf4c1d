"""Changes of labels of metrics, with what must be told of them and what they must reach."""

from __future__ import annotations

from tests.impact_edits import (
    case,
    each_label,
    renamed_in_expressions,
    renamed_label,
    replaced,
    with_label,
    without_label,
)

OF_LABELS = (
    case(
        "a label is removed",
        without_label("shop"),
        tells=[("label-removed", "label shop", "breaking")],
        breaks=[
            "alert AppOrSouth",
            "alert ManyFailures",
            "alert NoWebOrders",
            "panel Orders › By shop",
            "panel Orders › p95",
            "record shop:order_failures:ratio_rate5m",
            "record shop:orders:rate5m",
            "record shop_le:order_seconds_bucket:rate5m",
        ],
        alters=["alert EachFails", "alert ManyOpen", "alert SlowOrders"],
    ),
    case(
        "a label is renamed alone",
        renamed_label("shop", "store"),
        tells=[("label-renamed", "label shop", "breaking")],
        breaks=[
            "alert AppOrSouth",
            "alert ManyFailures",
            "alert NoWebOrders",
            "panel Orders › By shop",
            "panel Orders › p95",
            "record shop:order_failures:ratio_rate5m",
            "record shop:orders:rate5m",
            "record shop_le:order_seconds_bucket:rate5m",
        ],
        alters=["alert EachFails", "alert ManyOpen", "alert SlowOrders"],
    ),
    case(
        "a label is renamed, and all that reads it along",
        renamed_label("shop", "store"),
        replaced("$labels.shop", "$labels.store", "alerts"),
        replaced("{{shop}}", "{{store}}", "dashboards"),
        renamed_in_expressions("shop", "store"),
        tells=[
            ("alert-text", "alert ManyFailures", "compatible"),
            ("label-renamed", "label shop", "breaking"),
            ("panel-look", "panel Orders › By shop", "compatible"),
        ],
        alters=["alert EachFails", "alert ManyOpen"],
        follows=[
            "alert AppOrSouth",
            "panel Orders › By shop",
            "panel Orders › p95",
            "record shop:order_failures:ratio_rate5m",
            "record shop:orders:rate5m",
            "record shop_le:order_seconds_bucket:rate5m",
        ],
    ),
    case(
        "a label is added to one side of a match",
        with_label("why", "order_failures_total"),
        tells=[("label-added", "label why", "breaking")],
        breaks=["alert EachFails"],
    ),
    case(
        "a label is added to both sides of a match",
        with_label("why", "order_failures_total", "orders_total"),
        tells=[("label-added", "label why", "altering")],
        alters=["alert EachFails"],
    ),
    case(
        "a value is removed",
        each_label("shop", lambda one: one["values"].remove("web")),
        tells=[("value-removed", "label shop", "breaking")],
        breaks=["alert NoWebOrders"],
        alters=["alert AppOrSouth", "call OrderMetrics.record_order"],
    ),
    case(
        "a value is no longer named",
        each_label("region", lambda one: one["values"].remove("south")),
        tells=[("value-forgotten", "label region", "altering")],
        alters=["alert AppOrSouth"],
    ),
    case(
        "a value is added",
        each_label("shop", lambda one: one["values"].append("phone")),
        tells=[("value-added", "label shop", "compatible")],
    ),
    case(
        "a label is closed",
        each_label("region", lambda one: one.update(max_values=None)),
        tells=[("values-closed", "label region", "altering")],
    ),
    case(
        "a label is opened",
        each_label("shop", lambda one: one.update(max_values=5)),
        tells=[("values-opened", "label shop", "altering")],
    ),
    case(
        "a label may have fewer values",
        each_label("region", lambda one: one.update(max_values=5)),
        tells=[("max-values-lowered", "label region", "altering")],
    ),
    case(
        "a label may have more values",
        each_label("region", lambda one: one.update(max_values=50)),
        tells=[("max-values-raised", "label region", "compatible")],
    ),
    case(
        "a value has another name",
        each_label("region", lambda one: one.update(aliases={})),
        tells=[("aliases", "label region", "altering")],
    ),
    case(
        "a label is documented otherwise",
        each_label("region", lambda one: one.update(help="Other")),
        tells=[("label-help", "label region", "compatible")],
    ),
)
