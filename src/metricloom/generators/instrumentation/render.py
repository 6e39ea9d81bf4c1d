"""The instrumentation module of a registry, the machinery beside it, and the tests of both."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import PurePosixPath

from metricloom.artifact import Artifact
from metricloom.generators.instrumentation.module import Module
from metricloom.generators.instrumentation.tests import Tests
from metricloom.generators.templating import fill
from metricloom.registry.registry import Registry

FOLDER, TESTS = PurePosixPath("instrumentation"), PurePosixPath("tests")
MACHINERY = "_runtime"


def render(registry: Registry) -> list[Artifact]:
    """Return the module, its machinery, and their tests."""
    module = Module(registry)
    return [
        Artifact(FOLDER / "__init__.py", fill("instrumentation.py.jinja", module=module)),
        Artifact(FOLDER / "py.typed", ""),
        *(Artifact(FOLDER / MACHINERY / name, text) for name, text in _machinery()),
        Artifact(FOLDER / "metrics.py", fill("metrics.py.jinja", module=module)),
        Artifact(TESTS / "conftest.py", fill("conftest.py.jinja")),
        Artifact(TESTS / "test_metrics.py", fill("test_metrics.py.jinja", module=module, tests=Tests(module))),
    ]


def _machinery() -> Iterator[tuple[str, str]]:
    """Yield name and text of each module of the machinery: the same in every bundle."""
    folder = files("metricloom.generators").joinpath("templates", MACHINERY)
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".py"):
            yield file.name, file.read_text(encoding="utf-8")
