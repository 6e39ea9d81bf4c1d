"""Colours and the lines of alerts: a panel draws the number that its alert compares with, from the same object."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from metricloom.dashboards import Colour, QueryPanel
from metricloom.generators.annotations import shown
from metricloom.generators.grafana.context import Context
from metricloom.generators.grafana.meaning import result_of
from metricloom.generators.rules import runbook_url
from metricloom.promql.types import Inferred
from metricloom.rules.alerts import Alert
from metricloom.rules.thresholds import Condition

Json = dict[str, Any]

SHADES: dict[Colour, str] = {"good": "green", "warning": "orange", "bad": "red", "neutral": "blue"}
SEVERITY_COLOURS = {"critical": "red", "warning": "orange", "info": "blue"}


@dataclass(frozen=True, slots=True)
class Limit:
    """Where an alert begins to fire, as its panel shows it."""

    alert: Alert
    value: float
    above: bool
    shown: str

    @property
    def colour(self) -> str:
        """The colour on the firing side."""
        return SEVERITY_COLOURS.get(self.alert.severity, "orange")


def watching(context: Context, panel: QueryPanel) -> list[Alert]:
    """Return the alerts that watch *panel*; one that a site switched off is not among them."""
    return [context.alerts[name] for name in panel.alerts if name in context.alerts]


def limits(context: Context, panel: QueryPanel) -> list[Limit]:
    """Return the numbers at which the alerts of *panel* fire, in rising order.

    An alert that compares something else than the panel shows (a share of a budget; the panel, dollars) has none there.
    """
    displayed = result_of(context, panel, panel.targets[0])
    found = [
        _limit(panel, alert, alert.condition, compared)
        for alert in watching(context, panel)
        if isinstance(alert.condition, Condition)
        and _comparable(displayed, compared := context.registry.type_of(alert.query))
    ]
    return sorted(found, key=lambda limit: limit.value)


def _comparable(displayed: Inferred, compared: Inferred) -> bool:
    return displayed.unit is not None and (displayed.unit, displayed.kind) == (compared.unit, compared.kind)


def _limit(panel: QueryPanel, alert: Alert, condition: Condition, compared: Inferred) -> Limit:
    above = (condition.operator in (">", ">=")) is not panel.complement
    numbers = {"": condition.threshold.value, **condition.threshold.by_value}
    if panel.complement:
        numbers = {label: round(1 - number, 12) for label, number in numbers.items()}  # 1 - 0.9 is 0.09999999999999998
    texts = [
        f"{label}: {shown(number, compared)}" if label else shown(number, compared) for label, number in numbers.items()
    ]
    others = f" ({', '.join(texts[1:])})" if texts[1:] else ""
    return Limit(alert, numbers[""], above, texts[0] + others)


def steps(limits: Sequence[Limit]) -> list[Json]:
    """Return Grafana's thresholds: the colour from each value up, fine where no alert fires."""
    if not limits:
        return [{"color": SHADES["neutral"], "value": 0}]
    firing_below = not limits[0].above
    colours = [limit.colour for limit in limits]
    colours = [*colours, SHADES["good"]] if firing_below else [SHADES["good"], *colours]
    values = [limit.value for limit in limits]
    # Grafana reads the first as minus infinity; a number in it keeps the steps in rising order for everybody else.
    lowest = 0 if values[0] > 0 else values[0] - 1
    return [{"color": colour, "value": value} for colour, value in zip(colours, [lowest, *values], strict=True)]


def explained(limits: Sequence[Limit]) -> Iterator[str]:
    """Yield a sentence for each alert that says when it fires."""
    for limit in limits:
        side = "above" if limit.above else "below"
        held = f", held for {limit.alert.for_}" if limit.alert.for_ else ""
        yield f"Alert {limit.alert.name} fires {side} {limit.shown}{held}."


def runbook_links(context: Context, panel: QueryPanel) -> list[Json]:
    """Return a link to the runbook of each alert that watches *panel*."""
    if not context.registry.docs_url:
        return []
    return [
        {"targetBlank": True, "title": f"Runbook: {alert.name}", "url": runbook_url(context.registry, alert)}
        for alert in watching(context, panel)
    ]


def colour_overrides(panel: QueryPanel, legends: Sequence[str]) -> list[Json]:
    """Return the fixed colours of the series that mean something, whatever stands before their name in the legend."""
    return [
        {
            "matcher": {"id": "byName", "options": name}
            if name in legends
            else {"id": "byRegexp", "options": f"/\\b{_escaped(name)}$/"},
            "properties": [{"id": "color", "value": {"fixedColor": SHADES[colour], "mode": "fixed"}}],
        }
        for name, colour in panel.colours.items()
    ]


def _escaped(name: str) -> str:
    return "".join(f"\\{char}" if char in r"\/.+*?()|[]{}^$" else char for char in name)
