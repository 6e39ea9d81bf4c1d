"""Codes that no check reports: what a registry is refused for, what reading a file finds, what promtool says."""

from typing import Final

from metricloom.checks.declared.dashboards import DASHBOARDS
from metricloom.checks.declared.files import FILES
from metricloom.checks.declared.metrics import METRICS
from metricloom.checks.declared.operations import OPERATIONS
from metricloom.checks.declared.page import Page
from metricloom.checks.declared.rules import RULES
from metricloom.checks.declared.tools import TOOLS
from metricloom.checks.declared.verify import VERIFY

DECLARED: Final[tuple[Page, ...]] = (*METRICS, *OPERATIONS, *RULES, *DASHBOARDS, *FILES, *VERIFY, *TOOLS)

__all__ = ["DECLARED", "Page"]
