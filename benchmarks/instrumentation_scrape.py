"""How long a scrape of a large page stalls the event loop, and how long it takes."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from prometheus_client import CollectorRegistry, make_asgi_app

SERIES = 50_000
EACH = 16  # series of one label value: a counter, a histogram's 13 buckets and +Inf, sum and count, less the odd one
ROUNDS = 5
TICK_SECONDS = 0.001


def large_page(runtime: Any) -> CollectorRegistry:
    """Return a collector registry with as many series."""
    page = CollectorRegistry()
    families = runtime.Families.of(page)
    label = runtime.Label("route", max_values=SERIES)
    counter = runtime.Counter("large_total", "Large", (label,))
    histogram = runtime.Histogram("large_seconds", "Large", (label,), buckets=tuple(range(1, EACH - 3)))
    for number in range(SERIES // EACH):
        families.counter(counter, f"/route/{number}").inc()
        families.histogram(histogram, f"/route/{number}").observe(number % 12)
    return page


async def _scrape(app: Any) -> None:
    async def nothing(*_event: object) -> dict[str, str]:
        return {"type": "http.request"}

    scope = {"type": "http", "method": "GET", "path": "/metrics", "query_string": b"", "headers": []}
    await app(scope, nothing, nothing)


async def _stalled(app: Any) -> tuple[float, float]:
    """Return the longest time in which the loop did not turn during a scrape, and how long the scrape took."""
    longest, done = 0.0, False

    async def tick() -> None:
        nonlocal longest
        last = time.perf_counter()
        while not done:
            await asyncio.sleep(TICK_SECONDS)
            now = time.perf_counter()
            longest, last = max(longest, now - last - TICK_SECONDS), now

    ticking = asyncio.create_task(tick())
    await asyncio.sleep(10 * TICK_SECONDS)
    begun = time.perf_counter()
    await _scrape(app)
    took = time.perf_counter() - begun
    await asyncio.sleep(10 * TICK_SECONDS)
    done = True
    await ticking
    return longest, took


def scraping(runtime: Any) -> tuple[float, float]:
    """Return stall and time of a scrape, as ratios to those of prometheus_client's own application."""
    page = large_page(runtime)
    ours, theirs = runtime.asgi_app(page), make_asgi_app(page)
    pairs = [(asyncio.run(_stalled(ours)), asyncio.run(_stalled(theirs))) for _ in range(ROUNDS)]
    (our_stall, our_time), (their_stall, their_time) = (
        [min(pair[side][of] for pair in pairs) for of in (0, 1)] for side in (0, 1)
    )
    return our_stall / their_stall, our_time / their_time
