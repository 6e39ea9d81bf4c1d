"""Artifacts on disk: written whole or not at all, counted, and known by when they were made."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import uuid4

from instrumentation.metrics import StorageMetrics

from examples.content_service.failures import Failures

TYPES = "script", "voiceover", "image", "video"
UNFINISHED = ".unfinished-"


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file: its name is its id and what it holds."""

    artifact_type: str
    path: Path
    size: int
    made: float
    """Unix time."""

    @property
    def name(self) -> str:
        """What it is fetched by."""
        return self.path.name


class Store:
    """Keeps artifacts in a folder. Its methods block: call them in a thread."""

    def __init__(self, folder: Path, failures: Failures) -> None:
        self._folder, self._failures = folder, failures
        self._lock = threading.Lock()
        self._artifacts: dict[str, Artifact] = {}
        self._used = dict.fromkeys(TYPES, 0)
        for artifact_type in TYPES:
            self._open(artifact_type)
            # Read at each scrape. It also brings the series of a type that the registry does not name onto the page
            # before anything happens to it: a counter that is first seen at 1 has no increase.
            StorageMetrics.set_used(artifact_type, partial(self._used.__getitem__, artifact_type))

    def put(self, artifact_type: str, suffix: str, data: bytes) -> Artifact:
        """Keep data under a new name.

        Raises:
            OSError: the disk would not take it.
        """
        started, success = time.perf_counter(), False
        try:
            artifact = self._write(artifact_type, f"{uuid4().hex}{suffix}", data)
            success = True
            return artifact
        finally:
            seconds = time.perf_counter() - started
            StorageMetrics.record_put(artifact_type, len(data), success, duration=seconds)

    def get(self, artifact: Artifact) -> bytes:
        """Return what an artifact holds.

        Raises:
            OSError: it could not be read.
        """
        started, success = time.perf_counter(), False
        try:
            data = artifact.path.read_bytes()
            success = True
            return data
        finally:
            seconds = time.perf_counter() - started
            StorageMetrics.record_get(artifact.artifact_type, artifact.size, success, duration=seconds)

    def delete(self, artifact: Artifact) -> None:
        """Delete an artifact.

        Raises:
            OSError: it could not be deleted.
        """
        started, success = time.perf_counter(), False
        try:
            artifact.path.unlink()
            success = True
        finally:
            seconds = time.perf_counter() - started
            StorageMetrics.record_delete(artifact.artifact_type, artifact.size, success, duration=seconds)
        self._forget(artifact)

    def find(self, name: str) -> Artifact | None:
        """Return the artifact of this name. One that was never there is a mistake of who asks, and no failed read."""
        return self._artifacts.get(name)

    def made_before(self, moment: float, artifact_types: tuple[str, ...]) -> list[Artifact]:
        """Return the artifacts of some types that are older, the oldest first."""
        with self._lock:
            old = [each for each in self._artifacts.values() if each.made < moment]
        return sorted((each for each in old if each.artifact_type in artifact_types), key=lambda each: each.made)

    def _open(self, artifact_type: str) -> None:
        folder = self._folder / artifact_type
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.iterdir():
            if path.name.startswith(UNFINISHED):  # of a process that was killed
                path.unlink()
            else:
                self._remember(_found(artifact_type, path))

    def _write(self, artifact_type: str, name: str, data: bytes) -> Artifact:
        """Write beside, then move: who reads the folder finds a whole file or none."""
        path = self._folder / artifact_type / name
        unfinished = path.with_name(f"{UNFINISHED}{name}")
        try:
            self._failures.strike_the_disk()
            unfinished.write_bytes(data)
            unfinished.replace(path)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
        artifact = _found(artifact_type, path)
        self._remember(artifact)
        return artifact

    def _remember(self, artifact: Artifact) -> None:
        with self._lock:
            self._artifacts[artifact.name] = artifact
            self._used[artifact.artifact_type] += artifact.size

    def _forget(self, artifact: Artifact) -> None:
        with self._lock:
            del self._artifacts[artifact.name]
            self._used[artifact.artifact_type] -= artifact.size


def _found(artifact_type: str, path: Path) -> Artifact:
    status = path.stat()
    return Artifact(artifact_type, path, status.st_size, status.st_mtime)
