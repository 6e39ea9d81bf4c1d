"""A real Prometheus for tests: started on a bundle whose intervals are made short, and asked through its HTTP API."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest
import yaml

Json = dict[str, Any]
T = TypeVar("T")

VARIABLE = "METRICLOOM_PROMETHEUS"
SCRAPE, EVALUATION, FOR = "1s", "2s", "2s"
STARTS_WITHIN_SECONDS = 30
POLL_SECONDS = 0.5
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy of the environment knows no 127.0.0.1


def server_program() -> str:
    """Return the Prometheus to run; skip the test where there is none."""
    named = os.environ.get(VARIABLE)
    found = shutil.which(named or "prometheus")
    if found is None and named:
        pytest.fail(f"{VARIABLE}={named} is no program")
    if found is None:
        pytest.skip(f"there is no Prometheus server: none on PATH, and {VARIABLE} names none")
    return found


def hurry(bundle: Path, target: str, **labels: str) -> None:
    """Make all intervals of a bundle short, and let it scrape *target* alone; all else stays as it was generated."""
    config = _yaml(bundle / "prometheus/prometheus.yml")
    config["global"] = {"scrape_interval": SCRAPE, "evaluation_interval": EVALUATION}
    [job] = config["scrape_configs"]
    job["static_configs"] = [{"targets": [target], "labels": labels}]
    _write(bundle / "prometheus/prometheus.yml", config)
    for path in (bundle / "rules").glob("*.yml"):
        rules = _yaml(path)
        for group in rules["groups"]:
            group["interval"] = EVALUATION
            for rule in group["rules"]:
                if "for" in rule:
                    rule["for"] = FOR
        _write(path, rules)


def _yaml(path: Path) -> Json:
    found: Json = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def _write(path: Path, content: Json) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")


class Prometheus:
    """A Prometheus that runs."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def ready(self) -> bool:
        """Whether it answers queries."""
        try:
            with OPENER.open(f"{self.url}/-/ready", timeout=10) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def ask(self, path: str, **parameters: str | float) -> Any:
        """Return the data of an answer.

        Raises:
            AssertionError: Prometheus refused, or had a remark on what was asked.
        """
        asked = urllib.parse.urlencode(parameters)
        try:
            with OPENER.open(f"{self.url}/api/v1/{path}?{asked}", timeout=30) as answer:
                said = json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise AssertionError(f"{path} {parameters}: {error.read().decode()}") from error
        remarks = [*said.get("warnings", ()), *said.get("infos", ())]
        assert remarks == [], (path, parameters)
        return said["data"]

    def alerts(self) -> list[Json]:
        """Return the alerts that fire now."""
        return [alert for alert in self.ask("alerts")["alerts"] if alert["state"] == "firing"]

    def groups(self) -> list[Json]:
        """Return the groups of rules, with what became of each rule."""
        found: list[Json] = self.ask("rules")["groups"]
        return found


@contextmanager
def running(program: str, config: Path, folder: Path, *flags: str) -> Iterator[Prometheus]:
    """Give a Prometheus on *config* that keeps its data in *folder*, with more *flags* if it needs them."""
    port = _free_port()
    command = [
        program,
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        *flags,
    ]
    log = folder / "prometheus.log"
    with log.open("w") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            server = Prometheus(port)
            until(lambda: server.ready() or process.poll() is not None, STARTS_WITHIN_SECONDS)
            assert server.ready(), log.read_text()[-3000:]
            yield server
        finally:
            process.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(ask: Callable[[], T], seconds: float) -> T:
    """Ask again and again until the answer is true, or *seconds* are over; return the last answer."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return answer
