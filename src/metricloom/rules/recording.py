"""Recording rules: a query whose result Prometheus stores under a name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from metricloom.declaration import Declaration
from metricloom.errors import Problem
from metricloom.promql.query import Expression, Named, Query, query_of

RECORD_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*(:[a-zA-Z0-9_]*)+")


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
        return self.name

    @property
    def query(self) -> Query:
        """The expression as a query, at this rule's place unless it has its own."""
        return (
            query_of(self.expression) if isinstance(self.expression, Query) else Query(str(self.expression), at=self.at)
        )

    def wrong_types(self) -> Iterator[Problem]:
        """See `Declaration`."""
        yield from self.expect("name", str)
        yield from self.expect("help", str)
        yield from self.expect("expression", str, Query, Named)
        yield from self.expect("labels", Mapping)

    def check(self) -> Iterator[Problem]:
        """See `Declaration`."""
        yield from self.query.faults
        if not RECORD_NAME.fullmatch(self.name):
            yield self.fault(
                "R605",
                "record-shadows-metric",
                f"record {self.name!r} does not look like a record",
                "name it level:metric:operations, such as model:llm_calls:rate5m",
            )
