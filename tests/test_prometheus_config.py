"""prometheus.yml: promtool takes it, it finds the rules, and its targets are within the site's scope."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from metricloom.generators import prometheus, rules
from metricloom.promtool import find_promtool
from metricloom.registry.overrides import for_site
from metricloom.registry.registry import Registry
from metricloom.registry.site import Site
from metricloom.registry.subsystem import Subsystem
from metricloom.rules.recording import RecordingRule
from tests.guide_registry import HOSTILE_REGISTRY, REGISTRY

NORTH = for_site(REGISTRY, REGISTRY.sites[0])


def config_of(registry: Registry) -> dict[str, Any]:
    (artifact,) = prometheus.render(registry)
    config: dict[str, Any] = yaml.safe_load(artifact.text)
    return config


def reading(expression: str) -> Registry:
    return Registry("reader", [Subsystem("a", "A", "team", recordings=[RecordingRule("a:b:c", expression)])])


@pytest.mark.parametrize("registry", [REGISTRY, NORTH, HOSTILE_REGISTRY], ids=["plain", "site", "hostile"])
def test_promtool_takes_it_and_finds_the_rules(tmp_path: Path, registry: Registry) -> None:
    for artifact in (*prometheus.render(registry), *rules.render(registry)):
        (tmp_path / artifact.path).parent.mkdir(exist_ok=True)
        (tmp_path / artifact.path).write_text(artifact.text, encoding="utf-8")
    done = subprocess.run(
        [find_promtool().path, "check", "config", "prometheus/prometheus.yml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "rules found" in done.stdout + done.stderr


def test_the_service_is_scraped_as_often_as_the_registry_says() -> None:
    config = config_of(replace(REGISTRY, scrape_interval="5s", evaluation_interval="30s"))
    assert config["global"] == {"scrape_interval": "5s", "evaluation_interval": "30s"}
    assert config["scrape_configs"] == [{"job_name": "service", "static_configs": [{"targets": ["localhost:8000"]}]}]


def test_a_target_is_within_the_scope_of_its_site() -> None:
    (scraped,) = config_of(NORTH)["scrape_configs"]
    assert scraped["job_name"] == "worker"
    assert scraped["static_configs"][0]["labels"] == {"cluster": "north"}


def test_a_job_of_any_name_is_still_a_job() -> None:
    odd = 'a: "b" # {{ c }}\n- d'
    registry = replace(REGISTRY, target={"job": odd})
    assert config_of(registry)["scrape_configs"][0]["job_name"] == odd


@pytest.mark.parametrize(
    ("expression", "days"),
    [
        ("x", 15),
        ("rate(x[5m])", 15),
        ("sum_over_time(x[31d:5m])", 35),
        ("sum_over_time(x[1d]) / sum_over_time(x[1d] offset 4w)", 32),
        ("max_over_time(increase(x_total[20d])[60d:1h])", 88),
        ("max_over_time(x[90d])", 99),
    ],
)
def test_it_says_how_long_data_must_be_kept(expression: str, days: int) -> None:
    (artifact,) = prometheus.render(reading(expression))
    assert f"--storage.tsdb.retention.time={days}d" in artifact.text


def test_a_site_without_labels_of_its_own_adds_none() -> None:
    site = Site("any", scope='job="api"')
    (scraped,) = config_of(for_site(replace(REGISTRY, sites=[site]), site))["scrape_configs"]
    assert scraped == {"job_name": "api", "static_configs": [{"targets": ["localhost:8000"]}]}
