"""What `metricloom verify` finds where a page of metrics is not what the registry declares."""

from __future__ import annotations

from typing import Final

from metricloom.checks.declared.page import Page, entry
from metricloom.errors import Severity

VERIFY: Final[tuple[Page, ...]] = (
    entry(
        "V101",
        "missing-family",
        "A metric is declared, and the service does not expose it: rules and panels that read it see nothing.",
    ),
    entry(
        "V102",
        "unexpected-family",
        "The service exposes a metric that nobody declared: no rule may read it, and nobody knows what it costs.",
    ),
    entry(
        "V103",
        "type-differs",
        "Rules were checked against the declared type: a rate of what is no counter says nothing.",
    ),
    entry(
        "V104",
        "labels-differ",
        "Rules aggregate by the declared labels: one that is not there groups nothing, one more doubles the series.",
    ),
    entry(
        "V105",
        "undeclared-value",
        "The values of a closed label are all that there are. Of another one no rule and no panel knows.",
    ),
    entry(
        "V106",
        "too-many-values",
        "A label has more values than it was declared to have at most: each is a series more, kept for weeks.",
    ),
    entry(
        "V107",
        "buckets-differ",
        "A threshold on a percentile is as exact as the buckets around it: they were declared for it.",
    ),
    entry(
        "V108",
        "page-without-help",
        "Who meets a metric in Grafana reads its help text: the registry has one, and the page does not.",
        severity=Severity.WARNING,
    ),
    entry(
        "V109",
        "help-differs",
        "The page and the registry say different things of one metric: one of them is out of date.",
        severity=Severity.WARNING,
    ),
    entry(
        "V110",
        "unborn-family",
        "A metric has no series yet: libraries create one with its first event, and some show nothing until then.",
        severity=Severity.NOTE,
    ),
    entry("V111", "unit-differs", "The page gives another unit than the registry: thresholds are off by a factor."),
    entry(
        "V112",
        "undeclarable-family",
        "A name with other characters than letters, digits and _ needs Prometheus 3 and quotes; a registry has no "
        "form for it.",
        severity=Severity.WARNING,
    ),
)
