"""The whole bundle at work: a service that uses the generated module, a real Prometheus, and what Grafana asks."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from metricloom.artifact import plan, write
from metricloom.content_platform import REGISTRY
from metricloom.generators import GENERATORS
from metricloom.promtool import find_promtool
from tests.live_grafana import questions, variable_values
from tests.live_prometheus import OPENER, Prometheus, hurry, running, server_program, until

Json = dict[str, Any]

SERVICE = Path(__file__).with_name("live_service.py")
DEADLINE_SECONDS = 60
WHERE = {"cluster": "eu", "namespace": "production"}

FIRING = {
    *("HighLLMErrorRate", "LLMOutage", "SlowLLMCalls", "UnpricedModelInUse"),
    *("HighStorageFailureRate", "StorageFailureRatio", "RetentionOverdue"),
    *("HighTTSErrorRate", "SlowTTS", "HighVideoErrorRate", "SlowVideoRenders"),
}
"""What must fire once all goes wrong. The others need hours: a budget, a week to compare with, a clean-up overdue."""


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    write(plan(folder, [artifact for render in GENERATORS for artifact in render(REGISTRY)], ""))
    return folder


class Service:
    """The service, while it runs."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._input = process.stdin
        self.target = f"127.0.0.1:{process.stdout.readline().strip()}"

    def go_wrong(self) -> None:
        self._input.write("\n")
        self._input.flush()

    def page(self) -> str:
        with OPENER.open(f"http://{self.target}/metrics", timeout=10) as answer:
            return str(answer.read().decode())


@contextmanager
def serving(bundle: Path) -> Iterator[Service]:
    command = [sys.executable, str(SERVICE), str(bundle)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Service(process)
        finally:
            process.kill()


def test_promtool_takes_the_page_of_a_service_at_work(bundle: Path) -> None:
    promtool = find_promtool()
    with serving(bundle) as service:
        service.go_wrong()
        until(lambda: 'llm_failures_total{model="gemini-2.5-pro"} 0.0' not in service.page(), DEADLINE_SECONDS)
        page = service.page()
    done = subprocess.run(
        [promtool.path, "check", "metrics"], input=page, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_real_prometheus_has_an_answer_to_everything_and_tells_when_all_goes_wrong(
    bundle: Path, tmp_path: Path
) -> None:
    program = server_program()
    board = json.loads((bundle / "dashboards/content-platform.json").read_text(encoding="utf-8"))
    with serving(bundle) as service:
        hurry(bundle, service.target, **WHERE)
        with running(program, bundle / "prometheus/prometheus.yml", tmp_path) as server:
            assert until(lambda: up(server), DEADLINE_SECONDS), server.ask("targets")
            assert until(lambda: counted(server), DEADLINE_SECONDS)
            assert server.alerts() == []
            service.go_wrong()
            assert until(lambda: FIRING <= names_of(server), DEADLINE_SECONDS), FIRING - names_of(server)
            assert [fault for alert in server.alerts() for fault in text_faults(alert)] == []
            assert faults_of_rules(server) == []
            assert unanswered(board, server) == []
            assert [name for name, values in variable_values(board, server) if not values] == []


def up(server: Prometheus) -> bool:
    targets = server.ask("targets", state="active")["activeTargets"]
    return [target["health"] for target in targets] == ["up"]


def counted(server: Prometheus) -> bool:
    """Whether all rules were evaluated, and over more than one sample."""
    evaluated = all(rule["health"] != "unknown" for group in server.groups() for rule in group["rules"])
    return evaluated and bool(server.ask("query", query="model:llm_calls:increase5m > 0")["result"])


def names_of(server: Prometheus) -> set[str]:
    return {alert["labels"]["alertname"] for alert in server.alerts()}


def text_faults(alert: Json) -> Iterator[str]:
    """Yield each text of a firing alert in which something was not filled in."""
    for name, text in alert["annotations"].items():
        if not text or any(part in text for part in ("<error", "<no value>", "{{", "$labels", "$value")):
            yield f"{alert['labels']['alertname']} {name}: {text}"


def faults_of_rules(server: Prometheus) -> list[str]:
    return [
        f"{group['name']}: {rule['name']} {rule['health']} {rule.get('lastError', '')}"
        for group in server.groups()
        for rule in group["rules"]
        if rule["health"] != "ok" or rule.get("lastError")
    ]


def unanswered(board: Json, server: Prometheus) -> list[str]:
    """Return the queries that get no answer in time. Each must get one: nothing is excused."""
    left = questions(board)

    def ask_again() -> bool:
        left[:] = [question for question in left if not question.answered(server)]
        return not left

    until(ask_again, DEADLINE_SECONDS)
    return [f"{question.name}: {question.expression}" for question in left]
