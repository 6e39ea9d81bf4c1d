"""Checks: one small function for each fault.

A module here is a group of checks; importing it registers them.
"""

from metricloom.checks import (
    alerts,
    arithmetic,
    conditions,
    counters,
    domains,
    events,
    histograms,
    humanized,
    identities,
    labels,
    matching,
    metrics,
    names,
    observations,
    panels,
    records,
    reuse,
    rule_tests,
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
    identities,
    events,
    rules,
    rule_tests,
    metrics,
    sums,
    versions,
    records,
    reuse,
    scope,
    panels,
)

__all__ = ["CHECKS", "GROUPS", "Check", "Example", "Found", "Language", "QuerySite", "found", "problems_of", "run"]
