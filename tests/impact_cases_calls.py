"""Changes of the instrumentation, with what must be told of them and what they must reach."""

from __future__ import annotations

from tests.impact_edits import argument, case, every, named, without

OF_CALLS = (
    case(
        "a call is removed",
        without("operations", "record_order"),
        tells=[("call-removed", "call OrderMetrics.record_order", "breaking")],
    ),
    case(
        "a call is renamed",
        lambda whole: named(whole["operations"], "record_order").update(
            name="record_sale",
            signature=named(whole["operations"], "record_order")["signature"].replace("record_order", "record_sale"),
        ),
        tells=[("call-renamed", "call OrderMetrics.record_order", "breaking")],
    ),
    case(
        "a call is added",
        lambda whole: whole["operations"].append(
            {**named(whole["operations"], "record_order"), "name": "again", "signature": "again()"}
        ),
        tells=[("call-added", "call OrderMetrics.again", "compatible")],
    ),
    case(
        "a call takes other labels",
        every("labels", ["shop"], "operations", "record_order"),
        tells=[("call-labels", "call OrderMetrics.record_order", "breaking")],
    ),
    case(
        "an argument is removed",
        lambda whole: named(whole["operations"], "record_order")["arguments"].pop(0),
        tells=[
            ("argument-order", "call OrderMetrics.record_order", "breaking"),
            ("argument-removed", "call OrderMetrics.record_order", "breaking"),
        ],
    ),
    case(
        "an argument is renamed",
        every("name", "seconds", "operations", "record_order", "arguments", "duration"),
        tells=[("argument-renamed", "call OrderMetrics.record_order", "breaking")],
    ),
    case(
        "an argument must be given",
        every("required", True, "operations", "record_order", "arguments", "success"),
        tells=[("argument-required", "call OrderMetrics.record_order", "breaking")],
    ),
    case(
        "a new argument must be given, before the others",
        lambda whole: named(whole["operations"], "record_order")["arguments"].insert(
            0, argument("size", required=True)
        ),
        tells=[
            ("argument-order", "call OrderMetrics.record_order", "breaking"),
            ("argument-required", "call OrderMetrics.record_order", "breaking"),
        ],
    ),
    case(
        "a new argument may be given",
        lambda whole: named(whole["operations"], "record_order")["arguments"].append(argument("size")),
        tells=[("argument-added", "call OrderMetrics.record_order", "compatible")],
    ),
    case(
        "an argument may be left out",
        lambda whole: named(named(whole["operations"], "record_order")["arguments"], "duration").update(
            required=False, default=1
        ),
        tells=[("argument-optional", "call OrderMetrics.record_order", "compatible")],
    ),
    case(
        "an argument has another default",
        every("default", False, "operations", "record_order", "arguments", "success"),
        tells=[("argument-default", "call OrderMetrics.record_order", "altering")],
    ),
    case(
        "an argument is given by name",
        every("keyword_only", True, "operations", "record_order", "arguments", "success"),
        tells=[("argument-by-name", "call OrderMetrics.record_order", "breaking")],
    ),
    case(
        "an argument may be given by its place",
        every("keyword_only", False, "operations", "record_order", "arguments", "items"),
        tells=[("argument-by-place", "call OrderMetrics.record_order", "compatible")],
    ),
    case(
        "a call records less",
        lambda whole: named(whole["operations"], "record_order")["effects"].pop(1),
        tells=[("call-effects", "call OrderMetrics.record_order", "altering")],
    ),
    case(
        "a call tells outcomes apart",
        every("outcomes", {"label": "shop", "exceptions": {}}, "operations", "record_order"),
        tells=[("call-outcomes", "call OrderMetrics.record_order", "altering")],
    ),
    case(
        "a call is timed no more",
        every("timer", None, "operations", "record_order"),
        tells=[
            ("call-effects", "call OrderMetrics.record_order", "altering"),
            ("timer-removed", "call OrderMetrics.record_order", "breaking"),
        ],
    ),
    case(
        "a call is timed",
        lambda whole: whole["operations"][-1].update(
            timer={
                "name": "timed",
                "duration": "x",
                "in_flight": None,
                "oldest": None,
                "first": None,
                "first_method": "",
            }
        ),
        tells=[("timer-added", "call OrderMetrics.set_stock_bytes", "compatible")],
    ),
    case(
        "a call is documented otherwise",
        every("help", "Other", "operations", "record_order"),
        tells=[("call-help", "call OrderMetrics.record_order", "compatible")],
    ),
    case(
        "a call moves",
        every("subsystem", "stock", "operations", "record_order"),
        tells=[("call-moved", "call OrderMetrics.record_order", "compatible")],
    ),
)
