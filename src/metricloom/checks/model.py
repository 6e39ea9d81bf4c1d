"""What a check is, what it is given, and what it finds."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeVar

from metricloom.errors import Location, Problem, Severity
from metricloom.promql.infer import Typing, infer, series_type
from metricloom.promql.nodes import Node, Selector, bottom_up
from metricloom.promql.places import Places, places
from metricloom.promql.text import Edit, Span
from metricloom.promql.types import Inferred, SeriesType
from metricloom.sources.model import Group, PanelQuery, Rule, Sources, Use, World, Written


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Attributes:
        span: Its place in *on*.
        severity: Where it is not that of the check.
        on: The text that holds the fault; without it, the expression that is read.
        at: Its place, where there is no such text.
        fix: Edits of *on* that mend it without changing anything else that was meant.
    """

    message: str
    hint: str
    span: Span | None = None
    severity: Severity | None = None
    on: Written | None = None
    at: Location | None = None
    related: tuple[Location, ...] = ()
    fix: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class QuerySite:
    """An expression where it is used: of a rule, in its group, or of a panel."""

    query: Written
    use: Use
    shown: str
    world: World
    rule: Rule | None = None
    group: Group | None = None
    panel: PanelQuery | None = None

    @property
    def text(self) -> str:
        """The expression."""
        return self.query.text


class Reading:
    """An expression parsed and typed once, for all checks."""

    def __init__(self, site: QuerySite) -> None:
        self.site = site
        self.world = site.world
        self.typing: Typing = infer(site.text, site.world.table, variables=site.use is Use.PANEL)
        self.type_of: Callable[[Node], Inferred] = self.typing.types.__getitem__
        """The type of a part of the expression. Every check asks for it, many times: it is no method."""

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

    @property
    def result(self) -> Inferred:
        """The type of the whole expression."""
        return self.typing.result

    def series(self, node: Selector) -> SeriesType | None:
        """Return what is known of the series that a selector reads."""
        return series_type(node.name, self.world.table)

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


class Language(StrEnum):
    """What an example is written in."""

    PROMQL = "promql"
    YAML = "yaml"  # rules: a list of them, or a whole file; a promtool test may follow after `---`
    PYTHON = "python"  # declarations of a registry
    JSON = "json"  # a Grafana dashboard


@dataclass(frozen=True, slots=True)
class Example:
    """Text that shows a check at work. An expression is one of an alert, unless *use* says otherwise."""

    text: str
    use: Use = Use.ALERT
    language: Language = Language.PROMQL


def rules(text: str) -> Example:
    """Return an example of rules, or of rules and a test of them."""
    return Example(text, language=Language.YAML)


def declarations(text: str) -> Example:
    """Return an example of a registry."""
    return Example(text, language=Language.PYTHON)


def panel(expression: str, *, unit: str = "", legend: str = "") -> Example:
    """Return an example of a dashboard with one panel."""
    target = {"refId": "A", "expr": expression, "legendFormat": legend}
    shown = {"title": "Example", "fieldConfig": {"defaults": {"unit": unit}}, "targets": [target]}
    return Example(json.dumps({"panels": [shown]}, indent=2), Use.PANEL, Language.JSON)


Find = Callable[[Any, Any], Iterator[Finding]]
T = TypeVar("T")
S = TypeVar("S", Reading, Sources)


@dataclass(frozen=True, slots=True)
class Check:
    """A check: it is given each thing of the sort that it visits.

    A sort of node, `Node` itself for a whole expression, `Parsed` for one that may be no PromQL, `Rule` and
    `PanelQuery` are given with the `Reading` of their expression; `Group`, `RuleTest`, a class of declarations, and
    `Sources` itself are given with all `Sources`.
    Of calls, aggregations and operators only those are given whose function or operator is in *of*, if that is not
    empty. The examples are its tests and its documentation.
    """

    code: str
    name: str
    severity: Severity
    find: Find
    visits: type
    of: frozenset[str]
    bad: tuple[Example, ...]
    good: tuple[Example, ...]
    why: str


CHECKS: dict[str, Check] = {}
"""Every check by its code, in the order in which their modules are read."""

Examples = str | Example | tuple[str | Example, ...]


def check(
    code: str,
    name: str,
    *,
    visits: type[T],
    bad: Examples,
    good: Examples,
    of: Collection[str] = (),
    severity: Severity = Severity.ERROR,
) -> Callable[[Callable[[S, T], Iterator[Finding]]], Callable[[S, T], Iterator[Finding]]]:
    """Register a function as a check of each thing of the sort that it *visits*; its docstring says why."""

    def register(find: Callable[[S, T], Iterator[Finding]]) -> Callable[[S, T], Iterator[Finding]]:
        if code in CHECKS:
            raise ValueError(f"two checks are called {code}")
        why = (find.__doc__ or "").strip()
        CHECKS[code] = Check(code, name, severity, find, visits, frozenset(of), _examples(bad), _examples(good), why)
        return find

    return register


def _examples(given: Examples) -> tuple[Example, ...]:
    each = given if isinstance(given, tuple) else (given,)
    return tuple(one if isinstance(one, Example) else Example(one) for one in each)


def problem(check: Check, finding: Finding, shown: str, on: Written | None) -> Problem:
    """Return what was found in *on*, a text of what is *shown* so, as a problem."""
    written = finding.on or on
    at = finding.at or (written.location(finding.span) if written else None)
    return Problem(
        check.code,
        check.name,
        f"{shown}: {finding.message}" if shown else finding.message,
        at,
        finding.hint,
        finding.severity or check.severity,
        written.text if written and not finding.at else "",
        finding.span,
        finding.related,
    )
