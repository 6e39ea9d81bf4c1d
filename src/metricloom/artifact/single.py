"""One file, replaced whole or not at all."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from metricloom.artifact.folder import locked


def replace_file(path: Path, content: bytes) -> None:
    """Replace the file at *path*; where it is a link, what it leads to.

    Raises:
        OSError: it cannot be written; what stood there still stands.
        UserError: another run writes there, and does not end.
    """
    place = path.resolve()
    temporary = place.with_name(".metricloom-0.tmp")  # one name, so that the next run removes what a killed one left
    with locked(place.parent):
        try:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileNotFoundError):
                shutil.copymode(place, temporary)
            temporary.replace(place)
        finally:
            temporary.unlink(missing_ok=True)
