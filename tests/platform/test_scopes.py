"""Two bundles of one registry in one Prometheus: each sees its own series, writes its own, and has its own numbers."""

from __future__ import annotations

from math import inf
from pathlib import Path

import pytest

from metricloom import GB, Site, Threshold
from metricloom.content_platform import REGISTRY
from metricloom.content_platform.content import TTS_FAILURES, TTS_JOBS
from metricloom.content_platform.llm import CALLS, FAILURES, IN_FLIGHT, MODEL, OLDEST_START, SECONDS, TOKENS
from metricloom.content_platform.retention_metrics import LAST_SUCCESS, RUNS
from metricloom.content_platform.storage import BYTES_READ, GETS, USED_BYTES
from metricloom.content_platform.storage import FAILURES as STORAGE_FAILURES
from metricloom.content_platform.targets import UP
from metricloom.registry.overrides import for_site
from tests.platform.scenario import (
    HOUR,
    MINUTE,
    Case,
    Expectation,
    Series,
    Shape,
    alert,
    constant,
    failures,
    firing,
    gone,
    labelled,
    near,
    per_minute,
    series,
    silent,
    steps,
)

M = MINUTE
PARTS = ("llm", "storage", "content", "costs", "retention", "targets")
NORTH = for_site(REGISTRY, Site("north", scope='job=~"north-.*"', target={"job": "north-api"}))
SOUTH = for_site(
    REGISTRY,
    Site("south", scope='job=~"south-.*"', target={"job": "south-api"}, prices={"egress": 0.5}, budgets={"month": 9e9}),
)
BOTH = [NORTH, SOUTH]
IN_NORTH, IN_SOUTH = {"job": "north-api"}, {"job": "south-api"}


def service(failed: Shape, reads_failed: Shape) -> list[Series]:
    """Return a service that does a bit of everything."""
    video, gpt = {"artifact_type": "video"}, {"model": "gpt-4o"}
    return [
        series(UP, constant(1)),
        series(CALLS, per_minute(6), **gpt),
        series(FAILURES, failed, **gpt),
        series(IN_FLIGHT, constant(0), **gpt),
        series(OLDEST_START, constant(inf), **gpt),
        *(series(SECONDS.bucket, per_minute(6), le=bound, **gpt) for bound in ("30.0", "60.0", "600.0", "+Inf")),
        series(TOKENS, per_minute(6000), token_type="input", priced_by="table", **gpt),
        series(GETS, per_minute(60), **video),
        series(STORAGE_FAILURES, reads_failed, operation="get", **video),
        series(BYTES_READ, lambda t: t * 1e9, **video),
        series(USED_BYTES, constant(1e12), **video),
        series(TTS_JOBS, per_minute(6), provider="openai"),
        series(TTS_FAILURES, constant(0), provider="openai"),
        series(RUNS, constant(1)),
        series(LAST_SUCCESS, constant(60)),
    ]


def well() -> list[Series]:
    return service(constant(0), constant(0))


def vanished(all_series: list[Series], at: float) -> list[Series]:
    return [series(one.name, gone(one.shape, at), **one.labels) for one in all_series]


def test_one_alert_for_each_fault_of_one_site(tmp_path: Path) -> None:
    north = labelled(service(per_minute(6), per_minute(60)), IN_NORTH)
    south = labelled(vanished(well(), 40 * M), IN_SOUTH)
    ours = [
        alert("HighLLMErrorRate", model="gpt-4o"),
        alert("LLMOutage", model="gpt-4o"),
        alert("StorageFailureRatio", artifact_type="video", operation="get"),
    ]
    case = Case(
        "north has an outage, south loses its targets",
        [*north, *south],
        [
            firing("35m", *(one | IN_NORTH for one in ours)),
            firing("55m", *(one | IN_NORTH for one in ours), alert("MetricsAbsent") | IN_SOUTH),
        ],
        60 * M,
        every=30,
    )
    assert failures(case, tmp_path, *PARTS, registries=BOTH) == []


def test_each_bundle_records_its_own_series_alone(tmp_path: Path) -> None:
    """So none is written twice."""
    case = Case(
        "both are well",
        [*labelled(well(), IN_NORTH), *labelled(well(), IN_SOUTH)],
        [
            Expectation("40m", 'count({__name__=~".+:.+:.+",job!="north-api"})', []),
            Expectation("40m", 'count({__name__=~".+:.+:.+",job="north-api"}) > bool 20', [("{}", 1)]),
        ],
        60 * M,
        every=30,
    )
    assert failures(case, tmp_path, *PARTS, registries=[NORTH]) == []


def test_each_has_its_own_prices(tmp_path: Path) -> None:
    spent = 'service:cost_dollars:increase5m{service="bandwidth",job="%s"}'
    case = Case(
        "both read a gigabyte a second",
        [*labelled(well(), IN_NORTH), *labelled(well(), IN_SOUTH)],
        [
            near("40m", spent % "north-api", 300 * 1e9 / GB * 0.09),
            near("40m", spent % "south-api", 300 * 1e9 / GB * 0.5),
            Expectation("40m", f"count({spent % '.+'})".replace('job="', 'job=~"'), [("{}", 2)]),
        ],
        60 * M,
        every=15,
    )
    assert failures(case, tmp_path, *PARTS, registries=BOTH) == []


def test_a_series_of_neither_is_nobodys_matter(tmp_path: Path) -> None:
    case = Case(
        "another job fails",
        labelled(service(per_minute(6), per_minute(60)), {"job": "other"}),
        silent("40m"),
        60 * M,
        30,
    )
    assert failures(case, tmp_path, *PARTS, registries=BOTH) == []


# --- thresholds that differ ---

THINKS = for_site(
    REGISTRY,
    Site(
        "thinks",
        thresholds={
            "SlowLLMCalls": Threshold(60, label=MODEL, by_value={"o3": 300}),
            "HighLLMErrorRate": Threshold(0.1, label=MODEL, by_value={"o3": 0.4}),
            "LLMCallsStuck": Threshold(300, label=MODEL, by_value={"o3": 560}),
            "LLMOutage": Threshold(0.5, label=MODEL, by_value={"o3": 0.8}),
        },
    ),
)
BOUNDS = ("60.0", "120.0", "300.0", "600.0", "+Inf")


def lasting(model: str, *rates: float) -> list[Series]:
    return [
        series(SECONDS.bucket, per_minute(rate), le=bound, model=model)
        for bound, rate in zip(BOUNDS, rates, strict=True)
    ]


def failing(model: str, share: float) -> list[Series]:
    return [series(CALLS, per_minute(20), model=model), series(FAILURES, per_minute(20 * share), model=model)]


def hanging(model: str, since: float) -> list[Series]:
    return [
        series(IN_FLIGHT, steps((since, 3)), model=model),
        series(OLDEST_START, steps((0, inf), (since, since)), model=model),
    ]


BY_MODEL = [
    Case(
        "calls of two minutes: slow for all but the model that thinks",
        [one for model in ("gpt-4o", "o3", "new-model") for one in lasting(model, 0, 4, 4, 4, 4)],
        [firing("40m", *(alert("SlowLLMCalls", model=model) for model in ("gpt-4o", "new-model")))],
        60 * M,
    ),
    Case(
        "calls of ten minutes: slow for the model that thinks too",
        lasting("o3", 0, 0, 0, 4, 4),
        [firing("40m", alert("SlowLLMCalls", model="o3"))],
        60 * M,
    ),
    Case(
        "a third fails: too much for all but one",
        [one for model in ("gpt-4o", "o3") for one in failing(model, 0.3)],
        [firing("20m", alert("HighLLMErrorRate", model="gpt-4o"))],
        60 * M,
    ),
    Case(
        "all fail: an outage whatever the model",
        [one for model in ("gpt-4o", "o3") for one in failing(model, 1)],
        [
            firing(
                "20m",
                *(alert(name, model=model) for name in ("HighLLMErrorRate", "LLMOutage") for model in ("gpt-4o", "o3")),
            )
        ],
        60 * M,
    ),
    Case(
        "both hang: found later where calls may take longer",
        [*hanging("gpt-4o", 5 * M), *hanging("o3", 5 * M)],
        [
            firing("13m", alert("LLMCallsStuck", model="gpt-4o")),
            firing("18m", *(alert("LLMCallsStuck", model=model) for model in ("gpt-4o", "o3"))),
        ],
        HOUR / 2,
    ),
]


@pytest.mark.parametrize("case", BY_MODEL, ids=str)
def test_a_threshold_may_differ_for_a_model(case: Case, tmp_path: Path) -> None:
    assert failures(case, tmp_path, "llm", registries=[THINKS]) == []
