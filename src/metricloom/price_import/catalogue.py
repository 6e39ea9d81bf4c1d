"""What genai-prices says that models cost. The only module that knows it, imported when a price is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version

from genai_prices.data import providers
from genai_prices.types import ModelInfo, Provider

from metricloom.errors import UserError, nearest
from metricloom.monitoring.prices import MILLION, ModelPrices, Price
from metricloom.price_import.rates import Rates
from metricloom.price_import.wanted import Wanted, price_name

PACKAGE = "genai-prices"

RELEASED = {"0.2.3": date(2026, 11, 10)}
"""The day of each release that was tried. A price is as old as that: when it was checked, the package leaves out."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All models of all providers, as one version of genai-prices knows them."""

    version: str
    providers: Sequence[Provider]

    @classmethod
    def installed(cls) -> Catalogue:
        """Return what the installed version knows."""
        return cls(version(PACKAGE), providers)

    @property
    def source(self) -> str:
        """What each price names as its source."""
        return f"{PACKAGE} {self.version}"

    @property
    def released(self) -> date | None:
        """The day of its release, if metricloom knows it."""
        return RELEASED.get(self.version)

    def price(self, wanted: Wanted, released: date) -> ModelPrices:
        """Return the prices of a model in force on the day of the release, and their changes known since.

        Raises:
            UserError: there is no such provider or model, or it is not charged by the token.
        """
        provider = self._provider(wanted)
        model = self._model(provider, wanted)
        rates = Rates(model, released)
        if not rates.by_the_token:
            raise UserError(
                f"{wanted} is not charged by the token", "declare a Price of your own for what it charges by"
            )
        return ModelPrices(
            model=wanted.name,
            provider=provider.id,
            tokens=wanted.tokens,
            priced_as=wanted.model if wanted.model != wanted.name else "",
            aliases=_aliases(provider, model, wanted.name),
            note="; ".join(_remarks(provider, model, wanted.model, rates)),
            input=self._price(wanted.name, "input", rates),
            cache_read=self._price(wanted.name, "cache_read", rates),
            cache_write=self._price(wanted.name, "cache_write", rates),
            output=self._price(wanted.name, "output", rates),
        )

    def _price(self, name: str, kind: str, rates: Rates) -> Price:
        return Price(
            name=price_name(name, kind),
            dollars=rates.dollars(kind),
            per=MILLION,
            unit="tokens",
            source=self.source,
            checked=rates.day,
            changes=rates.changes(kind),
            note=rates.note(kind),
        )

    def _provider(self, wanted: Wanted) -> Provider:
        for provider in self.providers:
            if provider.id == wanted.provider:
                return provider
        close = nearest(wanted.provider, [provider.id for provider in self.providers])
        hint = f"did you mean {close}:{wanted.model}?" if close else self._elsewhere(wanted.model)
        message = f"{self.source} knows no provider {wanted.provider!r}" if wanted.provider else _no_provider(wanted)
        raise UserError(message, hint)

    def _model(self, provider: Provider, wanted: Wanted) -> ModelInfo:
        model = provider.find_model(wanted.model, all_providers=[*self.providers])
        if model is not None:
            return model
        close = nearest(
            wanted.model, (name for model in provider.models for name in (model.id, *_literals(model.match)))
        )
        hint = f"did you mean {provider.id}:{close}?" if close else self._elsewhere(wanted.model)
        raise UserError(f"{self.source} knows no model {wanted.model!r} at {provider.id}", hint)

    def _elsewhere(self, name: str) -> str:
        """Return where a model of this name is known, its maker first."""
        known = [provider for provider in self.providers if any(model.is_match(name) for model in provider.models)]
        known.sort(key=lambda provider: not (provider.model_match and provider.model_match.is_match(name)))
        if not known:
            close = nearest(name, {model.id for provider in self.providers for model in provider.models})
            return f"did you mean {close}?" if close else "give PROVIDER:MODEL, as genai-prices names them"
        shown = ", ".join(f"{provider.id}:{name}" for provider in known[:5])
        return f"it is known as {shown}{', …' if len(known) > 5 else ''}"


def _no_provider(wanted: Wanted) -> str:
    return f"{wanted.model!r} has no provider, and a model costs differently at different ones"


def _aliases(provider: Provider, model: ModelInfo, name: str) -> tuple[str, ...]:
    """Return the other names that are known for *model*, those left out of which only the beginning is known."""
    names = {model.id, *_literals(model.match)} - {name}
    return tuple(sorted(other for other in names if other[-1].isalnum() and provider.find_model(other) is model))


def _literals(clause: object) -> Iterator[str]:
    """Yield the names that stand in the condition by which genai-prices knows a model: `equals`, `or_` and so on."""
    for attribute in ("equals", "starts_with"):
        if hasattr(clause, attribute):
            yield getattr(clause, attribute)
    for attribute in ("or_", "and_"):
        for part in getattr(clause, attribute, ()):
            yield from _literals(part)


def _remarks(provider: Provider, model: ModelInfo, name: str, rates: Rates) -> Iterator[str]:
    if not any(own is model for own in provider.models):
        yield f"{provider.id} has no price of its own: its maker's"
    if name.lower() != model.id.lower():
        yield f"priced as {model.id}"
    apart = rates.charged_apart
    if apart:
        yield f"charged apart: {', '.join(apart)}"
