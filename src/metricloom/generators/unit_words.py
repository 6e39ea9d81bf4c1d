"""Units in words, as people read them."""

from __future__ import annotations

from metricloom.monitoring.prices import GB, GIB, Price
from metricloom.monitoring.units import Unit

_SIZES = {GB: "GB", GIB: "GiB"}


def unit_words(unit: Unit) -> str:
    """Return a unit in words: `seconds`, `bytes per second`, `per second`, `US$`; nothing for what has no dimension."""
    if not unit.powers:
        return ""
    above, _, below = str(unit).replace("dollars", "US$").partition("/")
    counted = "" if above == "1" else above
    return f"{counted} per {below.removesuffix('s')}".strip() if below else counted


def names_its_size(price: Price) -> bool:
    """Whether the unit itself says how much of it a price is for: `GB-month` at 10^9 bytes, `GiB` at 2^30."""
    size = _SIZES.get(int(price.per))
    return size is not None and price.unit.startswith(size)
