"""The texts of an alert as Go templates: what a person wrote stays literal, the values come in the right unit."""

from __future__ import annotations

import re

from metricloom.generators.unit_words import unit_words
from metricloom.monitoring.prices import number
from metricloom.monitoring.units import BYTES, DOLLARS, SECONDS, Unit
from metricloom.promql.types import Inferred, Kind
from metricloom.rules.thresholds import Threshold

_FILLED_IN = r"\$labels\.([A-Za-z_][A-Za-z0-9_]*)|\$value\b|\$threshold\b"
_BRACES = rf"\{{\{{|\{{(?={_FILLED_IN})"
"""What would begin an action, by itself or with the braces of what is filled in after it."""
PLACEHOLDER = re.compile(f"{_FILLED_IN}|{_BRACES}")


def go_template(text: str, result: Inferred, threshold: Threshold | None) -> str:
    """Return *text* with `$value`, `$threshold` and `$labels.NAME` filled in when the alert fires."""

    def filled(match: re.Match[str]) -> str:
        if match[1]:
            return f"{{{{ $labels.{match[1]} }}}}"
        if match[0] == "$value":
            return value_template(result)
        if match[0] == "$threshold":
            return match[0] if threshold is None else _threshold_template(threshold, result)
        return literal(match[0])

    return PLACEHOLDER.sub(filled, text)


def literal(text: str) -> str:
    """Return *text* as a template that says just that: Prometheus takes labels of an alert for templates, too."""
    return re.sub(r"\{+", lambda match: f'{{{{ "{match[0]}" }}}}', text)


def value_template(result: Inferred) -> str:
    """Return the action that prints the value of an expression of type *result*."""
    if result.kind is Kind.TIMESTAMP:
        return "{{ $value | humanizeTimestamp }}"
    if result.unit == SECONDS:
        return "{{ $value | humanizeDuration }}"
    if result.unit == BYTES:
        return "{{ $value | humanize1024 }}B"
    if result.unit == DOLLARS:
        return '{{ $value | printf "%.2f" }} US$'
    if result.kind is Kind.RATIO:
        return "{{ $value | humanizePercentage }}"
    return "{{ $value | humanize }}"


def shown(value: float, result: Inferred) -> str:
    """Return *value* as a person reads it, in the unit of an expression of type *result*."""
    if result.unit == SECONDS and result.kind is not Kind.TIMESTAMP:
        return _duration(value)
    if result.unit == DOLLARS:
        return f"{value:,.2f} US$"
    if result.kind is Kind.RATIO:
        return f"{number(round(value * 100, 6))}%"
    return number(value) + _suffix(result.unit)


def _suffix(unit: Unit | None) -> str:
    words = "" if unit is None else unit_words(unit)
    return f" {words}" if words else ""


def _duration(value: float) -> str:
    parts = []
    for name, length in (("d", 86400), ("h", 3600), ("m", 60)):
        whole, value = divmod(value, length)
        if whole:
            parts.append(f"{number(whole)}{name}")
    if value or not parts:
        parts.append(f"{number(round(value, 3))}s")
    return " ".join(parts)


def _threshold_template(threshold: Threshold, result: Inferred) -> str:
    if threshold.label is None or not threshold.by_value:
        return shown(threshold.value, result)
    cases = "{{ else if eq ".join(
        f"$labels.{threshold.label.name} {_go_string(value)} }}}}{shown(own, result)}"
        for value, own in threshold.by_value.items()
    )
    return f"{{{{ if eq {cases}{{{{ else }}}}{shown(threshold.value, result)}{{{{ end }}}}"


def _go_string(value: str) -> str:
    return '"' + "".join(f"\\u{ord(char):04x}" if char < " " or char in '"\\' else char for char in value) + '"'
