"""Recording rules: a query whose result Prometheus stores under a name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from metricloom.declaration import Declaration
from metricloom.errors import Problem
from metricloom.monitoring.labels import ANY_LABEL_NAME, LABEL_HINT
from metricloom.promql.query import Expression, Query, panel_only, query_of

RECORD_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*(:[a-zA-Z0-9_]*)+")


def wrong_labels(rule: Declaration, labels: Iterable[str]) -> Iterator[Problem]:
    """Yield a fault for each of *labels* that cannot be added to what *rule* makes."""
    for label in labels:
        if not ANY_LABEL_NAME.fullmatch(label):
            yield rule.fault("M142", "rule-label", f"{getattr(rule, 'name', '')}: {label!r} is no label", LABEL_HINT)


@dataclass(frozen=True, eq=False)
class RecordingRule(Declaration):
    """`level:metric:operations`; the level leaves out the identity labels, which every record keeps.

    *labels* are added to the result. Rules of one name with different labels make up one record.
    """

    name: str
    expression: Expression
    help: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return str(self.name)

    @cached_property
    def query(self) -> Query:
        """The expression as a query, at this rule's place unless it has its own."""
        return (
            query_of(self.expression) if isinstance(self.expression, Query) else Query(str(self.expression), at=self.at)
        )

    def check(self) -> Iterator[Problem]:
        yield from self.query.faults
        yield from panel_only(self.query)
        yield from wrong_labels(self, self.labels)
        if not RECORD_NAME.fullmatch(self.name):
            yield self.fault(
                "R605",
                "record-shadows-metric",
                f"record {self.name!r} does not look like a record",
                "name it level:metric:operations, such as model:llm_calls:rate5m",
            )
