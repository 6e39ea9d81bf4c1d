"""All checks over all that there is to check."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from metricloom.checks.model import CHECKS, Check, Finding, QuerySite, Reading, problem
from metricloom.declaration import Declaration
from metricloom.errors import Problem
from metricloom.promql.nodes import Aggregation, Binary, Call, Node
from metricloom.promql.parse import Parsed
from metricloom.sources.model import Group, PanelQuery, Rule, RuleTest, Sources, Use, World, Written


@dataclass(frozen=True, slots=True)
class Found:
    """A problem, the text that holds it, and what would mend it: what `--fix` needs."""

    problem: Problem
    finding: Finding
    on: Written | None


def run(sources: Sources) -> list[Problem]:
    """Return what is wrong with *sources*, by place."""
    return in_order(each.problem for each in found(sources))


def found(sources: Sources) -> Iterator[Found]:
    """Yield what every check finds, in no order."""
    yield from (each for site in query_sites(sources) for each in found_in(site))
    for sort, things in _things(sources).items():
        for each in _checks_of((sort, "")):
            for thing in things:
                yield from (Found(problem(each, one, "", None), one, one.on) for one in each.find(sources, thing))


def _things(sources: Sources) -> Mapping[type, Iterable[object]]:
    """Return what is checked with all else in sight, by sort."""
    declared: dict[type, list[object]] = defaultdict(list)
    for one in sources.declarations():
        for sort in type(one).__mro__:
            if issubclass(sort, Declaration):
                declared[sort].append(one)
    return {Group: sources.groups, RuleTest: sources.tests, Sources: (sources,), **declared}


def query_sites(sources: Sources) -> Iterator[QuerySite]:
    """Yield each expression where it is used."""
    world = sources.world
    for group in sources.groups:
        for rule in group.rules:
            yield QuerySite(rule.query, rule.use, rule.shown, world, rule, group)
            yield from _asked(rule, world)
    for panel in sources.panels:
        yield QuerySite(panel.query, Use.PANEL, panel.shown, world, panel=panel)


def _asked(rule: Rule, world: World) -> Iterator[QuerySite]:
    """Yield the expressions that the texts of an alert ask when it fires."""
    for field, template in rule.annotations.items():
        for query in template.queries:
            yield QuerySite(query, Use.TEXT, f"{rule.shown}: the query in its {field}", world)


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Return *problems* by place, each once: an alert with thresholds by value holds its expression several times."""
    first: dict[tuple[object, ...], Problem] = {}
    for one in problems:
        first.setdefault((one.at, one.code, one.message), one)
    return sorted(first.values(), key=_place)


def _place(one: Problem) -> tuple[str, int, int, str, tuple[int, int], str]:
    path, line, column = (one.at.path, one.at.line, one.at.column) if one.at else ("", 0, 0)
    return path, line, column, one.code, one.span or (0, 0), one.message


def problems_of(site: QuerySite) -> Iterator[Problem]:
    """Yield what is wrong with one expression and the rule or panel that holds it."""
    return (each.problem for each in found_in(site))


def found_in(site: QuerySite) -> Iterator[Found]:
    """Yield what the checks of one expression find: each of its nodes is shown to the checks of its sort only."""
    reading = Reading(site)
    for sort, thing in _shown(reading):
        for each in _checks_of(sort):
            for finding in each.find(reading, thing):
                yield Found(problem(each, finding, site.shown, site.query), finding, finding.on or site.query)


def _shown(reading: Reading) -> list[tuple[tuple[type, str], object]]:
    """Return what checks look at, each with its sort, and the function or operator that it applies."""
    parsed, site = reading.typing.parsed, reading.site
    nodes: list[tuple[tuple[type, str], object]] = [((type(node), _applied(node)), node) for node in parsed.nodes]
    whole = ((Parsed, parsed), (Node, parsed.root), (Rule, site.rule), (PanelQuery, site.panel))
    return nodes + [((sort, ""), thing) for sort, thing in whole if thing is not None]


def _applied(node: Node) -> str:
    """Return the function or operator of a node that has one."""
    match node:
        case Call():
            return node.function
        case Aggregation() | Binary():
            return node.op
    return ""


@cache
def _checks_of(sort_and_applied: tuple[type, str]) -> list[Check]:
    """Return the checks that visit things of a sort, where these apply a function or an operator."""
    sort, applied = sort_and_applied
    return [each for each in CHECKS.values() if each.visits is sort and (not each.of or applied in each.of)]
