"""The page over HTTP: as an ASGI or WSGI application, or from a server of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from concurrent.futures import Future
from http import HTTPStatus
from socketserver import ThreadingMixIn
from typing import Any, Self, TypeAlias
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import REGISTRY, CollectorRegistry

from .page import Page

Environ: TypeAlias = dict[str, Any]
Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers: TypeAlias = list[tuple[str, str]]
Answer: TypeAlias = tuple[HTTPStatus, Headers, Future[bytes]]


def _answer(page: Page, method: str, path: str, accept: str, encodings: str) -> Answer:
    """Return status, headers and the body to come for one request.

    *path* is what follows the place where the application is mounted.
    """
    if path not in {"", "/", "/metrics", "/metrics/"}:
        plain = [("Content-Type", "text/plain")]
        return HTTPStatus.NOT_FOUND, plain, _known(b"Metrics are at /metrics\n")
    if method not in {"GET", "HEAD"}:
        allow = [("Allow", "GET, HEAD")]
        return HTTPStatus.METHOD_NOT_ALLOWED, allow, _known(b"")
    zipped = _takes_gzip(encodings)
    content_type, body = page.begin(accept, zipped=zipped)
    headers = [("Content-Type", content_type), ("Vary", "Accept, Accept-Encoding")]
    if zipped:
        headers.append(("Content-Encoding", "gzip"))
    return HTTPStatus.OK, headers, body


def _known(body: bytes) -> Future[bytes]:
    future = Future[bytes]()
    future.set_result(body)
    return future


def _takes_gzip(encodings: str) -> bool:
    """Tell whether gzip is among the encodings asked for, with a weight above 0."""
    for encoding in "".join(encodings.lower().split()).split(","):
        name, weighted, weight = encoding.partition(";q=")
        if name == "gzip":
            return not weighted or weight.strip("0.") != ""
    return False


def wsgi_app(
    collector_registry: CollectorRegistry = REGISTRY,
) -> Callable[[Environ, Callable[..., Any]], list[bytes]]:
    """Return a WSGI application that serves /metrics, alone or mounted there."""
    page = Page(collector_registry)

    def app(environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
        keys = "PATH_INFO", "HTTP_ACCEPT", "HTTP_ACCEPT_ENCODING"
        asked = [environ.get(key, "") for key in keys]
        method = environ["REQUEST_METHOD"]
        status, headers, to_come = _answer(page, method, *asked)
        body = to_come.result()
        length = ("Content-Length", str(len(body)))
        start_response(f"{status} {status.phrase}", [*headers, length])
        return [b"" if method == "HEAD" else body]

    return app


def asgi_app(
    collector_registry: CollectorRegistry = REGISTRY,
) -> Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]:
    """Return an ASGI application that serves /metrics, alone or mounted there.

    The page is made off the event loop.
    """
    page = Page(collector_registry)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        sent = scope["headers"]
        asked = {name.lower(): value.decode("latin-1") for name, value in sent}
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        accept = asked.get(b"accept", ""), asked.get(b"accept-encoding", "")
        status, headers, to_come = _answer(page, scope["method"], path, *accept)
        # Shielded: that one client leaves must not take the page from the others.
        body = await asyncio.shield(asyncio.wrap_future(to_come))
        headers = [*headers, ("Content-Length", str(len(body)))]
        encoded = [(name.lower().encode(), value.encode()) for name, value in headers]
        await send(
            {
                "type": "http.response.start",
                "status": int(status),
                "headers": encoded,
            }
        )
        shown = b"" if scope["method"] == "HEAD" else body
        await send({"type": "http.response.body", "body": shown})

    return app


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        event = (await receive())["type"]
        await send({"type": f"{event}.complete"})
        if event == "lifespan.shutdown":
            return


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_args: object) -> None:
        """Log nothing: a scrape every few seconds is no news."""


class _Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Server:
    """A server of /metrics on a thread of its own, until it is closed."""

    def __init__(self, server: WSGIServer) -> None:
        self._server = server
        self.port: int = server.server_port
        serve = server.serve_forever
        self._thread = threading.Thread(target=serve, name="metrics", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving, and free the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        """Serve."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """Stop."""
        self.close()


def start_server(
    port: int = 8000,
    host: str = "",
    collector_registry: CollectorRegistry = REGISTRY,
) -> Server:
    """Serve /metrics from a thread of this process.

    An empty host means all addresses. Port 0 takes a free one: see `.port` of the result.
    """

    class Family(_Threads):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

    return Server(make_server(host, port, wsgi_app(collector_registry), Family, _Quiet))
