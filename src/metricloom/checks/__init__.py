"""Checks: one small function for each fault.

A module here is a group of checks; importing it registers them.
"""

from metricloom.checks import (  # noqa: F401 - each registers its checks
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

__all__ = ["CHECKS", "Check", "Example", "Found", "Language", "QuerySite", "found", "problems_of", "run"]
