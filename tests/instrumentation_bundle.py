"""The instrumentation of a registry, written and imported: for the tests of what is generated."""

from __future__ import annotations

import importlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import prometheus_client
import pytest
from prometheus_client import CollectorRegistry

from metricloom import Registry
from metricloom.generators import instrumentation
from metricloom.registry.load import load

ROOT = Path(__file__).parent.parent


def content_platform() -> Registry:
    return load("metricloom.content_platform:REGISTRY")


def http_service() -> Registry:
    return load(str(ROOT / "examples" / "http_service.py"))


def write(registry: Registry, folder: Path) -> None:
    for artifact in instrumentation.render(registry):
        path = folder / artifact.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(artifact.content)


def run(*command: str, within: Path, **environment: str) -> str:
    """Run a command in a folder, as a user would who has no configuration; return what it prints."""
    done = subprocess.run(
        command, cwd=within, env={**os.environ, **environment}, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def imported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the generated module, in a package of its own, over an empty default collector registry.

    There are several in one process of tests.
    """
    monkeypatch.setattr(prometheus_client, "REGISTRY", CollectorRegistry())
    package = f"generated_{folder.name.replace('-', '_')}"
    spec = importlib.util.spec_from_file_location(
        package,
        folder / "instrumentation" / "__init__.py",
        submodule_search_locations=[str(folder / "instrumentation")],
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, package, module)
    spec.loader.exec_module(module)
    return importlib.import_module(f"{package}.metrics")
