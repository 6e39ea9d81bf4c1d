"""How far back the queries of a registry read."""

from __future__ import annotations

import pytest

from metricloom.generators.lookback import longest_lookback
from metricloom.monitoring.metrics import Counter
from metricloom.registry.registry import Registry
from metricloom.registry.subsystem import Subsystem
from metricloom.rules.recording import RecordingRule

CALLS = Counter("calls_total", "Calls that ended")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("rate(calls_total[1h])", 3600),
        ("rate(calls_total[1h] offset 1d) / rate(calls_total[2h])", 90_000),
        ("max_over_time(rate(calls_total[1h])[1d:1m])", 90_000),
        (" + ".join(["rate(calls_total[1h])"] * 1000), 3600),
    ],
)
def test_the_longest_lookback(text: str, seconds: int) -> None:
    record = RecordingRule("job:calls:rate1h", text)
    store = Subsystem("store", "Store", "team-a", metrics=[CALLS], recordings=[record])
    assert longest_lookback(Registry("calling", [store], docs_url="https://docs.example.org")) == seconds
