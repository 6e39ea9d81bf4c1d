"""One module for each kind of artifact: a resolved registry in, artifacts out."""

from collections.abc import Callable, Sequence
from typing import Final

from metricloom.artifact import Artifact
from metricloom.generators import (
    dashboard,
    guide,
    instrumentation,
    prometheus,
    provisioning,
    registry_data,
    rule_tests,
    rules,
    workflow,
)
from metricloom.registry.registry import Registry

GENERATORS: Final[tuple[Callable[[Registry], Sequence[Artifact]], ...]] = (
    registry_data.render,
    instrumentation.render,
    rules.render,
    rule_tests.render,
    dashboard.render,
    guide.render,
    prometheus.render,
    provisioning.render,
    workflow.render,
)
"""What makes up a bundle."""
