"""The language of Grafana's variables over Prometheus: `label_values(up, job)` holds an expression, and is none."""

from __future__ import annotations

import re
from typing import Final

from metricloom.promql.text import Span

_LABEL: Final = re.compile(r'"[^"]++"|[A-Za-z_$\[{][\w$:.{}\[\]-]*+')
_SELECTOR: Final = re.compile(r"[A-Za-z_:$][\w:${}\[\]]*+|[\w:$]*+\{.*\}", re.DOTALL)


def expression_in(query: str, *, of_prometheus: bool) -> Span | None:
    """Return where the expression of a variable's query stands; None where it has none.

    A query that calls no function asks for the series of a selector. Only *of_prometheus* is it one: an unknown
    datasource may mean anything by a word.
    """
    start = len(query) - len(query.lstrip())
    end = len(query.rstrip())
    function, bracket, _ = query[start:end].partition("(")
    if bracket and query.endswith(")", start, end):
        first = start + len(function) + 1
        if function == "query_result":
            return _stripped(query, first, end - 1)
        if function == "label_values":
            return _before_label(query, first, end - 1)
    if of_prometheus and _SELECTOR.fullmatch(query, start, end):
        return start, end
    return None


def _before_label(query: str, start: int, end: int) -> Span | None:
    """Return the selector of `label_values(selector, label)`: what stands before the last comma."""
    comma = query.rfind(",", start, end)
    if comma < 0 or not _LABEL.fullmatch(query[comma + 1 : end].strip()):
        return None
    return _stripped(query, start, comma)


def _stripped(query: str, start: int, end: int) -> Span | None:
    inside = query[start:end]
    first = start + len(inside) - len(inside.lstrip())
    return (first, first + len(inside.strip())) if inside.strip() else None
