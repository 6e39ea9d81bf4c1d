"""Writes bundles and dies by SIGKILL at a chosen step: the child of test_artifact_failures.py.

Each line of stdin is {"folder", "files", "step"}; a fork does it, and the answer is "killed" or "done". It is a program
of its own because a process that runs tests may have threads, and cannot fork safely then.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path, PurePosixPath
from typing import Any

from metricloom.artifact import Artifact, plan, write

STEPS = ("open", "fsync", "replace", "unlink", "mkdir", "rmdir")
"""All functions of os by which files are written: the writer is killed before the nth call of any of them."""


def die_at(step: int) -> None:
    left = step

    def counted(function: Any) -> Any:
        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            # A kill loses nothing that was written, only a power cut does: there is no need to wait for the disk.
            return None if function.__name__ == "fsync" else function(*arguments, **options)

        return call

    for name in STEPS:
        setattr(os, name, counted(getattr(os, name)))


def answer(request: dict[str, Any]) -> str:
    child = os.fork()
    if child == 0:
        die_at(request["step"])
        artifacts = [Artifact(PurePosixPath(path), text) for path, text in request["files"].items()]
        write(plan(Path(request["folder"]), artifacts, "killed"))
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return {0: "done", -signal.SIGKILL: "killed"}.get(status, f"status {status}")


if __name__ == "__main__":
    for line in sys.stdin:
        print(answer(json.loads(line)), flush=True)  # noqa: T201
