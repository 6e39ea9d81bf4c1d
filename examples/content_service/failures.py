"""What can be made to fail, to see which alert it fires."""

from __future__ import annotations

import asyncio
import errno
import threading
from collections.abc import AsyncGenerator
from contextlib import aclosing

from examples.content_service.providers import Chunk, InternalServerError, Prompt, Provider

PROVIDER_ERRORS, SLOW_CALLS, HANGING_CALLS = "provider-errors", "slow-calls", "hanging-calls"
STORAGE_FULL, CLEANUP_FAILING = "storage-full", "cleanup-failing"
FAILURES = {
    PROVIDER_ERRORS: "the provider answers calls with an error of its own: HighLLMErrorRate, LLMOutage",
    SLOW_CALLS: "calls take more than a minute: SlowLLMCalls",
    HANGING_CALLS: "calls are taken and never answered, until this is switched off: LLMCallsStuck",
    STORAGE_FULL: "nothing can be written: StorageFailureRatio",
    CLEANUP_FAILING: "clean-up runs end without having deleted anything: RetentionCleanupFailed, after 26 hours",
}
SLOW_SECONDS = 70  # the alert's threshold is 60


class Failures:
    """The switch: which failures are on, and for what share of the cases. Threads and tasks read it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shares: dict[str, float] = {}
        self._due: dict[str, float] = {}
        self._changed = asyncio.Event()

    def shares(self) -> dict[str, float]:
        """Return the share of each failure: 0 is off, 1 is always."""
        return {name: self._shares.get(name, 0) for name in FAILURES}

    def switch(self, name: str, share: float) -> None:
        """Let a failure strike this share of the cases from now on."""
        with self._lock:
            self._shares[name], self._due[name] = share, 0
        self._changed.set()
        self._changed = asyncio.Event()

    def strikes(self, name: str) -> bool:
        """Tell whether this case fails: of a share of 1/4, every fourth one, so that demonstrations can be counted."""
        with self._lock:
            self._due[name] = self._due.get(name, 0) + self._shares.get(name, 0)
            struck = self._due[name] >= 1
            self._due[name] -= struck
        return struck

    async def lifted(self, name: str) -> None:
        """Wait until a failure is switched off."""
        while self._shares.get(name, 0):
            await self._changed.wait()

    def strike_the_disk(self) -> None:
        """Fail as a full disk does, if that is switched on."""
        if self.strikes(STORAGE_FULL):
            raise OSError(errno.ENOSPC, "No space left on device (switched on)")

    def strike_the_cleanup(self) -> None:
        """Fail as a folder without permission does, if that is switched on."""
        if self.strikes(CLEANUP_FAILING):
            raise PermissionError(errno.EACCES, "Permission denied (switched on)")


class FailingProvider:
    """A provider with the failures that are switched on; without them, the provider itself."""

    def __init__(self, provider: Provider, failures: Failures) -> None:
        self._provider, self._failures = provider, failures

    async def stream(self, model: str, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        """Yield the answer, if it comes."""
        if self._failures.strikes(HANGING_CALLS):
            await self._failures.lifted(HANGING_CALLS)
        if self._failures.strikes(SLOW_CALLS):
            await asyncio.sleep(SLOW_SECONDS)
        if self._failures.strikes(PROVIDER_ERRORS):
            raise InternalServerError("the provider answered 500 (switched on)")
        async with aclosing(self._provider.stream(model, prompt)) as chunks:
            async for chunk in chunks:
                yield chunk
