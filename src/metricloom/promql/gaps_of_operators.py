"""Whether the result of `a op b` may be missing, NaN or infinite, and why."""

from __future__ import annotations

import math

from metricloom.promql.gaps import GREATEST_POWER
from metricloom.promql.nodes import COMPARISONS, TRIMS, Binary
from metricloom.promql.shares import is_share
from metricloom.promql.types import Gaps, Inferred, Kind, Shape


def of_binary(node: Binary, left: Inferred, right: Inferred) -> Gaps:
    """Return the gaps of an operation."""
    match node.op:
        case "and":
            absent = left.absent or right.absent or _unmatched(node, left, right)
            return left.gaps._replace(absent=absent)
        case "unless":
            return left.gaps._replace(absent=left.absent or "unless drops what the other side has, too")
        case "or":
            return either_gaps(left.gaps, right.gaps)
    absent = _matched(node, left, right)
    if node.op in COMPARISONS:
        return Gaps(absent) if node.returns_bool else _filtered(node, left, right, absent)
    if node.op in TRIMS:
        return Gaps(absent or ("" if left.kind is Kind.NATIVE else f"{node.op} passes over what is no histogram"))
    return Gaps(absent, _nan_of(node.op, left, right), _infinite_of(node.op, left, right))


def either_gaps(left: Gaps, right: Gaps) -> Gaps:
    """Return the gaps of what may be one or the other."""
    return Gaps(left.absent and right.absent, left.nan or right.nan, left.infinite or right.infinite)


def _matched(node: Binary, left: Inferred, right: Inferred) -> str:
    if left.shape is Shape.SCALAR or right.shape is Shape.SCALAR:
        return left.absent or right.absent
    if node.fill_left is not None and node.fill_right is not None:
        return left.absent and right.absent
    if node.fill_left is not None:
        return right.absent
    if node.fill_right is not None:
        return left.absent
    return left.absent or right.absent or _unmatched(node, left, right)


def _unmatched(node: Binary, left: Inferred, right: Inferred) -> str:
    """Return why series of two sides, both there, may not match.

    They do where no label tells them apart, and where one counts a part of what the other counts, by the same labels.
    """
    if node.matching == "on" and not node.labels:
        return ""
    one, other = left.labels, right.labels
    if not (one.known or one.open or other.known or other.open):
        return ""
    if one.is_like(other) and not one.open and is_share(left.terms, right.terms):
        return ""
    return f"the two sides of {node.op} may have no labels in common"


def _filtered(node: Binary, left: Inferred, right: Inferred, absent: str) -> Gaps:
    kept, limit = (left, right) if left.shape is Shape.VECTOR else (right, left)
    if not absent and not _always(node.op, left, right):
        absent = f"the comparison {node.op} may let no value pass"
    nan = kept.nan if node.op == "!=" else ""
    below = node.op in ("<", "<=", "==") if kept is left else node.op in (">", ">=", "==")
    beyond = limit.high < math.inf or (node.op in "<>" and limit.value == math.inf)
    held = kept.low > -math.inf and below and beyond and not (limit.infinite and limit.value is None)
    return Gaps(absent, nan, "" if held else kept.infinite)


def _always(op: str, left: Inferred, right: Inferred) -> bool:
    """Whether a comparison is true of all values that there can be."""
    if left.nan or right.nan:
        return False
    match op:
        case ">":
            return left.low > right.high
        case ">=":
            return left.low >= right.high and math.isfinite(left.low)
        case "<":
            return left.high < right.low
        case "<=":
            return left.high <= right.low and math.isfinite(left.high)
    return False


def _nan_of(op: str, left: Inferred, right: Inferred) -> str:
    if found := left.nan or right.nan:
        return found
    match op:
        case "+" | "-":
            return left.infinite and right.infinite and "the sum or difference of two infinities may be NaN"
        case "*":
            lost = (left.infinite and right.may_be_zero) or (right.infinite and left.may_be_zero)
            return "0 times infinity is NaN" if lost else ""
        case "/" if left.may_be_zero and right.may_be_zero:
            return "0 / 0 is NaN, where both sides are 0"
        case "/":
            return left.infinite and right.infinite and "infinity / infinity is NaN"
        case "%":
            return left.infinite or ("the remainder of a division by 0 is NaN" if right.may_be_zero else "")
        case "^" if left.low < 0 and not (right.value is not None and right.value.is_integer()):
            return "a power of a negative number may be NaN"
    return ""


def _infinite_of(op: str, left: Inferred, right: Inferred) -> str:
    match op:
        case "/":
            return left.infinite or ("a number / 0 is infinite" if right.may_be_zero else "")
        case "%":
            return ""
        case "^":
            return left.infinite or right.infinite or _power(right)
        case "atan2":
            return ""
    return left.infinite or right.infinite


def _power(exponent: Inferred) -> str:
    small = exponent.value is not None and 0 <= exponent.value <= GREATEST_POWER
    return "" if small else "a great power is infinite"
