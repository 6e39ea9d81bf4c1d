"""metricloom: one typed registry of what a service measures, and the whole monitoring bundle made from it.

A registry is written with the names of `metricloom.api`, which are also found here. They are imported at their first
use: `metricloom --help` needs none of them, and would wait for all.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from metricloom.api import *  # noqa: F403


def __getattr__(name: str) -> Any:
    api = import_module("metricloom.api")
    if name == "__all__" or name in api.__all__:
        return getattr(api, name)
    raise AttributeError(f"module 'metricloom' has no attribute {name!r}")
