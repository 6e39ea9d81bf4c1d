"""Labels of which an expression reads one value, so that its series are not told apart by them."""

from __future__ import annotations

from metricloom.promql.nodes import Matcher, Node, Selector, bottom_up
from metricloom.promql.regex import alternatives


def fixed_labels(root: Node) -> frozenset[str]:
    """Return the labels of which the selectors in *root* take one value."""
    selectors = (node for node in bottom_up(root) if isinstance(node, Selector))
    return frozenset(each.label for node in selectors for each in node.matchers if _takes_one(each))


def _takes_one(matcher: Matcher) -> bool:
    """Whether a matcher takes one value: a bound may be written in two ways, `le=~"1|1.0"`."""
    if matcher.label == "le" and matcher.op == "=~":
        return len({each.removesuffix(".0") for each in alternatives(matcher.value)}) == 1
    return matcher.op == "="
