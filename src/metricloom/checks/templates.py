"""What alerts tell a person: the labels and values that their annotations name."""

from __future__ import annotations

from collections.abc import Iterator

from metricloom.checks.model import Finding, Reading, check, rules
from metricloom.errors import did_you_mean
from metricloom.promql.types import Presence
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
  annotations: {summary: "Queue of {{ $labels.job }}"}
"""),
)
def label_aggregated_away(reading: Reading, rule: Rule) -> Iterator[Finding]:
    """A text names a label that the condition has dropped: it reads as nothing."""
    labels = reading.result.labels
    for field, template, mention in _missing_labels(reading, rule):
        if reason := labels.lost.get(mention.name):
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
  annotations: {summary: "Calls of {{ $labels.model }}, costing $5, to {{ $labels.team }} as {{ $labels.alertname }}"}
"""),
)
def label_never_declared(reading: Reading, rule: Rule) -> Iterator[Finding]:
    """A text names a label that no series of the condition ever has: it reads as nothing."""
    labels = reading.result.labels
    for field, template, mention in _missing_labels(reading, rule):
        if mention.name not in labels.lost:
            yield Finding(
                f"its {field} names $labels.{mention.name}, and no series has that label",
                did_you_mean(mention.name, labels.known),
                mention.span,
                on=template.written,
            )


def _missing_labels(reading: Reading, rule: Rule) -> Iterator[tuple[str, Template, Mention]]:
    labels = reading.result.labels
    for field, template in (*rule.annotations.items(), *rule.labels.items()):
        named: set[str] = set()
        for mention in template.mentions:
            if mention.what is Names.LABEL and mention.name not in named:
                named.add(mention.name)
                if labels.presence(mention.name) is Presence.NEVER:
                    yield field, template, mention


def _named(labels: frozenset[str]) -> str:
    return " or ".join(sorted(labels)) or "none"
