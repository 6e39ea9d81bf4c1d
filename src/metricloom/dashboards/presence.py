"""Why a panel is empty: no traffic, target down, or not instrumented. A panel that is empty cannot tell itself."""

from __future__ import annotations

from typing import Final

from metricloom.dashboards.panels import State
from metricloom.errors import Location
from metricloom.monitoring.metrics import Counter
from metricloom.promql.query import Query

PRESENCE: Final = (
    State(0, "Not instrumented", "bad"),
    State(1, "Target down", "bad"),
    State(2, "No traffic", "neutral"),
    State(3, "Receiving", "good"),
)
"""What the values of `presence` mean: `Stat("Data", {"LLM": presence(CALLS)}, states=PRESENCE, …)`."""


def presence(counter: Counter) -> Query:
    """Return what is there of *counter* in the time shown, as a number of `PRESENCE`; there is always one.

    Nothing seen at all: not instrumented. Seen, and gone now: the target is down. There, and it never grew: no traffic.
    """
    down = f"(absent({counter}) and on () present_over_time({counter}[$__range]))"
    traffic = f"(sum(increase({counter}[$__range])) > bool 0) + 2"
    return Query(f"{down} or on () {traffic} or on () vector(0)", at=Location.of_caller())
