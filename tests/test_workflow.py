"""The workflow that validates a bundle in its owner's CI."""

from importlib.metadata import version
from typing import Any

import pytest
import yaml

from metricloom.generators.workflow import render
from metricloom.registry.registry import Registry


@pytest.fixture
def workflow() -> Any:
    (artifact,) = render(Registry("shop", subsystems=()))
    assert str(artifact.path) == "ci/validate.yml"
    return yaml.load(artifact.text, yaml.BaseLoader)  # as GitHub reads it: `on` is a word


def commands(workflow: Any) -> list[str]:
    return [step["run"] for step in workflow["jobs"]["validate"]["steps"] if "run" in step]


def test_it_checks_that_the_bundle_is_current_and_right_and_that_its_alerts_fire(workflow: Any) -> None:
    assert commands(workflow)[-3:] == ["metricloom generate --check", "metricloom check", "metricloom test"]


def test_it_installs_the_version_that_made_the_bundle(workflow: Any) -> None:
    assert commands(workflow)[0] == f'python -m pip install "metricloom=={version("metricloom")}"'


def test_it_runs_on_every_change_and_may_only_read(workflow: Any) -> None:
    assert set(workflow["on"]) == {"push", "pull_request"}
    assert workflow["permissions"] == {"contents": "read"}
