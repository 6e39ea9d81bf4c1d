"""Prices and budgets: numbers in US$ that rules and panels read by name, and that a site may change."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time

from metricloom.declaration import Declaration
from metricloom.errors import Problem

MILLION = 10**6
GB = 10**9
GIB = 2**30
HOUR = 3600

TOKEN_TYPES = ("input", "cache_read", "cache_write", "output")
"""The values of `token_type`: each billed token is of exactly one."""

NAME = re.compile(r"[a-z_][a-z0-9_]*")


@dataclass(frozen=True, eq=False)
class Price(Declaration):
    """What *per* base units (tokens, bytes, characters, seconds) cost: `Price("tts", 15.0, per=MILLION, …)`.

    `$price_NAME` in an expression is the price of one unit in force at each evaluation, as a scalar. *dollars* is None
    where nobody declared it: what is computed from it is then absent, never 0. *changes* gives later prices by the UTC
    day from which they hold. *note* says what the number leaves out, such as tiers.
    """

    name: str
    dollars: float | None
    per: float
    unit: str
    source: str = ""
    checked: date | None = None
    changes: Mapping[date, float] = field(default_factory=dict)
    note: str = ""
    found: tuple[Problem, ...] = ()

    def __str__(self) -> str:
        return f"$price_{self.name}"

    @property
    def scalar(self) -> str:
        """PromQL for the price of one unit now."""
        if self.dollars is None:
            return "scalar(vector(0) > 0)"  # NaN: dollars formed with it compare with nothing, and are dropped
        if not self.changes:
            return self._of_one(self.dollars)
        days = sorted(self.changes)
        prices = [self.dollars, *(self.changes[day] for day in days)]
        periods = [
            f"(vector({self._of_one(price)}) and on() (vector(time()) < {_midnight(day)}))"
            for price, day in zip(prices, days, strict=False)
        ]
        return f"scalar({' or '.join(periods)} or vector({self._of_one(prices[-1])}))"

    def _of_one(self, dollars: float) -> str:
        # Fifteen digits are all that a decimal keeps in a float: 0.1 for a million is 1e-07.
        return number(float(f"{dollars / self.per:.15g}"))

    def check(self) -> Iterator[Problem]:
        yield from self.found
        if not NAME.fullmatch(self.name):
            yield self.fault(
                "M126", "price", f"price {self.name!r} is not a name", "use lower-case letters, digits and _"
            )
        if self.per <= 0 or any(not 0 <= dollars < 1e9 for dollars in (self.dollars or 0, *self.changes.values())):
            yield self.fault(
                "M126", "price", f"price {self.name}: a price is negative, or absurd", "give US$ for `per` units"
            )


@dataclass(frozen=True, eq=False)
class ModelPrices(Declaration):
    """What a language model costs at one provider: a price for each type of token, None where it has none.

    *model* is the name that the `model` label holds, *priced_as* the provider's, where that is another; *aliases* are
    further names of the same model. With *tokens* "estimated", nobody counts the tokens of its calls. *note* says what
    no price by the token holds.
    """

    model: str
    provider: str
    input: Price | None = None
    cache_read: Price | None = None
    cache_write: Price | None = None
    output: Price | None = None
    tokens: str = "counted"
    priced_as: str = ""
    aliases: Sequence[str] = ()
    note: str = ""

    @property
    def by_type(self) -> dict[str, Price]:
        """The prices by type of token, in the order of `TOKEN_TYPES`."""
        prices = {name: getattr(self, name) for name in TOKEN_TYPES}
        return {name: price for name, price in prices.items() if isinstance(price, Price)}

    @property
    def prices(self) -> tuple[Price, ...]:
        """The prices, as a subsystem takes them; with them come the faults of this declaration, which it does not."""
        return tuple(replace(price, found=self.faults) if self.faults else price for price in self.by_type.values())

    def check(self) -> Iterator[Problem]:
        missing = [name for name in TOKEN_TYPES if name not in self.by_type]
        if missing:
            yield self.fault(
                "M151",
                "unpriced-tokens",
                f"model {self.model}: {', '.join(missing)} tokens would cost nothing",
                "give each type of token a price: Price(…, None, …) where nobody knows it",
            )
        if not self.model:
            yield self.fault("M126", "price", "a model has no name", "give the name that the label `model` holds")
        if self.tokens not in {"counted", "estimated"}:
            message = f"model {self.model}: tokens are {self.tokens!r}"
            yield self.fault("M126", "price", message, 'give "counted", or "estimated" where nobody counts them')


@dataclass(frozen=True, eq=False)
class Budget(Declaration):
    """US$ that one deployment may spend in a period: each is compared with what that one has spent itself.

    `$budget_NAME` in an expression. None: nobody declared one.
    """

    name: str
    dollars: float | None
    period: str

    def __str__(self) -> str:
        return f"$budget_{self.name}"

    @property
    def scalar(self) -> str:
        """PromQL for the budget."""
        return "scalar(vector(0) > 0)" if self.dollars is None else number(self.dollars)

    def check(self) -> Iterator[Problem]:
        if not NAME.fullmatch(self.name):
            yield self.fault(
                "M126", "price", f"budget {self.name!r} is not a name", "use lower-case letters, digits and _"
            )
        if self.dollars is not None and self.dollars <= 0:
            yield self.fault("M126", "price", f"budget {self.name} is not positive", "give US$, or None for no budget")


def number(value: float) -> str:
    """Return *value* as PromQL writes it, in as few digits as tell it apart."""
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())
