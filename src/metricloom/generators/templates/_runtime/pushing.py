"""Pushing to a Pushgateway: for batch jobs, which end before anybody scrapes them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from http.client import HTTPException, InvalidURL
from typing import cast
from urllib.error import HTTPError, URLError

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    delete_from_gateway,
    generate_latest,
    push_to_gateway,
)
from prometheus_client.metrics_core import Metric as Exposed

from .collecting import Collected
from .page import One

FIRST_PAUSE_SECONDS = 0.2  # twice as long after each try that failed
NO_GROUPING: Mapping[str, str] = {}

logger = logging.getLogger(__name__)


def push(
    gateway: str,
    job: str,
    grouping_key: Mapping[str, str] = NO_GROUPING,
    *,
    timeout_seconds: float = 10,
    collector_registry: CollectorRegistry = REGISTRY,
) -> bool:
    """Push the page to a Pushgateway, in the place of what this group pushed before.

    Tries again until it succeeds or the time is over; returns whether it succeeded, and
    raises nothing: a job has not failed because its metrics could not be pushed. A sample
    that no page can hold is left out, and counted.

    gateway: host:port, or a URL
    grouping_key: what tells this job's group from another's: {"instance": "db-1"}
    """
    page = cast(CollectorRegistry, _Pushed(collector_registry))
    send = partial(push_to_gateway, gateway, job, page, dict(grouping_key))
    return _tried(send, f"push of job {job} to {gateway}", timeout_seconds)


class _Pushed(Collected):
    """What stands for a collector registry: only what can be written."""

    def collect(self) -> Iterator[Exposed]:
        """Yield what can be collected, and written."""
        for metric in super().collect():
            try:
                generate_latest(cast(CollectorRegistry, One(metric)))
            except Exception as error:  # noqa: BLE001 - a sample that no page can hold
                self.failed(error)
            else:
                yield metric


def delete_pushed(
    gateway: str,
    job: str,
    grouping_key: Mapping[str, str] = NO_GROUPING,
    *,
    timeout_seconds: float = 10,
) -> bool:
    """Delete what a group pushed, as when it has succeeded; else it stays for ever."""
    send = partial(delete_from_gateway, gateway, job, dict(grouping_key))
    return _tried(send, f"deletion of job {job} from {gateway}", timeout_seconds)


def _tried(send: Callable[..., None], what: str, timeout_seconds: float) -> bool:
    """Call *send* until it succeeds; return whether it did in time."""
    error: Exception = TimeoutError(f"timeout_seconds is {timeout_seconds:g}")
    for left in _seconds_left(timeout_seconds):
        try:
            send(timeout=left)
        except Exception as fault:  # noqa: BLE001 - it is promised to raise nothing
            error = fault
            if not _may_pass(fault):
                break
        else:
            return True
    logger.warning("%s failed: %s", what, error)
    return False


def _may_pass(fault: Exception) -> bool:
    """Tell whether another try may succeed where one ended so."""
    if isinstance(fault, HTTPError):
        fault.close()
        return fault.code >= 500  # else what was sent is wrong, and stays so
    if isinstance(fault, InvalidURL):
        return False
    if isinstance(fault, URLError) and isinstance(fault.reason, str):
        return False  # urllib's own words for what is no address
    return isinstance(fault, (OSError, HTTPException))


def _seconds_left(seconds: float) -> Iterator[float]:
    """Yield what is left of a time, with pauses, until it is over."""
    end, pause = time.monotonic() + seconds, FIRST_PAUSE_SECONDS
    while (left := end - time.monotonic()) > 0:
        yield left
        time.sleep(min(pause, max(end - time.monotonic(), 0)))
        pause *= 2
