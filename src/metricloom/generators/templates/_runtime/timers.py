"""Timers: operations measured from their start to their end, whichever way they end."""

from __future__ import annotations

import contextlib
import functools
import inspect
import time
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    Callable,
    Generator,
    Iterable,
    Iterator,
    Mapping,
)
from functools import partial
from types import CoroutineType, TracebackType
from typing import Any, ParamSpec, Self, TypeAlias, TypeVar, cast

from .declarations import OTHER
from .in_flight import InFlight

P = ParamSpec("P")
R = TypeVar("R")
Chunk = TypeVar("Chunk")
Function: TypeAlias = Callable[..., Any]


class Timer:
    """One operation: `with`, `async with`, a decorator, or around a stream.

    An exception is a failure, and goes on to the caller. A cancellation is neither a
    success nor a failure; within `asyncio.timeout()` a time-out is one, too: Python does
    not tell it apart until it has left. Put the timer around the time-out.
    A timer is for one operation; a decorator makes one for each call.
    """

    success = True
    outcome: str | None = None
    outcomes: Mapping[str, str] = {}
    _none_yet = True

    def __init__(self, in_flight: InFlight | None = None) -> None:
        self._in_flight = in_flight
        self._runs: list[tuple[float, int]] = []  # more than one: used again while open

    def again(self) -> Self:
        """Return a new timer of the same operation and label values."""
        raise NotImplementedError

    def _record(self, duration: float, outcome: str | None) -> None:
        """Record the operation that ended."""
        raise NotImplementedError

    def first_item(self) -> None:
        """Note that a stream gave an item. Only the first one counts."""

    def _first(self) -> bool:
        """Tell whether this is the first time that it is asked while it is open."""
        first = self._none_yet and bool(self._runs)
        self._none_yet = self._none_yet and not first
        return first

    def _elapsed(self) -> float:
        return time.perf_counter() - self._runs[-1][0]

    def __enter__(self) -> Self:
        """Begin."""
        number = 0 if self._in_flight is None else self._in_flight.begin()
        self._runs.append((time.perf_counter(), number))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End, and record."""
        duration = self.abandon()
        outcome = self.outcome
        if error is not None:
            if outcome is None or outcome == "ok":  # so it was, until it failed
                outcome = outcome_of(error, self.outcomes)
            self.success = outcome == "cancelled"
        try:
            self._record(duration, outcome)
        except (TypeError, ValueError):  # strict mode refused a value
            if error is None:  # the block's own exception says more
                raise

    def abandon(self) -> float:
        """End without being recorded; return how long it was."""
        started, number = self._runs.pop()
        duration = time.perf_counter() - started
        if self._in_flight is not None:
            self._in_flight.end(number)
        return duration

    async def __aenter__(self) -> Self:
        """Begin."""
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End, and record."""
        self.__exit__(kind, error, traceback)

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """Time each call of a function: plain, async, or a generator of either kind.

        What is sent or thrown into a generator reaches it, and what it returns the caller.
        """
        return cast(Callable[P, R], _timed(self, cast(Function, function)))

    def stream(self, items: Iterable[Chunk]) -> Iterator[Chunk]:
        """Yield the items; the operation lasts until the last, or until it is left.

        Within a `with` of this timer the operation is that block, which counts it: read the
        stream there.
        """
        return self._stream(items, is_open=bool(self._runs))

    def _stream(self, items: Iterable[Chunk], *, is_open: bool) -> Iterator[Chunk]:
        with contextlib.nullcontext() if is_open or self._runs else self:
            for item in items:
                self.first_item()
                yield item

    def stream_async(
        self,
        items: AsyncIterable[Chunk],
    ) -> AsyncGenerator[Chunk, None]:
        """Yield the items of an asynchronous stream, like `stream`."""
        return self._stream_async(items, is_open=bool(self._runs))

    async def _stream_async(
        self,
        items: AsyncIterable[Chunk],
        *,
        is_open: bool,
    ) -> AsyncGenerator[Chunk, None]:
        with contextlib.nullcontext() if is_open or self._runs else self:
            async for item in items:
                self.first_item()
                yield item


def _timed(timer: Timer, function: Function) -> Function:
    """Return the function with each call timed by a timer of its own."""
    if inspect.iscoroutinefunction(function):
        wrapper = _timed_coroutine
    elif inspect.isasyncgenfunction(function):
        wrapper = _timed_async_generator
    elif inspect.isgeneratorfunction(function):
        wrapper = _timed_generator
    else:
        wrapper = _timed_function
    return functools.wraps(function)(wrapper(timer, function))


def _timed_function(timer: Timer, function: Function) -> Function:
    def call(*args: Any, **kwargs: Any) -> Any:
        run = timer.again().__enter__()
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            run.__exit__(type(error), error, error.__traceback__)
            raise
        if isinstance(result, CoroutineType):  # the work is still to come
            run.abandon()
            return _timed_coroutine(timer, lambda: result)()
        run.__exit__(None, None, None)
        return result

    return call


def _timed_coroutine(timer: Timer, function: Function) -> Function:
    async def call(*args: Any, **kwargs: Any) -> Any:
        with timer.again():
            return await function(*args, **kwargs)

    return call


def _timed_generator(timer: Timer, function: Function) -> Function:
    def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        with timer.again() as run:
            return (yield from _noting(run, function(*args, **kwargs)))

    return call


def _noting(
    run: Timer,
    items: Generator[Any, Any, Any],
) -> Generator[Any, Any, Any]:
    """Be the generator itself to who uses it, as `yield from` is; note its first item."""
    step = partial(next, items)
    while True:
        try:
            item = step()
        except StopIteration as end:
            return end.value
        finally:
            del step  # it may hold an exception, whose traceback holds this frame
        run.first_item()
        try:
            step = partial(items.send, (yield item))
        except GeneratorExit:
            items.close()
            raise
        except BaseException as error:  # noqa: BLE001 - it is the generator's to handle
            step = partial(items.throw, error)


def _timed_async_generator(timer: Timer, function: Function) -> Function:
    async def call(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, None]:
        with timer.again() as run:
            items = function(*args, **kwargs)
            step = partial(anext, items)
            while True:
                try:
                    item = await step()
                except StopAsyncIteration:
                    return
                finally:
                    del step  # as above
                run.first_item()
                try:
                    step = partial(items.asend, (yield item))
                except GeneratorExit:
                    await items.aclose()
                    raise
                except BaseException as error:  # noqa: BLE001 - it is the generator's
                    step = partial(items.athrow, error)

    return call


def outcome_of(error: BaseException, outcomes: Mapping[str, str]) -> str:
    """Return an exception's outcome, by its class or the nearest base that is listed."""
    if not isinstance(error, Exception):
        return "cancelled"  # asyncio's CancelledError, GeneratorExit, KeyboardInterrupt
    names = (base.__name__ for base in type(error).__mro__)
    return next((outcomes[name] for name in names if name in outcomes), OTHER)
