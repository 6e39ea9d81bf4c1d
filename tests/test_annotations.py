"""The texts of alerts as Go templates."""

from __future__ import annotations

import pytest

from metricloom.generators.annotations import go_template, literal, shown
from metricloom.monitoring.units import BYTES, DOLLARS, ONE, SECONDS
from metricloom.promql.types import Inferred, Kind, Shape
from metricloom.rules.thresholds import Threshold

RATIO = Inferred(Shape.VECTOR, Kind.RATIO, ONE)


@pytest.mark.parametrize(
    ("text", "template"),
    [
        ("$value of $labels.model", "{{ $value | humanizePercentage }} of {{ $labels.model }}"),
        ("above $threshold", "above 10%"),
        ("costs $5, $valued, $labels", "costs $5, $valued, $labels"),
        ("{{ evil }}", '{{ "{{" }} evil }}'),
        ("{$value}", '{{ "{" }}{{ $value | humanizePercentage }}}'),
        ("{{{$labels.a}", '{{ "{{" }}{{ "{" }}{{ $labels.a }}}'),
        ("{a}", "{a}"),
    ],
)
def test_placeholders_are_filled_in_and_all_else_is_literal(text: str, template: str) -> None:
    assert go_template(text, RATIO, Threshold(0.1)) == template


def test_labels_are_literal() -> None:
    assert literal("a{{ b }}") == 'a{{ "{{" }} b }}'


@pytest.mark.parametrize(
    ("value", "unit", "kind", "words"),
    [
        (0.1, ONE, Kind.RATIO, "10%"),
        (90, SECONDS, Kind.QUANTILE, "1m 30s"),
        (10, ONE / SECONDS, Kind.RATE, "10 per second"),
        (5, BYTES / SECONDS, Kind.RATE, "5 bytes per second"),
        (12.5, DOLLARS, Kind.GAUGE, "12.50 US$"),
        (3, ONE, Kind.GAUGE, "3"),
        (3, None, Kind.UNKNOWN, "3"),
    ],
)
def test_a_number_is_shown_in_its_unit(value: float, unit: object, kind: Kind, words: str) -> None:
    assert shown(value, Inferred(Shape.VECTOR, kind, unit)) == words  # type: ignore[arg-type]
