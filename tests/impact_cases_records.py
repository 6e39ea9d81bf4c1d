"""Changes of recording rules, with what must be told of them and what they must reach."""

from __future__ import annotations

from tests.impact_edits import case, every, recorded, replaced, without

OF_RECORDS = (
    case(
        "a record is removed",
        without("recordings", "shop:order_failures:ratio_rate5m"),
        tells=[("record-removed", "record shop:order_failures:ratio_rate5m", "breaking")],
        breaks=["alert ManyFailures"],
    ),
    case(
        "one rule of a record is removed",
        lambda whole: whole["recordings"].pop(4),
        tells=[("record-removed", 'record kind:kept:value{kind="disk"}', "breaking")],
        breaks=["alert DiskFull"],
    ),
    case(
        "a record is renamed alone",
        replaced("shop:orders:rate5m", "shop:orders:rate", "recordings"),
        tells=[("record-renamed", "record shop:orders:rate5m", "breaking")],
        breaks=["alert NoWebOrders"],
    ),
    case(
        "a record is added",
        lambda whole: whole["recordings"].append(
            {**whole["recordings"][0], "name": "a:b:c", "expression": "sum(up)", "written": "sum(up)"}
        ),
        tells=[("record-added", "record a:b:c", "compatible")],
    ),
    case(
        "a record is computed otherwise",
        recorded("shop:orders:rate5m", "[5m]", "[10m]"),
        tells=[("record-expression", "record shop:orders:rate5m", "altering")],
        alters=["alert NoWebOrders"],
    ),
    case(
        "a record loses a label",
        recorded("shop:order_failures:ratio_rate5m", ", shop", ""),
        tells=[
            ("record-expression", "record shop:order_failures:ratio_rate5m", "altering"),
            ("record-label-removed", "record shop:order_failures:ratio_rate5m", "breaking"),
        ],
        breaks=["alert ManyFailures"],
        alters=["alert ManyFailures"],
    ),
    case(
        "a record gains a label",
        recorded("shop:order_failures:ratio_rate5m", ", shop", ", shop, region"),
        tells=[
            ("record-expression", "record shop:order_failures:ratio_rate5m", "altering"),
            ("record-label-added", "record shop:order_failures:ratio_rate5m", "altering"),
        ],
        alters=["alert ManyFailures"],
    ),
    case(
        "one rule of a record is computed otherwise",
        recorded("kind:kept:value", "stock_bytes", "stock_bytes * 2"),
        tells=[("record-expression", 'record kind:kept:value{kind="disk"}', "altering")],
        alters=["alert DiskFull"],
    ),
    case(
        "a record has another unit",
        every("unit", "seconds", "recordings", "shop:orders:rate5m"),
        tells=[("record-unit", "record shop:orders:rate5m", "altering")],
        alters=["alert NoWebOrders"],
    ),
    case(
        "a record moves",
        every("subsystem", "stock", "recordings", "shop:orders:rate5m"),
        tells=[("record-moved", "record shop:orders:rate5m", "altering")],
    ),
    case(
        "a record is documented otherwise",
        every("help", "Other", "recordings", "shop:orders:rate5m"),
        tells=[("record-help", "record shop:orders:rate5m", "compatible")],
    ),
)
