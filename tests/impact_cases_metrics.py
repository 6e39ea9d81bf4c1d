"""Changes of metrics and external series, with what must be told of them and what they must reach."""

from __future__ import annotations

from tests.impact_edits import case, every, named, replaced, without

OF_METRICS = (
    case(
        "a metric is removed",
        without("metrics", "orders_total"),
        tells=[("metric-removed", "metric orders_total", "breaking")],
        breaks=[
            "alert AppOrSouth",
            "alert EachFails",
            "alert ManyFailures",
            "alert NoWebOrders",
            "alert TooDear",
            "page chapter Orders",
            "panel Orders › By shop",
            "panel Orders › Notes",
            "record job:cost_dollars:increase1h",
            "record shop:order_failures:ratio_rate5m",
            "record shop:orders:rate5m",
        ],
        alters=["call OrderMetrics.record_order"],
    ),
    case(
        "a metric is renamed, and all that reads it along",
        replaced("orders_total", "sales_total"),
        tells=[
            ("metric-renamed", "metric orders_total", "breaking"),
            ("panel-look", "panel Orders › Notes", "compatible"),
            ("subsystem-about", "subsystem orders", "compatible"),
        ],
        follows=[
            "alert AppOrSouth",
            "alert EachFails",
            "call OrderMetrics.record_order",
            "panel Orders › By shop",
            "record job:cost_dollars:increase1h",
            "record shop:order_failures:ratio_rate5m",
            "record shop:orders:rate5m",
        ],
    ),
    case(
        "a metric is renamed alone",
        replaced("orders_total", "sales_total", "metrics", "operations"),
        tells=[("metric-renamed", "metric orders_total", "breaking")],
        breaks=[
            "alert AppOrSouth",
            "alert EachFails",
            "alert ManyFailures",
            "alert NoWebOrders",
            "alert TooDear",
            "page chapter Orders",
            "panel Orders › By shop",
            "panel Orders › Notes",
            "record job:cost_dollars:increase1h",
            "record shop:order_failures:ratio_rate5m",
            "record shop:orders:rate5m",
        ],
        follows=["call OrderMetrics.record_order"],
    ),
    case(
        "a metric is added",
        lambda whole: whole["metrics"].append(
            {**named(whole["metrics"], "stock_bytes"), "name": "sold_bytes", "help": "Sold"}
        ),
        tells=[("metric-added", "metric sold_bytes", "compatible")],
    ),
    case(
        "a gauge becomes a counter",
        every("type", "counter", "metrics", "orders_open"),
        tells=[("metric-type", "metric orders_open", "breaking")],
        alters=["alert ManyOpen", "panel Open", "record kind:kept:value"],
    ),
    case(
        "a counter becomes a gauge",
        lambda whole: named(whole["metrics"], "orders_total").update(type="gauge", timestamp=False, copies="sum"),
        tells=[("metric-type", "metric orders_total", "breaking")],
        breaks=[
            "alert EachFails",
            "panel Orders › By shop",
            "record job:cost_dollars:increase1h",
            "record shop:order_failures:ratio_rate5m",
            "record shop:orders:rate5m",
        ],
        alters=["alert AppOrSouth", "alert ManyFailures", "alert NoWebOrders", "alert TooDear"],
    ),
    case(
        "a histogram becomes a counter",
        every("type", "counter", "metrics", "order_seconds"),
        tells=[("metric-type", "metric order_seconds", "breaking")],
        breaks=[
            "alert SlowOrders",
            "panel Orders › Fast",
            "panel Orders › p95",
            "record shop_le:order_seconds_bucket:rate5m",
        ],
    ),
    case(
        "a unit changes",
        every("unit", "seconds", "metrics", "stock_bytes"),
        tells=[("metric-unit", "metric stock_bytes", "breaking")],
        alters=["alert DiskFull", "record kind:kept:value"],
    ),
    case(
        "a gauge becomes a time",
        every("timestamp", True, "metrics", "stock_bytes"),
        tells=[("metric-unit", "metric stock_bytes", "breaking")],
        alters=["alert DiskFull", "record kind:kept:value"],
    ),
    case(
        "copies combine otherwise",
        every("copies", "shared", "metrics", "stock_bytes"),
        tells=[("metric-copies", "metric stock_bytes", "altering")],
        alters=["alert DiskFull", "record kind:kept:value"],
    ),
    case(
        "a gauge begins elsewhere",
        every("initial", None, "metrics", "stock_bytes"),
        tells=[("metric-initial", "metric stock_bytes", "altering")],
        alters=["alert DiskFull", "record kind:kept:value"],
    ),
    case(
        "a gauge has other bounds",
        every("maximum", 5, "metrics", "stock_bytes"),
        tells=[("metric-bounds", "metric stock_bytes", "altering")],
    ),
    case(
        "a counter is no part any more",
        every("subset_of", None, "metrics", "order_failures_total"),
        tells=[("metric-subset", "metric order_failures_total", "altering")],
    ),
    case(
        "an event may last longer",
        every("timeout", 60, "metrics", "order_seconds"),
        tells=[("metric-timeout", "metric order_seconds", "altering")],
    ),
    case(
        "a metric is internal",
        every("internal", True, "metrics", "stock_bytes"),
        tells=[("metric-internal", "metric stock_bytes", "compatible")],
    ),
    case(
        "a metric is documented otherwise",
        every("help", "Other", "metrics", "stock_bytes"),
        tells=[("metric-help", "metric stock_bytes", "compatible")],
    ),
    case(
        "a metric moves",
        every("subsystem", "stock", "metrics", "stock_bytes"),
        tells=[("metric-moved", "metric stock_bytes", "compatible")],
    ),
    case(
        "a bucket in the middle is removed",
        every("buckets", [0.5, 5, 30], "metrics", "order_seconds"),
        tells=[("bucket-removed", "metric order_seconds", "breaking")],
        breaks=["panel Orders › Fast"],
        alters=["alert SlowOrders", "panel Orders › p95", "record shop_le:order_seconds_bucket:rate5m"],
    ),
    case(
        "the highest bucket is removed",
        every("buckets", [0.5, 1, 5], "metrics", "order_seconds"),
        tells=[("bucket-removed", "metric order_seconds", "breaking")],
        breaks=["alert SlowOrders"],
        alters=["panel Orders › p95", "record shop_le:order_seconds_bucket:rate5m"],
    ),
    case(
        "a bucket is added",
        every("buckets", [0.5, 1, 5, 10, 30], "metrics", "order_seconds"),
        tells=[("bucket-added", "metric order_seconds", "altering")],
        alters=["alert SlowOrders", "panel Orders › p95"],
    ),
    case(
        "an external series is declared no more",
        without("externals", "up"),
        tells=[("external-removed", "external series up", "breaking")],
        breaks=["alert TargetDown"],
    ),
    case(
        "an external series is declared",
        lambda whole: whole["externals"].append({**whole["externals"][0], "name": "down"}),
        tells=[("external-added", "external series down", "compatible")],
    ),
    case(
        "an external series is of another type",
        every("type", "counter", "externals", "up"),
        tells=[("external-type", "external series up", "breaking")],
        alters=["alert TargetDown"],
    ),
    case(
        "an external series is of another unit",
        every("unit", "seconds", "externals", "up"),
        tells=[("external-unit", "external series up", "breaking")],
        alters=["alert TargetDown"],
    ),
    case(
        "an external series has other labels",
        every("labels", ["job", "zone"], "externals", "up"),
        tells=[
            ("external-label-added", "external series up", "altering"),
            ("external-label-removed", "external series up", "breaking"),
        ],
        breaks=["alert TargetDown"],
    ),
    case(
        "an external series is documented otherwise",
        every("help", "Other", "externals", "up"),
        tells=[("external-help", "external series up", "compatible")],
    ),
)
