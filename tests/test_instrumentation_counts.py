"""None lost, none doubled: the generated module under threads, tasks, worker processes, reloads and resets."""

from __future__ import annotations

import asyncio
import importlib
import itertools
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import closing, suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from tests.instrumentation_bundle import content_platform, imported, write
from tests.instrumentation_page import total

TASKS = 10_000


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    write(content_platform(), tmp_path)
    return imported(tmp_path, monkeypatch)


def together(times: int, work: Callable[[], object]) -> None:
    """Call *work* in as many threads; raise what one of them raised."""
    errors: list[BaseException] = []

    def call() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised again below
            errors.append(error)

    threads = [threading.Thread(target=call) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


# --- threads ---


def test_eight_threads_lose_nothing(platform: ModuleType) -> None:
    page = CollectorRegistry()
    llm = platform.Metrics(page).llm

    def work() -> None:
        for number in range(2000):
            with suppress(RuntimeError), llm.timer(f"model-{number % 5}") as call:
                call.input_tokens = 3
                if number % 4 == 0:
                    raise RuntimeError

    together(8, work)
    assert total(page, "llm_calls_total") == 8 * 2000
    assert total(page, "llm_failures_total") == 8 * 500
    assert total(page, "llm_call_seconds_count") == 8 * 2000
    assert total(page, "llm_tokens_total") == 8 * 2000 * 3
    assert total(page, "llm_calls_in_flight") == 0


# --- tasks ---


async def ends_well(llm: Any) -> None:
    async with llm.timer("gpt-4o"):
        await asyncio.sleep(0)


async def fails(llm: Any) -> None:
    async with llm.timer("gpt-4o"):
        await asyncio.sleep(0)
        raise RuntimeError


async def is_cancelled(llm: Any) -> None:
    async with llm.timer("gpt-4o"):
        await asyncio.sleep(3600)


def stream(llm: Any) -> Any:
    async def items() -> AsyncIterator[str]:
        for _ in range(3):
            await asyncio.sleep(0)
            yield "x"

    return llm.timer("gpt-4o")(items)()


async def reads_a_stream(llm: Any) -> None:
    assert [item async for item in stream(llm)] == ["x"] * 3


async def leaves_a_stream_half_way(llm: Any) -> None:
    left = stream(llm)
    await anext(left)
    await left.aclose()


ENDINGS = (ends_well, fails, is_cancelled, reads_a_stream, leaves_a_stream_half_way)


def test_ten_thousand_tasks_end_in_every_way_and_are_counted_once(platform: ModuleType) -> None:
    page = CollectorRegistry()
    llm = platform.Metrics(page).llm

    async def run_all() -> None:
        endings = itertools.islice(itertools.cycle(ENDINGS), TASKS)
        tasks = [asyncio.create_task(ending(llm)) for ending in endings]
        await asyncio.sleep(0)
        for task in tasks[ENDINGS.index(is_cancelled) :: len(ENDINGS)]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(run_all())
    each = TASKS / len(ENDINGS)
    assert {
        outcome: page.get_sample_value("llm_call_outcomes_total", {"model": "gpt-4o", "outcome": outcome})
        for outcome in ("ok", "cancelled", "other")
    } == {"ok": 2 * each, "cancelled": 2 * each, "other": each}
    assert page.get_sample_value("llm_calls_total", {"model": "gpt-4o"}) == TASKS
    assert page.get_sample_value("llm_failures_total", {"model": "gpt-4o"}) == each
    assert page.get_sample_value("llm_calls_in_flight", {"model": "gpt-4o"}) == 0


def test_a_time_out_around_a_timer_is_a_cancellation_and_within_it_a_failure(platform: ModuleType) -> None:
    page = CollectorRegistry()
    llm = platform.Metrics(page).llm

    async def around() -> None:
        async with asyncio.timeout(0.001), llm.timer("gpt-4o"):
            await asyncio.sleep(60)

    async def within() -> None:
        async with llm.timer("gpt-4o"), asyncio.timeout(0.001):
            await asyncio.sleep(60)

    for call in (around, within):
        with pytest.raises(TimeoutError):
            asyncio.run(call())
    assert {
        outcome: page.get_sample_value("llm_call_outcomes_total", {"model": "gpt-4o", "outcome": outcome})
        for outcome in ("cancelled", "timeout")
    } == {"cancelled": 1, "timeout": 1}
    assert total(page, "llm_failures_total") == 1


def test_streams_that_nobody_finishes_are_counted_when_they_are_collected(platform: ModuleType) -> None:
    page = CollectorRegistry()
    llm = platform.Metrics(page).llm
    for _ in range(100):
        next(llm.timer("gpt-4o").stream("abc"))
    with closing(llm.timer("gpt-4o").stream("abc")) as unread:
        assert unread is not None
    assert total(page, "llm_calls_total") == 100  # one that was never begun is no call
    assert total(page, "llm_calls_in_flight") == 0


# --- imports, registries, resets ---


def test_two_registries_in_one_process_count_apart(platform: ModuleType) -> None:
    pages = CollectorRegistry(), CollectorRegistry()
    for number, page in enumerate(pages, 1):
        for _ in range(number):
            platform.Metrics(page).tts.record_synthesis("local", 1.0)
    assert [total(page, "tts_jobs_total") for page in pages] == [1, 2]


def test_a_collector_that_counts_while_it_is_registered_waits_for_no_import(platform: ModuleType) -> None:
    page = CollectorRegistry(auto_describe=True)
    llm = platform.Metrics(page).llm
    registering, declaring = threading.Event(), threading.Event()

    class Counting:
        def collect(self) -> list[Any]:  # the registry calls it within its lock
            registering.set()
            assert declaring.wait(30)
            time.sleep(0.1)  # until the other thread waits for that lock
            llm.record_call("a new model", 1.0)
            return []

    def declare_others() -> None:
        declaring.set()
        families = llm._by_model._families
        families.declare([platform.Counter("others_total", "Of another module", ())])

    threads = [
        threading.Thread(target=page.register, args=[Counting()], daemon=True),
        threading.Thread(target=declare_others, daemon=True),
    ]
    threads[0].start()
    assert registering.wait(30)
    threads[1].start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    assert total(page, "llm_calls_total") == 1


def test_a_reload_of_every_module_keeps_the_series(platform: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    page = CollectorRegistry()
    platform.Metrics(page).tts.record_synthesis("local", 1.0)
    package = str(platform.__package__)
    for name in [name for name in sys.modules if name.startswith(package)]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(str(Path(str(platform.__file__)).parent.parent))
    again = importlib.import_module("instrumentation.metrics")
    for name in [name for name in sys.modules if name.startswith("instrumentation")]:
        monkeypatch.delitem(sys.modules, name)
    assert again.Label is not platform.Label
    again.Metrics(page).tts.record_synthesis("local", 1.0)
    platform.Metrics(page).tts.record_synthesis("local", 1.0)
    assert total(page, "tts_jobs_total") == 3


def test_a_reset_begins_at_zero_and_orphans_no_timer_and_no_decorated_function(platform: ModuleType) -> None:
    page = CollectorRegistry()
    metrics = platform.Metrics(page)
    names = {family.name for family in page.collect()}
    timer = metrics.llm.timer("gpt-4o")
    decorated = timer(lambda: None)
    metrics.storage.set_used("video", lambda: 7.0)
    open_call = metrics.llm.timer("gpt-4o").__enter__()
    decorated()
    metrics.llm.record_call(None, 1.0)
    metrics.reset()
    assert {family.name for family in page.collect()} == names
    assert {total(page, each) for each in ("llm_calls_total", "llm_calls_in_flight", "llm_call_seconds_sum")} == {0}
    assert total(page, "instrumentation_dropped_total") == 0
    assert page.get_sample_value("storage_used_bytes", {"artifact_type": "video"}) == 7
    open_call.__exit__(None, None, None)
    decorated()
    assert page.get_sample_value("llm_calls_total", {"model": "gpt-4o"}) == 2
    assert total(page, "llm_calls_in_flight") == 0


def test_the_time_of_the_last_success_is_never_set_back(platform: ModuleType) -> None:
    page = CollectorRegistry()
    retention = platform.Metrics(page).retention
    name = "retention_cleanup_last_success_timestamp_seconds"
    retention.restore_last_success(1000.0)
    assert total(page, name) == 1000
    retention.record_cleanup_run(1, 2, 3)
    now = total(page, name)
    retention.restore_last_success(2000.0)
    assert total(page, name) == now > 2000


def test_a_name_that_is_another_of_a_known_value_begins_again_with_it(platform: ModuleType) -> None:
    page = CollectorRegistry()
    metrics = platform.Metrics(page, strict=True)
    [alias, name] = next(iter(platform.MODEL.aliases.items()))
    for _ in range(2):
        for each in (alias, name, alias):
            metrics.llm.record_call(each, 1.0)
        assert page.get_sample_value("llm_calls_total", {"model": name}) == 3
        metrics.reset()
    assert page.get_sample_value("llm_calls_total", {"model": alias}) is None
