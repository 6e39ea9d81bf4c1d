"""A timer around a function changes nothing of it but that it is counted, once."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from tests.instrumentation_bundle import content_platform, imported, write

MODEL = {"model": "gpt-4o"}


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    folder: Path = tmp_path_factory.mktemp("timers")
    write(content_platform(), folder)
    with pytest.MonkeyPatch.context() as patch:
        yield imported(folder, patch)


@pytest.fixture
def page() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def llm(platform: ModuleType, page: CollectorRegistry) -> Any:
    return platform.Metrics(page).llm


def outcomes(page: CollectorRegistry) -> dict[str, float]:
    """Return how many calls ended in which way."""
    samples = (sample for family in page.collect() for sample in family.samples)
    return {
        sample.labels["outcome"]: sample.value
        for sample in samples
        if sample.name == "llm_call_outcomes_total" and sample.value
    }


# --- generators ---


def conversation() -> Generator[Any, Any, str]:
    """Give back what it is sent and what is thrown into it, until it is sent the end."""
    heard: Any = "begun"
    while heard != "end":
        try:
            heard = yield heard
        except ValueError as error:
            heard = error.args[0]
    return "returned"


def test_what_is_sent_and_thrown_into_a_generator_reaches_it_and_its_result_the_caller(
    llm: Any, page: CollectorRegistry
) -> None:
    timed = llm.timer("gpt-4o")(conversation)()
    assert [next(timed), timed.send("sent"), timed.throw(ValueError("thrown")), next(timed)] == [
        "begun",
        "sent",
        "thrown",
        None,
    ]
    with pytest.raises(StopIteration) as end:
        timed.send("end")
    assert end.value.value == "returned"
    assert outcomes(page) == {"ok": 1}
    assert page.get_sample_value("llm_time_to_first_token_seconds_count", MODEL) == 1


def test_a_generator_that_is_closed_is_closed_within(llm: Any, page: CollectorRegistry) -> None:
    seen: list[str] = []

    @llm.timer("gpt-4o")  # type: ignore[untyped-decorator]
    def work() -> Iterator[int]:
        try:
            yield 1
        finally:
            seen.append("closed")

    items = work()
    next(items)
    items.close()
    assert seen == ["closed"]
    assert outcomes(page) == {"cancelled": 1}


@pytest.mark.parametrize("swallows", [True, False])
def test_a_context_manager_learns_what_its_block_raised(llm: Any, page: CollectorRegistry, swallows: bool) -> None:
    seen: list[str] = []

    @contextmanager
    @llm.timer("gpt-4o")  # type: ignore[untyped-decorator]
    def transaction() -> Iterator[None]:
        try:
            yield
        except TimeoutError:
            seen.append("rolled back")
            if not swallows:
                raise

    def use() -> None:
        with transaction():
            raise TimeoutError

    if swallows:
        use()
    else:
        with pytest.raises(TimeoutError):
            use()
    assert seen == ["rolled back"]
    assert outcomes(page) == {"ok" if swallows else "timeout": 1}


def test_what_was_thrown_into_a_generator_is_let_go(llm: Any) -> None:
    class HeldError(Exception):
        pass

    def use() -> Any:
        timed = llm.timer("gpt-4o")(conversation)()
        next(timed)
        try:
            timed.throw(HeldError())
        except HeldError as error:
            return weakref.ref(error)

    gc.disable()
    try:
        assert use()() is None
    finally:
        gc.enable()


def test_an_asynchronous_generator_is_sent_and_thrown_what_its_user_sends(llm: Any, page: CollectorRegistry) -> None:
    @llm.timer("gpt-4o")  # type: ignore[untyped-decorator]
    async def talk() -> AsyncGenerator[Any, Any]:
        heard: Any = "begun"
        while heard != "end":
            try:
                heard = yield heard
            except ValueError as error:
                heard = error.args[0]

    async def use() -> list[Any]:
        timed = talk()
        heard = [await anext(timed), await timed.asend("sent"), await timed.athrow(ValueError("thrown"))]
        with pytest.raises(StopAsyncIteration):
            await timed.asend("end")
        return heard

    assert asyncio.run(use()) == ["begun", "sent", "thrown"]
    assert outcomes(page) == {"ok": 1}


def test_an_asynchronous_context_manager_learns_what_its_block_raised(llm: Any, page: CollectorRegistry) -> None:
    seen: list[str] = []

    @asynccontextmanager
    @llm.timer("gpt-4o")  # type: ignore[untyped-decorator]
    async def transaction() -> AsyncGenerator[None, None]:
        try:
            yield
        except TimeoutError:
            seen.append("rolled back")
            raise

    async def use() -> None:
        async with transaction():
            raise TimeoutError

    with pytest.raises(TimeoutError):
        asyncio.run(use())
    assert seen == ["rolled back"]
    assert outcomes(page) == {"timeout": 1}


# --- streams, functions ---


def test_a_stream_that_outlives_the_block_of_its_timer_is_counted_once(llm: Any, page: CollectorRegistry) -> None:
    def answer() -> Any:
        with llm.timer("gpt-4o") as call:
            call.input_tokens = 10
            return call.stream(iter("abc"))

    assert "".join(answer()) == "abc"
    tokens = {**MODEL, "token_type": "input", "priced_by": "table"}
    assert outcomes(page) == {"ok": 1}
    assert page.get_sample_value("llm_tokens_total", tokens) == 10
    assert page.get_sample_value("llm_time_to_first_token_seconds_count", MODEL) == 0  # it came after the end


def test_a_function_that_gives_a_coroutine_is_timed_until_that_ends(
    llm: Any, page: CollectorRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("time.perf_counter", lambda: now[0])

    class Client:
        async def __call__(self, answer: str) -> str:
            await asyncio.sleep(0)
            now[0] += 5
            return answer

    async def use() -> list[str]:
        client = Client()
        plain = llm.timer("gpt-4o")(partial(client, "b"))
        return [await llm.timer("gpt-4o")(client)("a"), await plain()]

    assert asyncio.run(use()) == ["a", "b"]
    assert page.get_sample_value("llm_call_seconds_sum", MODEL) == 10
    assert outcomes(page) == {"ok": 2}
    assert page.get_sample_value("llm_calls_in_flight", MODEL) == 0


def test_an_exception_after_success_was_noted_is_a_failure(llm: Any, page: CollectorRegistry) -> None:
    def note_and_fail(noted: str) -> None:
        with llm.timer("gpt-4o") as call:
            call.outcome = noted
            raise TimeoutError

    for noted in ("ok", "rate_limit"):
        with pytest.raises(TimeoutError):
            note_and_fail(noted)
    assert outcomes(page) == {"timeout": 1, "rate_limit": 1}
    assert page.get_sample_value("llm_failures_total", MODEL) == 2
