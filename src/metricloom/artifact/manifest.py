"""metricloom.json: which files of a folder are ours, and what we wrote into each.

A finished manifest holds one digest for each file. While files are being replaced it also holds those that each had
before, so that the next run knows a killed run's files, old or new, from what a person wrote.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from metricloom.artifact.model import path_fault

MANIFEST = PurePosixPath("metricloom.json")
FORMAT = 1
GENERATOR = "metricloom"

Digests = frozenset[str]


class ForeignManifestError(Exception):
    """The file is not a manifest that this program can have written."""


class NewerManifestError(Exception):
    """The manifest has a format that only a later version of this program knows."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The digest of each of *files*, and in *unfinished*, until a run has ended, what else may stand in its place."""

    fingerprint: str = ""
    files: Mapping[PurePosixPath, str] = field(default_factory=dict)
    unfinished: Mapping[PurePosixPath, Digests] = field(default_factory=dict)

    @property
    def paths(self) -> frozenset[PurePosixPath]:
        return frozenset(self.files) | frozenset(self.unfinished)

    def digests(self, path: PurePosixPath) -> Digests:
        """Return the digest of everything that we may have left at *path*."""
        current = self.files.get(path)
        return self.unfinished.get(path, frozenset()) | (frozenset() if current is None else {current})

    def replacing(self, older: Manifest) -> Manifest:
        """Return this manifest as it must stand while the files of *older* are replaced by its own."""
        return Manifest(self.fingerprint, self.files, {path: older.digests(path) for path in older.paths | self.paths})

    def to_text(self) -> str:
        data: dict[str, Any] = {
            "format": FORMAT,
            "generator": GENERATOR,
            "fingerprint": self.fingerprint,
            "files": {str(path): self.files[path] for path in sorted(self.files)},
        }
        if self.unfinished:
            data["unfinished"] = {str(path): sorted(self.unfinished[path]) for path in sorted(self.unfinished)}
        return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def parse(content: bytes) -> Manifest:
    """Return the manifest in *content*.

    Raises:
        ForeignManifestError: it is damaged, or something else that has the same name.
        NewerManifestError: a later version of metricloom wrote it.
    """
    try:
        data = json.loads(content)
        if data["generator"] != GENERATOR or not isinstance(data["format"], int):
            raise ForeignManifestError("it is not one of metricloom's")
        if data["format"] > FORMAT:
            raise NewerManifestError(f"it has format {data['format']}, and this version knows {FORMAT}")
        files = {_path(name): _digest(value) for name, value in data["files"].items()}
        unfinished = {_path(name): frozenset(map(_digest, found)) for name, found in data.get("unfinished", {}).items()}
        return Manifest(str(data["fingerprint"]), files, unfinished)
    except json.JSONDecodeError as error:
        raise ForeignManifestError(f"it is not JSON: line {error.lineno}: {error.msg}") from error
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise ForeignManifestError("it is not one of metricloom's, or it is damaged") from error


def _path(name: str) -> PurePosixPath:
    # A manifest travels with a repository, so it is input like any other: it must not lead out of the folder either.
    path = PurePosixPath(name)
    if path_fault(path) or path == MANIFEST:
        raise ForeignManifestError(f"it lists a file that metricloom never writes: {name!r}")
    return path


def _digest(value: object) -> str:
    if not isinstance(value, str):
        raise ForeignManifestError(f"it holds something that is no digest: {value!r}")
    return value
