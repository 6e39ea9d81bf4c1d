"""The Python file that holds imported prices: rendered, and read back without losing a person's text."""

from __future__ import annotations

import hashlib
import json
import re
import runpy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from metricloom.artifact.folder import os_errors_reported
from metricloom.errors import RefusedError, UserError
from metricloom.monitoring.prices import ModelPrices, Price

MARK = "# Written by `metricloom prices --import`, digest "
LINE_LENGTH = 120  # as most formatters are set; one that is set otherwise changes the digest in nothing
HEAD = '''"""What language models cost, in US$ per million tokens."""

{mark}{digest}.
# Add models, or bring all up to date: metricloom prices --import [PROVIDER:MODEL…] -o THIS_FILE
# A price of your own is no matter of this file: give it to a site, Site(prices={{"{example}": …}}).

from datetime import date
from functools import partial

from metricloom import MILLION, ModelPrices, Price

per_million = partial(Price, per=MILLION, unit="tokens", source={source}, checked={checked})

MODEL_PRICES: list[ModelPrices] = [
'''


@dataclass(frozen=True, slots=True)
class PriceFile:
    """A file as it stands on disk: its text, the prices that it declares, and whether a person changed it."""

    path: Path
    text: str
    models: tuple[ModelPrices, ...]
    edited: bool

    @classmethod
    def read(cls, path: Path) -> PriceFile | None:
        """Return the file at *path*, None if there is none.

        Raises:
            RefusedError: it is something else.
            UserError: it cannot be read, or does not run.
        """
        with os_errors_reported(path):
            if not path.exists():
                return None
            text = path.read_bytes().decode("utf-8", errors="replace")
        marked = re.search(rf"^{MARK}(\w+)\.$", text, re.MULTILINE)
        if marked is None:
            hint = "choose another file with -o, or overwrite it with --force"
            raise RefusedError(f"{path} was not written by `metricloom prices`: it is kept", hint)
        return cls(path, text, _declared(path), marked[1] != digest(text))

    @property
    def released(self) -> dict[str, date]:
        """The date of each source that its prices name."""
        prices = [price for model in self.models for price in model.prices]
        return {price.source: price.checked for price in prices if price.checked is not None}

    def refuse_edited(self) -> None:
        """Raise RefusedError if a person changed the file."""
        if self.edited:
            raise RefusedError(
                f"{self.path} was edited by hand: it is kept",
                'give prices of your own to a site, Site(prices={"…": …}), then overwrite the file with --force',
            )


def _declared(path: Path) -> tuple[ModelPrices, ...]:
    try:
        models = runpy.run_path(str(path)).get("MODEL_PRICES")
    except (Exception, SystemExit) as error:
        raise UserError(f"{path} does not run: {type(error).__name__}: {error}", "mend it, or delete it") from error
    if not isinstance(models, list) or not all(isinstance(model, ModelPrices) for model in models):
        raise UserError(f"{path} declares no MODEL_PRICES", "mend it, or delete it")
    return tuple(models)


def digest(text: str) -> str:
    """Return a digest of *text* that a formatter's line breaks, quotes and commas do not change, nor its own line."""
    unsigned = re.sub(rf"^{MARK}.*$", "", text, flags=re.MULTILINE)
    return hashlib.sha256(re.sub(r"[\s,()\"']+", "", unsigned).encode()).hexdigest()[:16]


def render(models: Sequence[ModelPrices], source: str, checked: date) -> str:
    """Return the whole file, formatted as ruff and black would."""
    example = models[0].prices[0].name if models else "llm_gpt_4o_input"
    head = HEAD.format(mark=MARK, digest="", example=example, source=_quoted(source), checked=_day(checked))
    text = head + "".join(f"{line}\n" for model in models for line in _model(model)) + "]\n"
    return text.replace(f"{MARK}.", f"{MARK}{digest(text)}.", 1)


def _model(model: ModelPrices) -> Iterator[str]:
    aliases = "".join(f"{_quoted(alias)}, " for alias in model.aliases)
    arguments = {
        "model": _quoted(model.model),
        "provider": _quoted(model.provider),
        "tokens": _quoted(model.tokens) if model.tokens != "counted" else "",
        "priced_as": _quoted(model.priced_as) if model.priced_as else "",
        "aliases": f"[{aliases.removesuffix(', ')}]" if aliases else "",
        "note": _quoted(model.note) if model.note else "",
    }
    yield "    ModelPrices("
    for name, value in arguments.items():
        if value:
            yield from _broken(f"        {name}=", value, [_quoted(alias) for alias in model.aliases])
    for kind, price in model.by_type.items():
        items = [*_price(price)]
        yield from _broken(f"        {kind}=", f"per_million({', '.join(items)})", items)
    yield "    ),"


def _price(price: Price) -> Iterator[str]:
    yield from (_quoted(price.name), _number(price.dollars))
    if price.changes:
        yield f"changes={_changes(price.changes)}"
    if price.note:
        yield f"note={_quoted(price.note)}"


def _changes(changes: Mapping[date, float]) -> str:
    return "{" + ", ".join(f"{_day(day)}: {_number(dollars)}" for day, dollars in sorted(changes.items())) + "}"


def _broken(start: str, value: str, items: Sequence[str]) -> Iterator[str]:
    """Yield an argument as formatters break it: in one line, its *items* in a second one, or each in its own."""
    if len(start) + len(value) < LINE_LENGTH or value.startswith('"'):
        yield f"{start}{value},"
        return
    yield start + value.partition(items[0])[0]
    together = f"            {', '.join(items)}"
    yield from [together] if len(together) <= LINE_LENGTH else [f"            {item}," for item in items]
    yield f"        {value[-1]},"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a Python literal too, with the quotes that formatters prefer


def _number(value: float | None) -> str:
    return repr(int(value)) if value is not None and value.is_integer() else repr(value)


def _day(day: date) -> str:
    return f"date({day.year}, {day.month}, {day.day})"
