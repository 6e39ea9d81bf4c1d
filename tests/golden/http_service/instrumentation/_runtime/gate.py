"""What a forked process needs: no lock held by a thread that it does not have."""

from __future__ import annotations

import threading
from typing import Any

GATE = threading.RLock()
"""Held while anything is created, and while the process forks.

Recording needs it only for label values that are new, and where processes share files.
"""


class Guarded:
    """A series where processes share files: there, one lock in the client is for all."""

    def __init__(self, series: Any) -> None:
        self._series = series

    def inc(self, *amount: Any) -> None:
        """Increase a counter."""
        with GATE:
            self._series.inc(*amount)

    def set(self, level: float) -> None:
        """Set a gauge."""
        with GATE:
            self._series.set(level)

    def observe(self, *observed: Any) -> None:
        """Observe a value."""
        with GATE:
            self._series.observe(*observed)
