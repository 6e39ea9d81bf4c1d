"""The example's clean-up, its restarts, its provider over HTTP and its use of ffmpeg."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.content_service import PARTS, Service, serving, write_bundle
from tests.live_prometheus import until

WITHIN_SECONDS = 10
LAST_SUCCESS = "retention_cleanup_last_success_timestamp_seconds"
OLDEST_OVERDUE = "retention_oldest_overdue_timestamp_seconds"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bundle(tmp_path_factory.mktemp("example") / "bundle")


def files_of(folder: Path) -> list[Path]:
    return [path for part in PARTS for path in (folder / part).iterdir()]


def test_what_is_past_its_date_shows_as_overdue_until_a_clean_up_deletes_it(bundle: Path, tmp_path: Path) -> None:
    with serving(bundle, tmp_path, CONTENT_KEEP_SECONDS="1") as service:
        made = service.make()
        sizes = {part: len(service.fetch(made[part])) for part in PARTS}
        assert service.samples(OLDEST_OVERDUE) == []
        assert until(lambda: service.total("retention_overdue_items", plan="media") == 2, WITHIN_SECONDS)
        assert service.total("retention_overdue_items", plan="gdpr") == 2
        assert service.total(OLDEST_OVERDUE, plan="gdpr") < time.time()
        assert service.http.post("/cleanup").status_code == 200
        assert service.total("retention_cleanup_runs_total") == 1
        assert service.total("retention_cleanup_items_total") == 4
        assert service.total("retention_cleanup_bytes_total") == sum(sizes.values())
        assert service.total("retention_deletes_total", plan="gdpr") == 2
        freed = service.total("retention_bytes_freed_total", plan="gdpr")
        assert freed == sizes["script"] + sizes["voiceover"]
        assert service.total("storage_bytes_deleted_total") == sum(sizes.values())
        assert service.total("storage_used_bytes") == service.total("retention_overdue_items") == 0
        assert service.total(LAST_SUCCESS) == pytest.approx(time.time(), abs=WITHIN_SECONDS)
        assert service.http.get(made["script"]).status_code == 404
        assert service.total("storage_get_total") == 4, "what was deleted is no read that failed"
    assert files_of(tmp_path) == []


def test_clean_up_runs_on_schedule_and_a_run_that_fails_does_not_end_it(bundle: Path, tmp_path: Path) -> None:
    with serving(bundle, tmp_path, CONTENT_KEEP_SECONDS="0.1", CONTENT_CLEANUP_SECONDS="0.2") as service:
        service.switch("cleanup-failing", 1)
        assert until(lambda: service.total("retention_cleanup_failures_total") >= 2, WITHIN_SECONDS)
        service.make()
        assert service.total("retention_deletes_total") == 0
        service.switch("cleanup-failing", 0)
        assert until(lambda: service.total("retention_deletes_total") == 4, WITHIN_SECONDS)


def test_runs_asked_for_at_once_come_one_after_another(bundle: Path, tmp_path: Path) -> None:
    with serving(bundle, tmp_path, CONTENT_KEEP_SECONDS="0.1") as service:
        for _ in range(5):
            service.make()
        assert until(lambda: service.total("retention_overdue_items") == 20, WITHIN_SECONDS)
        with ThreadPoolExecutor() as pool:
            answers = list(pool.map(lambda _: service.http.post("/cleanup").status_code, range(8)))
        assert answers == [200] * 8
        assert service.total("storage_delete_total") == service.total("retention_cleanup_items_total") == 20


def test_one_item_that_cannot_be_deleted_fails_the_run_and_keeps_none_of_the_others(
    bundle: Path, tmp_path: Path
) -> None:
    with serving(bundle, tmp_path, CONTENT_KEEP_SECONDS="0.1") as service:
        made = service.make()
        [voice] = (tmp_path / "voiceover").iterdir()
        voice.unlink()
        voice.mkdir()  # which no unlink removes
        assert until(lambda: service.total("retention_overdue_items", plan="media") == 2, WITHIN_SECONDS)
        answer = service.http.post("/cleanup")
        assert (answer.status_code, "could not be deleted: 1, the first" in answer.text) == (500, True)
        assert service.total("storage_failures_total", artifact_type="voiceover", operation="delete") == 1
        assert service.total("retention_cleanup_failures_total") == service.total("retention_cleanup_runs_total") == 1
        assert service.total("retention_deletes_total", plan="gdpr") == 1
        assert service.total("retention_deletes_total", plan="media") == 2
        assert service.total("retention_overdue_items") == 1
        assert service.total(LAST_SUCCESS) == 0
        assert service.http.get(made["script"]).status_code == 404


def test_a_restart_finds_what_was_kept_and_when_clean_up_last_succeeded(bundle: Path, tmp_path: Path) -> None:
    with serving(bundle, tmp_path) as service:
        made = service.make()
        held = service.total("storage_used_bytes")
        assert service.http.post("/cleanup").status_code == 200
        succeeded = service.total(LAST_SUCCESS)
    (tmp_path / "video/.unfinished-x.apng").write_bytes(b"of a process that was killed")
    with serving(bundle, tmp_path) as service:
        assert service.total("storage_used_bytes") == held > 0
        assert service.total("retention_cleanup_runs_total") == 0
        assert service.total(LAST_SUCCESS) == pytest.approx(succeeded, abs=1)
        assert service.fetch(made["video"])
    assert len(files_of(tmp_path)) == 4


def test_an_ffmpeg_that_fails_is_a_failed_render(bundle: Path, tmp_path: Path) -> None:
    with serving(bundle, tmp_path, CONTENT_FFMPEG="false") as service:
        answer = service.http.post("/content", json={"topic": "tea"})
        assert (answer.status_code, "ffmpeg ended with 1" in answer.text) == (500, True)
        assert service.total("video_render_failures_total", renderer="ffmpeg") == 1
        assert service.total("video_renders_total") == 1
        assert service.total("video_output_seconds_total") == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [("CONTENT_KEEP_SECONDS", "soon"), ("CONTENT_CLEANUP_SECONDS", "0"), ("CONTENT_KEEP_SECONDS", "nan")],
)
def test_a_setting_that_is_no_number_is_named(
    bundle: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    with serving(bundle, tmp_path, **{name: value}) as service:
        assert not service.is_up()
    assert f"{name}={value} is no number above 0" in capfd.readouterr().err


def test_a_provider_that_is_none_is_named(bundle: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with serving(bundle, tmp_path, CONTENT_PROVIDER="openal") as service:
        assert not service.is_up()
    assert "CONTENT_PROVIDER=openal is none of local, openai" in capfd.readouterr().err


# --- a provider over HTTP ---

OVER_HTTP = {"CONTENT_PROVIDER": "openai", "NO_PROXY": "127.0.0.1"}


class Provider(BaseHTTPRequestHandler):
    """Speaks OpenAI's API: it refuses the first call of the topic "busy", and answers all others."""

    def do_POST(self) -> None:
        assert self.path == "/v1/chat/completions"
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        calls = vars(self.server).setdefault("calls", [])
        calls.append((self.headers["Authorization"], asked))
        topic = asked["messages"][1]["content"]
        busy = topic == "busy" and len(calls) == 1
        self.send_response(429 if busy else 401 if topic == "strangers" else 200)
        self.end_headers()
        if topic == "tea" or (topic == "busy" and not busy):
            for event in [*map(self.words, ("Tea ", "is ", "old.")), self.usage()]:
                self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
            self.wfile.write(b"data: [DONE]\n\n")

    def words(self, text: str) -> dict[str, Any]:
        return {"choices": [{"index": 0, "delta": {"content": text}}], "usage": None}

    def usage(self) -> dict[str, Any]:
        usage = {"prompt_tokens": 90, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 64}}
        return {"choices": [], "usage": usage | {"cost": 0.25}}

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def with_provider(bundle: Path, folder: Path) -> Iterator[tuple[Service, list[Any]]]:
    """Give the service and what its provider was asked."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Provider) as provider:
        calls = vars(provider).setdefault("calls", [])
        threading.Thread(target=provider.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{provider.server_port}/v1"
        try:
            with serving(bundle, folder, **OVER_HTTP, OPENAI_BASE_URL=url, OPENAI_API_KEY="a-key") as service:
                yield service, calls
        finally:
            provider.shutdown()


def test_a_provider_over_http_is_asked_as_openai_is_and_says_what_it_billed(bundle: Path, tmp_path: Path) -> None:
    with with_provider(bundle, tmp_path) as (service, calls):
        assert service.fetch(service.make("tea")["script"]) == b"Tea is old."
        [(authorization, asked)] = calls
        assert (authorization, asked["model"], asked["stream"]) == ("Bearer a-key", "gpt-4o", True)
        billed = {kind: service.total("llm_tokens_total", token_type=kind, priced_by="report") for kind in TOKENS}
        assert billed == {"input": 26, "cache_read": 64, "output": 5}
        assert service.total("llm_tokens_total", priced_by="table") == 0
        assert service.total("llm_cost_dollars_total", model="gpt-4o") == 0.25
        assert service.total("llm_time_to_first_token_seconds_count") == 1


TOKENS = "input", "cache_read", "output"


def test_what_a_provider_over_http_refuses_has_its_outcome(bundle: Path, tmp_path: Path) -> None:
    with with_provider(bundle, tmp_path) as (service, calls):
        service.make("busy")
        assert service.http.post("/content", json={"topic": "strangers"}).status_code == 502
        outcomes = {
            name: service.total("llm_call_outcomes_total", outcome=name) for name in ("ok", "rate_limit", "auth")
        }
        assert outcomes == {"ok": 1, "rate_limit": 1, "auth": 1}
        assert len(calls) == service.total("llm_calls_total") == 3, "a key that is refused is not tried again"


def test_a_provider_that_is_not_there_is_one_of_its_failures(bundle: Path, tmp_path: Path) -> None:
    with serving(bundle, tmp_path, **OVER_HTTP, OPENAI_BASE_URL="http://127.0.0.1:9/v1") as service:
        answer = service.http.post("/content", json={"topic": "tea"})
        assert (answer.status_code, "APIConnectionError" in answer.text) == (502, True)
        assert service.total("llm_call_outcomes_total", outcome="server") == 2
