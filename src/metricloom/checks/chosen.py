"""What only Grafana knows: numbers, labels and operators that a person chooses there."""

from __future__ import annotations

from itertools import pairwise

from metricloom.checks.model import Reading
from metricloom.promql.nodes import Aggregation, Binary, Node
from metricloom.promql.outline import CLOSING, outline
from metricloom.promql.tokens import TokenKind
from metricloom.promql.variables import VARIABLE, holds_variables
from metricloom.sources.model import Use


def number(reading: Reading, node: Node) -> float | None:
    """Return the number that *node* is; None where it is none, or where a variable stands in it."""
    value = reading.type_of(node).value
    if value is None or reading.site.use is not Use.PANEL or not holds_variables(reading.site.text):
        return value
    return None if holds_variables(reading.text_of(node)) else value


def operator_is_chosen(reading: Reading) -> bool:
    """Whether a variable stands where an operator is looked for, as in `x{a="b"} $compared`."""
    if reading.site.use is not Use.PANEL or not holds_variables(reading.site.text):
        return False
    pairs = pairwise(item.token for item in outline(reading.site.text))
    return any(token.kind is TokenKind.VARIABLE and before.text in CLOSING for before, token in pairs)


def labels_are_chosen(reading: Reading) -> bool:
    """Whether a list of labels holds a variable: any label may then be there, or gone."""
    if reading.site.use is not Use.PANEL or not holds_variables(reading.site.text):
        return False
    lists = (node.labels for node in reading.nodes if isinstance(node, Aggregation | Binary))
    return any(VARIABLE in label for labels in lists for label in labels)
