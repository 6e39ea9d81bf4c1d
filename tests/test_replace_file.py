"""One file, replaced: what else stands in its folder is left alone, and what a person did to it counts."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from metricloom.artifact.single import NAME, replace_file
from metricloom.errors import RefusedError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "rules.yml"
    file.write_text("old")
    return file


def test_a_link_with_the_name_of_the_temporary_file_is_not_followed(file: Path) -> None:
    precious = file.with_name("precious.txt")
    precious.write_text("years of work")
    file.with_name(NAME).symlink_to(precious)
    replace_file(file, b"new")
    assert (file.read_text(), precious.read_text()) == ("new", "years of work")
    assert sorted(path.name for path in file.parent.iterdir()) == ["precious.txt", "rules.yml"]


def test_what_a_killed_run_left_is_replaced(file: Path) -> None:
    file.with_name(NAME).write_text("half")
    replace_file(file, b"new")
    assert [(path.name, path.read_text()) for path in file.parent.iterdir()] == [("rules.yml", "new")]


def test_what_was_saved_meanwhile_is_kept(file: Path) -> None:
    file.write_text("saved by an editor")
    with pytest.raises(RefusedError, match=r"rules\.yml changed just now: it was kept"):
        replace_file(file, b"new", before=b"old")
    assert [(path.name, path.read_text()) for path in file.parent.iterdir()] == [("rules.yml", "saved by an editor")]
    replace_file(file, b"new", before=b"saved by an editor")
    assert file.read_text() == "new"


@pytest.mark.parametrize("mode", [0o444, 0o400])
def test_a_read_only_file_is_kept(file: Path, mode: int) -> None:
    file.chmod(mode)
    with pytest.raises(PermissionError, match="read-only"):
        replace_file(file, b"new")
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("old", mode)


def test_a_pipe_is_kept(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)
    with pytest.raises(OSError, match="no regular file"):
        replace_file(file, b"new")
    assert file.is_fifo()


def test_a_link_that_leads_to_itself_is_an_error_of_the_system(tmp_path: Path) -> None:
    loop = tmp_path / "loop.yml"
    loop.symlink_to(loop)
    with pytest.raises(OSError, match=r"loop\.yml"):
        replace_file(loop, b"new")
    assert loop.is_symlink()


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder into which anybody may write, as pytest's own is not."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_a_file_keeps_its_owner(shared: Path) -> None:
    file = shared / "rules.yml"
    file.write_text("old")
    os.chown(file, 1234, 2345)
    file.chmod(0o640)
    replace_file(file, b"new")
    after = file.stat()
    assert (after.st_uid, after.st_gid, stat.S_IMODE(after.st_mode)) == (1234, 2345, 0o640)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may be somebody else")
def test_who_may_not_write_a_file_does_not_replace_it(shared: Path) -> None:
    file = shared / "rules.yml"
    file.write_text("old")
    os.seteuid(65534)
    try:
        with pytest.raises(PermissionError):
            replace_file(file, b"new")
    finally:
        os.seteuid(0)
    assert file.read_text() == "old"
