"""Who answers prompts: what a provider is, and one that needs no network."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from typing import Protocol

# --- what a provider is ---


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is asked. The instructions are the same in every call: providers cache them."""

    instructions: str
    topic: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What a call is billed for: each token in exactly one of the four."""

    input_tokens: int
    output_tokens: int
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cost: float | None = None
    """US$, where the provider says what the call cost; None: its tokens are priced by the table."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of an answer; the last one carries the usage."""

    text: str
    usage: Usage | None = None


class Provider(Protocol):
    """Answers prompts, part by part."""

    def stream(self, model: str, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        """Yield the answer."""
        ...


# The generated timer tells outcomes by the names of these classes, which are those of OpenAI's own client.


class ProviderError(Exception):
    """A call failed."""


class RateLimitError(ProviderError): ...


class AuthenticationError(ProviderError): ...


class BadRequestError(ProviderError): ...


class InternalServerError(ProviderError): ...


class APIConnectionError(ProviderError): ...


WORTH_ANOTHER_TRY = RateLimitError, InternalServerError, APIConnectionError


async def within(seconds: float, chunks: AsyncGenerator[Chunk, None]) -> AsyncGenerator[Chunk, None]:
    """Yield the chunks, as long as all of them come in time.

    The limit is around each wait and not around the loop: around a `yield` it would strike the consumer.

    Raises:
        TimeoutError: the answer was not whole in time.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        async with asyncio.timeout_at(deadline):
            chunk = await anext(chunks, None)
        if chunk is None:
            return
        yield chunk


# --- the local one ---

CHARACTERS_PER_TOKEN = 4
FIRST_TOKEN_AFTER = 16, 64  # as long as so many tokens take: least, most

OPENINGS = "Have you ever wondered about {}?", "Today we look at {}.", "Few things are as misjudged as {}."
SENTENCES = (
    "It begins with a small idea, and the people who would not let it go.",
    "What looks simple from afar turns out to have three layers.",
    "Numbers help: half of what we believe about it is older than we are.",
    "The second surprise is how little it costs to try.",
    "Experts disagree, and that is the best part.",
    "Take one step at a time, and write down what you see.",
    "Nobody planned it this way, and yet it works.",
)
CLOSING = "That is all for today. Come back tomorrow."


class LocalProvider:
    """Answers with the same text for the same prompt, at the pace of a real model."""

    def __init__(self, tokens_per_second: float) -> None:
        self._tokens_per_second = tokens_per_second
        self._cached: set[tuple[str, str]] = set()

    async def stream(self, model: str, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        """Yield a token at a time, and at the end what is billed."""
        seed = hashlib.sha256(f"{model}\n{prompt.topic}".encode()).digest()
        tokens = list(_tokens(_answer(seed, prompt.topic)))
        least, most = FIRST_TOKEN_AFTER
        await asyncio.sleep((least + (most - least) * seed[0] / 255) / self._tokens_per_second)
        for token in tokens:
            yield Chunk(token)
            await asyncio.sleep(1 / self._tokens_per_second)
        yield Chunk("", self._usage(model, prompt, len(tokens)))

    def _usage(self, model: str, prompt: Prompt, output_tokens: int) -> Usage:
        """Bill the instructions as written to the cache in a model's first call, as read from it in later ones."""
        known = (model, prompt.instructions) in self._cached
        self._cached.add((model, prompt.instructions))
        instructions = _count(prompt.instructions)
        return Usage(
            input_tokens=_count(prompt.topic),
            output_tokens=output_tokens,
            cache_read_tokens=instructions if known else 0,
            cache_write_tokens=0 if known else instructions,
        )


def _answer(seed: bytes, topic: str) -> str:
    opening = OPENINGS[seed[1] % len(OPENINGS)].format(topic)
    first = seed[2] % len(SENTENCES)
    middle = itertools.islice(itertools.cycle(SENTENCES), first, first + 2 + seed[3] % 3)
    return " ".join([opening, *middle, CLOSING])


def _tokens(text: str) -> Iterator[str]:
    for start in range(0, len(text), CHARACTERS_PER_TOKEN):
        yield text[start : start + CHARACTERS_PER_TOKEN]


def _count(text: str) -> int:
    return -(-len(text) // CHARACTERS_PER_TOKEN)
