"""Fixes of what the checks found, written into the files in which it stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from metricloom.artifact.single import replace_file
from metricloom.checks.run import Found
from metricloom.errors import UserError
from metricloom.sources.edits import fixed


@dataclass(frozen=True, slots=True)
class Mended:
    """How many fixes were made in a file, and how many could not be written where their text stands.

    *fault* says why the whole file was kept as it was, if it was.
    """

    path: str
    made: int
    left: int
    fault: UserError | None = None


def mend(texts: Mapping[str, str], wanted: Iterable[Found]) -> Iterator[Mended]:
    """Write the fixes of *wanted* into the files of which *texts* are the texts, by path.

    A file that cannot be written, or that changed since it was read, is kept; the others are mended even so.
    """
    by_path: dict[str, list[Found]] = defaultdict(list)
    for each in wanted:
        if each.finding.fix and each.on is not None and each.on.at.path in texts:
            by_path[each.on.at.path].append(each)
    for path, these in by_path.items():
        done = fixed(texts[path], [(each.on, each.finding.fix) for each in these if each.on is not None])
        try:
            if done.text != texts[path]:
                _replace(path, texts[path], done.text)
        except UserError as error:
            yield Mended(path, 0, len(these), error)
        else:
            yield Mended(path, len(done.made), len(these) - len(done.made))


def _replace(path: str, before: str, after: str) -> None:
    try:
        replace_file(Path(path), _encoded(after), _encoded(before))
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror}"
        raise UserError(message, "see that it may be written and that there is space, or leave --fix out") from error


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", errors="surrogateescape")  # what is no UTF-8 is written back as it was
