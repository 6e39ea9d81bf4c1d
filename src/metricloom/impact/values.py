"""Values of a JSON document that nobody has checked yet: what is wrong with one is said with its place."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from metricloom.errors import UserError

T = TypeVar("T")
HINT: Final = "give a registry.json as `metricloom generate` writes it"
_WORDS: Final = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}


@dataclass(frozen=True, slots=True)
class Value:
    """A value, and where it stands: `bundle/registry.json: metrics[3].labels`."""

    data: Any
    source: str
    path: str = ""

    def get(self, key: str) -> Value:
        """Return what stands under *key*, which must be there."""
        found = self._object()
        if key not in found:
            raise self._fault(f"lacks the key {key!r}")
        return self._below(found[key], key)

    def optional(self, key: str) -> Value | None:
        """Return what stands under *key*; None where that is null, or left out by an earlier release."""
        found = self._object().get(key)
        return None if found is None else self._below(found, key)

    def list_of(self, key: str, read: Callable[[Value], T]) -> tuple[T, ...]:
        """Return the items under *key*, each as *read* makes it."""
        return tuple(read(item) for item in self.get(key).items())

    def text_of(self, key: str) -> str:
        """Return the text under *key*."""
        return self.get(key).text()

    def text_or_empty(self, key: str) -> str:
        """Return the text under *key*; empty where it is null, or left out by an earlier release."""
        found = self.optional(key)
        return "" if found is None else found.text()

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the texts under *key*."""
        return self.list_of(key, Value.text)

    def text_by_key(self, key: str) -> dict[str, str]:
        """Return the object under *key*, whose values are texts."""
        return {name: item.text() for name, item in self.get(key).pairs()}

    def says(self, key: str) -> bool:
        """Whether *key* is there; an earlier release may have left it out."""
        return key in self._object()

    def number_or_none(self, key: str) -> float | None:
        """Return the number under *key*; None where it is null."""
        found = self.optional(key)
        return None if found is None else found.number()

    def words(self) -> str:
        """Return the value as one line that tells it from any other."""
        return json.dumps(self.data, ensure_ascii=False, sort_keys=True)

    def items(self) -> Iterator[Value]:
        """Yield the items of a list."""
        if not isinstance(self.data, list):
            raise self._expected("a list")
        for index, item in enumerate(self.data):
            yield Value(item, self.source, f"{self.path}[{index}]")

    def pairs(self) -> Iterator[tuple[str, Value]]:
        """Yield the keys of an object with their values."""
        for key, item in self._object().items():
            yield key, self._below(item, key)

    def text(self) -> str:
        if not isinstance(self.data, str):
            raise self._expected("a text")
        return self.data

    def flag(self) -> bool:
        if not isinstance(self.data, bool):
            raise self._expected("true or false")
        return self.data

    def number(self) -> float:
        """Return a number; infinity is written as Prometheus writes it."""
        if self.data in ("+Inf", "-Inf"):
            return float(self.data)
        if isinstance(self.data, bool) or not isinstance(self.data, int | float):
            raise self._expected("a number")
        try:
            return float(self.data)
        except OverflowError as error:
            raise self._expected("a number that a float can hold") from error

    def _object(self) -> dict[str, Any]:
        if not isinstance(self.data, dict):
            raise self._expected("an object")
        return self.data

    def _below(self, data: Any, key: str) -> Value:
        return Value(data, self.source, f"{self.path}.{key[:60]}" if self.path else key[:60])

    def _expected(self, what: str) -> UserError:
        return self._fault(f"is {_WORDS.get(type(self.data), 'a number')}, where {what} is expected")

    def _fault(self, message: str) -> UserError:
        return UserError(f"{self.source}: {self.path or 'it'} {message}", HINT)
