"""The workflow that validates the bundle in its owner's CI."""

from importlib.metadata import version
from importlib.resources import files
from pathlib import PurePosixPath

from jinja2 import StrictUndefined, Template

from metricloom.artifact.model import Artifact
from metricloom.registry.registry import Registry

PATH = PurePosixPath("ci/validate.yml")


def render(registry: Registry) -> list[Artifact]:
    """Return the workflow; the name of a registry is an identifier, and needs no quoting."""
    source = files(__package__).joinpath("templates/validate.yml.jinja").read_text(encoding="utf-8")
    template = Template(source, undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)
    return [Artifact(PATH, template.render(name=registry.name, version=version("metricloom")))]
