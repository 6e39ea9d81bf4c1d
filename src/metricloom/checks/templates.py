"""What alerts tell a person: the labels and values that their annotations name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from metricloom.checks.anchors import anchors_of, guide_of
from metricloom.checks.labels import unsure
from metricloom.checks.model import Finding, Reading, check, rules
from metricloom.errors import Severity, did_you_mean
from metricloom.promql.types import NO_LABELS, Kind, Presence
from metricloom.sources.model import Mention, Names, Rule, Template


@check(
    "T401",
    "label-aggregated-away",
    visits=Rule,
    bad=rules("""
- alert: LongQueue
  expr: sum by (job) (queue_items) > 1
  annotations: {summary: "Queue of {{ $labels.instance }}"}
"""),
    good=rules("""
- alert: LongQueue
  expr: sum by (job) (queue_items) > 1
  annotations: {summary: "Queue of {{ $labels.job }}{{ with $labels.instance }} on {{ . }}{{ end }}"}
"""),
)
def label_aggregated_away(reading: Reading, rule: Rule) -> Iterator[Finding]:
    """A text names a label that the condition has dropped: it reads as nothing. A text that asks first whether the
    label is there (`if`, `with`, `or`) may name any.
    """
    labels = reading.result.labels
    for field, template, mention in _missing_labels(reading, rule):
        reason = labels.why(mention.name)
        if reason != _NEVER_THERE and mention.name not in _added_labels(reading, rule):
            yield Finding(
                f"its {field} names $labels.{mention.name}, which is not there: {reason}",
                f"keep {mention.name} in the expression, or name {_named(labels.known)}",
                mention.span,
                on=template.written,
            )


@check(
    "T402",
    "label-never-declared",
    visits=Rule,
    bad=rules("""
- alert: ManyCalls
  expr: rate(calls_total[5m]) > 1
  annotations: {summary: "Calls of {{ $labels.modle }}"}
"""),
    good=rules("""
- alert: ManyCalls
  expr: rate(calls_total[5m]) > 1
  labels: {team: ml}
  annotations: {summary: "Calls of {{ $labels.model }}, costing $5, to team ml"}
"""),
)
def label_never_declared(reading: Reading, rule: Rule) -> Iterator[Finding]:
    """A text names a label that no series of the condition ever has: it reads as nothing. So do the labels that the
    rule itself adds, and `alertname`: they are put on only afterwards. A text that asks first may name any label; where
    a page of metrics showed the labels once, it is a warning.
    """
    labels = reading.result.labels
    for field, template, mention in _missing_labels(reading, rule):
        shown = f"its {field} names $labels.{mention.name}"
        if mention.name in _added_labels(reading, rule):
            message, hint = f"{shown}, which the rule adds only afterwards", "write its value into the text"
            severity = None
        elif labels.why(mention.name) == _NEVER_THERE:
            message, hint = f"{shown}, and no series has that label", did_you_mean(mention.name, labels.known)
            severity = unsure(reading)
        else:
            continue
        yield Finding(message, hint, mention.span, severity, on=template.written)


_NEVER_THERE: Final = NO_LABELS.why("any")
"""The reason why a label is not there, where nothing took it away."""


def _added_labels(reading: Reading, rule: Rule) -> frozenset[str]:
    """Return the labels that an alert has beside those of the result."""
    group = reading.site.group
    return frozenset((*rule.labels, *(group.labels if group else ()), "alertname"))


def _missing_labels(reading: Reading, rule: Rule) -> Iterator[tuple[str, Template, Mention]]:
    labels = reading.result.labels
    for field, template in (*rule.annotations.items(), *rule.labels.items()):
        named: set[str] = set()
        for mention in template.mentions:
            if mention.what is Names.LABEL and not mention.asked and mention.name not in named:
                named.add(mention.name)
                if labels.presence(mention.name) is Presence.NEVER:
                    yield field, template, mention


def _named(labels: frozenset[str]) -> str:
    return " or ".join(sorted(labels)) or "none"


_CHOOSES: Final = frozenset({"eq", "ne", "lt", "le", "gt", "ge", "and", "or", "not"})
"""What makes a choice of a value, such as between two severities, and does not print it."""


_NEVER_STILL: Final = frozenset({Kind.RATE, Kind.INCREASE, Kind.RATIO, Kind.MEAN, Kind.QUANTILE})
"""What is another number at each evaluation."""


@check(
    "T403",
    "value-in-alert-label",
    visits=Rule,
    severity=Severity.WARNING,
    bad=rules("""
- alert: LongQueue
  expr: queue_items > 10
  for: 5m
  labels: {waiting: "{{ $value }}"}
"""),
    good=rules("""
- alert: LongQueue
  expr: queue_items > 10
  for: 5m
  labels: {severity: '{{ if gt $value 100.0 }}critical{{ else }}warning{{ end }}'}
  annotations: {summary: "{{ $value }} are waiting"}
"""),
)
def value_in_alert_label(reading: Reading, rule: Rule) -> Iterator[Finding]:
    """Labels are what an alert is known by: with its value among them it is another alert whenever the value changes,
    `for` begins again, and each one is sent and resolved by itself. With a `for`, an error of what is another number
    each time, such as a rate, unless a function like printf may round it to the same.
    """
    always_one = reading.result.low == reading.result.high
    for name, template in rule.labels.items() if not always_one else ():
        printed = [each for each in template.mentions if each.what is Names.VALUE and not _CHOOSES & {*each.functions}]
        if printed:
            never_fires = rule.for_seconds and reading.result.kind in _NEVER_STILL
            yield Finding(
                f"its label {name} holds $value, so each new value is a new alert, and `for` begins again",
                f"move it to an annotation: {name} there",
                printed[0].span,
                Severity.ERROR if never_fires and any(not each.functions for each in printed) else None,
                on=template.written,
            )


@check(
    "T406",
    "broken-template",
    visits=Rule,
    bad=rules("""
- alert: LongQueue
  expr: queue_items > 10
  annotations: {summary: "{{ $value | humanise }} are waiting"}
"""),
    good=rules("""
- alert: LongQueue
  expr: queue_items > 10
  annotations: {summary: "{{ $value | humanize }} are waiting"}
"""),
)
def broken_template(_reading: Reading, rule: Rule) -> Iterator[Finding]:
    """Prometheus can't read the text as a template: it refuses the whole rule file."""
    for field, template in (*rule.annotations.items(), *rule.labels.items()):
        if template.fault:
            yield Finding(
                f"its {field} is no template: {template.fault}",
                "labels are written {{ $labels.job }}, the value {{ $value }}, functions {{ $value | humanize }}",
                template.fault_span,
                on=template.written,
            )


@check(
    "T407",
    "unknown-template-field",
    visits=Rule,
    bad=rules("""
- alert: LongQueue
  expr: queue_items > 10
  annotations: {summary: "Queue of {{ .labels.job }}"}
"""),
    good=rules("""
- alert: LongQueue
  expr: queue_items > 10
  annotations: {summary: "Queue of {{ .Labels.job }} in {{ .ExternalLabels.site }}"}
"""),
)
def unknown_template_field(_reading: Reading, rule: Rule) -> Iterator[Finding]:
    """An alert has no such field: promtool accepts the text, and whoever is called reads an error in its place."""
    for field, template in (*rule.annotations.items(), *rule.labels.items()):
        for mention in template.mentions:
            if mention.what is Names.FIELD:
                yield Finding(
                    f"its {field} names .{mention.name}, which an alert does not have",
                    did_you_mean(mention.name, _FIELDS).replace("declared are", "it has"),
                    mention.span,
                    on=template.written,
                )


_FIELDS: Final = ("ExternalLabels", "ExternalURL", "Labels", "Value")


@check(
    "T405",
    "runbook-anchor-missing",
    visits=Rule,
    severity=Severity.WARNING,
    bad=rules("""
- alert: LongQueue
  expr: queue_items > 10
  annotations: {runbook_url: "guide.md#lnog-queue"}
"""),
    good=rules("""
- alert: LongQueue
  expr: queue_items > 10
  annotations: {runbook_url: "guide.md#long-queue"}
"""),
)
def runbook_anchor_missing(_reading: Reading, rule: Rule) -> Iterator[Finding]:
    """A link to a section that is not there leads to the top of a long page, at the worst moment."""
    for field, template in rule.annotations.items():
        text = template.written.text
        guide = guide_of(text, rule.at.path) if "runbook" in field and not template.mentions else None
        anchor = text.rpartition("#")[2].lower()
        if guide is not None and anchor not in (known := anchors_of(guide)):
            yield Finding(
                f"its {field} leads to #{anchor}, and {guide.name} has no such heading",
                did_you_mean(anchor, known).replace("declared are", "its headings are"),
                (text.rindex("#"), len(text)),
                on=template.written,
            )
