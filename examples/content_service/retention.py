"""What is past its date is deleted, on schedule; and it shows whether it is."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from instrumentation.metrics import RetentionMetrics

from examples.content_service.failures import Failures
from examples.content_service.storage import Artifact, Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Plan:
    """For how long some types of artifacts are kept."""

    name: str
    artifact_types: tuple[str, ...]
    keep_seconds: float


def plans_of(keep_seconds: float) -> list[Plan]:
    """Return the plans: what a person said or wrote is kept for the shortest time."""
    return [
        Plan("gdpr", ("script", "voiceover"), keep_seconds),
        Plan("media", ("image", "video"), 2 * keep_seconds),
    ]


class Cleanup:
    """Deletes what is past its date."""

    def __init__(self, store: Store, plans: list[Plan], failures: Failures, remembered: Path) -> None:
        """*remembered* is the file that holds, over restarts, when the last run succeeded."""
        self._store, self._plans, self._failures, self._remembered = store, plans, failures, remembered
        self._one_run = threading.Lock()
        if remembered.exists():
            RetentionMetrics.restore_last_success(float(remembered.read_text()))
        for plan in plans:
            self._show_overdue(plan)

    async def every(self, seconds: float) -> None:
        """Run again and again. A run that fails is logged, and the next one is tried."""
        while True:
            await asyncio.sleep(seconds)
            try:
                await asyncio.to_thread(self.run)
            except OSError:
                log.exception("clean-up failed; the next run is in %g seconds", seconds)

    def run(self) -> None:
        """Delete all that is past its date, in one run. It blocks: call it in a thread.

        Raises:
            OSError: something could not be deleted.
        """
        with self._one_run:  # one on schedule and one asked for would delete the same
            self._run()

    def _run(self) -> None:
        started, success = time.perf_counter(), False
        deleted: list[Artifact] = []
        try:
            self._failures.strike_the_cleanup()
            errors: list[OSError] = []
            for plan in self._plans:
                deleted += self._delete(plan, errors)
            if errors:
                raise OSError(f"items that could not be deleted: {len(errors)}, the first: {errors[0]}")
            self._remember()
            success = True
        finally:
            seconds = time.perf_counter() - started
            RetentionMetrics.record_cleanup_run(seconds, len(deleted), _size(deleted), success=success)

    def _delete(self, plan: Plan, errors: list[OSError]) -> list[Artifact]:
        """Delete what one plan says. An item that cannot be deleted keeps none of the others."""
        deleted = []
        for artifact in self._overdue(plan):
            try:
                self._store.delete(artifact)
                deleted.append(artifact)
            except OSError as error:
                errors.append(error)
        RetentionMetrics.record_delete(plan.name, len(deleted), _size(deleted))
        return deleted

    def _remember(self) -> None:
        unfinished = self._remembered.with_suffix(".unfinished")
        unfinished.write_text(str(time.time()))
        unfinished.replace(self._remembered)

    def _overdue(self, plan: Plan) -> list[Artifact]:
        return self._store.made_before(time.time() - plan.keep_seconds, plan.artifact_types)

    def _show_overdue(self, plan: Plan) -> None:
        """Have both gauges read at each scrape: they are right also when no run comes."""

        def oldest_due() -> float | None:
            return next((artifact.made + plan.keep_seconds for artifact in self._overdue(plan)), None)

        RetentionMetrics.set_overdue(plan.name, lambda: len(self._overdue(plan)), oldest_due)


def _size(artifacts: list[Artifact]) -> int:
    return sum(each.size for each in artifacts)
