"""Pushing to a Pushgateway: for batch jobs, which end before anybody scrapes them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import cast
from urllib.error import HTTPError

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    delete_from_gateway,
    push_to_gateway,
)

from .collecting import Collected

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
    raises nothing: a job has not failed because its metrics could not be pushed.

    gateway: host:port, or a URL
    grouping_key: what tells this job's group from another's: {"instance": "db-1"}
    """
    page = cast(CollectorRegistry, Collected(collector_registry))
    send = partial(push_to_gateway, gateway, job, page, dict(grouping_key))
    return _tried(send, f"push of job {job} to {gateway}", timeout_seconds)


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
    error: Exception | None = None
    for left in _seconds_left(timeout_seconds):
        try:
            send(timeout=left)
        except HTTPError as refusal:
            refusal.close()
            error = refusal
            if refusal.code < 500:  # what was sent is wrong, and stays so
                break
        except (OSError, ValueError) as fault:  # ValueError: no address
            error = fault
        else:
            return True
    logger.warning("%s failed: %s", what, error)
    return False


def _seconds_left(seconds: float) -> Iterator[float]:
    """Yield what is left of a time, with pauses, until it is over."""
    end, pause = time.monotonic() + seconds, FIRST_PAUSE_SECONDS
    while (left := end - time.monotonic()) > 0:
        yield left
        time.sleep(min(pause, max(end - time.monotonic(), 0)))
        pause *= 2
