"""Whether one value is a share of another: never negative, and never more than the whole.

Failures of calls are, over the same window and of the same series or fewer; tokens per call, a week before, or hits
of misses are not. A check that takes a quotient for a share wrongly cries wolf, so each step that is not known to keep
a sum a sum forgets what it is made of.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from metricloom.promql.nodes import Matcher, Selector, Subquery
from metricloom.promql.types import Kind, SeriesType, Term

_LINEAR: Final = frozenset(
    {"rate", "irate", "increase", "sum_over_time", "avg_over_time", "last_over_time", "first_over_time"}
)
"""Functions that give no more for a part than for its whole."""
NEUTRAL: Final = frozenset(
    {"sort", "sort_desc", "sort_by_label", "sort_by_label_desc", "label_replace", "label_join", "info"}
)
"""Functions that leave the values as they are."""


def read_terms(node: Selector, series: SeriesType, counted: str) -> tuple[Term, ...]:
    """Return what a selector adds up: *counted*, or what the record that it reads is the sum of."""
    if series.kind is Kind.BUCKETS and not any(each.label == "le" and each.op == "=" for each in node.matchers):
        return ()  # buckets are cumulative: together they count events several times
    step = (node.range_seconds, node.offset_seconds, node.at)
    if not series.record:
        return (Term(counted, series.part_of, not series.initialised, frozenset(node.matchers), (step,)),)
    # A record that is read as it is stands for its expression.
    path = (step,) if any(step) else ()
    return tuple([_read(term, node.matchers, path) for term in series.terms])


def _read(term: Term, matchers: Iterable[Matcher], path: tuple[object, ...]) -> Term:
    return term._replace(matchers=term.matchers | frozenset(matchers), path=(*term.path, *path))


def resampled(node: Subquery, terms: Sequence[Term]) -> tuple[Term, ...]:
    """Return *terms* as a subquery reads them."""
    step = (node.range_seconds, node.step_seconds, node.offset_seconds, node.at)
    return tuple(term._replace(path=(*term.path, step)) for term in terms)


def after(function: str, terms: Sequence[Term]) -> tuple[Term, ...]:
    """Return *terms* after a function; nothing where it may not keep a part below its whole."""
    if function in _LINEAR:
        return tuple([term._replace(path=(*term.path, function)) for term in terms])
    return tuple(terms) if function in NEUTRAL else ()


_EXTRAPOLATING: Final = frozenset({"rate", "increase"})
LATE_SHARE: Final = 3.2
"""How large a share can be whose part began within the window. From two samples, a scrape apart, a rate is extrapolated
by up to 1.1 scrapes at either end, and that of the whole, which has more samples, by nothing.
"""

_FILTER: Final = "filter"


def filtered(terms: Sequence[Term]) -> tuple[Term, ...]:
    """Return *terms* where some series are gone."""
    return tuple([term._replace(path=(*_unfiltered(term), _FILTER)) for term in terms])


def added_up(terms: Sequence[Term]) -> tuple[Term, ...]:
    """Return *terms* as a sum over series holds them: nothing where some series are gone, for then it is of fewer."""
    return () if any(_FILTER in term.path for term in terms) else tuple(terms)


def _unfiltered(term: Term) -> tuple[object, ...]:
    """Return the path without a filter at its end: two values that are left match as they would have before."""
    return term.path[:-1] if term.path[-1:] == (_FILTER,) else term.path


def is_share(part: Sequence[Term], whole: Sequence[Term]) -> bool:
    """Whether each term of *part* is a part of another term of *whole*, read in the same way."""
    return greatest_share(part, whole) is not None


def greatest_share(part: Sequence[Term], whole: Sequence[Term]) -> float | None:
    """Return how large the share of *whole* that *part* is can be; None where it is no share."""
    left, greatest = list(whole), 1.0
    for term in part:
        found = next((each for each in left if _is_part(term, each)), None)
        if found is None:
            return None
        left.remove(found)
        if term.late and term.name != found.name and not _EXTRAPOLATING.isdisjoint(term.path):
            greatest = LATE_SHARE
    return greatest if part else None


def _is_part(term: Term, whole: Term) -> bool:
    named = whole.name == term.name or whole.name in term.wholes
    return named and _unfiltered(whole) == _unfiltered(term) and whole.matchers <= term.matchers
