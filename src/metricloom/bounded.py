"""Files of others, read to a bound: a device, a pipe or a file without an end stops no run."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO, Final

MAX_BYTES: Final = 128 * 2**20
"""Of one file: more than any checker of rules or dashboards was written for."""

_SORTS: Final = {
    stat.S_IFIFO: "it is a pipe, not a file",
    stat.S_IFSOCK: "it is a socket, not a file",
    stat.S_IFDIR: "it is a folder, not a file",
}


def read_file(path: str | Path) -> bytes:
    """Return what the regular file at *path* holds.

    Raises:
        OSError: it cannot be read, is none, or has more than MAX_BYTES; its `strerror` says which.
    """
    with open_file(path) as file:
        content = file.read(MAX_BYTES + 1) or b""  # None where it would have to be waited for
    if len(content) > MAX_BYTES:
        raise OSError(errno.EFBIG, f"it has more than {MAX_BYTES // 2**20} MiB", str(path))
    return content


def open_file(path: str | Path, *, pipe: bool = False) -> BinaryIO:
    """Open a regular file; with *pipe*, a pipe too: it ends at once where nobody writes into it.

    Raises:
        OSError: it cannot be opened, or is something else; its `strerror` says what.
    """
    try:
        sort = stat.S_IFMT(Path(path).stat().st_mode)  # before it is opened: that alone may set a device going
        if sort != stat.S_IFREG and not (pipe and sort == stat.S_IFIFO):
            raise OSError(errno.EINVAL, _SORTS.get(sort, "it is a device, not a file"), str(path))
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe would be waited for
    except ValueError as error:  # a name that no file can have
        raise OSError(errno.EINVAL, str(error), str(path)) from error
    if sort == stat.S_IFIFO:  # a file of /proc that has nothing to say is not waited for
        os.set_blocking(descriptor, True)
    return os.fdopen(descriptor, "rb")
