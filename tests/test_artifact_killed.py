"""Runs that are killed at any moment: what stands then, and what the next run makes of it."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metricloom.artifact import plan
from metricloom.errors import RefusedError, UserError
from tests import killable_writer
from tests.test_artifact import artifacts, generate, manifest, refused, tree

OLD = {f"{number % 5}/{number}": f"old {number}\n" for number in range(50)}
NEW = {f"{number % 6}/{number}": f"{'new' if number % 2 else 'old'} {number}\n" for number in range(8, 60)}
FEW = dict(list(NEW.items())[:12])
OTHER = {f"{number % 5}/{number}": f"other {number}\n" for number in range(3, 70, 4)}


class Killable(NamedTuple):
    """Writes files in a process that is killed at a step. Says whether it was, or had ended before."""

    process: subprocess.Popen[str]

    def write(self, folder: Path, files: dict[str, str], step: int) -> bool:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"folder": str(folder), "files": files, "step": step}) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        assert answer in {"killed", "done"}
        return answer == "killed"


@pytest.fixture
def killable() -> Iterator[Killable]:
    command = [sys.executable, killable_writer.__file__]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, encoding="utf-8", env=environment) as process:
        yield Killable(process)


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.mark.parametrize("first", [0, 1])  # in two halves, which may run side by side
def test_a_run_killed_at_any_step_leaves_whole_files_and_the_next_run_mends_all(
    tmp_path: Path, killable: Killable, first: int
) -> None:
    generate(tmp_path / "old", OLD)
    for step in range(first, 10_000, 2):
        folder = tmp_path / str(step)
        shutil.copytree(tmp_path / "old", folder)
        killed = killable.write(folder, NEW, step)
        _assert_whole(folder)
        if killed:
            _assert_edits_are_told_apart(folder, sorted({*OLD, *NEW})[step % 60])
        then = (NEW, OTHER, OLD)[step % 3]
        generate(folder, then)
        assert _tree_and_manifest(folder) == (then, False)
        shutil.rmtree(folder)
        if not killed:
            break
    assert step > 2 * len(NEW)


def test_a_first_run_killed_at_any_step_is_mended(tmp_path: Path, killable: Killable) -> None:
    for step in range(10_000):
        folder = tmp_path / str(step)
        killed = killable.write(folder, FEW, step)
        then = (FEW, OTHER)[step % 2]
        generate(folder, then)
        assert _tree_and_manifest(folder) == (then, False)
        if not killed:
            break
    assert step > 2 * len(FEW)


def test_runs_that_are_killed_one_after_another_are_mended(tmp_path: Path, killable: Killable) -> None:
    generate(tmp_path, OLD)
    for step in range(0, 170, 7):
        killable.write(tmp_path, (NEW, OTHER, OLD)[step % 3], step)
    generate(tmp_path, NEW)
    assert _tree_and_manifest(tmp_path) == (NEW, False)


def test_an_interrupted_run_is_said_by_check(tmp_path: Path, killable: Killable) -> None:
    generate(tmp_path, OLD)
    assert killable.write(tmp_path, NEW, 150)
    made = plan(tmp_path, artifacts(NEW), "f1")
    assert made.diff().startswith("metricloom.json: a run was interrupted")
    assert not made.up_to_date


def _assert_whole(folder: Path) -> None:
    found = {path: content for path, content in tree(folder).items() if ".metricloom-" not in path}
    json.loads(found.pop("metricloom.json"))
    for path, content in found.items():
        assert content.decode() in {OLD.get(path), NEW.get(path)}


def _assert_edits_are_told_apart(folder: Path, path: str) -> None:
    place = folder / path
    if not place.exists():
        return
    before = place.read_bytes()
    place.write_text("mine")
    with refused(folder):
        generate(folder, NEW)
    place.write_bytes(before)


def _tree_and_manifest(folder: Path) -> tuple[dict[str, str], bool]:
    files = tree(folder)
    del files["metricloom.json"]
    return {path: content.decode() for path, content in files.items()}, "unfinished" in manifest(folder)


class Killed(BaseException):
    """Stands for SIGKILL where a process for each run would be too slow."""


@contextmanager
def failing(at: int, error: Callable[[], BaseException], *, for_good: bool) -> Iterator[None]:
    """Have the call number *at* of a writing function fail; *for_good*: all that come after it too, as if dead."""
    calls = 0

    def counted(function: Any) -> Any:
        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == at or (for_good and calls > at):
                raise error()
            return function(*arguments, **options)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in killable_writer.STEPS:
            patch.setattr(os, name, counted(getattr(os, name)))
        yield


PATHS = ("a", "d/b", "d/c", "e/f/g")
FILES = st.dictionaries(st.sampled_from(PATHS), st.sampled_from(["1", "2"]))
ACTIONS = st.one_of(
    st.tuples(st.just("generate"), FILES),
    st.tuples(st.just("kill"), FILES, st.integers(1, 40)),
    st.tuples(st.just("full"), FILES, st.integers(1, 40)),
    st.tuples(st.just("edit"), st.sampled_from(PATHS)),
    st.tuples(st.just("delete"), st.sampled_from(PATHS)),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(ACTIONS, max_size=12))
def test_no_text_of_a_person_is_ever_lost(actions: Sequence[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        theirs: dict[str, str] = {}
        for number, action in enumerate(actions):
            _act(folder, theirs, number, *action)
            assert {path: (folder / path).read_text() for path in theirs} == theirs


def _act(folder: Path, theirs: dict[str, str], number: int, kind: str, what: Any, at: int = 0) -> None:
    if kind == "edit":
        (folder / what).parent.mkdir(parents=True, exist_ok=True)
        theirs[what] = f"mine {number}"
        (folder / what).write_text(theirs[what])
    elif kind == "delete":
        (folder / what).unlink(missing_ok=True)
        theirs.pop(what, None)
    elif kind == "generate":
        try:
            generate(folder, what)
        except RefusedError:
            assert theirs
        else:  # where nothing is generated any more, the manifest goes too
            assert {**what, **theirs} == (_tree_and_manifest(folder)[0] if what else _texts(folder))
    else:
        fault: Callable[[], BaseException] = Killed if kind == "kill" else _full
        try:
            with failing(at, fault, for_good=kind == "kill"):
                generate(folder, what)
        except (Killed, UserError):
            pass


def _texts(folder: Path) -> dict[str, str]:
    return {path: content.decode() for path, content in tree(folder).items()}


def _full() -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
