"""Runs that cannot end well: on a full disk, where nothing may be written, beside another run."""

from __future__ import annotations

import errno
import os
import resource
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from metricloom.artifact import folder as folder_module
from metricloom.artifact import plan, write
from metricloom.artifact.folder import locked
from metricloom.errors import UserError
from tests.test_artifact import artifacts, generate, refused, tree

OLD = {f"{number % 5}/{number}": f"old {number}\n" for number in range(20)}
NEW = {f"{number % 6}/{number}": f"new {number}\n" for number in range(5, 30)}


@contextmanager
def disk_full_at(file: int) -> Iterator[None]:
    """Have the disk be full when the new file number *file* is to be made."""
    files = 0
    real_open = os.open

    def limited(path: Path, flags: int, mode: int = 0o777) -> int:
        nonlocal files
        files += bool(flags & os.O_CREAT)
        if flags & os.O_CREAT and files == file:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
        return real_open(path, flags, mode)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "open", limited)
        yield


def test_a_disk_that_is_full_before_all_is_staged_changes_nothing(tmp_path: Path) -> None:
    generate(tmp_path, OLD)
    before = tree(tmp_path), sorted(tmp_path.rglob("*"))
    for file in range(1, len(NEW) + 3):  # those, and the manifest twice
        with disk_full_at(file), pytest.raises(UserError, match="no space is left") as caught:
            generate(tmp_path, NEW)
        assert caught.value.exit_code == 2
        assert (tree(tmp_path), sorted(tmp_path.rglob("*"))) == before


@pytest.mark.parametrize("existed", [False, True])
def test_a_file_that_does_not_fit_changes_nothing(tmp_path: Path, existed: bool) -> None:
    folder = tmp_path / "bundle"
    if existed:
        generate(folder, OLD)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))  # as a full disk: the write fails half-way
    try:
        with refused(tmp_path, UserError, "no space is left"):
            generate(folder, {**NEW, "z": "x" * 100_000})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert folder.exists() is existed
    generate(folder, NEW)


@pytest.mark.parametrize("below", ["", "0"])
def test_a_folder_that_may_not_be_written_is_reported(below: str) -> None:
    with _folder_of_somebody() as parent:
        folder = parent / "bundle"
        generate(folder, OLD)
        (folder / below).chmod(0o555)
        with refused(folder, UserError, "cannot be read or written: Permission denied"):
            generate(folder, NEW)
        (folder / below).chmod(0o755)


@pytest.mark.parametrize("mode", [0o000, 0o444])
def test_a_parent_that_may_not_be_written_is_reported(mode: int) -> None:
    with _folder_of_somebody() as parent:
        parent.chmod(mode)
        with pytest.raises(UserError, match="Permission denied"):
            generate(parent / "bundle", NEW)
        parent.chmod(0o755)
        assert not list(parent.iterdir())


@contextmanager
def _folder_of_somebody() -> Iterator[Path]:
    """Give up root's rights for a while, if these tests have them: no mode stops root."""
    before = os.geteuid()
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        if before == 0:
            os.seteuid(65534)
        try:
            folder = Path(name, "theirs")
            folder.mkdir()
            yield folder
        finally:
            os.seteuid(before)


def test_a_run_waits_for_another_and_then_compares_anew(tmp_path: Path) -> None:
    made = plan(tmp_path, artifacts(NEW), "f1")
    with locked(tmp_path):
        second = threading.Thread(target=write, args=(made,))
        second.start()
        second.join(0.2)
        assert second.is_alive()
        assert not list(tmp_path.iterdir())
    second.join()
    assert _files(tmp_path) == NEW


def test_a_run_does_not_wait_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_module, "LOCK_TIMEOUT_SECONDS", 0.1)
    generate(tmp_path, OLD)
    with locked(tmp_path), refused(tmp_path, UserError, "another run is writing"):
        generate(tmp_path, NEW)


def test_two_runs_at_once_leave_one_whole_bundle(tmp_path: Path) -> None:
    for _ in range(10):
        runs = [threading.Thread(target=generate, args=(tmp_path, files)) for files in (OLD, NEW)]
        for run in runs:
            run.start()
        for run in runs:
            run.join()
        assert _files(tmp_path) in (OLD, NEW)


def _files(folder: Path) -> dict[str, str]:
    """Return the texts that stand in *folder* beside its manifest."""
    return {path: content.decode() for path, content in tree(folder).items() if path != "metricloom.json"}
