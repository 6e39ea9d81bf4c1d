"""`make example` at work: the service, its visitors and a real Prometheus, started together and ended together."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from examples.content_service.load import main as visitors
from tests.content_service import Service, dollars, serving, write_bundle
from tests.live_prometheus import Prometheus, server_program, until

ROOT = Path(__file__).parents[1]
ENDS_WITHIN_SECONDS = 60
FIRES_WITHIN_SECONDS = 60
NO_PROMETHEUS = ("--prometheus", "no-such-program")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bundle(tmp_path_factory.mktemp("example") / "bundle")


class Example:
    """All of it, while it runs."""

    def __init__(self, process: subprocess.Popen[str], temporary: Path) -> None:
        self.process, self._temporary = process, temporary
        self.said = "".join(self._until("Ctrl-C ends all of it.\n"))
        self.processes = {
            name: int(number) for name, number in re.findall(r"(\w+) (\d+)(?=,|$)", self._line("Processes"))
        }

    def _until(self, last: str) -> Iterator[str]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            yield line
            if line == last:
                return

    def url_of(self, what: str) -> str:
        return self._line(what).split()[0]

    def _line(self, what: str) -> str:
        [line] = re.findall(rf"^{what} +(.*)$", self.said, re.MULTILINE)
        return str(line)

    def ended(self) -> tuple[int, str]:
        """Return how it ended and what it said last; nothing of it is left then."""
        said, _ = self.process.communicate(timeout=ENDS_WITHIN_SECONDS)
        assert [name for name, process in self.processes.items() if runs(process)] == []
        assert list(self._temporary.iterdir()) == []
        return self.process.returncode, said


@contextmanager
def running(bundle: Path, folder: Path, *options: str, ffmpeg: str = "none") -> Iterator[Example]:
    command = [sys.executable, "-m", "examples.content_service", f"--bundle={bundle}", "--quick", *options]
    temporary = folder / "temporary"
    temporary.mkdir()
    environ = os.environ | {"TMPDIR": str(temporary), "CONTENT_FFMPEG": ffmpeg}
    with subprocess.Popen(
        command, cwd=ROOT, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            yield Example(process, temporary)
        finally:
            process.terminate()


def runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_failure_that_is_switched_on_fires_its_alerts_and_ctrl_c_ends_all(bundle: Path, tmp_path: Path) -> None:
    with running(bundle, tmp_path, "--prometheus", server_program(), "--rate", "4") as example:
        assert example.processes.keys() == {"Prometheus", "Service", "Visitors"}
        assert str(bundle / "dashboards/content-platform.json") in example.said
        server = Prometheus(int(example.url_of("Prometheus").rpartition(":")[2]))
        with Service(example.url_of("Service")) as service:
            assert until(lambda: asked(server, "sum(model:llm_calls:increase5m)") > 20, FIRES_WITHIN_SECONDS)
            assert server.alerts() == []
            recorded = asked(server, "sum(model_token_type:llm_cost_dollars:increase5m)")
            assert 0.3 * dollars(service) < recorded < 1.5 * dollars(service)
            service.switch("provider-errors", 1)
            assert until(lambda: names_of(server) >= {"HighLLMErrorRate", "LLMOutage"}, FIRES_WITHIN_SECONDS)
            assert {each["labels"]["job"] for each in server.alerts()} == {"content-platform"}
        example.process.send_signal(signal.SIGINT)
        assert example.ended() == (0, "All of it has ended.\n")


def names_of(server: Prometheus) -> set[str]:
    return {alert["labels"]["alertname"] for alert in server.alerts()}


def asked(server: Prometheus, query: str) -> float:
    return sum(float(each["value"][1]) for each in server.ask("query", query=query)["result"])


def test_without_a_prometheus_it_says_so_and_a_signal_to_terminate_ends_all(bundle: Path, tmp_path: Path) -> None:
    with running(bundle, tmp_path, *NO_PROMETHEUS, "--no-visitors") as example:
        assert "Prometheus   not found" in example.said
        assert example.processes.keys() == {"Service"}
        example.process.terminate()
        assert example.ended() == (0, "All of it has ended.\n")


def test_a_call_that_hangs_does_not_hold_up_the_end(bundle: Path, tmp_path: Path) -> None:
    with running(bundle, tmp_path, *NO_PROMETHEUS, "--rate", "5") as example:
        with Service(example.url_of("Service")) as service:
            service.switch("hanging-calls", 1)
            assert until(lambda: service.total("llm_calls_in_flight") > 2, ENDS_WITHIN_SECONDS)
        example.process.send_signal(signal.SIGINT)
        example.process.send_signal(signal.SIGTERM)  # by who cannot wait: it does not cut the end short
        assert example.ended() == (0, "All of it has ended.\n")


def test_a_service_that_is_killed_is_reported_and_ends_the_rest(bundle: Path, tmp_path: Path) -> None:
    held_open, ffmpeg = tmp_path / "held-open", tmp_path / "ffmpeg"
    os.mkfifo(held_open)
    ffmpeg.write_text(f"#!/bin/sh\nexec sleep 600 > {held_open}\n")
    ffmpeg.chmod(0o755)
    with running(bundle, tmp_path, *NO_PROMETHEUS, ffmpeg=str(ffmpeg)) as example:
        with held_open.open() as renders:  # waits until there is one
            os.kill(example.processes["Service"], signal.SIGKILL)
            assert renders.read() == ""  # waits until there is none
        status, said = example.ended()
        assert (status, said.startswith("Service was killed by SIGKILL")) == (1, True), said


def test_a_service_that_cannot_start_is_reported_with_its_last_words(bundle: Path, tmp_path: Path) -> None:
    done = refused(bundle, tmp_path, CONTENT_KEEP_SECONDS="soon")
    assert done.returncode == 1
    assert "Service ended with status 1" in done.stdout
    assert "    CONTENT_KEEP_SECONDS=soon is no number above 0" in done.stdout


@pytest.mark.parametrize("option", ["--port", "--prometheus-port"])
def test_a_port_that_is_taken_is_named(bundle: Path, tmp_path: Path, option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = refused(bundle, tmp_path, option, str(port), "--prometheus", sys.executable)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{option} {port}: Address already in use. Give another port, or 0 for a free one.\n"


def test_a_bundle_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = refused(tmp_path, tmp_path)
    assert done.returncode == 2
    assert "Write the bundle with `make generate`" in done.stdout


def refused(bundle: Path, folder: Path, *options: str, **environ: str) -> subprocess.CompletedProcess[str]:
    temporary = folder / "temporary"
    temporary.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "examples.content_service", f"--bundle={bundle}", *(options or NO_PROMETHEUS)],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(temporary)} | environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=ENDS_WITHIN_SECONDS,
    )
    assert list(temporary.iterdir()) == []
    return done


def test_visitors_make_fetch_and_leave_as_many_times_as_they_come(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(bundle, tmp_path / "artifacts", CONTENT_TOKENS_PER_SECOND="500") as service:
        visitors([str(service.http.base_url), "--rate=20", "--visits=10"])
        assert capsys.readouterr().out == "10 visits ended: 10 well\n"
        assert until(lambda: service.total("llm_call_outcomes_total", outcome="cancelled") == 2, ENDS_WITHIN_SECONDS)
        assert service.total("llm_call_outcomes_total", outcome="ok") == 10
        assert service.total("storage_put_total") == service.total("storage_get_total") == 40
        visitors([str(service.http.base_url), "--rate=20", "--visits=4", "--fail=storage-full=0.5", "--fail-for=60"])
        assert "4 visits ended: 4 status 500" in capsys.readouterr().out
        assert service.http.get("/failures").json()["storage-full"]["share"] == 0, "switched off at the end"


def test_visitors_are_told_what_can_fail(bundle: Path, tmp_path: Path) -> None:
    with serving(bundle, tmp_path) as service, pytest.raises(SystemExit, match="there is no failure floods: there are"):
        visitors([str(service.http.base_url), "--fail=floods"])


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "nonsense"])
def test_visitors_of_what_is_no_service_say_so(url: str) -> None:
    with pytest.raises(SystemExit, match="is no content service that answers"):
        visitors([url, "--visits=1"])


@pytest.mark.parametrize("option", ["--rate=0", "--rate=many", "--fail-for=-1", "--fail=x=y"])
def test_a_number_that_is_none_is_wrong_usage(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        visitors(["http://127.0.0.1:9", option])
    assert f"argument {option.partition('=')[0]}: invalid" in capsys.readouterr().err
