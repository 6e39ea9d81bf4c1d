"""How long forms of one thing take: all in turn, the fastest run of each."""

from __future__ import annotations

import timeit
from collections.abc import Callable, Mapping

Work = Callable[[], object]
ROUNDS, CALLS = 60, 2000


def fastest(forms: Mapping[str, Work]) -> dict[str, float]:
    """Return the seconds of each form's fastest run."""
    found = dict.fromkeys(forms, float("inf"))
    for _ in range(ROUNDS):
        for name, work in forms.items():
            found[name] = min(found[name], timeit.timeit(work, number=CALLS))
    return found
