"""The example's service by itself: what it does, and that its metrics say exactly that."""

from __future__ import annotations

import io
import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from metricloom.cli import VERBS
from metricloom.promtool import find_promtool
from tests.animated_png import frames_of
from tests.content_service import PARTS, Service, dollars, serving, write_bundle
from tests.live_prometheus import until

ROOT = Path(__file__).parents[1]
WITHIN_SECONDS = 10


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bundle(tmp_path_factory.mktemp("example") / "bundle")


@pytest.fixture
def service(bundle: Path, tmp_path: Path) -> Iterator[Service]:
    with serving(bundle, tmp_path / "artifacts") as service:
        yield service


def test_its_code_passes_mypy_strict_beside_the_generated_module(bundle: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--config-file=",
        "--explicit-package-bases",
        f"--cache-dir={bundle}/.mypy",
    ]
    done = subprocess.run(
        [*command, ROOT / "examples/content_service"],
        env={"MYPYPATH": f"{bundle}:{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_counters_move_by_exactly_what_was_asked(service: Service) -> None:
    made = [service.make(f"tea, part {number}") for number in range(3)]
    parts = {part: [service.fetch(each[part]) for each in made] for part in PARTS}
    assert service.total("llm_calls_total", model="gpt-4o") == 3
    assert service.total("llm_call_outcomes_total", outcome="ok") == service.total("llm_calls_total") == 3
    assert service.total("llm_time_to_first_token_seconds_count", model="gpt-4o") == 3
    for part, files in parts.items():
        size = sum(map(len, files))
        assert service.total("storage_put_total", artifact_type=part) == 3
        assert service.total("storage_get_total", artifact_type=part) == 3
        for metric in ("storage_bytes_written_total", "storage_bytes_read_total", "storage_used_bytes"):
            assert service.total(metric, artifact_type=part) == size, metric
    assert service.total("tts_characters_total", provider="local") == sum(
        len(text.decode()) for text in parts["script"]
    )
    seconds = sum(seconds_of(sound) for sound in parts["voiceover"])
    assert service.total("video_output_seconds_total", renderer="apng") == pytest.approx(seconds)
    assert service.total("tts_jobs_total") == service.total("video_renders_total") == 3
    for failures in ("llm", "tts", "video_render", "storage"):
        assert service.total(f"{failures}_failures_total") == 0
    assert service.total("instrumentation_dropped_total") == 0


def test_costs_follow_from_the_tokens_that_were_billed(service: Service) -> None:
    texts = [service.fetch(service.make(topic)["script"]).decode() for topic in ("tea", "owls")]
    words = service.total("llm_tokens_total", token_type="output", priced_by="table")
    assert words == sum(-(-len(text) // 4) for text in texts)
    written = service.total("llm_tokens_total", token_type="cache_write")
    assert written == service.total("llm_tokens_total", token_type="cache_read") > 50  # the first call, the second
    assert words * 10e-6 < dollars(service) < words * 20e-6  # gpt-4o: US$10 for a million tokens of output


def test_what_it_makes_can_be_heard_and_seen(service: Service) -> None:
    made = service.make()
    script = service.fetch(made["script"]).decode()
    assert "tea" in script
    assert seconds_of(service.fetch(made["voiceover"])) == pytest.approx(len(script) * 0.04)
    [cover] = frames_of(service.fetch(made["image"]))
    frames = frames_of(service.fetch(made["video"]))
    assert len(frames) == round(len(script) * 0.04 * 4)
    assert cover == frames[0] != frames[-1]


def test_promtool_and_the_two_formats_take_the_page(service: Service) -> None:
    service.make()
    page = service.page()
    done = subprocess.run(
        [find_promtool().path, "check", "metrics"], input=page, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    openmetrics = service.http.get("/metrics", headers={"Accept": "application/openmetrics-text"})
    assert openmetrics.headers["content-type"].startswith("application/openmetrics-text")
    assert openmetrics.text.endswith("# EOF\n")
    assert not openmetrics.history, "a scrape is not sent elsewhere"


@pytest.mark.skipif("verify" not in VERBS, reason="metricloom has no verb verify yet")
def test_verify_finds_on_the_page_what_the_registry_declares(service: Service, tmp_path: Path) -> None:
    service.make()
    page, registry = str(service.http.base_url.join("/metrics")), "metricloom.content_platform:REGISTRY"
    command = [sys.executable, "-m", "metricloom", "verify", page, "--registry", registry]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_error_of_the_provider_is_a_failure_and_the_retry_another_call(service: Service) -> None:
    service.switch("provider-errors", 1)
    answer = service.http.post("/content", json={"topic": "tea"})
    assert answer.status_code == 502
    assert "InternalServerError" in answer.text
    assert service.total("llm_call_outcomes_total", model="gpt-4o-mini", outcome="server") == 2
    assert service.total("llm_failures_total") == service.total("llm_calls_total") == 2
    assert service.total("storage_put_total") == 0


def test_a_share_of_one_half_strikes_every_second_call(service: Service) -> None:
    service.switch("provider-errors", 0.5)
    for _ in range(4):
        service.make()  # each that is struck is tried again, well
    assert service.total("llm_calls_total") == 7
    assert service.total("llm_failures_total") == 3
    service.switch("provider-errors", 0)
    service.make()
    assert service.total("llm_failures_total") == 3


def test_calls_that_hang_are_in_flight_until_the_provider_is_well(service: Service) -> None:
    service.switch("hanging-calls", 1)
    before = time.time()
    with ThreadPoolExecutor() as pool:
        waiting = [pool.submit(service.make) for _ in range(2)]
        assert until(lambda: service.total("llm_calls_in_flight", model="gpt-4o") == 2, WITHIN_SECONDS)
        oldest = service.total("llm_oldest_call_start_timestamp_seconds", model="gpt-4o")
        assert before <= oldest <= time.time()
        assert service.total("llm_calls_total") == 0
        service.switch("hanging-calls", 0)
        assert [len(made.result()) for made in waiting] == [4, 4]
    assert service.total("llm_calls_in_flight") == 0
    assert service.total("llm_oldest_call_start_timestamp_seconds", model="gpt-4o") == float("inf")


def test_a_call_past_its_time_out_is_a_failure_of_that_kind(bundle: Path, tmp_path: Path) -> None:
    with serving(bundle, tmp_path, CONTENT_LLM_TIMEOUT_SECONDS="0.3") as service:
        service.switch("hanging-calls", 1)
        assert service.http.post("/content", json={"topic": "tea"}).status_code == 504
        assert service.total("llm_call_outcomes_total", outcome="timeout") == service.total("llm_failures_total") == 1
        assert service.total("llm_calls_in_flight") == 0


def test_a_reader_who_goes_away_is_a_call_and_no_failure(bundle: Path, tmp_path: Path) -> None:
    with serving(bundle, tmp_path, CONTENT_TOKENS_PER_SECOND="20") as service:
        with service.http.stream("POST", "/scripts", json={"topic": "tea"}) as answer:
            assert next(answer.iter_text())
        assert until(lambda: service.total("llm_call_outcomes_total", outcome="cancelled") == 1, WITHIN_SECONDS)
        assert (service.total("llm_calls_total"), service.total("llm_failures_total")) == (1, 0)
        assert service.total("llm_time_to_first_token_seconds_count") == 1


def test_a_full_disk_is_a_failed_write_that_leaves_no_file(service: Service, tmp_path: Path) -> None:
    service.switch("storage-full", 1)
    answer = service.http.post("/content", json={"topic": "tea"})
    assert answer.status_code == 500
    assert "No space left" in answer.text
    assert service.total("storage_failures_total", artifact_type="script", operation="put") == 1
    assert service.total("storage_put_total") == 1
    assert service.total("storage_bytes_written_total") == 0
    assert [path for path in (tmp_path / "artifacts").rglob("*") if path.is_file()] == []


def seconds_of(sound: bytes) -> float:
    with wave.open(io.BytesIO(sound)) as file:
        return float(file.getnframes() / file.getframerate())
