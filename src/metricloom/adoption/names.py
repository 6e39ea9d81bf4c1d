"""Names for what a registry holds: from those of the metrics, each once."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

TAKEN: Final = frozenset({"ml", "REGISTRY", "OWNER", *keyword.kwlist, *keyword.softkwlist, *dir(builtins)})


@dataclass
class Names:
    """Gives each thing a name of its own. *service* is the word that all metrics begin with, and none needs."""

    service: str = ""
    taken: set[str] = field(default_factory=lambda: set(TAKEN))

    def unique(self, wanted: str) -> str:
        """Return *wanted*, or that with a number behind it, as an identifier that nothing else has."""
        base = re.sub(r"\W", "_", wanted, flags=re.ASCII) or "_"
        base = f"_{base}" if base[0].isdigit() else base
        name, number = base, 2
        while name in self.taken:
            name, number = f"{base}_{number}", number + 1
        self.taken.add(name)
        return name

    def constant(self, name: str) -> str:
        """Return the name of the constant for a metric or a label."""
        return self.unique(re.sub(r"(?<=.)_total$", "", self.own(name)).upper())

    def own(self, name: str) -> str:
        """Return a metric's name without that of its service."""
        return (name.removeprefix(f"{self.service}_") or name) if self.service else name


def camel(name: str) -> str:
    """Return a metric's name as alerts are named."""
    return "".join(word.capitalize() for word in re.split(r"[^A-Za-z0-9]+", name) if word)


def words(name: str) -> str:
    """Return a name as a title: `Config last reload`."""
    return " ".join(re.split(r"[_:\W]+", name)).strip().capitalize() or name


def common_word(names: Iterable[str], most: float = 0.9, fewest: int = 6) -> str:
    """Return the first word of nearly all *names*, if they have one: the name of their service, as a rule."""
    counts: dict[str, int] = {}
    total = 0
    for name in names:
        total += 1
        counts[name.partition("_")[0]] = counts.get(name.partition("_")[0], 0) + 1
    word, count = max(counts.items(), key=lambda item: item[1], default=("", 0))
    return word if total >= fewest and count >= most * total and re.fullmatch(r"[a-z][a-z0-9]*", word) else ""
