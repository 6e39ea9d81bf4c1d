"""The only writer of files.

    lock | manifest with old and new digests | new texts in temporary files | replace each | remove | finished manifest

Until the first file is replaced all can be undone, so a full disk costs nothing. After that, whatever ends the run,
each file is old or new, and the manifest knows both. Temporary files stand beside their targets, where replacing is
atomic, and only in folders that the manifest names, where the next run finds those of a killed one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from metricloom.artifact.folder import content_of, locked, os_errors_reported, remove_if_empty
from metricloom.artifact.manifest import MANIFEST
from metricloom.artifact.model import TEMPORARY
from metricloom.artifact.plan import Change, Plan, State, plan
from metricloom.artifact.temporary import write_temporary
from metricloom.errors import RefusedError


def write(wanted: Plan, *, force: bool = False) -> Plan:
    """Make the folder hold what *wanted* says, and return what was done: compared anew, as no other run writes then.

    With *force*, text that a person wrote into a generated file is overwritten. A file that is no longer generated, and
    that a person edited, is kept even so, as theirs from now on.

    Raises:
        RefusedError: a person's text is in the way, and nothing was written.
        UserError: the folder cannot be written; what stood there still stands.
    """
    if not force:
        wanted.refuse_edited()
    with os_errors_reported(wanted.folder):
        existed = wanted.folder.exists()
        wanted.folder.mkdir(parents=True, exist_ok=True)
        try:
            with locked(wanted.folder):
                current = plan(wanted.folder, wanted.artifacts, wanted.new.fingerprint)
                _carry_out(current, force=force)
        except BaseException:
            if not existed:
                remove_if_empty(wanted.folder)
            raise
    return current


def _carry_out(current: Plan, *, force: bool) -> None:
    if not force:
        current.refuse_edited()
    folders = _folders(current)
    _remove_strays(folders)
    if current.up_to_date:
        return
    staged: list[_Staged] = []
    try:
        finished = _prepare(current, staged)
        _replace_all(current, staged)
        _remove_orphans(current)
        for folder in folders:
            _sync(folder)
        _finish(current, finished)
        _sync(current.folder)
    except BaseException:
        _discard(staged)
        raise


def _finish(current: Plan, manifest: _Staged) -> None:
    """Put the finished manifest in its place; of a folder in which nothing is generated any more, remove it."""
    manifest.put()
    if not current.artifacts:
        manifest.place.unlink()
        remove_if_empty(current.folder)


@dataclass(frozen=True, slots=True)
class _Staged:
    """A whole text in a temporary file, one rename away from its place."""

    temporary: Path
    place: Path

    def put(self) -> None:
        self.temporary.replace(self.place)


def _prepare(current: Plan, staged: list[_Staged]) -> _Staged:
    """Write the manifest of an unfinished run, and all texts to *staged*; return the finished manifest, staged too.

    If that fails, the folder is left as it was.
    """
    try:
        _stage(current.folder, MANIFEST, current.new.replacing(current.old).to_text().encode(), staged).put()
        _sync(current.folder)
        for change in current.changes:
            if change.after is not None and change.path != MANIFEST and change.state is not State.UNCHANGED:
                _stage(current.folder, change.path, change.after, staged)
        return _stage(current.folder, MANIFEST, current.new.to_text().encode(), staged)
    except BaseException:
        _undo(current, staged)
        raise


def _discard(staged: Iterable[_Staged]) -> None:
    for one in staged:
        one.temporary.unlink(missing_ok=True)


def _undo(current: Plan, staged: Sequence[_Staged]) -> None:
    _discard(staged)
    _remove_empty_folders(current.folder, [change.path for change in current.changes if change.before is None])
    if current.manifest_before is None:
        (current.folder / MANIFEST).unlink(missing_ok=True)
        return
    with suppress(OSError):  # an unfinished manifest is as good: it knows the old files too
        again: list[_Staged] = []
        _stage(current.folder, MANIFEST, current.manifest_before, again).put()


def _stage(folder: Path, path: PurePosixPath, content: bytes, staged: list[_Staged]) -> _Staged:
    place = folder / path
    place.parent.mkdir(parents=True, exist_ok=True)
    one = _Staged(place.with_name(f".metricloom-{len(staged)}.tmp"), place)
    staged.append(one)
    write_temporary(one.temporary, place, content)
    return one


def _replace_all(current: Plan, staged: Iterable[_Staged]) -> None:
    planned = {current.folder / change.path: change for change in current.changes if change.path != MANIFEST}
    for one in staged:
        if one.place in planned:
            _refuse_if_touched(current.folder, planned[one.place])
            one.put()


def _remove_orphans(current: Plan) -> None:
    """Remove what is ours, untouched and no longer generated, then the folders that are empty without it."""
    for change in current.changes:
        if change.state is State.REMOVED:
            _refuse_if_touched(current.folder, change)
            (current.folder / change.path).unlink()
    _remove_empty_folders(current.folder, current.old.paths)


def _refuse_if_touched(folder: Path, change: Change) -> None:
    # An editor may save between the comparison and this moment: look again, so that only an instant is left.
    if content_of(folder, change.path) != change.before:
        raise RefusedError(f"{folder / change.path} changed just now: it was kept", "look at it, then generate again")


def _folders(current: Plan) -> list[Path]:
    """Return the folders that hold, held or will hold files of ours."""
    paths = current.old.paths | current.new.paths | {MANIFEST}
    return sorted({(current.folder / path).parent for path in paths})


def _remove_strays(folders: Iterable[Path]) -> None:
    """Remove the temporary files that a killed run left. Nobody writes them now: the folder is locked."""
    for folder in folders:
        if folder.is_dir():
            for place in folder.iterdir():
                if TEMPORARY.fullmatch(place.name):
                    place.unlink()


def _remove_empty_folders(folder: Path, paths: Iterable[PurePosixPath]) -> None:
    below = {parent for path in paths for parent in path.parents if parent.parts}
    for parent in sorted(below, key=lambda path: len(path.parts), reverse=True):
        remove_if_empty(folder / parent)


def _sync(folder: Path) -> None:
    """Have the renames in *folder* reach the disk before what comes next."""
    with suppress(OSError):  # some file systems cannot, and a folder that became empty is gone
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
