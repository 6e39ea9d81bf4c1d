"""The types of functions that write labels."""

from __future__ import annotations

from collections.abc import Sequence

from metricloom.promql.nodes import Call, Text
from metricloom.promql.types import Inferred, Labels, Presence


def label_replace(node: Call, args: Sequence[Inferred]) -> Inferred:
    """A regular expression that matches everything always writes; any other may leave the label as it was.

    What is written empty takes the label away.
    """
    written, replacement, read, pattern = (each.value if isinstance(each, Text) else "" for each in node.args[1:5])
    labels = args[0].labels
    literal = bool(replacement) and "$" not in replacement
    copied = replacement == "$1" and pattern in ("(.*)", "(.+)") and labels.presence(read) is Presence.SURELY
    surely = copied or (literal and pattern in (".*", "(.*)"))
    return _with_label(node, args[0], written, surely=surely, keep=literal)


def label_join(node: Call, args: Sequence[Inferred]) -> Inferred:
    names = [each.value for each in node.args[1:] if isinstance(each, Text)]
    written, separator, *read = names if len(names) > 1 else ["", ""]
    found = any(args[0].labels.presence(label) is Presence.SURELY for label in read)
    return _with_label(node, args[0], written, surely=found or (bool(separator) and len(read) > 1), keep=False)


def _with_label(node: Call, inner: Inferred, written: str, *, surely: bool, keep: bool) -> Inferred:
    """Return *inner* with a label that is surely or perhaps written. With another `le`, buckets are none any more."""
    if surely:
        labels = inner.labels.adding([written], reason=f"{node.function} writes it")
    else:
        labels = _perhaps(inner.labels, written, f"{node.function} may write it, or take it away", keep)
    return inner._replace(labels=labels, histogram="", buckets=()) if written == "le" else inner._replace(labels=labels)


def _perhaps(labels: Labels, name: str, reason: str, keep: bool) -> Labels:
    """Return *labels* where *name* may be there; one that was surely there may be lost, unless it is kept."""
    return labels if name in labels.sure and keep else labels.doubting(name, reason)


def info(inner: Inferred) -> Inferred:
    return inner._replace(labels=inner.labels.opened("info() adds the labels of info series"))
