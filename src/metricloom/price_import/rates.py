"""The rates of one model, as genai-prices holds them: dated, tiered, by the time of day, for some requests only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from genai_prices.data_units import unit_data
from genai_prices.types import ModelInfo, ModelPrice, StartDateConstraint, TieredPrices, TimeOfDateConstraint

Rate = Decimal | TieredPrices

KEYS = {
    "input": "input_mtok",
    "cache_read": "cache_read_mtok",
    "cache_write": "cache_write_mtok",
    "output": "output_mtok",
}
UNITS = {unit["price_key"]: (usage, unit["dimensions"]) for usage, unit in unit_data.items()}
"""What a price is of, by its key: `cache_write_1h_mtok` is of input tokens, written to a cache, for one hour."""


@dataclass(frozen=True, slots=True)
class Rates:
    """What the tokens of *model* cost from *day* on.

    What sums of tokens cannot tell apart is charged at the base rate, and named in the notes: tiers by the size of a
    call, times of day, batches and other kinds of request, sounds and pictures.
    """

    model: ModelInfo
    day: date

    @property
    def by_the_token(self) -> bool:
        """Whether there is a price by the token at all."""
        return self.dollars("input") is not None or self.dollars("output") is not None

    @property
    def charged_apart(self) -> list[str]:
        """What costs something beside the tokens, such as web searches."""
        names = (UNITS[key][0] for key in _given(self._on(self.day)) if UNITS[key][1]["family"] != "tokens")
        return sorted(name.replace("_", " ") for name in names)

    def dollars(self, kind: str) -> float | None:
        """Return the US$ of a million tokens of this type, None if genai-prices has no price."""
        return _dollars(_rate(self._on(self.day), kind))

    def changes(self, kind: str) -> dict[date, float]:
        """Return the later prices that are known already, by the day from which they hold."""
        changes: dict[date, float] = {}
        before = self.dollars(kind)
        for day in self._later_days():
            after = _dollars(_rate(self._on(day), kind))
            if after is not None and after != before:
                changes[day] = before = after
        return changes

    def note(self, kind: str) -> str:
        """Return what the number leaves out."""
        prices = self._on(self.day)
        rate = _rate(prices, kind)
        if rate is None:
            return "genai-prices has no price"
        conditions = ", ".join([*_tiers(rate), *self._times_of_day(kind)])
        requests = ", ".join(self._other_requests(_key(prices, kind)))
        notes = [
            "charged as input" if _key(prices, kind) != KEYS[kind] else "",
            f"base price, but {conditions}" if conditions else "",
            *_kinds(prices, kind),
            f"other rates: {requests}" if requests else "",
        ]
        return "; ".join(filter(None, notes))

    def _on(self, day: date) -> ModelPrice:
        """Return the prices in force on *day*, whatever the time."""
        if isinstance(self.model.prices, ModelPrice):
            return self.model.prices
        in_force = self.model.prices[0].prices
        for price in self.model.prices:  # as genai-prices reads them: the last that holds
            start = price.constraint
            if start is None or (isinstance(start, StartDateConstraint) and start.start_date <= day):
                in_force = price.prices
        return in_force

    def _later_days(self) -> list[date]:
        if isinstance(self.model.prices, ModelPrice):
            return []
        starts = (price.constraint for price in self.model.prices)
        days = {start.start_date for start in starts if isinstance(start, StartDateConstraint)}
        return sorted(day for day in days if day > self.day)

    def _times_of_day(self, kind: str) -> Iterator[str]:
        """Yield the prices that hold for some hours of each day only."""
        if isinstance(self.model.prices, ModelPrice):
            return
        hours: dict[float, list[str]] = {}
        for price in self.model.prices:
            dollars = _dollars(_rate(price.prices, kind))
            if isinstance(price.constraint, TimeOfDateConstraint) and dollars not in {None, self.dollars(kind)}:
                hours.setdefault(dollars or 0, []).append(_span(price.constraint))
        for dollars, spans in hours.items():
            yield f"{dollars:g} from {' and '.join(spans)} UTC"

    def _other_requests(self, key: str) -> list[str]:
        """Return the kinds of request (batch, priority …) for which *key* has another price."""
        variants = [variant for variant in self.model.price_variants or () if key in _given(variant.prices)]
        return sorted({value for variant in variants for value in variant.when.values()})


def _given(prices: ModelPrice) -> dict[str, Rate]:
    return {key: rate for key, rate in vars(prices).items() if key in UNITS and isinstance(rate, Rate)}


def _key(prices: ModelPrice, kind: str) -> str:
    """Return the key of this type's price. Cached tokens that have none are charged as input, as by genai-prices."""
    return KEYS["input"] if kind.startswith("cache_") and KEYS[kind] not in _given(prices) else KEYS[kind]


def _rate(prices: ModelPrice, kind: str) -> Rate | None:
    return _given(prices).get(_key(prices, kind))


def _dollars(rate: Rate | None) -> float | None:
    if rate is None:
        return None
    return float(rate.base if isinstance(rate, TieredPrices) else rate)


def _tiers(rate: Rate) -> Iterator[str]:
    if isinstance(rate, TieredPrices):
        for tier in rate.tiers:
            yield f"{tier.price:g} in calls above {tier.start:,} input tokens"


def _kinds(prices: ModelPrice, kind: str) -> Iterator[str]:
    """Yield the prices of some of these tokens only, such as those of sound, or of a cache kept for an hour."""
    for key, rate in sorted(_given(prices).items()):
        of = UNITS[key][1]
        if of["family"] == "tokens" and key not in KEYS.values() and _kind(of) == kind:
            cached = f"cached for {of['cache_ttl']}" if "cache_ttl" in of else ""
            name = " ".join(filter(None, [of.get("modality"), cached])) or of["token_type"]
            yield f"{name}: {_dollars(rate):g}"


def _kind(of: dict[str, str]) -> str:
    token_type = of.get("token_type", "")
    return token_type if token_type in KEYS else of["direction"]


def _span(hours: TimeOfDateConstraint) -> str:
    return f"{hours.start_time:%H:%M} to {hours.end_time:%H:%M}"
