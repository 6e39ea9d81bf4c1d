"""Reading the page: from the generated applications, as a server would, or from a collector registry."""

from __future__ import annotations

from typing import Any

from prometheus_client import CollectorRegistry


def asked(app: Any, method: str = "GET", path: str = "/metrics", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Return what a WSGI application answers."""
    answered: list[Any] = []
    sent = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, **sent}
    body = b"".join(app(environ, lambda *answer: answered.extend(answer)))
    return int(answered[0][:3]), dict(answered[1]), body


async def asked_asgi(
    app: Any, method: str = "GET", path: str = "/metrics", *headers: tuple[bytes, bytes], **scope: Any
) -> tuple[int, dict[str, str], bytes]:
    """Return what an ASGI application answers."""
    sent: list[Any] = []

    async def send(event: Any) -> None:
        sent.append(event)

    await app({"type": "http", "method": method, "path": path, "headers": headers, **scope}, send, send)
    answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], answered, sent[1]["body"]


def total(page: CollectorRegistry, name: str) -> float:
    """Return the sum of all series of a name."""
    return sum(sample.value for family in page.collect() for sample in family.samples if sample.name == name)
