"""Comparisons with a number: what is compared, and whether any value that it can have passes."""

from __future__ import annotations

from typing import Final, NamedTuple

from metricloom.promql.infer import Typing
from metricloom.promql.nodes import COMPARISONS, Binary, Node
from metricloom.promql.operators import MIRRORED
from metricloom.promql.types import Inferred, Kind, Shape

_UPWARDS: Final = (">", ">=", "==")


class Compared(NamedTuple):
    """A vector compared with a number, the number on the right: `5 < x` is read as `x > 5`."""

    node: Node
    found: Inferred
    op: str
    limit: float

    @property
    def is_never(self) -> bool:
        """Whether no value that there can be passes."""
        match self.op:
            case ">":
                return self.limit >= self.found.high
            case ">=":
                return self.limit > self.found.high
            case "<":
                return self.limit <= self.found.low
            case "<=":
                return self.limit < self.found.low
            case "==":
                return not self.found.low <= self.limit <= self.found.high
        return False

    @property
    def is_above_buckets(self) -> bool:
        """Whether a quantile of a histogram had to be above the highest bucket, which it never is."""
        above = self.op in _UPWARDS and self.limit >= self.found.high
        return self.found.kind is Kind.QUANTILE and bool(self.found.histogram) and above and self.is_never


def against_number(node: Node, typing: Typing) -> Compared | None:
    """Return what a comparison that filters holds against a number; None where *node* is no such comparison."""
    if not isinstance(node, Binary) or node.op not in COMPARISONS or node.returns_bool:
        return None
    left, right = typing.of(node.lhs), typing.of(node.rhs)
    if left.shape is Shape.VECTOR and left.value is None and right.value is not None:
        return Compared(node.lhs, left, node.op, right.value)
    if right.shape is Shape.VECTOR and right.value is None and left.value is not None:
        return Compared(node.rhs, right, MIRRORED[node.op], left.value)
    return None
