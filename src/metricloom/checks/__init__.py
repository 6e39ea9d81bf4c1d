"""Checks: one small function for each fault that a registry makes visible.

A module here is a group of checks; importing it registers them.
"""

from metricloom.checks import alerts, arithmetic, counters, domains, histograms, labels, names
from metricloom.checks.model import CHECKS, Check, Example, QuerySite, Use
from metricloom.checks.run import problems_of, run

GROUPS = (names, labels, counters, histograms, arithmetic, domains, alerts)

__all__ = ["CHECKS", "GROUPS", "Check", "Example", "QuerySite", "Use", "problems_of", "run"]
