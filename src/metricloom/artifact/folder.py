"""The output folder on disk: which one it is, what stands in it, who may write to it now. Nothing is changed here."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from metricloom.artifact.model import TEMPORARY
from metricloom.errors import UserError

ELSEWHERE = "choose another folder with -o"
LOCK_TIMEOUT_SECONDS = 30.0
_NO_LOCKS_HERE = {errno.EBADF, errno.EINVAL, errno.ENOLCK, errno.ENOTSUP}
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def real_folder(folder: Path) -> Path:
    """Return the folder that *folder* names. That may be a link to one, as the user named it; nothing inside may be.

    Raises:
        UserError: it is something else than a folder, or one that must not be generated into.
    """
    real = Path(os.path.realpath(folder))
    if folder.is_symlink() and not folder.exists():
        raise UserError(f"{folder} is a link that leads nowhere", ELSEWHERE)
    if real.exists() and not real.is_dir():
        raise UserError(f"{folder} is a file, not a folder", ELSEWHERE)
    if _home().is_relative_to(real):
        raise UserError(f"{folder} is the home folder, or holds it", "choose a folder for the bundle alone, with -o")
    return real


def _home() -> Path:
    try:
        return Path.home().resolve()
    except RuntimeError:  # a container's user may have none
        return Path("/")


def content_of(folder: Path, path: PurePosixPath) -> bytes | None:
    """Return what stands at *path* in *folder*, or None if nothing does.

    Raises:
        UserError: a link, a device or a folder stands there, or on the way: not ours to follow or replace.
    """
    place = folder
    for part in path.parts[:-1]:
        place /= part
        mode = _mode_of(place)
        if mode is None:
            return None
        if not stat.S_ISDIR(mode):
            raise _in_the_way(place, mode, "a folder")
    place /= path.name
    mode = _mode_of(place)
    if mode is None:
        return None
    if not stat.S_ISREG(mode):
        raise _in_the_way(place, mode, "a file")
    return place.read_bytes()


def _mode_of(place: Path) -> int | None:
    try:
        return place.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None


def _in_the_way(place: Path, mode: int, wanted: str) -> UserError:
    names = {stat.S_IFLNK: "a link", stat.S_IFDIR: "a folder", stat.S_IFREG: "a file"}
    found = names.get(stat.S_IFMT(mode), "a device, pipe or socket")
    return UserError(f"{place} is {found}, where {wanted} is to be generated", f"move it away, or {ELSEWHERE}")


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Wait until no other run writes to *folder*, then hold others off.

    The folder itself is locked, so that no lock file is left in it. The system lets go when the process ends,
    however it ends.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _wait_for_lock(descriptor, folder)
        yield
    finally:
        os.close(descriptor)


def _wait_for_lock(descriptor: int, folder: Path) -> None:
    deadline = time.monotonic() + LOCK_TIMEOUT_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise UserError(f"another run is writing to {folder}", "try again when it has ended") from None
            time.sleep(0.05)
        except OSError as error:
            if error.errno not in _NO_LOCKS_HERE:  # some network file systems have none: one run at a time still works
                raise
            return
        else:
            return


@contextmanager
def os_errors_reported(folder: Path) -> Iterator[None]:
    """Turn what the system refuses into an error that says where, why and what to do."""
    try:
        yield
    except OSError as error:
        place = Path(os.fsdecode(error.filename or folder))
        if TEMPORARY.fullmatch(place.name):
            place = place.parent
        if error.errno in _FULL:
            raise UserError(f"no space is left to write {place}", f"free some, or {ELSEWHERE}") from error
        raise UserError(f"{place} cannot be read or written: {error.strerror}", ELSEWHERE) from error


def remove_if_empty(place: Path) -> None:
    with suppress(OSError):  # not empty, already gone, or not ours to remove
        place.rmdir()
