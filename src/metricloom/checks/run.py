"""All checks over all expressions of a registry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache

from metricloom.checks.model import CHECKS, Check, Finding, QuerySite, Reading
from metricloom.checks.rules import REGISTRY_CHECKS
from metricloom.checks.sites import query_sites
from metricloom.errors import Problem
from metricloom.promql.nodes import Node
from metricloom.registry.registry import Registry


def run(registry: Registry) -> list[Problem]:
    """Return what is wrong with the expressions and the rules of *registry*, by place."""
    of_expressions = (problem for site in query_sites(registry) for problem in problems_of(site))
    of_rules = (problem for check in REGISTRY_CHECKS for problem in check(registry))
    return in_order((*of_expressions, *of_rules))


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Return *problems* by place, each once: an alert with thresholds by value holds its expression several times."""
    first: dict[tuple[object, ...], Problem] = {}
    for problem in problems:
        first.setdefault((problem.at, problem.code, problem.message), problem)
    return sorted(first.values(), key=_place)


def _place(problem: Problem) -> tuple[str, int, str, tuple[int, int], str]:
    path, line = (problem.at.path, problem.at.line) if problem.at else ("", 0)
    return path, line, problem.code, problem.span or (0, 0), problem.message


def problems_of(site: QuerySite) -> Iterator[Problem]:
    """Yield what is wrong with one expression: each of its nodes is shown to the checks of its sort only."""
    reading = Reading(site)
    if reading.root is None:
        yield _unreadable(reading)
        return
    by_sort = _checks_by_sort()
    for node in reading.nodes:
        for each in by_sort.get(type(node), ()):
            yield from _problems(each, reading, node)
    for each in by_sort.get(None, ()):
        yield from _problems(each, reading, reading.root)


def _problems(each: Check, reading: Reading, node: Node) -> Iterator[Problem]:
    findings: Iterator[Finding] = each.find(reading, node)
    return (each.problem(finding, reading.site) for finding in findings)


@cache
def _checks_by_sort() -> dict[type[Node] | None, list[Check]]:
    found: dict[type[Node] | None, list[Check]] = defaultdict(list)
    for each in CHECKS.values():
        found[each.visits].append(each)
    return found


def _unreadable(reading: Reading) -> Problem:
    parsed, site = reading.typing.parsed, reading.site
    return Problem(
        "Q200",
        "parse-error",
        f"{site.shown}: {parsed.fault}",
        site.at,
        "write an expression that Prometheus can parse",
        source=parsed.text,
        span=parsed.fault_span,
    )
