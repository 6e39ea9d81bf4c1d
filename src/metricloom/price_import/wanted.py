"""Which models to price, and under which names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from metricloom.errors import UserError, did_you_mean
from metricloom.monitoring.prices import ModelPrices


@dataclass(frozen=True, slots=True)
class Wanted:
    """The *model* of a *provider*, as genai-prices names them, and the *name* that the label `model` holds."""

    provider: str
    model: str
    name: str
    tokens: str = "counted"

    def __str__(self) -> str:
        return f"{self.provider}:{self.model}"

    @classmethod
    def parse(cls, text: str) -> Wanted:
        """Return what `[NAME=]PROVIDER:MODEL` means; a missing provider is for the catalogue to report."""
        name, equals, rest = text.rpartition("=")
        provider, _, model = rest.rpartition(":") if ":" not in rest else rest.partition(":")
        if not model or (equals and not name):
            raise UserError(f"{text!r} names no model", "give PROVIDER:MODEL, or NAME=PROVIDER:MODEL")
        return cls(provider, model, name or model)

    @classmethod
    def again(cls, prices: ModelPrices) -> Wanted:
        """Return how *prices* were asked for."""
        return cls(prices.provider, prices.priced_as or prices.model, prices.model, prices.tokens)


def price_name(model: str, kind: str) -> str:
    """Return the name of the price of this type of token: `llm_gpt_4o_input`."""
    return f"llm_{re.sub(r'[^a-z0-9]+', '_', model.lower()).strip('_')}_{kind}"


def merge(
    old: Iterable[ModelPrices], new: Iterable[Wanted], dropped: Iterable[str], estimated: Iterable[str]
) -> list[Wanted]:
    """Return all models to price, sorted: the *old* ones, unless dropped, and the *new* ones.

    Raises:
        UserError: two would have one name, or one that is named is not there.
    """
    wanted = {prices.model: Wanted.again(prices) for prices in old}
    wanted |= _distinct([*new])
    for name in dropped:
        _expect(name, wanted)
        del wanted[name]
    for name in estimated:
        _expect(name, wanted)
        wanted[name] = replace(wanted[name], tokens="estimated")
    _refuse_clashes(wanted)
    return sorted(wanted.values(), key=lambda one: (one.provider, one.name))


def without_shared_aliases(models: Sequence[ModelPrices]) -> list[ModelPrices]:
    """Return *models* without the aliases that would mean two of them, or that are the name of one."""
    claims = [name for prices in models for name in (prices.model, *prices.aliases)]
    return [
        replace(prices, aliases=[alias for alias in prices.aliases if claims.count(alias) == 1]) for prices in models
    ]


def _distinct(new: Sequence[Wanted]) -> dict[str, Wanted]:
    named: dict[str, Wanted] = {}
    for one in new:
        if named.setdefault(one.name, one) != one:
            hint = f"tell them apart: {one.provider}-{one.name}={one}"
            raise UserError(f"{named[one.name]} and {one} would both be called {one.name!r}", hint)
    return named


def _expect(name: str, wanted: dict[str, Wanted]) -> None:
    if name not in wanted:
        raise UserError(f"there is no model {name!r} in the file", did_you_mean(name, wanted))


def _refuse_clashes(wanted: Iterable[str]) -> None:
    named: dict[str, str] = {}
    for name in wanted:
        other = named.setdefault(price_name(name, "input"), name)
        if other != name:
            hint = f"give one of them another name: {name}-2=PROVIDER:MODEL"
            raise UserError(f"the prices of {other!r} and {name!r} would have the same names", hint)
