"""Compares generated files with a folder: what is new, stale, left over, or a person's. Nothing is changed here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath

from metricloom.artifact.difference import difference
from metricloom.artifact.folder import content_of, os_errors_reported, real_folder
from metricloom.artifact.manifest import (
    MANIFEST,
    ForeignManifestError,
    Manifest,
    NewerManifestError,
    digest,
    parse,
)
from metricloom.artifact.model import Artifact, path_fault
from metricloom.errors import RefusedError, UserError


class State(StrEnum):
    """How a file on disk stands to what is generated."""

    CREATED = "missing"
    CHANGED = "stale"
    UNCHANGED = "up to date"
    REMOVED = "no longer generated"
    EDITED = "edited by hand"
    FOREIGN = "not written by metricloom"


@dataclass(frozen=True, slots=True)
class Change:
    """One file: its bytes on disk (None: there is no file) and as generated (None: no longer generated)."""

    path: PurePosixPath
    state: State
    before: bytes | None
    after: bytes | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to happen in *folder* so that it holds exactly *artifacts*, beside what people put there."""

    folder: Path
    artifacts: tuple[Artifact, ...]
    changes: tuple[Change, ...]
    old: Manifest
    new: Manifest
    manifest_before: bytes | None

    @property
    def created(self) -> tuple[PurePosixPath, ...]:
        return self._paths(State.CREATED)

    @property
    def changed(self) -> tuple[PurePosixPath, ...]:
        return self._paths(State.CHANGED)

    @property
    def unchanged(self) -> tuple[PurePosixPath, ...]:
        return self._paths(State.UNCHANGED)

    @property
    def removed(self) -> tuple[PurePosixPath, ...]:
        return self._paths(State.REMOVED)

    @property
    def edited(self) -> tuple[PurePosixPath, ...]:
        """Files that hold a person's text: ours and changed since, or in the way and never ours."""
        return self._paths(State.EDITED, State.FOREIGN)

    @property
    def up_to_date(self) -> bool:
        """There is nothing to write, and no run was killed half-way."""
        leftover = not self.artifacts and self.manifest_before is not None
        return self.old == self.new and len(self.unchanged) == len(self.changes) and not leftover

    def diff(self) -> str:
        """Return what differs, for a person to read: a line for each file, and how each text would change."""
        parts = [_shown(change) for change in self.changes if change.state is not State.UNCHANGED]
        if self.old.unfinished:
            parts.insert(0, f"{MANIFEST}: a run was interrupted, or is still going on\n")
        if not parts and not self.up_to_date:
            parts.append(_shown(Change(MANIFEST, State.CHANGED, self.manifest_before, self.new.to_text().encode())))
        return "".join(parts)

    def refuse_edited(self) -> None:
        """Raise RefusedError if a person's text is in the way."""
        if not self.edited:
            return
        states = {change.path: change.state for change in self.changes}
        lines = [f"  {self.folder / path}: {states[path]}" for path in self.edited]
        raise RefusedError(
            "\n".join(["nothing was written, because text would be lost that stands in", *lines]),
            "`generate --check` shows how each differs. Carry what you want to keep into the registry, or into a file "
            "of your own, and delete the file named here; or overwrite it with --force",
        )

    def _paths(self, *states: State) -> tuple[PurePosixPath, ...]:
        return tuple(change.path for change in self.changes if change.state in states)


def plan(folder: Path, artifacts: Iterable[Artifact], fingerprint: str) -> Plan:
    """Compare *artifacts* with what stands in *folder*, which need not exist.

    Raises:
        UserError: the folder, or something in it, is such that it cannot be generated into.
    """
    generated = _by_path(artifacts)
    with os_errors_reported(folder):
        real = real_folder(folder)
        manifest_before = content_of(real, MANIFEST)
        old, fault = _manifest(real, manifest_before)
        changes = [_change(real, path, generated, old) for path in sorted(old.paths | set(generated))]
    new = Manifest(fingerprint, {path: digest(artifact.content) for path, artifact in generated.items()})
    if fault:
        changes.insert(0, Change(MANIFEST, State.FOREIGN, manifest_before, new.to_text().encode()))
    present = tuple(change for change in changes if change.before is not None or change.after is not None)
    return Plan(real, tuple(generated.values()), present, old, new, manifest_before)


def _by_path(artifacts: Iterable[Artifact]) -> dict[PurePosixPath, Artifact]:
    found: dict[PurePosixPath, Artifact] = {}
    for artifact in artifacts:
        fault = _fault(artifact) or ("two files would have this name" if artifact.path in found else "")
        if fault:
            raise UserError(
                f"no file can be generated at {str(artifact.path)!r}: {fault}", "rename what it is made from"
            )
        found[artifact.path] = artifact
    for path in found:
        for parent in path.parents:
            if parent in found:
                raise UserError(
                    f"{str(parent)!r} would be a file, and the folder of {str(path)!r}", "rename one of them"
                )
    return found


def _fault(artifact: Artifact) -> str:
    if artifact.path == MANIFEST:
        return "the manifest has this name"
    try:
        artifact.text.encode("utf-8")
    except UnicodeEncodeError as error:
        return f"its text cannot be written as UTF-8: character {error.start} is half of one"
    return path_fault(artifact.path)


def _manifest(folder: Path, content: bytes | None) -> tuple[Manifest, str]:
    """Return the manifest of *folder*, an empty one where there is none, and why it cannot be read."""
    if content is None:
        return Manifest(), ""
    try:
        return parse(content), ""
    except ForeignManifestError as error:
        return Manifest(), str(error)
    except NewerManifestError as error:
        hint = "upgrade metricloom, or choose another folder with -o"
        raise UserError(f"{folder / MANIFEST} was written by a newer metricloom: {error}", hint) from error


def _change(folder: Path, path: PurePosixPath, generated: Mapping[PurePosixPath, Artifact], old: Manifest) -> Change:
    before = content_of(folder, path)
    after = generated[path].content if path in generated else None
    return Change(path, _state(before, after, old.digests(path)), before, after)


def _state(before: bytes | None, after: bytes | None, ours: frozenset[str]) -> State:
    if before == after:
        return State.UNCHANGED
    if before is None:
        return State.CREATED
    if not ours:
        return State.FOREIGN
    if digest(before) not in ours:
        return State.EDITED
    return State.REMOVED if after is None else State.CHANGED


def _shown(change: Change) -> str:
    heading = f"{change.path}: {change.state}\n"
    if change.before is None or change.after is None:
        return heading
    return heading + difference(str(change.path), change.before, change.after)
