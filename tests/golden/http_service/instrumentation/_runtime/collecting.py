"""What a page shows: of this process, or of all that share PROMETHEUS_MULTIPROC_DIR."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric as Exposed
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from .declarations import UNKNOWN
from .families import Families
from .family import shared_folder

ENDINGS = ("", "_total", "_created", "_bucket", "_sum", "_count", "_info")
"""What the names of a family's samples may end in."""
TRIES, PAUSE_SECONDS = 3, 0.02
"""Of reading the files of all processes: one that begins meanwhile fails the first try."""

logger = logging.getLogger(__name__)


class Collected:
    """What stands for a collector registry when a page is made of it.

    A collector that fails takes nothing but its own metrics off the page, and is counted.
    prometheus_client ends at the first one that fails. What comes after it is asked for by
    name: what this package declares, and what was seen on an earlier page.
    """

    def __init__(self, collector_registry: CollectorRegistry) -> None:
        self._collector_registry = collector_registry
        self._families = Families.of(collector_registry)
        self._seen: dict[str, None] = {}
        self._failed_alone: set[str] = set()  # until a whole page succeeds again

    def collect(self) -> Iterator[Exposed]:
        """Yield what can be collected."""
        folder = shared_folder()
        yield from self._of_all_processes(folder) if folder else self._of_this_process()

    def _of_all_processes(self, folder: str) -> Iterable[Exposed]:
        for family in self._families:
            family.read_functions()
        forget_dead_processes(folder)
        collector: Any = MultiProcessCollector(None, folder)  # type: ignore[no-untyped-call]
        for _ in range(TRIES - 1):
            try:
                return list(collector.collect())
            except Exception:  # noqa: BLE001 - a file that is only half begun
                time.sleep(PAUSE_SECONDS)
        return list(collector.collect())

    def _of_this_process(self) -> Iterator[Exposed]:
        shown: dict[str, None] = {}
        try:
            for metric in self._collector_registry.collect():
                shown[metric.name] = None
                yield metric
        except Exception as error:  # noqa: BLE001 - whatever the application's does
            self.failed(error)
            yield from self._others(shown)
        else:
            self._failed_alone.clear()
        self._seen |= shown

    def _others(self, shown: Iterable[str]) -> Iterator[Exposed]:
        """Yield what a collector that failed has kept from the page."""
        done = set(shown)
        for family in self._families:
            if family.name not in done:
                done.add(family.name)
                yield from family.collect()
        done |= self._failed_alone
        for name in self._seen:
            if name not in done:
                yield from self._alone(name)

    def _alone(self, name: str) -> Iterable[Exposed]:
        names = [f"{name}{ending}" for ending in ENDINGS]
        try:
            return list(self._collector_registry.restricted_registry(names).collect())
        except Exception:  # noqa: BLE001 - the one that failed, once more
            self._failed_alone.add(name)
            return ()

    def late(self, seconds: float) -> None:
        """Count a page that is not made in time, and log it."""
        self._families.count(UNKNOWN, "collector_failed")
        logger.warning("no page in %g s: a collector or a function hangs", seconds)

    def failed(self, error: Exception) -> None:
        """Count a collector that failed, and log why."""
        self._families.count(UNKNOWN, "collector_failed")
        logger.warning("a collector failed: its metrics are absent", exc_info=error)


def forget_dead_processes(folder: str) -> None:
    """Remove what processes that are no more have left in gauges of live processes."""
    for path in Path(folder).glob("gauge_live*_*.db"):
        process = path.stem.rpartition("_")[2]
        if process.isdecimal() and not _is_alive(int(process)):
            with suppress(FileNotFoundError):  # another process was first
                mark_process_dead(int(process), folder)  # type: ignore[no-untyped-call]


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is there, and another user's
        return True
    return True
