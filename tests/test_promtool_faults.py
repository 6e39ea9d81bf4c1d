"""A promtool that is missing, too old, hangs, crashes or talks nonsense."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from metricloom.errors import ToolError
from metricloom.promtool import MissingPromtoolError, find_promtool

RULES = PurePosixPath("rules/llm.yml")


@pytest.fixture
def fake(tmp_path: Path) -> Callable[..., str]:
    def write(script: str, name: str = "promtool", version: str = "promtool, version 3.1.0 (branch: x)") -> str:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'#!/bin/sh\nif [ "$1" = --version ]; then echo "{version}"; exit 0; fi\n{script}\n')
        path.chmod(0o755)
        return str(path)

    return write


def test_it_is_found_by_name_then_variable_then_path(
    fake: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named, by_variable, on_path = fake("", "named"), fake("", "variable"), fake("", "bin/promtool")
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path / "bin"), os.environ["PATH"]]))
    monkeypatch.setenv("METRICLOOM_PROMTOOL", by_variable)
    assert find_promtool(named).path == Path(named)
    assert find_promtool().path == Path(by_variable)
    monkeypatch.setenv("METRICLOOM_PROMTOOL", "")
    assert find_promtool().path == Path(on_path)


def test_none_is_said_with_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("METRICLOOM_PROMTOOL", raising=False)
    with pytest.raises(MissingPromtoolError, match="not found") as missing:
        find_promtool()
    assert missing.value.exit_code == 3
    assert all(way in missing.value.hint for way in ("`prometheus`", "go install", "METRICLOOM_PROMTOOL", "--promtool"))
    with pytest.raises(ToolError, match="/nowhere") as wrong:
        find_promtool("/nowhere")
    assert not isinstance(wrong.value, MissingPromtoolError)


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("promtool, version 2.41.0 (branch: HEAD)", "is too old: 2.41, and 2.42 is needed"),
        ("promtool, version 1.99 (branch: HEAD)", "too old"),
        ("jq-1.6", "does not answer as promtool does"),
        ("", "does not answer as promtool does"),
    ],
)
def test_an_old_version_or_another_program_is_refused(fake: Callable[..., str], version: str, message: str) -> None:
    with pytest.raises(ToolError, match=message) as caught:
        find_promtool(fake("", version=version))
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    "version",
    [
        "promtool, version 2.42.0+ds (branch: debian/sid)",
        "promtool, version 10.0.0-rc.1",
        "promtool, version  (branch: )",
    ],
)
def test_a_recent_version_is_taken_and_one_that_go_install_built_without_one(
    fake: Callable[..., str], version: str
) -> None:
    find_promtool(fake("", version=version))


def test_what_is_no_program_is_said(tmp_path: Path) -> None:
    (tmp_path / "promtool").write_text("\x7fELF, but not really")
    (tmp_path / "promtool").chmod(0o755)
    with pytest.raises(ToolError, match="cannot be run"):
        find_promtool(str(tmp_path / "promtool"))


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo half; kill -SEGV $$", r"check rules was ended by SIGSEGV\. half"),
        ("kill -KILL $$", "was ended by SIGKILL"),
        ("kill -35 $$", "was ended by signal 35"),
        ("echo 'panic: oh no' >&2; exit 2", "ended with status 2: panic: oh no"),
        ("exit 127", "ended with status 127: it said nothing"),
        ("echo \"promtool: error: unknown long flag '--lint'\" >&2; exit 1", "failed: unknown long flag"),
    ],
)
def test_a_crash_is_not_taken_for_a_finding(
    fake: Callable[..., str], tmp_path: Path, script: str, message: str
) -> None:
    with pytest.raises(ToolError, match=message):
        find_promtool(fake(script)).check_rules(tmp_path, [RULES])


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("exit 1", "check rules ended with status 1, and said nothing"),
        ("printf '\\377\\001 ?!\\n' >&2; exit 1", r"what it said is not understood: .*\?!"),
        ("seq 5000 >&2; exit 3", "what it said is not understood: 1\n2\n3\n4\n5\n6\n7\n8\n9\n10$"),
        ("printf '%0400d: x\\n' 1 >&2; exit 1", "what it said is not understood: 000"),
        ("echo FAILED: >&2; exit 1", "does not say why"),
    ],
)
def test_a_failure_that_is_not_understood_is_no_finding(
    fake: Callable[..., str], tmp_path: Path, script: str, message: str
) -> None:
    with pytest.raises(ToolError, match=message):
        find_promtool(fake(script)).check_rules(tmp_path, [RULES])


def test_no_more_is_shown_than_a_person_can_read(fake: Callable[..., str], tmp_path: Path) -> None:
    problems = find_promtool(fake("echo FAILED: >&2; seq 5000 >&2; exit 1")).check_rules(tmp_path, [RULES])
    assert len(problems) == 201
    assert problems[-1].message == "promtool says 4800 things more: mend these first"


def test_what_to_try_by_hand_does_not_name_a_folder_that_is_gone(fake: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    with pytest.raises(ToolError) as caught:
        find_promtool(fake("exit 9")).check_rules(tmp_path / "bundle", [RULES])
    assert caught.value.hint.startswith("try by hand, in the folder of a generated bundle: ")
    assert str(tmp_path / "bundle") not in caught.value.hint


def test_one_that_hangs_is_stopped_with_all_that_it_started(fake: Callable[..., str], tmp_path: Path) -> None:
    tool = find_promtool(fake(f"sleep 300 & echo $! > {tmp_path}/child; wait"), timeout_seconds=0.5)
    with pytest.raises(ToolError, match=r"check rules did not end within 0\.5 s, and was stopped"):
        tool.check_rules(tmp_path, [RULES])
    assert _ends(int((tmp_path / "child").read_text()))


def test_those_that_still_run_are_stopped_when_nobody_asks_for_the_rest(
    fake: Callable[..., str], tmp_path: Path
) -> None:
    child = tmp_path / "child"
    hang = f"echo $$ > {child}; exec sleep 300"
    script = f'case "$4" in slow) {hang};; esac; until [ -s {child} ]; do sleep 0.01; done'
    running = find_promtool(fake(script)).test_rules(tmp_path, [PurePosixPath("quick"), PurePosixPath("slow")])
    assert next(running) == (PurePosixPath("quick"), [])
    running.close()
    assert _ends(int(child.read_text()))


def _ends(process: int) -> bool:
    """Whether the process is gone, or soon."""
    for _ in range(100):
        try:
            os.kill(process, 0)
            if Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    os.kill(process, signal.SIGKILL)
    return False
