"""The instrumentation module that the service imports, and its tests."""

from metricloom.generators.instrumentation.render import render

__all__ = ["render"]
