"""Numbers that a metric cannot have, and what is shown instead."""

from __future__ import annotations

import math
import time
from pathlib import Path
from types import ModuleType

import pytest
from prometheus_client import CollectorRegistry

from tests.instrumentation_bundle import content_platform, imported, write
from tests.instrumentation_page import total


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    write(content_platform(), tmp_path)
    return imported(tmp_path, monkeypatch)


def test_a_wrong_time_of_the_last_success_is_refused_and_hides_no_later_one(platform: ModuleType) -> None:
    page = CollectorRegistry()
    retention = platform.Metrics(page).retention
    name = "retention_cleanup_last_success_timestamp_seconds"
    retention.restore_last_success(time.time() * 1000)  # milliseconds
    retention.record_cleanup_run(1, 2, 3)
    assert total(page, name) == pytest.approx(time.time(), abs=60)
    retention.restore_last_success(time.time() + 60)  # a clock that is a little ahead is believed
    assert total(page, name) > time.time()
    assert page.get_sample_value("instrumentation_dropped_total", {"family": name, "reason": "bad_value"}) == 1
    with pytest.raises(ValueError, match=name):
        platform.Metrics(page, strict=True).retention.restore_last_success(time.time() * 1000)


def test_what_is_no_number_leaves_a_gauge_as_it_is_and_is_counted(platform: ModuleType) -> None:
    page = CollectorRegistry()
    storage = platform.Metrics(page).storage
    for level in (5.0, math.nan, "7", math.inf):
        storage.set_used("video", level)
    video, name = {"artifact_type": "video"}, "storage_used_bytes"
    assert page.get_sample_value(name, video) == 5
    assert page.get_sample_value("instrumentation_dropped_total", {"family": name, "reason": "bad_value"}) == 3
    storage.set_used("video", None)
    assert page.get_sample_value(name, video) is None


def test_a_sum_keeps_seeing_what_is_added(platform: ModuleType) -> None:
    page = CollectorRegistry()
    llm = platform.Metrics(page).llm
    llm.record_call("gpt-4o", time.time_ns())  # a moment in the place of a duration
    llm.record_call("gpt-4o", 2**53, input_tokens=2**53 + 1)
    before = total(page, "llm_call_seconds_sum")
    llm.record_call("gpt-4o", 30.0)
    assert total(page, "llm_call_seconds_sum") == before + 30
    assert total(page, "llm_tokens_total") == 0
