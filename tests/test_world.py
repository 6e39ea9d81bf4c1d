"""What a registry says of the world in which its rules are checked."""

from __future__ import annotations

from metricloom import Alert, Counter, Registry, Subsystem, Threshold, increase
from metricloom.checks import run
from metricloom.sources.registry import sources_of

CALLS = Counter("calls_total", "Calls that ended")


def codes(**known: object) -> set[str]:
    alert = Alert("Many", increase(CALLS, window="30d") > Threshold(5), "5m", "critcal", "s", "d", "n")
    registry = Registry("mine", [Subsystem("mine", "Mine", "me", metrics=[CALLS], alerts=[alert])], **known)  # type: ignore[arg-type]
    assert list(registry.problems()) == []
    return {problem.code for problem in run(sources_of(registry))}


def test_only_what_the_registry_says_is_checked() -> None:
    assert not codes() & {"Q210", "A506"}
    assert "Q210" in codes(retention="15d")
    assert "Q210" not in codes(retention="60d")
    assert "A506" in codes(severities=["critical", "warning"])
    assert "A506" not in codes(severities=["critcal"])


def test_a_retention_is_a_duration() -> None:
    problems = list(Registry("mine", [], retention="ever").problems())
    assert ["'ever' is not a duration" in problem.message for problem in problems] == [True]
