"""What a check is, what it is given, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeVar

from metricloom.errors import Location, Problem, Severity
from metricloom.promql.infer import Typing, infer, series_type
from metricloom.promql.nodes import Node, Selector, bottom_up
from metricloom.promql.places import Places, places
from metricloom.promql.text import Span
from metricloom.promql.types import Inferred, SeriesType


class Use(StrEnum):
    """What an expression is for."""

    RECORD = "recording rule"
    ALERT = "alert"
    PANEL = "panel"


@dataclass(frozen=True, slots=True)
class QuerySite:
    """An expression where it is used: all that a check may know of it.

    Attributes:
        text: As Prometheus or Grafana reads it.
        name: Of the alert, the record or the panel.
        table: The types of the series that there are.
        targets: The labels that any series may have from its target: identity, replica, and those of a site's scope.
        replica: The labels that tell copies of one deployment apart.
        texts: Of an alert: what a person is told, by field.
        scrape_seconds: How often targets are scraped.
    """

    text: str
    use: Use
    name: str
    table: Mapping[str, SeriesType]
    at: Location | None = None
    targets: frozenset[str] = frozenset()
    replica: frozenset[str] = frozenset({"instance", "pod"})
    texts: tuple[tuple[str, str], ...] = ()
    scrape_seconds: float = 15.0

    @property
    def shown(self) -> str:
        """How a message names the place: `alert HighLLMErrorRate`."""
        return f"{self.use} {self.name}"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: *span* is a place in the expression."""

    message: str
    hint: str
    span: Span | None = None
    severity: Severity | None = None


class Reading:
    """An expression parsed and typed once, for all checks."""

    def __init__(self, site: QuerySite) -> None:
        self.site = site
        self.typing: Typing = infer(site.text, site.table, variables=site.use is Use.PANEL)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All nodes, each after its children; none where the text is no PromQL."""
        return self.typing.parsed.nodes

    @property
    def root(self) -> Node | None:
        """The whole expression."""
        return self.typing.parsed.root

    @cached_property
    def places(self) -> Places:
        """The columns of nodes, looked up when something is found."""
        return places(self.site.text)

    def type_of(self, node: Node) -> Inferred:
        """Return the type of a part of the expression."""
        return self.typing.of(node)

    def series(self, node: Selector) -> SeriesType | None:
        """Return what is known of the series that a selector reads."""
        return series_type(node.name, self.site.table)

    def span(self, node: Node) -> Span | None:
        """Return the columns of *node*."""
        return self.places.span(node)

    def text_of(self, node: Node) -> str:
        """Return *node* as it is written."""
        span = self.span(node)
        return self.site.text[slice(*span)] if span else "…"

    def selector_below(self, node: Node, wanted: Callable[[Inferred], bool]) -> Selector | None:
        """Return the first selector in *node* whose type is *wanted*."""
        found = (each for each in bottom_up(node) if isinstance(each, Selector))
        return next((each for each in found if wanted(self.type_of(each))), None)


Find = Callable[[Reading, Any], Iterator[Finding]]
N = TypeVar("N", bound=Node)


@dataclass(frozen=True, slots=True)
class Example:
    """An expression that shows a check at work."""

    text: str
    use: Use = Use.ALERT
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A check: it is given each node of the sort that it visits; without one, the whole expression.

    Its examples are its tests and its documentation.
    """

    code: str
    name: str
    severity: Severity
    find: Find
    visits: type[Node] | None
    bad: tuple[Example, ...]
    good: tuple[Example, ...]
    why: str

    def problem(self, finding: Finding, site: QuerySite) -> Problem:
        """Return what was found as a problem, with its place."""
        return Problem(
            self.code,
            self.name,
            f"{site.shown}: {finding.message}",
            site.at,
            finding.hint,
            finding.severity or self.severity,
            site.text,
            finding.span,
        )


CHECKS: dict[str, Check] = {}
"""Every check by its code, in the order in which their modules are read."""

Examples = str | Example | tuple[str | Example, ...]


def check(
    code: str, name: str, *, visits: type[N], bad: Examples, good: Examples, severity: Severity = Severity.ERROR
) -> Callable[[Callable[[Reading, N], Iterator[Finding]]], Callable[[Reading, N], Iterator[Finding]]]:
    """Register a function as a check of each node of the sort that it *visits*; its docstring says why."""

    def register(find: Callable[[Reading, N], Iterator[Finding]]) -> Callable[[Reading, N], Iterator[Finding]]:
        _register(code, name, severity, find, visits, bad, good)
        return find

    return register


def check_whole(
    code: str, name: str, *, bad: Examples, good: Examples, severity: Severity = Severity.ERROR
) -> Callable[[Callable[[Reading, Node], Iterator[Finding]]], Callable[[Reading, Node], Iterator[Finding]]]:
    """Register a function as a check of each whole expression, given its root."""

    def register(find: Callable[[Reading, Node], Iterator[Finding]]) -> Callable[[Reading, Node], Iterator[Finding]]:
        _register(code, name, severity, find, None, bad, good)
        return find

    return register


def _register(
    code: str, name: str, severity: Severity, find: Find, visits: type[Node] | None, bad: Examples, good: Examples
) -> None:
    if code in CHECKS:
        raise ValueError(f"two checks are called {code}")
    CHECKS[code] = Check(
        code, name, severity, find, visits, _examples(bad), _examples(good), (find.__doc__ or "").strip()
    )


def _examples(given: Examples) -> tuple[Example, ...]:
    each = given if isinstance(given, tuple) else (given,)
    return tuple(one if isinstance(one, Example) else Example(one) for one in each)
