"""What only Grafana knows: labels that a person chooses there."""

from __future__ import annotations

from metricloom.checks.model import Reading
from metricloom.promql.nodes import Aggregation, Binary
from metricloom.promql.variables import VARIABLE, holds_variables
from metricloom.sources.model import Use


def labels_are_chosen(reading: Reading) -> bool:
    """Whether a list of labels holds a variable: any label may then be there, or gone."""
    if reading.site.use is not Use.PANEL or not holds_variables(reading.site.text):
        return False
    lists = (node.labels for node in reading.nodes if isinstance(node, Aggregation | Binary))
    return any(VARIABLE in label for labels in lists for label in labels)
