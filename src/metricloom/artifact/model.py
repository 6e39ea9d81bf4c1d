"""One generated file, as a value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

# Removed wherever it is found beside generated files: nothing else may have such a name.
TEMPORARY = re.compile(r"\.metricloom-\d+\.tmp")


@dataclass(frozen=True, slots=True)
class Artifact:
    """One generated file: where it stands below the output folder, and its whole text."""

    path: PurePosixPath
    text: str

    @property
    def content(self) -> bytes:
        """The bytes on disk: UTF-8, and line ends as they are in the text, on every system."""
        return self.text.encode("utf-8")


def path_fault(path: PurePosixPath) -> str:
    """Return why no generated file may have this path, or nothing if it may."""
    if path.is_absolute():
        return "it is absolute"
    if ".." in path.parts:
        return "it would leave the output folder"
    if not path.parts:
        return "it names no file"
    if not str(path).isprintable():
        return "it holds characters that cannot be printed"
    if TEMPORARY.fullmatch(path.name):
        return "the name is reserved for temporary files"
    return ""
