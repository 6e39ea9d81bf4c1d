"""What is shipped passes promtool's own checks, and each alert comes with proof of both kinds."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from metricloom import Alert, Site, pipeline
from metricloom.content_platform import REGISTRY
from metricloom.content_platform.costs import costs
from metricloom.generators import rule_tests, rules
from metricloom.registry.overrides import for_site
from metricloom.registry.registry import Registry
from tests.platform.scenario import HOUR, promtool

SITES = [
    Site("scoped", scope='job=~"content-.*",cluster="eu"', target={"job": "content-api"}),
    Site(
        "tuned",
        target={"cluster": "", "namespace": ""},
        thresholds={
            "HighLLMErrorRate": 0.3,
            "LLMOutage": 0.7,
            "SlowLLMCalls": 90,
            "LLMCallsStuck": 200,
            "HighStorageFailureRate": 2,
            "StorageFailureRatio": 0.2,
            "HighTTSErrorRate": 0.4,
            "SlowTTS": 12,
            "RetentionCleanupFailed": 50 * HOUR,
            "RetentionOverdue": 2 * HOUR,
            "TargetsDown": 0.5,
        },
    ),
]
REGISTRIES = {"plain": REGISTRY, **{site.name: for_site(REGISTRY, site) for site in SITES}}


@pytest.mark.parametrize("alert", REGISTRY.alerts, ids=lambda alert: alert.name)
def test_an_alert_is_proven_to_fire_and_to_be_silent(alert: Alert) -> None:
    assert any(example.fires_at for example in alert.proofs)
    assert any(example.silent_at and not example.fires_at for example in alert.proofs)


@pytest.mark.parametrize("registry", REGISTRIES.values(), ids=REGISTRIES)
def test_promtool_takes_rules_and_configuration(registry: Registry) -> None:
    assert pipeline.promtool_problems(pipeline.Bundle(registry, Path()), promtool()) == []


@pytest.mark.parametrize(
    ("site", "part"),
    [
        (site, part.name)
        for site in REGISTRIES
        for part in REGISTRY.subsystems
        if site == "plain" or part is not costs  # whose examples last for weeks, and say the same at any of these sites
    ],
)
def test_the_examples_hold(site: str, part: str, tmp_path: Path) -> None:
    registry = REGISTRIES[site]
    for artifact in (*rules.render(registry), *rule_tests.render(registry)):
        (tmp_path / artifact.path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / artifact.path).write_text(artifact.text, encoding="utf-8")
    (answer,) = promtool().test_rules(tmp_path, [PurePosixPath(f"rules/tests/{part}.yml")])
    assert [problem.message for problem in answer[1]] == []
