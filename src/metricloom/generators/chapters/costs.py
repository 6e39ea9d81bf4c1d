"""Prices and budgets, the records that hold dollars, and what an estimate cannot know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from metricloom.generators.chapters.wording import amount
from metricloom.generators.markdown import code, text
from metricloom.generators.unit_words import names_its_size
from metricloom.monitoring.prices import GB, GIB, Budget, Price
from metricloom.monitoring.units import DOLLARS
from metricloom.registry.registry import Registry

UNDECLARED = "no price declared"


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A price, in a line of a table."""

    name: str
    price: str
    source: str
    checked: str
    note: str


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """A budget, in a line of a table."""

    name: str
    dollars: str
    period: str


def price_rows(registry: Registry) -> list[PriceRow]:
    """Return the prices."""
    return [_price(price) for price in registry.prices]


def budget_rows(registry: Registry) -> list[BudgetRow]:
    """Return the budgets."""
    return [BudgetRow(code(budget.name), _budget(budget), text(budget.period)) for budget in registry.budgets]


def dollar_records(registry: Registry) -> list[str]:
    """Return the names of the records that hold dollars, as Markdown."""
    names = dict.fromkeys(rule.name for rule in registry.recordings)
    return [code(name) for name in names if registry.series_types[name].unit == DOLLARS]


def _price(price: Price) -> PriceRow:
    checked = price.checked.isoformat() if price.checked is not None else ""
    return PriceRow(code(price.name), "; ".join(_amounts(price)), text(price.source), checked, text(price.note))


def _amounts(price: Price) -> Iterator[str]:
    if price.dollars is None:
        yield UNDECLARED
        return
    yield f"US${amount(price.dollars)} per {_per(price)}"
    for day in sorted(price.changes):
        yield f"US${amount(price.changes[day])} from {day.isoformat()}"


def _per(price: Price) -> str:
    unit = text(price.unit)
    if names_its_size(price):
        return unit
    for size, name in ((GIB, "GiB (2^30 bytes)"), (GB, "GB (10^9 bytes)")):
        if price.unit.startswith("byte") and price.per % size == 0:
            rest = unit.removeprefix("bytes").removeprefix("byte")
            times = "" if price.per == size else f"{amount(price.per / size)} × "
            return f"{times}{name}{rest}"
    return unit.removesuffix("s") if price.per == 1 else f"{amount(price.per)} {unit}"


def _budget(budget: Budget) -> str:
    return "none declared" if budget.dollars is None else f"US${amount(budget.dollars)}"
