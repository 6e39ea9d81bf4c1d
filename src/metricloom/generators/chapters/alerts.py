"""The runbook section of each alert."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from metricloom.dashboards import QueryPanel
from metricloom.generators.annotations import PLACEHOLDER, shown
from metricloom.generators.chapters.readers import panels
from metricloom.generators.chapters.wording import joined
from metricloom.generators.markdown import begun, block, code, text
from metricloom.markdown import escaped
from metricloom.promql.types import Inferred
from metricloom.registry.expand import alert_text
from metricloom.registry.registry import Registry
from metricloom.registry.subsystem import Subsystem
from metricloom.rules.alerts import Alert
from metricloom.rules.examples import Example
from metricloom.rules.thresholds import Condition

NOTES = "../runbooks"
"""Where people write what they know; relative to the guide. Nothing is ever generated there."""


@dataclass(frozen=True, slots=True)
class AlertSection:
    """One alert; all texts are Markdown."""

    name: str
    anchor: str
    severity: str
    owner: str
    for_: str
    when: str
    summary: str
    description: str
    labels: list[str]
    threshold: str
    keep_firing_for: str
    expression: str
    next_steps: str
    examples: list[str]
    tests: str
    panels: str
    notes: str


def alert_sections(registry: Registry) -> list[AlertSection]:
    """Return the sections of all alerts."""
    watching = panels_by_alert(registry)
    return [_section(registry, part, alert, watching) for part in registry.subsystems for alert in part.alerts]


def panels_by_alert(registry: Registry) -> Mapping[str, list[str]]:
    """Return which panels watch each alert, as Markdown."""
    found: dict[str, list[str]] = defaultdict(list)
    for place, panel in panels(registry):
        if isinstance(panel, QueryPanel):
            for name in panel.alerts:
                found[name].append(f"“{place}”")
    return found


def _section(registry: Registry, part: Subsystem, alert: Alert, watching: Mapping[str, list[str]]) -> AlertSection:
    result = registry.type_of(alert.query)
    return AlertSection(
        name=escaped(alert.name),
        anchor=alert.name.lower(),
        severity=text(alert.severity),
        owner=text(part.owner),
        for_=text(alert.for_),
        when=f"when this has held for {text(alert.for_)}" if alert.for_ else "as soon as this holds",
        summary=told(alert.summary, alert, result),
        description=told_lines(alert.description, alert, result),
        labels=[f"{text(name)}: {code(value)}" for name, value in part.alert_labels(alert).items()],
        threshold=_threshold(alert, result),
        keep_firing_for=text(alert.keep_firing_for),
        expression=block(alert_text(registry, alert)),
        next_steps=told_lines(alert.next_steps, alert, result),
        examples=[_example(example) for example in alert.proofs],
        tests=code(f"rules/tests/{part.name}.yml"),
        panels=joined(watching.get(alert.name, ())),
        notes=f"[runbooks/{escaped(alert.name)}.md]({NOTES}/{alert.name}.md)",
    )


def told(words: str, alert: Alert, result: Inferred) -> str:
    """Return a text of *alert* on one line, with words where values will stand when it fires."""
    line = " ".join(words.split())
    parts, end = [], 0
    for match in PLACEHOLDER.finditer(line):
        parts += [escaped(line[end : match.start()]), _stands_for(match[0], match[1], alert, result)]
        end = match.end()
    return begun("".join([*parts, escaped(line[end:])]))


def told_lines(words: str, alert: Alert, result: Inferred) -> str:
    """Return a text of *alert*, each of its lines as a paragraph."""
    return "\n\n".join(told(line, alert, result) for line in words.splitlines() if line.strip())


def _stands_for(placeholder: str, label: str | None, alert: Alert, result: Inferred) -> str:
    if label:
        return f"*{escaped(label)}*"
    if placeholder == "$value":
        return "*value*"
    if placeholder == "$threshold" and alert.threshold is not None:
        return escaped(shown(alert.threshold.value, result))
    return escaped(placeholder)


def _threshold(alert: Alert, result: Inferred) -> str:
    threshold = alert.threshold
    if threshold is None or not isinstance(alert.condition, Condition):
        return ""
    words = code(f"{alert.condition.operator} {shown(threshold.value, result)}")
    if threshold.label is None or not threshold.by_value:
        return words
    own = (f"{code(shown(number, result))} for {code(value)}" for value, number in threshold.by_value.items())
    return f"{words}; by {code(threshold.label.name)}: {joined(own)}"


def _example(example: Example) -> str:
    return f"{text(example.title)}: {'; '.join(_outcomes(example))}"


def _outcomes(example: Example) -> Iterator[str]:
    if example.fires_at:
        yield f"fires at {joined(text(time) for time in example.fires_at)}"
    if example.silent_at:
        yield f"silent at {joined(text(time) for time in example.silent_at)}"
