"""The workflow that validates the bundle in its owner's CI."""

from importlib.metadata import version
from pathlib import PurePosixPath

from metricloom.artifact.model import Artifact
from metricloom.generators.templating import fill
from metricloom.registry.registry import Registry

PATH = PurePosixPath("ci/validate.yml")


def render(registry: Registry) -> list[Artifact]:
    """Return the workflow; the name of a registry is an identifier, and needs no quoting."""
    return [Artifact(PATH, fill("validate.yml.jinja", name=registry.name, version=version("metricloom")))]
