"""Brings a file of prices up to date: what it holds and what is added, as the installed genai-prices has it now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from metricloom.artifact.difference import difference
from metricloom.artifact.folder import os_errors_reported
from metricloom.artifact.single import replace_file
from metricloom.errors import RefusedError, UserError
from metricloom.price_import import installed_catalogue
from metricloom.price_import.file import PriceFile, digest, render
from metricloom.price_import.wanted import Wanted, merge, without_shared_aliases


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for: models to add, to *drop*, and those of which tokens are *estimated*.

    *released* is the day of genai-prices' release, for a version that metricloom does not know. With *force*, a
    person's text is overwritten.
    """

    added: Iterable[str] = ()
    drop: Iterable[str] = ()
    estimated: Iterable[str] = ()
    released: date | None = None
    force: bool = False


@dataclass(frozen=True, slots=True)
class Update:
    """The file as it stands, None if there is none, and the text that it should have."""

    path: Path
    old: PriceFile | None
    text: str

    @property
    def up_to_date(self) -> bool:
        """Whether the file says the same already, however a formatter laid it out."""
        return self.old is not None and not self.old.edited and digest(self.old.text) == digest(self.text)

    @property
    def difference(self) -> str:
        """How the text would change, for a person to read."""
        before = self.old.text if self.old is not None else ""
        return difference(str(self.path), before.encode(), self.text.encode())

    def carry_out(self, *, force: bool) -> None:
        """Write the file.

        Raises:
            RefusedError: a person edited it, and is not overruled.
            UserError: it cannot be written; what stood there still stands.
        """
        if self.old is not None and not force:
            self.old.refuse_edited()
        if not self.up_to_date:
            with os_errors_reported(self.path):
                replace_file(self.path, self.text.encode())


def prepare(path: Path, request: Request) -> Update:
    """Find out what the file should say. Nothing is written here.

    Raises:
        ToolError: genai-prices is not installed.
        UserError: a model is unknown, or the file is not one of prices.
    """
    old = _read(path, request)
    catalogue = installed_catalogue()
    wanted = merge(old.models if old else (), map(Wanted.parse, request.added), request.drop, request.estimated)
    if not wanted:
        raise UserError(f"there is no model to import to {path}", "give PROVIDER:MODEL, for example openai:gpt-4o")
    known = old.released if old else {}
    released = request.released or catalogue.released or known.get(catalogue.source)
    if released is None:
        raise UserError(f"it is not known when {catalogue.source} was released", "give --released YYYY-MM-DD")
    models = without_shared_aliases([catalogue.price(one, released) for one in wanted])
    return Update(path, old, render(models, catalogue.source, released))


def _read(path: Path, request: Request) -> PriceFile | None:
    try:
        return PriceFile.read(path)
    except RefusedError:
        if request.force:
            return None
        raise
