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
    Iterable,
    Iterator,
    Mapping,
)
from types import TracebackType
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
        """Tell whether this is the first time that it is asked."""
        first, self._none_yet = self._none_yet, False
        return first

    def _elapsed(self) -> float:
        return time.perf_counter() - self._runs[-1][0] if self._runs else 0.0

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
        started, number = self._runs.pop()
        duration = time.perf_counter() - started
        if self._in_flight is not None:
            self._in_flight.end(number)
        outcome = self.outcome
        if error is not None:
            outcome = outcome or outcome_of(error, self.outcomes)
            self.success = outcome == "cancelled"
        try:
            self._record(duration, outcome)
        except (TypeError, ValueError):  # strict mode refused a value
            if error is None:  # the block's own exception says more
                raise

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
        """Time each call of a function: plain, async, or a generator of either kind."""
        return cast(Callable[P, R], _timed(self, cast(Function, function)))

    def stream(self, items: Iterable[Chunk]) -> Iterator[Chunk]:
        """Yield the items; the operation lasts until the last, or until it is left."""
        with contextlib.nullcontext() if self._runs else self:
            for item in items:
                self.first_item()
                yield item

    async def stream_async(
        self,
        items: AsyncIterable[Chunk],
    ) -> AsyncGenerator[Chunk, None]:
        """Yield the items of an asynchronous stream, like `stream`."""
        with contextlib.nullcontext() if self._runs else self:
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
        with timer.again():
            return function(*args, **kwargs)

    return call


def _timed_coroutine(timer: Timer, function: Function) -> Function:
    async def call(*args: Any, **kwargs: Any) -> Any:
        with timer.again():
            return await function(*args, **kwargs)

    return call


def _timed_generator(timer: Timer, function: Function) -> Function:
    def call(*args: Any, **kwargs: Any) -> Iterator[Any]:
        with contextlib.closing(function(*args, **kwargs)) as items:
            yield from timer.again().stream(items)

    return call


def _timed_async_generator(timer: Timer, function: Function) -> Function:
    async def call(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, None]:
        items = function(*args, **kwargs)
        timed = timer.again().stream_async(items)
        async with contextlib.aclosing(items), contextlib.aclosing(timed):
            async for item in timed:
                yield item

    return call


def outcome_of(error: BaseException, outcomes: Mapping[str, str]) -> str:
    """Return an exception's outcome, by its class or the nearest base that is listed."""
    if not isinstance(error, Exception):
        return "cancelled"  # asyncio's CancelledError, GeneratorExit, KeyboardInterrupt
    names = (base.__name__ for base in type(error).__mro__)
    return next((outcomes[name] for name in names if name in outcomes), OTHER)
