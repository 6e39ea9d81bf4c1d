"""The operations under way of one series: how many, and when the oldest began."""

from __future__ import annotations

import itertools
import math
import threading
import time

from .family import GaugeSeries


class InFlight:
    """The operations under way of one series: how many, and when the oldest began.

    +Inf stands for no oldest: 0 would blind a minimum over processes and replicas.

    A call can come within a call, in the same thread and at any point of it: from a
    stream that the garbage collector finds unfinished, or from a signal handler. With a
    plain lock it would wait for ever.
    """

    def __init__(self, count: GaugeSeries, oldest: GaugeSeries | None) -> None:
        self._series = count, oldest
        self._numbers = itertools.count()
        self.restart()

    def restart(self) -> None:
        """Begin with none under way: those from before end without being counted."""
        count, oldest = self._series
        self._count = count.shown(0)
        self._oldest = oldest.shown(math.inf) if oldest is not None else None
        self._lock = threading.RLock()  # a thread that is no more may hold the old one
        self._latest = 0  # the number of the latest change
        self._begun: dict[int, float] = {}  # as they began: the oldest stands first

    def begin(self) -> int:
        """Note that an operation began; return the number to end it by."""
        with self._lock:
            self._latest = number = next(self._numbers)
            self._begun[number] = time.time()
            self._show()
        return number

    def end(self, number: int) -> None:
        """Note that the operation ended."""
        with self._lock:
            self._latest = next(self._numbers)
            self._begun.pop(number, None)
            self._show()

    def _show(self) -> None:
        """Show both; and again if a call within this one has changed them meanwhile."""
        shown = -1
        while shown != self._latest:
            shown = self._latest
            self._count.set(len(self._begun))
            if self._oldest is not None:
                try:
                    self._oldest.set(next(iter(self._begun.values()), math.inf))
                except RuntimeError:  # such a call changed it under the iterator
                    continue
