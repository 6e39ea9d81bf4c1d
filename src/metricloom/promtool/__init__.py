"""The only caller of promtool: finds it, runs it, and leads what it says back to declarations."""

from metricloom.promtool.messages import Place, Places
from metricloom.promtool.tool import MINIMUM, MissingPromtoolError, Promtool, find_promtool

__all__ = ["MINIMUM", "MissingPromtoolError", "Place", "Places", "Promtool", "find_promtool"]
