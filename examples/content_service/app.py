"""The web service: `uvicorn --factory examples.content_service.app:create`, with the bundle on PYTHONPATH."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from instrumentation.metrics import asgi_app
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from examples.content_service.failures import FAILURES, FailingProvider, Failures
from examples.content_service.openai_compatible import OpenAICompatible
from examples.content_service.providers import LocalProvider, Provider, ProviderError
from examples.content_service.retention import Cleanup, plans_of
from examples.content_service.settings import Settings
from examples.content_service.storage import Store
from examples.content_service.studio import Studio
from examples.content_service.video import RenderError, renderer_of
from examples.content_service.writing import Writer

MODEL = "gpt-4o-mini"
LONGEST_TOPIC = 300
MEDIA_TYPES = {
    ".txt": "text/plain; charset=utf-8",
    ".wav": "audio/wav",
    ".png": "image/png",
    ".apng": "image/apng",
    ".mp4": "video/mp4",
}
STATUS_OF_ERROR: dict[type[Exception], int] = {ProviderError: 502, RenderError: 500, TimeoutError: 504, OSError: 500}


class Service:
    """The parts of the service, and its endpoints."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.failures = Failures()
        self.store = Store(settings.folder, self.failures)
        plans = plans_of(settings.keep_seconds)
        self.cleanup = Cleanup(self.store, plans, self.failures, settings.folder / "last-cleanup")
        provider = FailingProvider(_provider(settings), self.failures)
        self.writer = Writer(provider, settings.llm_timeout_seconds)
        self.studio = Studio(self.writer, renderer_of(settings.ffmpeg), self.store)

    async def create_content(self, request: Request) -> Response:
        """POST /content {"topic": …, "model": …}: make content; its artifacts are under the paths in the answer."""
        model, topic = await _asked(request)
        made = await self.studio.make(model, topic)
        return JSONResponse({each.artifact_type: f"/artifacts/{each.name}" for each in made}, 201)

    async def stream_script(self, request: Request) -> Response:
        """POST /scripts {"topic": …, "model": …}: a script as it is written. A reader who goes away ends the call."""
        model, topic = await _asked(request)
        parts = self.writer.stream(model, topic)
        first = await anext(parts, "")  # an error before it still has a status of its own

        async def text() -> AsyncGenerator[str, None]:
            yield first
            async for part in parts:
                yield part

        return StreamingResponse(text(), media_type="text/plain")

    async def fetch(self, request: Request) -> Response:
        """GET /artifacts/{name}."""
        artifact = self.store.find(request.path_params["name"])
        if artifact is None:
            raise HTTPException(404, "there is no such artifact: it may be past its date")
        data = await asyncio.to_thread(self.store.get, artifact)
        return Response(data, media_type=MEDIA_TYPES[artifact.path.suffix])

    async def clean_up(self, _request: Request) -> Response:
        """POST /cleanup: a run now, beside those on schedule."""
        await asyncio.to_thread(self.cleanup.run)
        return JSONResponse({"cleaned": True})

    async def show_failures(self, _request: Request) -> Response:
        """GET /failures: what can fail, what it does, and its share now."""
        shares = self.failures.shares()
        return JSONResponse({name: {"does": does, "share": shares[name]} for name, does in FAILURES.items()})

    async def switch_failure(self, request: Request) -> Response:
        """PUT /failures/{name} {"share": 0.5}: let half of the cases fail; 0 switches it off."""
        name = request.path_params["name"]
        if name not in FAILURES:
            raise HTTPException(404, f"there is no failure {name}: there are {', '.join(FAILURES)}")
        share = (await _json(request)).get("share", 1)
        if not isinstance(share, int | float) or not 0 <= share <= 1:
            raise HTTPException(400, "share is a number from 0 (off) to 1 (always)")
        self.failures.switch(name, share)
        return JSONResponse(self.failures.shares())

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        """Clean up on schedule while the service runs."""
        schedule = asyncio.create_task(self.cleanup.every(self.settings.cleanup_seconds))
        try:
            yield
        finally:
            schedule.cancel()


def create(settings: Settings | None = None) -> Starlette:
    """Return the application, set up by the environment unless told otherwise."""
    service = Service(settings or Settings.read())
    routes = [
        Route("/health", health),
        Route("/content", service.create_content, methods=["POST"]),
        Route("/scripts", service.stream_script, methods=["POST"]),
        Route("/artifacts/{name}", service.fetch),
        Route("/cleanup", service.clean_up, methods=["POST"]),
        Route("/failures", service.show_failures),
        Route("/failures/{name}", service.switch_failure, methods=["PUT"]),
        Route("/metrics", asgi_app()),
    ]
    handlers = dict.fromkeys(STATUS_OF_ERROR, failed)
    return Starlette(routes=routes, exception_handlers=handlers, lifespan=service.lifespan)


async def health(_request: Request) -> Response:
    """GET /health: whether the service answers. What it can do, its metrics say."""
    return JSONResponse({"healthy": True})


async def failed(_request: Request, error: Exception) -> Response:
    """Answer with what went wrong: in a demonstration that is what one wants to read."""
    status = next(status for kind, status in STATUS_OF_ERROR.items() if isinstance(error, kind))
    return JSONResponse({"error": f"{type(error).__name__}: {error}"}, status)


def _provider(settings: Settings) -> Provider:
    if settings.provider == "openai":
        return OpenAICompatible(settings.base_url, settings.api_key)
    return LocalProvider(settings.tokens_per_second)


async def _asked(request: Request) -> tuple[str, str]:
    """Return the model and the topic. Any model goes: the instrumentation bounds how many become series."""
    body = await _json(request)
    model, topic = body.get("model", MODEL), body.get("topic")
    if not isinstance(model, str) or not isinstance(topic, str) or not 0 < len(topic) <= LONGEST_TOPIC:
        raise HTTPException(400, f'send {{"topic": …, "model": …}}: a topic of 1 to {LONGEST_TOPIC} characters')
    return model, topic


async def _json(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise HTTPException(400, "the body is no JSON object")
    return body
