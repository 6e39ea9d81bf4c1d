"""The scope of a site: which targets a bundle is about."""

from __future__ import annotations

from collections.abc import Iterator

from metricloom.checks.model import Finding, Reading, check
from metricloom.errors import Severity
from metricloom.promql.nodes import Matcher, Selector
from metricloom.promql.text import Edit, add_matchers
from metricloom.promql.tokens import quote


@check(
    "R608",
    "unscoped-selector",
    visits=Selector,
    severity=Severity.WARNING,
    bad="sum(jobs_waiting) > 1",
    good=('sum(jobs_waiting{job=~"content-.*"}) > 1', 'sum(jobs_waiting{job="content-eu"}) > 1'),
)
def unscoped_selector(reading: Reading, node: Selector) -> Iterator[Finding]:
    """The site is about some targets only, and a selector without its scope reads those of others too: two bundles in
    one Prometheus then alert on each other's.
    """
    series = reading.series(node)
    # A registry's panels get the scope when the dashboard is made, and its rules have it.
    if series is None or not series.scope or (reading.site.panel and reading.site.query.positions is None):
        return
    named = {each.label for each in node.matchers}
    missing = sorted(_text(each) for each in series.scope if each.label not in named)
    if missing:
        yield Finding(
            f"{series.name} is read without the scope of the site, so from other targets as well",
            f"write {series.name}{{{', '.join(missing)}}}",
            reading.places.name(node),
            fix=_added(reading, node, missing),
        )


def _text(matcher: Matcher) -> str:
    return f"{matcher.label}{matcher.op}{quote(matcher.value)}"


def _added(reading: Reading, node: Selector, matchers: list[str]) -> tuple[Edit, ...]:
    span = reading.span(node)
    if span is None:
        return ()
    return ((*span, add_matchers(reading.site.text[slice(*span)], lambda _name: matchers)),)
