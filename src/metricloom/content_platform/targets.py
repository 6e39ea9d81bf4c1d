"""The targets themselves: whether anything that should be scraped is, and exposes what it should."""

from __future__ import annotations

from metricloom import (
    DROPPED,
    Alert,
    Example,
    External,
    Query,
    RecordingRule,
    Samples,
    Subsystem,
    Threshold,
    samples,
    steps,
)
from metricloom.content_platform.content import TTS_JOBS, VIDEO_RENDERS
from metricloom.content_platform.llm import CALLS
from metricloom.content_platform.retention_metrics import RUNS
from metricloom.content_platform.storage import PUTS

UP = External("up", "Whether Prometheus reached the target", labels=["job", "instance"], of_service=True)

TARGETS = RecordingRule(
    "job:content_platform_targets:count",
    f"count by ($identity) (count by ($identity, $replica) ({CALLS} or {PUTS} or {TTS_JOBS} or {VIDEO_RENDERS} or"
    f" {RUNS}))",
    "Targets that expose any of the platform's metrics",
)


def target(name: str, up: str = "1x90", exposes: str = "5x90", **identity: str) -> list[Samples]:
    """Return one target: whether it is up, and a counter that it exposes (`_x90`: nothing)."""
    where = {"instance": name, "pod": name, **identity}
    return [samples(UP, up, **where), samples(CALLS, exposes, model="gpt-4o", **where)]


def until(minute: int, value: float = 1) -> str:
    """Return samples that end."""
    return steps("1m", "90m", ("0m", value), (f"{minute}m", None))


def since(minute: int, value: float = 1) -> str:
    """Return samples that begin."""
    return steps("1m", "90m", (f"{minute}m", value))


metrics_absent = Alert(
    "MetricsAbsent",
    f"({TARGETS} or last_over_time({TARGETS}[1d]) * 0) < 1",
    for_="5m",
    severity="critical",
    summary="Nothing exposes the metrics of $labels.job any more",
    description=(
        "Some target of $labels.job exposed the platform's metrics within a day; none does now: targets are gone, down,"
        " or up without them. No other alert of this job can fire meanwhile."
    ),
    next_steps=(
        "Look at the targets page of Prometheus: no target is a matter of discovery or of the deployment, a target that"
        " is down one of the pod, one that is up without the metrics one of the last release."
    ),
    examples=lambda _: [
        Example(
            "all targets are gone",
            [*target("a", until(20), until(20)), *target("b", until(20), until(20))],
            fires_at=["35m", "90m"],
            silent_at=["20m"],
        ),
        Example(
            "all targets are down",
            target("a", steps("1m", "90m", ("0m", 1), ("20m", 0)), until(20)),
            fires_at=["35m"],
            silent_at=["20m"],
        ),
        Example(
            "the target is up, without the metrics", target("a", exposes=until(20)), fires_at=["35m"], silent_at=["20m"]
        ),
        Example(
            "one cluster is gone, another is not",
            [*target("a", until(20), until(20)), *target("b", cluster="cluster-2")],
            fires_at=["35m"],
        ),
        Example(
            "a deployment replaces every target",
            [*target("a", until(30), until(30)), *target("b", since(29), since(29))],
            silent_at=["29m", "36m", "45m", "90m"],
        ),
        Example(
            "a scale-down leaves one target",
            [*target("a"), *target("b", until(30), until(30))],
            silent_at=["40m", "90m"],
        ),
    ],
)
targets_down = Alert(
    "TargetsDown",
    # `== bool 0` and a division of counts: a fifth is then exactly a fifth.
    Query(f"sum by ($identity) ({UP} == bool 0) / count by ($identity) ({UP})", unit="ratio") > Threshold(0.2),
    for_="10m",
    severity="warning",
    # The job is ours if it has exposed anything in four days: an outage that lasts for a weekend goes on firing.
    guard=f"last_over_time({TARGETS}[4d:10m])",
    summary="$value of the targets of $labels.job are down",
    description=(
        "More than $threshold of the targets of $labels.job have been down for 10 minutes. What they count is missing "
        "from every number."
    ),
    next_steps="Look at the targets page of Prometheus for the error, then at the pods.",
    examples=lambda limit: [
        Example(
            "more are down than may be",
            (
                [*target("a"), *target("b", "0x90", "_x90"), *target("c", "0x90", "_x90")]
                if limit < 0.66
                else target("a", "0x90")
            ),
            fires_at=["20m"],
        ),
        Example(
            "few are down",
            [
                one
                for number in range(int(2 / limit) + 1)
                for one in target(f"t{number}", "0x90" if number == 0 else "1x90")
            ],
            silent_at=["20m", "90m"],
        ),
        Example(
            "targets of others are down",
            [*target("a"), *(samples(UP, "0x90", job="node", instance=name) for name in ("x", "y", "z"))],
            silent_at=["20m", "90m"],
        ),
    ],
)

targets = Subsystem(
    "targets",
    title="Targets",
    owner="platform",
    service="content-platform",
    metrics=[UP, DROPPED],
    recordings=[TARGETS],
    alerts=[metrics_absent, targets_down],
)
