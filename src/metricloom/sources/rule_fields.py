"""One rule of a rule file: its fields, and what Prometheus would refuse of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from metricloom.errors import Location, Problem, Severity
from metricloom.sources.fields import Fields
from metricloom.sources.model import Rule, Template, Use
from metricloom.sources.templates import template
from metricloom.sources.yaml_nodes import Mapping, Node, Scalar

RULE_FIELDS: Final = frozenset({"record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations"})

_LABEL_BEFORE_3: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_RECORD_BEFORE_3: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_NOTHING: Final[dict[str, Template]] = {}


@dataclass(frozen=True, slots=True)
class RuleReader:
    """Reads rules; what is wrong with them goes to *fields*."""

    fields: Fields

    def rule(self, node: Mapping, where: str) -> Rule | None:
        """Return a rule, or None where it has no name or no expression, or may be either sort."""
        record, alert = self._names(node, where)
        name = alert or record
        owner = where if name is None else f"{'alert' if alert else 'record'} {name.text[:60]}"
        if not node.entries.keys() <= RULE_FIELDS:
            self.fields.only(node, RULE_FIELDS, owner)
        expression = self.fields.text(node, "expr", owner)
        if expression is None and "expr" in node.entries:
            self._empty_expression(node, owner)
        elif expression is None:
            self.fields.missing("expr", owner, name.at if name else node.at, "write the PromQL expression")
        return self._rule(node, owner, expression, record, alert)

    def _names(self, node: Mapping, where: str) -> tuple[Scalar | None, Scalar | None]:
        record, alert = self.fields.text(node, "record", where), self.fields.text(node, "alert", where)
        if record is None and alert is None:
            hint = "name what it records (`record:`) or the alert that it raises (`alert:`)"
            self.fields.missing("record` or `alert", where, node.at, hint)
        elif record is not None and alert is not None:
            self._misplaced(f"{where} is both a record and an alert", alert, "make two rules of it")
        return record, alert

    def _empty_expression(self, node: Mapping, owner: str) -> None:
        value = node.entries["expr"][1]
        if isinstance(value, Scalar):
            self.fields.missing("expr", owner, value.at, "write the PromQL expression")

    def _rule(
        self, node: Mapping, owner: str, expression: Scalar | None, record: Scalar | None, alert: Scalar | None
    ) -> Rule | None:
        waits = self.fields.seconds(node, "for", owner)
        keeps = self.fields.seconds(node, "keep_firing_for", owner)
        labels = self.labels(node, owner, filled_in=alert is not None)
        annotations = self._annotations(node, owner, filled_in=alert is not None)
        if record is not None and alert is None:
            self._check_record(node, record, bool(waits and waits[0]), bool(keeps and keeps[0]))
        name = alert or record
        if name is None or expression is None or (record is not None and alert is not None):
            return None
        return Rule(
            Use.RECORD if alert is None else Use.ALERT,
            name.text,
            expression.written,
            name.at,
            labels,
            annotations,
            waits[0] if waits else 0.0,
            keeps[0] if keeps else 0.0,
            waits[1] if waits else None,
            (node.line, _last_line(node)),
        )

    def labels(self, node: Mapping, owner: str, *, filled_in: bool) -> dict[str, Template]:
        """Return the labels of a rule or a group; those of alerts are templates that are *filled_in*."""
        if "labels" not in node.entries:
            return _NOTHING
        found = self.fields.texts(node, "labels", owner)
        for key, _ in found:
            if key.text == "__name__":
                hint = "a record is named by `record:`, an alert by `alert:`"
                self._invalid(f"{owner}: a label cannot be named __name__", key, hint)
            else:
                self._check_label(key, owner)
        return _templates(found, filled_in=filled_in)

    def _annotations(self, node: Mapping, owner: str, *, filled_in: bool) -> dict[str, Template]:
        if "annotations" not in node.entries:
            return _NOTHING
        found = self.fields.texts(node, "annotations", owner)
        for key, _ in found:
            self._check_label(key, owner)
        return _templates(found, filled_in=filled_in)

    def _check_label(self, key: Scalar, owner: str) -> None:
        if not key.text or key.is_null:
            self._invalid(f"{owner}: a label or annotation has no name", key, "name it: letters, digits and _")
        elif not _LABEL_BEFORE_3.fullmatch(key.text):
            self._newer_name(f"{owner}: {key.text[:60]!r}", key.at, "letters, digits and _, no digit first")

    def _check_record(self, node: Mapping, record: Scalar, waits: bool, keeps: bool) -> None:
        annotated = "annotations" in node.entries and self.fields.mapping(node, "annotations", "")
        for field, there in (
            ("for", waits),
            ("keep_firing_for", keeps),
            ("annotations", bool(annotated and annotated.entries)),
        ):
            if there:
                message = f"`{field}` of record {record.text[:60]}: only alerts have it"
                self._misplaced(message, node.entries[field][0], f"remove `{field}`, or name the rule by `alert:`")
        if "{" in record.text or "}" in record.text:
            hint = "write a plain name here; matchers belong into `expr`, labels into `labels`"
            self._invalid(f"record {record.text[:60]}: a name has no braces", record, hint)
        elif not _RECORD_BEFORE_3.fullmatch(record.text):
            self._newer_name(f"record {record.text[:60]!r}", record.at, "letters, digits, _ and :, no digit first")

    def _misplaced(self, message: str, key: Scalar, hint: str) -> None:
        self.fields.add(Problem("F912", "misplaced-field", message, key.at, hint))

    def _invalid(self, message: str, key: Scalar, hint: str) -> None:
        self.fields.add(Problem("F911", "invalid-name", message, key.at, hint))

    def _newer_name(self, shown: str, at: Location, allowed: str) -> None:
        message = f"{shown}: Prometheus before 3.0 refuses this name"
        self.fields.add(Problem("F915", "name-before-3", message, at, f"use {allowed}", Severity.WARNING))


def _last_line(node: Node) -> int:
    """Return the last line that *node* takes; what an alias or a merge brings from elsewhere takes none."""
    if isinstance(node, Scalar):
        return node.line + node.source.rstrip().count("\n")
    if isinstance(node, Mapping):
        own = [part for key, value in node.entries.values() if key.start >= node.start for part in (key, value)]
    else:
        own = node.items
    placed = [part for part in own if part.start >= node.start]
    return _last_line(max(placed, key=lambda part: part.start)) if placed else node.line


def _templates(found: list[tuple[Scalar, Scalar]], *, filled_in: bool) -> dict[str, Template]:
    """Return texts by name: Prometheus fills in those of alerts only."""
    if filled_in:
        return {key.text: template(value.written) for key, value in found}
    return {key.text: Template(value.written) for key, value in found}
