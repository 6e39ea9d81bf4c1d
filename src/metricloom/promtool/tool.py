"""Finds promtool and runs it: as a list, with a time limit, in a process group that is killed whole."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Generator, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from metricloom.errors import Location, Problem, ToolError
from metricloom.promtool.messages import NO_PLACES, Messages, Places, is_answer, metric_problems

MINIMUM = (2, 42)
VARIABLE = "METRICLOOM_PROMTOOL"
VERSION_SECONDS = 10.0
"""How long it may take to say its version: it does so at once, or hangs."""
MOST_BYTES = 1_000_000
MOST_PROBLEMS = 200
"""How much of what it says is read."""
HOW_TO_INSTALL = (
    "it comes with Prometheus: install Debian's package `prometheus`, or run "
    "`go install github.com/prometheus/prometheus/cmd/promtool@latest`; "
    f"then have it on PATH, or name it in {VARIABLE} or with --promtool"
)
LINT = ("--lint=all", "--lint-fatal")
_ANSWERS = {0, 1, 3}  # passed, failed, lint; 2 is a panic of Go
_VERSION = re.compile(r"^promtool, version (?:(\d+)\.(\d+))?", re.MULTILINE)


class MissingPromtoolError(ToolError):
    """None was named and PATH has none: who can do without may catch this."""


def find_promtool(named: str | None = None, *, timeout_seconds: float = 300.0) -> Promtool:
    """Return the promtool that is *named* (a path, or a command), else METRICLOOM_PROMTOOL's, else the one on PATH.

    Raises:
        MissingPromtoolError: none is named, and PATH has none.
        ToolError: the one that is named does not exist, does not run, or is too old.
    """
    named = named or os.environ.get(VARIABLE)
    path = shutil.which(named or "promtool")
    if path is None and named:
        raise ToolError(f"promtool is not at {named}, or is not executable", HOW_TO_INSTALL)
    if path is None:
        raise MissingPromtoolError("promtool was not found", HOW_TO_INSTALL)
    tool = Promtool(Path(path).absolute(), timeout_seconds)
    tool.require_version()
    return tool


@dataclass(frozen=True, slots=True)
class _Answer:
    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Promtool:
    """A promtool that is recent enough. Files are given relative to the folder of the bundle, as artifacts are."""

    path: Path
    timeout_seconds: float = 300.0
    _running: set[subprocess.Popen[bytes]] = field(default_factory=set, repr=False, compare=False)

    def require_version(self) -> None:
        """Raise ToolError unless this is promtool, of a version that knows all we ask of it."""
        answer = self._run(["--version"], timeout_seconds=min(self.timeout_seconds, VERSION_SECONDS))
        found = _VERSION.search(answer.out + answer.err)
        if found is None or answer.code:
            raise ToolError(f"{self.path} does not answer as promtool does", HOW_TO_INSTALL)
        if found[1] is None:  # built by `go install`, which leaves the version out: recent, then
            return
        if (int(found[1]), int(found[2])) < MINIMUM:
            least = ".".join(map(str, MINIMUM))
            raise ToolError(f"{self.path} is too old: {found[1]}.{found[2]}, and {least} is needed", HOW_TO_INSTALL)

    def check_rules(self, folder: Path, files: Sequence[PurePosixPath], places: Places = NO_PLACES) -> list[Problem]:
        answer = self._run(["check", "rules", *LINT, "--", *map(str, files)], folder)
        return _findings("check rules", answer, Messages(folder, places).rule_problems(answer.err))

    def check_config(self, folder: Path, file: PurePosixPath, places: Places = NO_PLACES) -> list[Problem]:
        """Check a Prometheus configuration, and the rule files that it loads."""
        answer = self._run(["check", "config", *LINT, "--", str(file)], folder)
        return _findings("check config", answer, Messages(folder, places).config_problems(file, answer.err))

    def test_rules(
        self, folder: Path, files: Sequence[PurePosixPath], places: Places = NO_PLACES
    ) -> Generator[tuple[PurePosixPath, list[Problem]], None, None]:
        """Run each test file, as many at once as there are processors. Yield each as it ends, in the order given."""
        messages = Messages(folder, places)

        def run(file: PurePosixPath) -> list[Problem]:
            answer = self._run(["test", "rules", "--", str(file)], folder)
            return _findings("test rules", answer, messages.test_problems(file, answer.err))

        pool = ThreadPoolExecutor(max_workers=os.cpu_count())
        try:
            yield from zip(files, pool.map(run, files), strict=True)
        finally:  # also when nobody asks for the rest, or Ctrl-C was pressed
            pool.shutdown(wait=False, cancel_futures=True)
            for process in tuple(self._running):
                _kill(process)

    def check_metrics(self, text: str, places: Mapping[str, Location] | None = None) -> list[Problem]:
        """Check a page of /metrics. *places* says where each metric was declared."""
        answer = self._run(["check", "metrics"], text=text)
        return _findings("check metrics", answer, metric_problems(answer.err, places or {}))

    def _run(
        self,
        arguments: Sequence[str],
        folder: Path | None = None,
        text: str = "",
        timeout_seconds: float | None = None,
    ) -> _Answer:
        timeout = self.timeout_seconds if timeout_seconds is None else timeout_seconds
        command = [str(self.path), *arguments]
        called = f"promtool {' '.join(arguments[:2])}"
        where = ", in the folder of a generated bundle" if folder is not None else ""
        hint = f"try by hand{where}: {' '.join(command)}"
        try:
            code, out, err = self._communicate(command, folder, text.encode(), timeout)
        except OSError as error:
            raise ToolError(f"{self.path} cannot be run: {error.strerror}", HOW_TO_INSTALL) from error
        except subprocess.TimeoutExpired as error:
            raise ToolError(f"{called} did not end within {timeout:g} s, and was stopped", hint) from error
        answer = _Answer(code, _text(out), _text(err))
        fault = _fault(answer)
        if fault:
            raise ToolError(f"{called} {fault}", hint)
        return answer

    def _communicate(
        self, command: Sequence[str], folder: Path | None, given: bytes, timeout_seconds: float
    ) -> tuple[int, bytes, bytes]:
        pipe = subprocess.PIPE
        with subprocess.Popen(
            command, cwd=folder, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
        ) as process:
            self._running.add(process)
            try:
                out, err = process.communicate(given, timeout_seconds)
            except BaseException:
                _kill(process)
                raise
            finally:
                self._running.discard(process)
        return process.returncode, out, err


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):  # it ended by itself meanwhile
        os.killpg(process.pid, signal.SIGKILL)


def _text(output: bytes) -> str:
    return output[:MOST_BYTES].decode(errors="replace")


def _beginning(answer: _Answer) -> str:
    return "\n".join((answer.err or answer.out).strip()[:500].splitlines()[:10])


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # one of the real-time signals, most of which have no name
        return f"signal {number}"


def _findings(called: str, answer: _Answer, found: Iterable[Problem]) -> list[Problem]:
    """Return each problem once, for promtool says some things twice, and no more than a person can read.

    Raises:
        ToolError: it failed, and does not say why as promtool does.
    """
    problems = list(dict.fromkeys(found))
    if answer.code and not is_answer(answer.err, problems):
        said = _beginning(answer)
        said = f"what it said is not understood: {said}" if said else "said nothing"
        raise ToolError(f"promtool {called} ended with status {answer.code}, and {said}", HOW_TO_INSTALL)
    if answer.code and not problems:
        raise ToolError(f"promtool {called} failed, and does not say why", HOW_TO_INSTALL)
    if len(problems) > MOST_PROBLEMS:
        last = problems[MOST_PROBLEMS - 1]
        more = f"promtool says {len(problems) - MOST_PROBLEMS} things more: mend these first"
        problems[MOST_PROBLEMS:] = [Problem(last.code, last.name, more)]
    return problems


def _fault(answer: _Answer) -> str:
    """Return how promtool failed to do its work, or nothing if it did: then what it found is in its messages."""
    said = _beginning(answer)
    if answer.code < 0:
        return f"was ended by {_signal(-answer.code)}. {said}".strip()
    if answer.code not in _ANSWERS:
        return f"ended with status {answer.code}: {said or 'it said nothing'}"
    if answer.err.startswith("promtool: error:"):  # it did not understand, or did not find what it was given
        return f"failed: {said.removeprefix('promtool: error:').strip()}"
    return ""
