"""The page of a collector registry: made in small steps, once for all who ask at a time."""

from __future__ import annotations

import copy
import gzip
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeAlias

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Exposed

from .collecting import Collected
from .family import IN_PARTS
from .gate import GATE

Encode: TypeAlias = Callable[[Any], bytes]
Key: TypeAlias = tuple[int, str, bool]
"""Process, type of the page, and whether it is zipped."""
LIMIT_SECONDS = 10.0
"""How long one waits for a page: a function that hangs must not keep all who scrape."""
STEP = 200  # samples; between two steps other threads run
PAUSE_SECONDS = 0.0001  # what lets a waiting thread run: 0 seldom does
OF_OPENMETRICS = "application/openmetrics-text"
END = b"# EOF\n"  # of a page in that format


class Page:
    """The page of one collector registry."""

    def __init__(self, collector_registry: CollectorRegistry) -> None:
        self._collected = Collected(collector_registry)
        self._under_way: dict[Key, Future[bytes]] = {}

    def begin(self, accept: str, *, zipped: bool) -> tuple[str, Future[bytes]]:
        """Return the type of the page and the page to come.

        It is made in a thread of its own, so that an event loop can wait for it. One that
        is being made is for all who ask meanwhile.
        """
        encode, content_type = _encoder(accept)
        key = os.getpid(), content_type, zipped  # a forked process awaits no parent's
        with GATE:
            known = self._under_way.get(key)
            if known is not None:
                return content_type, known
            future = self._under_way[key] = Future()
        make = partial(self._make, key, encode, future)
        try:
            threading.Thread(target=make, name="metrics page", daemon=True).start()
        except RuntimeError:  # the process can have no more threads
            make()
        return content_type, future

    def late(self) -> None:
        """Count a page that did not come in time."""
        self._collected.late(LIMIT_SECONDS)

    def _make(self, key: Key, encode: Encode, future: Future[bytes]) -> None:
        _, content_type, zipped = key
        before = IN_PARTS.set(True)
        try:
            page = self._made(encode, content_type)
            body = gzip.compress(page, 1) if zipped else page
        except BaseException as error:  # noqa: BLE001 - it is raised where it is awaited
            del self._under_way[key]
            future.set_exception(error)
        else:
            # First: who has this page and asks again must not be given it once more.
            del self._under_way[key]
            future.set_result(body)
        finally:
            IN_PARTS.reset(before)

    def _made(self, encode: Encode, content_type: str) -> bytes:
        parts: list[bytes] = []
        last = ""
        for metric in self._collected.collect():
            try:
                parts += _lines(encode, metric, goes_on=metric.name == last)
            except Exception as error:  # noqa: BLE001 - a sample that no page can hold
                self._collected.failed(error)
            last = metric.name
        end = END if content_type.startswith(OF_OPENMETRICS) else b""
        return b"".join([*parts, end])


def _encoder(accept: str) -> tuple[Encode, str]:
    """Return what writes the page that is asked for; the plain one if that is not clear."""
    try:
        return choose_encoder(accept.replace('"', ""))
    except (TypeError, ValueError):  # a version that is no number
        return choose_encoder("")


def _lines(encode: Encode, metric: Exposed, *, goes_on: bool) -> Iterator[bytes]:
    """Yield the lines of a family, some at a time; one that goes on has its heading."""
    if _has_parts_of_its_own(metric):
        yield _encoded(encode, metric, metric.samples)
        return
    heading = _encoded(encode, metric, [])
    if not goes_on:
        yield heading
    for start in range(0, len(metric.samples), STEP):
        some = metric.samples[start : start + STEP]
        yield _encoded(encode, metric, some).removeprefix(heading)
        if len(some) == STEP:
            time.sleep(PAUSE_SECONDS)


def _encoded(encode: Encode, metric: Exposed, samples: list[Any]) -> bytes:
    part = copy.copy(metric)
    part.samples = samples
    return encode(One(part)).removesuffix(END)


class One:
    """A metric in the place of a collector registry."""

    def __init__(self, metric: Exposed) -> None:
        self._metric = metric

    def collect(self) -> list[Exposed]:
        """Return it."""
        return [self._metric]


def _has_parts_of_its_own(metric: Exposed) -> bool:
    """Tell whether its samples come under several headings: the library's own affair."""
    apart = {f"{metric.name}{ending}" for ending in ("_created", "_gsum", "_gcount")}
    return any(sample.name in apart for sample in metric.samples)
