"""Which queries of a dashboard are PromQL: what its datasources are, as far as the dashboard tells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from metricloom.promql.parse import MAX_LENGTH
from metricloom.promql.tokens import TokenKind, tokens
from metricloom.sources.json_values import Object, every_object, objects_at, text_at

PROMETHEUS: Final = frozenset(
    {"prometheus", "grafana-amazonprometheus-datasource", "grafana-azureprometheus-datasource"}
)
"""The types of datasource that read PromQL as Prometheus does."""

EXPRESSIONS: Final = "__expr__"
"""Grafana's own arithmetic over the results of other queries."""

MIXED: Final = "-- Mixed --"
"""What a panel names whose queries each name their own."""


@dataclass(frozen=True, slots=True)
class Datasources:
    """The types of the datasources that a dashboard knows by a variable or an input of its export, by their names."""

    types: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, root: Object, board: Object) -> Datasources:
        """Return those of a dashboard; *root* is the whole file."""
        return cls(dict([*_inputs(root), *_inputs(board), *_variables(board), *_variables_v2(board)]))

    def reads_promql(self, reference: Any, expression: str) -> bool:
        """Whether a query of *reference* is PromQL.

        Where its type is not known, it is taken for PromQL unless it looks like LogQL: no other language is written
        in the same field.
        """
        kind = self.type_of(reference)
        return kind in PROMETHEUS if kind else not _holds_pipe(expression)

    def type_of(self, reference: Any) -> str:
        """Return the type of the datasource that a panel or a query names, "" where it can't be known."""
        name = name_of(reference)
        if name == MIXED:
            return ""
        if name.startswith("-- ") or name in ("grafana", EXPRESSIONS):
            return name
        known = text_at(reference, "type") or self.types.get(_variable(name), "")
        return known or ("loki" if "loki" in name.lower() else "")


def name_of(reference: Any) -> str:
    """Return the name or uid by which a panel or a query names its datasource, "" where it names none."""
    return reference if isinstance(reference, str) else text_at(reference, "uid") or text_at(reference, "name")


def _variable(name: str) -> str:
    """Return `ds` for `$ds`, `${ds}`, `${ds:raw}` and `[[ds]]`; another name as it is."""
    return name.strip("${}[]").partition(":")[0]


def _inputs(root: Object) -> Iterator[tuple[str, str]]:
    for each in objects_at(root, "__inputs"):
        if text_at(each, "type") == "datasource":
            yield text_at(each, "name"), text_at(each, "pluginId")


def _variables(board: Object) -> Iterator[tuple[str, str]]:
    for each in objects_at(board, "templating", "list"):
        if text_at(each, "type") == "datasource":
            yield text_at(each, "name"), text_at(each, "query")


def _variables_v2(board: Object) -> Iterator[tuple[str, str]]:
    if "elements" not in board:
        return
    for each in every_object(board):
        if text_at(each, "kind") == "DatasourceVariable":
            yield text_at(each, "spec", "name"), text_at(each, "spec", "pluginId")


def _holds_pipe(expression: str) -> bool:
    """Whether there is a `|` outside of strings, which PromQL does not have. What nobody can parse is not looked at."""
    if "|" not in expression or len(expression) > MAX_LENGTH:
        return False
    return any(token.kind is TokenKind.ERROR and "|" in token.text for token in tokens(expression))
