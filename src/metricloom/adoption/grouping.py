"""Subsystems, by the words that the names of metrics begin with."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from metricloom.adoption.names import common_word

FEWEST: Final = 3
"""Metrics that make a subsystem of their own; the rest go into one together."""

MOST: Final = 30
"""Subsystems, each a row of the dashboard."""

_WORD: Final = re.compile(r"[a-z][a-z0-9]*")


def group_names(names: Sequence[str], rest: str) -> list[str]:
    """Return the subsystem of each of *names*; *rest* is that of those that belong to none."""
    service = common_word(names)
    words = [_word(name, service) for name in names]
    counts = Counter(word for word in words if _WORD.fullmatch(word) and word != rest)
    large = {word for word, count in counts.most_common(MOST) if count >= FEWEST}
    return [word if word in large else rest for word in words]


def _word(name: str, service: str) -> str:
    """Return the first word of *name* that says more than that it is of the *service*."""
    return name.removeprefix(f"{service}_").partition("_")[0] if service else name.partition("_")[0]
