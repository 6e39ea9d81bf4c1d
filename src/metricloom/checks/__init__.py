"""Checks: one small function for each fault.

A module here is a group of checks; importing it registers them.
"""

from metricloom.checks import (
    alerts,
    arithmetic,
    conditions,
    counters,
    domains,
    histograms,
    humanized,
    labels,
    matching,
    names,
    observations,
    panels,
    records,
    reuse,
    rules,
    scope,
    sums,
    templates,
    versions,
    waits,
    windows,
)
from metricloom.checks.model import CHECKS, Check, Example, Language, QuerySite
from metricloom.checks.run import Found, found, problems_of, run

GROUPS = (
    names,
    labels,
    matching,
    counters,
    windows,
    histograms,
    observations,
    arithmetic,
    domains,
    alerts,
    conditions,
    waits,
    templates,
    humanized,
    rules,
    sums,
    versions,
    records,
    reuse,
    scope,
    panels,
)

__all__ = ["CHECKS", "GROUPS", "Check", "Example", "Found", "Language", "QuerySite", "found", "problems_of", "run"]
