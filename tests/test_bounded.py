"""What is no regular file, or has no end, is told and not waited for: pipes, devices, links that lead nowhere."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from metricloom import bounded
from metricloom.bounded import open_file, read_file
from tests.command_line import metricloom

RULES = "groups: [{name: a, rules: [{alert: Down, expr: up == 0}]}]\n"


def refusal(path: Path) -> str:
    with pytest.raises(OSError) as caught:  # noqa: PT011 - the message is what is tested
        read_file(path)
    assert caught.value.filename == str(path) or isinstance(caught.value.__cause__, ValueError)
    return str(caught.value.strerror)


def test_a_file_is_read_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    (tmp_path / "b").symlink_to("a")
    assert read_file(tmp_path / "b") == b"abc"


def test_what_is_no_file_is_named_and_not_waited_for(tmp_path: Path) -> None:
    pipe, folder, link, device = (tmp_path / name for name in ("pipe", "folder", "link", "device"))
    os.mkfifo(pipe)
    folder.mkdir()
    link.symlink_to(link)
    device.symlink_to("/dev/zero")
    assert refusal(pipe) == "it is a pipe, not a file"
    assert refusal(folder) == "it is a folder, not a file"
    assert refusal(link) == "Too many levels of symbolic links"
    assert refusal(device) == "it is a device, not a file"
    assert refusal(tmp_path / "nothing") == "No such file or directory"
    assert "null" in refusal(Path("a\0b"))


def test_a_socket_is_named(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        assert refusal(tmp_path / "s") == "it is a socket, not a file"


def test_a_file_is_read_to_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "MAX_BYTES", 2**20)
    with (tmp_path / "large").open("wb") as file:
        file.truncate(2**20)
        assert len(read_file(tmp_path / "large")) == 2**20
        file.truncate(2**40)
    assert refusal(tmp_path / "large") == "it has more than 1 MiB"


def test_a_pipe_into_which_nobody_writes_ends_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with open_file(tmp_path / "pipe", pipe=True) as file:
        assert file.read() == b""


def test_a_pipe_is_waited_for_while_somebody_writes_into_it() -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as writer, open_file(f"/proc/self/fd/{reading}", pipe=True) as file:
        os.close(reading)
        writer.write(b"abc")
        writer.close()
        assert file.read() == b"abc"


# --- as a person meets them -----------------------------------------------------------------------------------


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "rules.yml").write_text(RULES)
    os.mkfifo(tmp_path / "pipe.yml")
    (tmp_path / "zero.yml").symlink_to("/dev/zero")
    (tmp_path / "loop.yml").symlink_to("loop.yml")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["pipe.yml"], "pipe.yml: it is a pipe, not a file"),
        (["zero.yml"], "zero.yml: it is a device, not a file"),
        (["loop.yml"], "loop.yml: Too many levels of symbolic links"),
        (["loop.yml", "--fix"], "loop.yml: Too many levels of symbolic links"),
        (["rules.yml", "--baseline", "pipe.yml"], "the baseline pipe.yml cannot be read: it is a pipe, not a file"),
        (["rules.yml", "--baseline", "zero.yml"], "the baseline zero.yml cannot be read: it is a device, not a file"),
        (["rules.yml", "--metrics", "zero.yml"], "zero.yml cannot be read: it is a device, not a file"),
        (["rules.yml", "--metrics", "pipe.yml"], "pipe.yml is no page of metrics"),
        ([""], "a TARGET is empty"),
    ],
)
def test_check_says_what_it_does_not_read(here: Path, arguments: list[str], said: str) -> None:
    done = metricloom(here, "check", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["pipe.yml", "zero.yml", "loop.yml"])
def test_diff_says_what_it_does_not_read(here: Path, name: str) -> None:
    (here / name).rename(here / "before.json")
    done = metricloom(here, "diff", "before.json", "before.json")
    assert done.returncode == 2
    assert "before.json" in done.stderr
    assert "Traceback" not in done.stderr


def test_in_a_folder_they_are_passed_over(here: Path) -> None:
    done = metricloom(here, "check", ".")
    assert (done.returncode, done.stdout) == (0, "no problems\n")
