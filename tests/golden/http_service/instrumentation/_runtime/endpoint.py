"""The page over HTTP: as an ASGI or WSGI application, or from a server of its own."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
from collections.abc import (
    Awaitable,
    Callable,
    Coroutine,
    Iterable,
    Iterator,
    MutableMapping,
)
from concurrent.futures import Future
from http import HTTPStatus
from socketserver import ThreadingMixIn
from typing import Any, Self, TypeAlias
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import REGISTRY, CollectorRegistry

from .page import LIMIT_SECONDS, Page

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


def _late(page: Page) -> tuple[HTTPStatus, Headers, bytes]:
    """Return what is answered in the place of a page that does not come."""
    page.late()
    body = f"No page in {LIMIT_SECONDS:g} s: the log says why\n".encode()
    return HTTPStatus.SERVICE_UNAVAILABLE, [("Content-Type", "text/plain")], body


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
        try:
            body = to_come.result(LIMIT_SECONDS)
        except TimeoutError:
            status, headers, body = _late(page)
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
    return _ASGI(Page(collector_registry))


class _ASGI:
    """The ASGI application: an object, since frameworks take a function for a handler."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or whatever else a server asks."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        elif scope["type"] == "http":
            await self._respond(scope, send)

    async def _respond(self, scope: Scope, send: Send) -> None:
        asked = _joined(scope["headers"], b"accept", b"accept-encoding")
        path = _below(scope.get("root_path", ""), scope["path"])
        status, headers, to_come = _answer(self._page, scope["method"], path, *asked)
        # Shielded: that one client leaves must not take the page from the others.
        coming = asyncio.shield(asyncio.wrap_future(to_come))
        try:
            body = await asyncio.wait_for(coming, LIMIT_SECONDS)
        except TimeoutError:
            status, headers, body = _late(self._page)
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


def _joined(sent: Iterable[tuple[bytes, bytes]], *names: bytes) -> Iterator[str]:
    """Yield the value of each header; one that is sent several times is a list."""
    for name in names:
        values = (value for sent_name, value in sent if sent_name.lower() == name)
        yield b", ".join(values).decode("latin-1")


def _below(root: str, path: str) -> str:
    """Return what follows the place where the application is mounted, if it does."""
    root = root.rstrip("/")
    return path[len(root) :] if f"{path}/".startswith(f"{root}/") else path


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        event = (await receive())["type"]
        await send({"type": f"{event}.complete"})
        if event == "lifespan.shutdown":
            return


class _Quiet(WSGIRequestHandler):
    timeout = LIMIT_SECONDS  # for a client that sends nothing, or reads nothing

    def log_message(self, *_args: object) -> None:
        """Log nothing: a scrape every few seconds is no news."""


class _Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing of a client that is gone."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


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

    class Listening(_Threads):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

    app = wsgi_app(collector_registry)
    return Server(make_server(host, port, app, Listening, _Quiet))
