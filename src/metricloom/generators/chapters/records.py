"""What the guide says of each recording rule."""

from __future__ import annotations

from dataclasses import dataclass

from metricloom.generators.chapters.wording import codes
from metricloom.generators.markdown import block, code, text
from metricloom.generators.unit_words import unit_words
from metricloom.promql.types import Kind, SeriesType
from metricloom.registry.expand import rule_text
from metricloom.registry.registry import Registry
from metricloom.registry.subsystem import Subsystem
from metricloom.rules.recording import RecordingRule


@dataclass(frozen=True, slots=True)
class RecordSection:
    """One recording rule; all texts are Markdown."""

    name: str
    meaning: str
    yields: str
    block: str


def record_sections(registry: Registry, subsystem: Subsystem) -> list[RecordSection]:
    """Return the records of *subsystem*, in the order in which Prometheus forms them."""
    return [_section(registry, rule) for rule in registry.recorded(subsystem)]


def _section(registry: Registry, rule: RecordingRule) -> RecordSection:
    added = "".join(f"{name}={code(value)}" for name, value in rule.labels.items())
    name = code(rule.name) + (f" with {added}" if added else "")
    series = registry.series_types[rule.name]
    return RecordSection(name, text(rule.help), _yields(registry, series), block(rule_text(registry, rule.query.text)))


def _yields(registry: Registry, series: SeriesType) -> str:
    """Return what a sample of a record is: its kind, unit and labels, as they follow from its expression."""
    kind = "number" if series.kind is Kind.UNKNOWN else str(series.kind)
    unit = unit_words(series.unit) if series.unit is not None else ""
    measured = f" {unit}" if unit.startswith("per ") else f" in {unit}" if unit else ""
    target = {*registry.identity, *registry.replica}
    labels = sorted((series.labels | series.possible) - target)
    return f"{kind}{measured}" + (f", by {codes(labels)}" if labels else "")
