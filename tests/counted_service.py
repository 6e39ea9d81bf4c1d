"""An ASGI service for test_instrumentation_counts.py: the generated module records each request; one in ten fails.

It is imported by a server that forks its workers afterwards, from the folder of a bundle.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any

FAILING = "/fail"

metrics: Any = import_module("instrumentation.metrics")
page = metrics.asgi_app()


async def answer(path: str) -> None:
    """Do the work of one request."""
    async with metrics.HTTPMetrics.timer(path):
        if path == FAILING:
            raise RuntimeError


async def app(scope: Any, receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
    """Serve /metrics, and record all other requests."""
    if scope["type"] != "http" or scope["path"] == "/metrics":
        await page(scope, receive, send)
        return
    try:
        await answer(scope["path"])
    except RuntimeError:
        status = 500
    else:
        status = 200
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})
