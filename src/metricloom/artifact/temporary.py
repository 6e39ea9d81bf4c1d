"""A whole text in a file beside its place, one rename away from it."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path


def write_temporary(temporary: Path, place: Path, content: bytes) -> None:
    """Write a new file *temporary*, which has the mode of what stands at *place*, and its owner where that is allowed.

    What has its name is removed first, and never followed: a killed run may have left it, or somebody a link to what
    must not be touched. It is on the disk when this returns.

    Raises:
        OSError: it cannot be written.
    """
    temporary.unlink(missing_ok=True)
    # Not tempfile: its files are private to their owner. Here the umask decides, as for any new file.
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        with suppress(FileNotFoundError):
            _look_like(descriptor, place.stat())
        os.fsync(descriptor)


def _look_like(descriptor: int, old: os.stat_result) -> None:
    with suppress(PermissionError):  # only root may give a file away; the text is what counts
        os.fchown(descriptor, old.st_uid, old.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(old.st_mode))
