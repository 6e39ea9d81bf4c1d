"""A page of /metrics held against a registry: where what runs is not what is declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from metricloom.errors import Location, Problem, Severity, nearest
from metricloom.exposition.fetch import MAX_SHOWN, STDIN
from metricloom.exposition.index import Index
from metricloom.exposition.libraries import of_library, says_when_created
from metricloom.exposition.metrics import problems_of_external, problems_of_metric
from metricloom.exposition.model import Family, FamilyType, Page
from metricloom.exposition.page import NO_UTF8, read_page
from metricloom.monitoring.dropped import DROPPED
from metricloom.monitoring.metrics import ANY_METRIC_NAME, Counter, Gauge, Metric
from metricloom.promql.infer import PROMETHEUS_SERIES
from metricloom.registry.registry import Registry
from metricloom.wording import counted, short

DECLARE = (
    "declare it in the registry; as External(…), if a library of others exposes it. "
    "A page may show more with time: what `metricloom init` made of an early one lacks that"
)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of what is declared a page shows: families and names of series, each as (seen, declared)."""

    families: tuple[int, int]
    names: tuple[int, int]
    unborn: int = 0
    unexpected: int = 0
    of_library: int = 0
    of_groups: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The line that sums up a comparison."""
        (families, declared), (names, of_series) = self.families, self.names
        parts = [f"seen: {families} of {declared} families, {names} of {of_series} names of series"]
        parts += [f"{counted(self.unborn, 'family', 'families')} without a series yet"] if self.unborn else []
        parts += [f"{self.unexpected} not declared"] if self.unexpected else []
        parts += [f"{self.of_library} of the client library"] if self.of_library else []
        parts += [f"labels of a Pushgateway's groups: {', '.join(self.of_groups)}"] if self.of_groups else []
        return "; ".join(parts)


@dataclass(frozen=True, slots=True)
class Verified:
    """What a page was found to be, beside the registry."""

    problems: tuple[Problem, ...]
    coverage: Coverage


def verify(page: str | bytes, registry: Registry, path: str = "/metrics") -> list[Problem]:
    """Return where a page of /metrics is not what *registry* declares; for the test of a service.

    `assert metricloom.verify(prometheus_client.generate_latest(), REGISTRY) == []`. What may still come is no problem:
    a series whose label has had no value yet. *path* is what the problems call the page.
    """
    text = page.decode("utf-8", NO_UTF8) if isinstance(page, bytes) else page
    problems = verified(read_page(text, path), registry, path).problems
    return [problem for problem in problems if problem.severity is not Severity.NOTE]


def verified(page: Page, registry: Registry, path: str) -> Verified:
    """Return what differs between *page*, which problems call *path*, and *registry*, in the order of the page."""
    index = Index(page)
    # What is unexpected is known when all that is declared has claimed its families.
    found = {metric: index.of_metric(metric) for metric in {each.name: each for each in registry.families}.values()}
    externals = [(external, index.of_external(external)) for external in registry.externals]
    of_module = () if any(metric.name == DROPPED.name for metric in found) else index.of_metric(DROPPED)
    unexpected = [family for family in page.families if _is_unexpected(family, index)]
    free = [_called(family) for family in unexpected]
    problems = [problem for metric, its in found.items() for problem in _of_metric(index, metric, its, free, path)]
    for external, its in externals:
        problems += problems_of_external(external, its, registry, path)
    for family in of_module:  # that of the generated module: whoever writes metrics by hand has none
        problems += problems_of_metric(DROPPED, (family,), index, path)
    missing = [metric.name for metric, its in found.items() if not its]
    problems += (_unexpected(family, missing, path) for family in unexpected)
    on_page = [problem for problem in problems if _is_on(problem, path)]
    missed = [problem for problem in problems if not _is_on(problem, path)]
    on_page.sort(key=lambda problem: problem.at.line if problem.at is not None else 0)
    told = (_by_a_person(problem, registry) for problem in (*page.problems, *on_page, *missed))
    return Verified(tuple(told), _coverage(index, found, len(unexpected)))


def _by_a_person(problem: Problem, registry: Registry) -> Problem:
    """Return *problem* without the place of what metricloom itself declares: no one can write there."""
    related = tuple(at for at in problem.related if at != DROPPED.at)
    return replace(problem, at=registry.at if problem.at == DROPPED.at else problem.at, related=related)


def at_declarations(problems: Iterable[Problem], registry: Registry, page: str) -> list[Problem]:
    """Return *problems* of a *page* that is no file where they are declared, for reports show lines of files only.

    What nobody declared is to be written into the registry: it stands there. The line of the page is in the message.
    """
    return [_at_declaration(each, registry, page) if _is_on(each, page) else each for each in problems]


def _is_on(problem: Problem, page: str) -> bool:
    return problem.at is not None and problem.at.path == page


def _at_declaration(problem: Problem, registry: Registry, page: str) -> Problem:
    line = problem.at.line if problem.at is not None else 0
    where = f"line {line} of standard input" if page == STDIN else f"{short(page, MAX_SHOWN)}:{line}"
    at = problem.related[0] if problem.related else registry.at
    return replace(problem, message=f"{problem.message} ({where})", at=at, related=())


def _of_metric(
    index: Index, metric: Metric, found: tuple[Family, ...], free: list[str], path: str
) -> Iterator[Problem]:
    if found:
        yield from problems_of_metric(metric, found, index, path)
    else:
        yield _missing(metric, index, free)


def _missing(metric: Metric, index: Index, free: list[str]) -> Problem:
    later = [label.name for label in metric.labels]
    unset = isinstance(metric, Gauge) and metric.initial is None
    if (later or unset) and not index.shows_unborn:
        until = "it is first set" if unset else f"the first event with a value of {later[0]}"
        message = f"{metric.name} is not on the page: it may come with {until}"
        hint = _near(metric, free) or "let something happen before the page is taken, or look at the code for it"
        return Problem("V110", "unborn-family", message, metric.at, hint, Severity.NOTE)
    message = f"{metric.name} is declared, and is not on the page"
    hint = _near(metric, free) or "expose it, or take it out of the registry; is the page that of this service?"
    return Problem("V101", "missing-family", message, metric.at, hint)


def _near(metric: Metric, free: list[str]) -> str:
    # A counter of a client that adds no `_total`.
    bare = metric.name.removesuffix("_total")
    close = bare if isinstance(metric, Counter) and bare in free else nearest(metric.name, free)
    return f"the page has {close}, which is not declared: rename one of them" if close else ""


def _called(family: Family) -> str:
    """Return what PromQL calls *family*: OpenMetrics leaves the ending of a counter and of an info out of its name."""
    own = (name for name in family.series if not name.endswith("_created"))
    return next(own, family.name) if family.type in (FamilyType.COUNTER, FamilyType.INFO) else family.name


def _is_unexpected(family: Family, index: Index) -> bool:
    known = family.name in index.claimed or of_library(family.name) or says_when_created(family.name, index.families)
    return not known


def _unexpected(family: Family, missing: list[str], path: str) -> Problem:
    at = Location(path, family.line)
    if not ANY_METRIC_NAME.fullmatch(family.name):
        message = f"{family.name!r} is no name that a registry can declare"
        hint = "name it in letters, digits and _, so that all of PromQL can read it without quotes"
        return Problem("V112", "undeclarable-family", message, at, hint, Severity.WARNING)
    if family.name in PROMETHEUS_SERIES:
        message = f"{family.name} is on the page, and Prometheus itself stores series of this name for every target"
        return Problem("V102", "unexpected-family", message, at, "give it another name in the code")
    name = _called(family)
    close = nearest(name, missing)
    hint = f"{close} is declared, and not here: rename one of them" if close else DECLARE
    return Problem("V102", "unexpected-family", f"{name} is on the page, and not declared", at, hint)


def _coverage(index: Index, found: Mapping[Metric, tuple[Family, ...]], unexpected: int) -> Coverage:
    names = [name for metric in found for name in metric.series_names]
    return Coverage(
        (sum(map(bool, found.values())), len(found)),
        (sum(name in index.owners for name in names), len(names)),
        sum(bool(families) and not any(family.series for family in families) for families in found.values()),
        unexpected,
        sum(of_library(family.name) and family.name not in index.claimed for family in index.page.families),
        tuple(sorted(index.of_groups)),
    )
