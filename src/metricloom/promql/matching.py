"""The labels of what two vectors make together."""

from __future__ import annotations

from metricloom.promql.labels import Labels, Presence, Step, either_presence
from metricloom.promql.nodes import Binary
from metricloom.promql.variables import VARIABLE


def matched_labels(node: Binary, left: Labels, right: Labels) -> Labels:
    """Return the labels of an operation on two vectors."""
    if node.many:
        many, one = (left, right) if node.many == "left" else (right, left)
        return _grouped(node, many, one)
    return _one_to_one(node, left, right)


def _grouped(node: Binary, many: Labels, one: Labels) -> Labels:
    many_filled, one_filled = node.fill_left is not None, node.fill_right is not None
    if node.many == "right":
        many_filled, one_filled = one_filled, many_filled
    if many_filled:  # what has no match on this side has only the labels that are matched on
        restricted = _restricted(node, one)
        sure = many.sure & restricted.sure
        step = Step((many, restricted), possible="a series that is filled in lacks it")
        named = either_presence(many.named, Presence.NEVER)
        known = many.known | restricted.known
        many = Labels(sure, known - sure, many.open or restricted.open, step, named=named)
    elif not one_filled and VARIABLE not in node.labels:
        equal = one.sure & frozenset(node.labels) if node.matching == "on" else one.sure - frozenset(node.labels)
        many = many.adding(equal, reason="it is matched on, and the other side has it")
    return _included(node, many, one, one_filled=one_filled)


def _included(node: Binary, many: Labels, one: Labels, *, one_filled: bool) -> Labels:
    if not node.included:
        return many
    if VARIABLE in node.included:
        return many.doubted("a variable in the list may name it").opened("a variable in the list may name it")
    presence = {name: one.presence(name) for name in node.included}
    kept = many.without(node.included, f"group_{node.many} takes it from the other side, which lacks it")
    surely = [name for name, found in presence.items() if found is Presence.SURELY]
    perhaps = [name for name, found in presence.items() if found is Presence.POSSIBLY]
    if one_filled:  # then it stays as it was
        surely, perhaps = [], [name for name in node.included if _in_either(name, one, many)]
    return kept.adding(surely, perhaps, f"group_{node.many} takes it from the other side")


def _in_either(name: str, one: Labels, many: Labels) -> bool:
    return one.presence(name) is not Presence.NEVER or many.presence(name) is not Presence.NEVER


def _restricted(node: Binary, labels: Labels) -> Labels:
    """Return the labels that are matched on."""
    if VARIABLE in node.labels:
        return labels.doubted("a variable in the list may name it")
    if node.matching == "on":
        return labels.keeping(node.labels, f"the match on ({', '.join(node.labels)}) keeps only these")
    return labels.without(node.labels, "the match ignores it") if node.matching else labels


def _one_to_one(node: Binary, left: Labels, right: Labels) -> Labels:
    """Return the labels of a one-to-one match: the labels matched on, which are equal on both sides."""
    left, right = _restricted(node, left), _restricted(node, right)
    if node.fill_left is not None or node.fill_right is not None:
        return _filled(node, left, right)
    sure = left.sure | right.sure
    step = Step((left, right), never="both sides must have it alike, and one has it never")
    if left.open or right.open:
        known, unknown = (right, left) if left.open else (left, right)
        possible = (known.possible | unknown.possible) - unknown.gone
        gone = (left.gone | right.gone) - sure
        return Labels(sure, possible - sure, left.open and right.open, step, gone, left.named)
    return Labels(sure, (left.possible & right.possible) - sure, step=step, named=left.named)


def _filled(node: Binary, left: Labels, right: Labels) -> Labels:
    if node.fill_left is None:
        return left
    named = either_presence(left.named, Presence.NEVER)
    if node.fill_right is None:
        return right._replace(named=named)
    sure = left.sure & right.sure
    step = Step((left, right), possible="a series that is filled in lacks it")
    return Labels(sure, (left.known | right.known) - sure, left.open or right.open, step, named=named)
