"""What is wrong with rules together: what reads across groups, and what nobody proves."""

import pytest

from metricloom import Alert, Counter, Example, RecordingRule, Registry, Subsystem, Threshold, increase, samples
from metricloom.checks import run
from metricloom.sources.registry import sources_of

CALLS = Counter("calls_total", "Calls that ended")
RECORD = RecordingRule("job:calls:increase5m", increase(CALLS, window="5m"))
FIRES = Example("many", [samples(CALLS, "0+60x20")], fires_at=["15m"])
SILENT = Example("few", [samples(CALLS, "0+1x20")], silent_at=["15m"])


def alert(*examples: Example) -> Alert:
    return Alert("ManyCalls", RECORD > Threshold(100), "5m", "warning", "s", "d", "n", examples=lambda _: examples)


def problems(*subsystems: Subsystem) -> list[tuple[str, str]]:
    return [(problem.code, problem.message) for problem in run(sources_of(Registry("calls", subsystems)))]


def test_a_record_stands_in_the_group_that_reads_it() -> None:
    apart = [
        Subsystem("calls", "Calls", "me", metrics=[CALLS], recordings=[RECORD]),
        Subsystem("alerts", "Alerts", "me", alerts=[alert(FIRES, SILENT)]),
    ]
    [(code, message)] = problems(*apart)
    assert code == "R603"
    assert "ManyCalls reads job:calls:increase5m of group calls" in message
    together = Subsystem("calls", "Calls", "me", metrics=[CALLS], recordings=[RECORD], alerts=[alert(FIRES, SILENT)])
    assert problems(together) == []


def test_records_in_a_circle_never_have_a_value() -> None:
    circle = [RecordingRule("job:a:x", "job:b:x + 1"), RecordingRule("job:b:x", "job:a:x * 2")]
    reads_it = RecordingRule("job:c:x", "job:a:x")
    remembers = RecordingRule("job:d:x", f"{RECORD} or last_over_time(job:d:x[1h])")
    part = Subsystem("calls", "Calls", "me", metrics=[CALLS], recordings=[*circle, reads_it, RECORD, remembers])
    assert [message.split(" reads")[0] for code, message in problems(part) if code == "R604"] == [
        "job:a:x",
        "job:b:x",
        "job:c:x",
    ]


@pytest.mark.parametrize(
    ("examples", "message"),
    [
        ([], "has no example that fires it and none that it must be silent on"),
        ([SILENT], "has no example that fires it"),
        ([FIRES], "has no example that it must be silent on"),
    ],
)
def test_an_alert_is_proven_to_fire_and_to_be_silent(examples: list[Example], message: str) -> None:
    part = Subsystem("calls", "Calls", "me", metrics=[CALLS], recordings=[RECORD], alerts=[alert(*examples)])
    assert problems(part) == [("U801", f"alert ManyCalls {message}")]
