"""One file, replaced whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from metricloom.artifact.folder import locked
from metricloom.artifact.temporary import write_temporary
from metricloom.errors import RefusedError

NAME = ".metricloom-0.tmp"
"""One name, so that the next run removes what a killed one left."""


def replace_file(path: Path, content: bytes, before: bytes | None = None) -> None:
    """Replace the file at *path*; where it is a link, what it leads to. *before* is what it held when it was read.

    Raises:
        OSError: it cannot be written, or must not be: it is read-only, or no file; what stood there still stands.
        RefusedError: it does not hold *before* any more.
        UserError: another run writes there, and does not end.
    """
    place = Path(os.path.realpath(path))
    temporary = place.with_name(NAME)
    with locked(place.parent):
        _refuse_if_not_writable(place)
        try:
            write_temporary(temporary, place, content)
            # An editor may have saved since it was read: look again, so that only an instant is left.
            if before is not None and place.read_bytes() != before:
                raise RefusedError(f"{path} changed just now: it was kept", "look at it, then run this again")
            temporary.replace(place)
        finally:
            temporary.unlink(missing_ok=True)


def _refuse_if_not_writable(place: Path) -> None:
    """Raise OSError where an editor would not save: a rename asks the folder only, and root may do everything."""
    try:
        mode = place.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is no regular file", str(place))
    if not mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) or not os.access(place, os.W_OK, effective_ids=True):
        raise PermissionError(errno.EACCES, "it is read-only", str(place))
