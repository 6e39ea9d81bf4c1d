"""A provider behind the HTTP API that OpenAI began and many others speak."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from typing import Any

import httpx2

from examples.content_service.providers import (
    APIConnectionError,
    AuthenticationError,
    BadRequestError,
    Chunk,
    InternalServerError,
    Prompt,
    ProviderError,
    RateLimitError,
    Usage,
)

Json = dict[str, Any]

ERRORS: dict[int, type[ProviderError]] = {
    401: AuthenticationError,
    403: AuthenticationError,
    408: APIConnectionError,
    429: RateLimitError,
}
EVENT = "data:"
END = "[DONE]"


class OpenAICompatible:
    """Streams chat completions from `base_url`."""

    def __init__(self, base_url: str, api_key: str) -> None:
        self._client = httpx2.AsyncClient(
            base_url=f"{base_url.rstrip('/')}/",
            headers={"Authorization": f"Bearer {api_key}"} if api_key else {},
            timeout=httpx2.Timeout(None, connect=10),  # how long an answer may take is for the caller to say
        )

    async def stream(self, model: str, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        """Yield the answer as it comes."""
        try:
            async with self._client.stream("POST", "chat/completions", json=_request(model, prompt)) as response:
                if response.is_error:
                    raise _error(response.status_code, (await response.aread()).decode(errors="replace"))
                async for line in response.aiter_lines():
                    if line.startswith(EVENT) and (event := line.removeprefix(EVENT).strip()) != END:
                        yield _chunk(json.loads(event))
        except (httpx2.HTTPError, ValueError) as error:
            raise APIConnectionError(f"{self._client.base_url}: {error!r}") from error


def _request(model: str, prompt: Prompt) -> Json:
    messages = [{"role": "system", "content": prompt.instructions}, {"role": "user", "content": prompt.topic}]
    return {"model": model, "messages": messages, "stream": True, "stream_options": {"include_usage": True}}


def _error(status: int, body: str) -> ProviderError:
    kind = InternalServerError if status >= 500 else ERRORS.get(status, BadRequestError)
    return kind(f"the provider answered {status}: {body[:300]}")


def _chunk(event: Json) -> Chunk:
    choices = event.get("choices") or [{}]
    text = (choices[0].get("delta") or {}).get("content") or ""
    usage = event.get("usage")
    return Chunk(text, _usage(usage) if usage else None)


def _usage(said: Json) -> Usage:
    """Cached input is part of `prompt_tokens` there; here each token is counted once."""
    cached = (said.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
    return Usage(
        input_tokens=said["prompt_tokens"] - cached,
        output_tokens=said["completion_tokens"],
        cache_read_tokens=cached,
        cost=said.get("cost"),  # OpenRouter and some gateways say it
    )
