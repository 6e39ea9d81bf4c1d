"""Several programs as one: all start, and when one ends or the person has had enough, all end."""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx2

STOPPING = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
GRACE_SECONDS = 5  # from asking a program to end until it is killed
READY_WITHIN_SECONDS = 60
POLL_SECONDS = 0.1
TAIL_LINES = 15


class ProgramEndedError(Exception):
    """A program ended, or did not begin, and nobody had asked it to."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program that runs."""

    name: str
    process: Process
    log: Path

    def end_of(self) -> ProgramEndedError:
        """Return how it ended, with its last words."""
        return ProgramEndedError(f"{self.name} {_how(self.process.returncode)}{self.last_words()}")

    def last_words(self) -> str:
        """Return the end of what it wrote."""
        lines = self.log.read_text(errors="replace").splitlines()[-TAIL_LINES:]
        return "".join(f"\n    {line}" for line in lines)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to it, and to what it has started itself: it leads a group of its own."""
        with suppress(ProcessLookupError):  # all of them have ended
            os.killpg(self.process.pid, number)


class Supervisor:
    """Runs programs: `async with`. At its end none of them is left."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._programs: list[Program] = []
        self._ends: dict[asyncio.Task[int], Program] = {}

    async def __aenter__(self) -> Self:
        """Begin; from now on a signal to stop cancels the task that is in the block."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine always has one

        def stop() -> None:
            _on_signal(_nothing)
            task.cancel()

        _on_signal(stop)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End all programs, the last one first: visitors before the service, the service before who scrapes it.

        However impatient, nobody cuts this short; it takes some seconds at most.
        """
        _on_signal(_nothing)
        for program in reversed(self._programs):
            await _end(program)
        for task in self._ends:
            task.cancel()

    def processes(self) -> str:
        """Return the name and the process id of each program."""
        return ", ".join(f"{program.name} {program.process.pid}" for program in self._programs)

    async def start(self, name: str, command: Sequence[str], environ: Mapping[str, str] | None = None) -> Program:
        """Start a program.

        It gets a session of its own, so that Ctrl-C reaches only this process, and they end in order.
        """
        log = self._logs / f"{name.lower().replace(' ', '-')}.log"
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=DEVNULL, stdout=output, stderr=output, env=environ, start_new_session=True
            )
        program = Program(name, process, log)
        self._programs.append(program)
        self._ends[asyncio.create_task(process.wait())] = program
        return program

    async def ready(self, program: Program, url: str) -> None:
        """Wait until a program answers.

        Raises:
            ProgramEndedError: it ended instead, or took too long.
        """
        async with httpx2.AsyncClient(trust_env=False) as client:
            try:
                async with asyncio.timeout(READY_WITHIN_SECONDS):
                    while not await _answers(client, url):
                        if program.process.returncode is not None:
                            raise program.end_of()
                        await asyncio.sleep(POLL_SECONDS)
            except TimeoutError:
                message = f"{program.name} did not answer at {url} within {READY_WITHIN_SECONDS} s"
                raise ProgramEndedError(message + program.last_words()) from None

    async def watch(self) -> None:
        """Wait for ever.

        Raises:
            ProgramEndedError: a program has ended.
        """
        ended, _ = await asyncio.wait(self._ends, return_when=asyncio.FIRST_COMPLETED)
        raise self._ends[ended.pop()].end_of()


def _on_signal(stop: Callable[[], None]) -> None:
    for number in STOPPING:
        asyncio.get_running_loop().add_signal_handler(number, stop)


def _nothing() -> None:
    pass


async def _answers(client: httpx2.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).is_success
    except httpx2.HTTPError:
        return False


async def _end(program: Program) -> None:
    """End a program and all that it started: ask, wait, kill."""
    program.send(signal.SIGTERM)
    with suppress(TimeoutError):
        async with asyncio.timeout(GRACE_SECONDS):
            await program.process.wait()
    program.send(signal.SIGKILL)
    await program.process.wait()


def _how(status: int | None) -> str:
    if status is not None and status < 0:
        return f"was killed by {signal.Signals(-status).name}"
    return f"ended with status {status}"
