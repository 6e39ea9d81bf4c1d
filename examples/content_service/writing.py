"""Scripts, written by a language model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from instrumentation.metrics import LLMMetrics

from examples.content_service.providers import WORTH_ANOTHER_TRY, Prompt, Provider, within

INSTRUCTIONS = """\
You write scripts for short explanatory videos. Write for the ear: short sentences, one thought in each, no lists, no
headings, no stage directions. Open with a question or a plain statement, never with a greeting. Say what is known, say
what is not, and never invent a number. Close in two sentences. Your text is read aloud as it stands.
"""
ATTEMPTS = 2
SECONDS_BETWEEN_ATTEMPTS = 0.2


class Writer:
    """Asks a provider for scripts."""

    def __init__(self, provider: Provider, timeout_seconds: float) -> None:
        self._provider, self._timeout_seconds = provider, timeout_seconds

    async def stream(self, model: str, topic: str) -> AsyncGenerator[str, None]:
        """Yield a script as it comes: one call of the provider.

        The timer counts the call however it ends: whole, with an error, too late, or left half-way by a reader who
        went away. The time limit is within it, because a call that is cut off from outside counts as cancelled.
        """
        prompt = Prompt(INSTRUCTIONS, topic)
        async with LLMMetrics.timer(model) as call, aclosing(self._provider.stream(model, prompt)) as chunks:
            async for chunk in call.stream_async(within(self._timeout_seconds, chunks)):
                if chunk.usage is not None:
                    call.input_tokens = chunk.usage.input_tokens
                    call.output_tokens = chunk.usage.output_tokens
                    call.cache_read_tokens = chunk.usage.cache_read_tokens
                    call.cache_write_tokens = chunk.usage.cache_write_tokens
                    call.cost = chunk.usage.cost
                if chunk.text:
                    yield chunk.text

    async def write(self, model: str, topic: str) -> str:
        """Return a whole script. Each attempt is a call of its own, and counted as one.

        Raises:
            ProviderError: no attempt brought an answer.
            TimeoutError: it did not come in time.
        """
        for _ in range(ATTEMPTS - 1):
            try:
                return await self._attempt(model, topic)
            except WORTH_ANOTHER_TRY:
                await asyncio.sleep(SECONDS_BETWEEN_ATTEMPTS)
        return await self._attempt(model, topic)

    async def _attempt(self, model: str, topic: str) -> str:
        async with aclosing(self.stream(model, topic)) as parts:
            return "".join([part async for part in parts])
