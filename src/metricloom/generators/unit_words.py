"""Units in words, as people read them."""

from __future__ import annotations

from metricloom.monitoring.units import Unit


def unit_words(unit: Unit) -> str:
    """Return a unit in words: `seconds`, `bytes per second`, `per second`, `US$`; nothing for what has no dimension."""
    if not unit.powers:
        return ""
    above, _, below = str(unit).replace("dollars", "US$").partition("/")
    counted = "" if above == "1" else above
    return f"{counted} per {below.removesuffix('s')}".strip() if below else counted
