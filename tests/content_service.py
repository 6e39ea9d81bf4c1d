"""The example's service for its tests: a process of its own, asked over HTTP as its users ask it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from examples.content_service.__main__ import environment, port_of
from metricloom.artifact import plan, write
from metricloom.content_platform import REGISTRY
from metricloom.content_platform.model_prices import MODEL_PRICES
from metricloom.generators import GENERATORS
from tests.live_prometheus import until

STARTS_WITHIN_SECONDS = 30
FAST = {"CONTENT_TOKENS_PER_SECOND": "5000", "CONTENT_FFMPEG": "no-such-program"}
PARTS = "script", "voiceover", "image", "video"


def write_bundle(folder: Path) -> Path:
    """Write the content platform's bundle, and return its folder."""
    write(plan(folder, [artifact for render in GENERATORS for artifact in render(REGISTRY)], ""))
    return folder


class Service:
    """The service, while it runs."""

    def __init__(self, url: str) -> None:
        self.http = httpx2.Client(base_url=url, timeout=30, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.http.close()

    def make(self, topic: str = "tea", model: str = "gpt-4o") -> dict[str, str]:
        """Make content, and return where its parts are."""
        answer = self.http.post("/content", json={"topic": topic, "model": model})
        assert answer.status_code == 201, answer.text
        made: dict[str, str] = answer.json()
        return made

    def fetch(self, path: str) -> bytes:
        answer = self.http.get(path)
        assert answer.status_code == 200, answer.text
        return answer.content

    def switch(self, failure: str, share: float) -> None:
        assert self.http.put(f"/failures/{failure}", json={"share": share}).status_code == 200

    def page(self) -> str:
        return self.http.get("/metrics").text

    def total(self, name: str, **labels: str) -> float:
        """Return the sum of a metric's samples that have these labels: 0 for none."""
        return sum(value for found, value in self.samples(name) if labels.items() <= found.items())

    def samples(self, name: str) -> list[tuple[dict[str, str], float]]:
        """Return the samples of this name: their labels and values."""
        families = text_string_to_metric_families(self.page())
        return [(each.labels, each.value) for family in families for each in family.samples if each.name == name]

    def is_up(self) -> bool:
        try:
            return self.http.get("/health").is_success
        except httpx2.HTTPError:
            return False


@contextmanager
def serving(bundle: Path, folder: Path, **settings: str) -> Iterator[Service]:
    """Give the service, with its artifacts in *folder*."""
    port, url = port_of("", 0)
    command = [sys.executable, "-m", "uvicorn", "--factory", "examples.content_service.app:create", f"--port={port}"]
    environ = environment(bundle) | FAST | {"CONTENT_FOLDER": str(folder)} | settings
    with subprocess.Popen([*command, "--timeout-graceful-shutdown=1", "--log-level=warning"], env=environ) as process:
        try:
            with Service(url) as service:
                until(lambda: service.is_up() or process.poll() is not None, STARTS_WITHIN_SECONDS)
                yield service
        finally:
            process.terminate()


def dollars(service: Service) -> float:
    """Return what the tokens on the page cost by the registry's own prices."""
    price = {(each.model, kind): each.by_type[kind] for each in MODEL_PRICES for kind in each.by_type}
    spent = 0.0
    for labels, tokens in service.samples("llm_tokens_total"):
        if tokens:
            one = price[labels["model"], labels["token_type"]]
            assert one.dollars is not None
            spent += tokens * one.dollars / one.per
    return spent
