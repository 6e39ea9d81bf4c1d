"""Visitors: `python -m examples.content_service.load URL`, with failures switched on for a while if you like."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

import httpx2

TOPICS = "tea", "the tides", "old maps", "sleep", "bridges", "bread", "the moon", "traffic lights", "owls"
MODELS = "gpt-4o-mini", "gpt-4o", "claude-sonnet-4-5"
LEAVES_EARLY = 5  # every fifth visitor also reads a script as it is written, and goes away at its first words
MOST_AT_ONCE = 40  # visitors beyond it wait: when calls hang, their number would grow for ever
LONGEST_SECONDS = 900  # past the time-out of the service's own calls
SAYS_EVERY_SECONDS = 30


class Visitors:
    """Visitors of one service. What became of each is counted."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client
        self._room = asyncio.Semaphore(MOST_AT_ONCE)
        self._became: Counter[str] = Counter()

    async def come(self, rate: float, number: int | None) -> None:
        """Send visitors at an even pace, for ever or a number of them; each comes when it is due, not when there is
        an answer to the one before.
        """
        loop = asyncio.get_running_loop()
        start, came = loop.time(), 0
        async with asyncio.TaskGroup() as visits:
            while number is None or came < number:
                await asyncio.sleep(start + came / rate - loop.time())
                await self._room.acquire()
                visits.create_task(self._visit(came))
                came += 1

    async def _visit(self, number: int) -> None:
        """Make content and fetch all of it."""
        asked = {"topic": f"{TOPICS[number % len(TOPICS)]}, part {number}", "model": MODELS[number % len(MODELS)]}
        try:
            made = (await self._client.post("/content", json=asked)).raise_for_status().json()
            for path in made.values():
                (await self._client.get(path)).raise_for_status()
            if number % LEAVES_EARLY == LEAVES_EARLY - 1:
                await self._leave_early(asked)
            self._became["well"] += 1
        except httpx2.HTTPStatusError as error:
            self._became[f"status {error.response.status_code}"] += 1
        except httpx2.HTTPError as error:
            self._became[type(error).__name__] += 1
        finally:
            self._room.release()

    async def _leave_early(self, asked: dict[str, str]) -> None:
        async with self._client.stream("POST", "/scripts", json=asked) as response:
            response.raise_for_status()
            await anext(response.aiter_text(), "")

    async def say(self) -> None:
        """Say now and then what became of them."""
        while True:
            await asyncio.sleep(SAYS_EVERY_SECONDS)
            print(self.summary(), flush=True)

    def summary(self) -> str:
        """Return what became of them so far."""
        parts = [f"{count} {what}" for what, count in self._became.most_common()]
        return f"{self._became.total()} visits ended: {', '.join(parts) or 'none yet'}"


async def fail_for_a_while(
    client: httpx2.AsyncClient, failures: dict[str, float], after: float, seconds: float
) -> None:
    """Switch failures on and, in whatever way this ends, off."""
    await asyncio.sleep(after)
    try:
        await switch(client, failures)
        await asyncio.sleep(seconds)
    finally:
        await switch(client, dict.fromkeys(failures, 0))


async def switch(client: httpx2.AsyncClient, failures: dict[str, float]) -> None:
    """Let the failures strike these shares of the cases.

    Raises:
        SystemExit: the service knows no such failure, or no such share.
    """
    for name, share in failures.items():
        answer = await client.put(f"/failures/{name}", json={"share": share})
        if answer.is_error:
            raise SystemExit(f"{name}: {answer.text}")
        print(f"{name} {'strikes ' + format(share, '.0%') if share else 'is switched off'}", flush=True)


async def knock(client: httpx2.AsyncClient) -> None:
    """See whether the service is there.

    Raises:
        SystemExit: it is not.
    """
    try:
        (await client.get("/health")).raise_for_status()
    except httpx2.HTTPError as error:
        raise SystemExit(
            f"{client.base_url} is no content service that answers ({error}): start one, or name another"
        ) from error


async def run(arguments: argparse.Namespace) -> None:
    """Send the visitors, and stop what goes on beside them when they have gone."""
    async with httpx2.AsyncClient(base_url=arguments.url, timeout=LONGEST_SECONDS, trust_env=False) as client:
        await knock(client)
        visitors = Visitors(client)
        beside = [asyncio.create_task(visitors.say())]
        if arguments.fail:
            failing = fail_for_a_while(client, dict(arguments.fail), arguments.fail_after, arguments.fail_for)
            beside.append(asyncio.create_task(failing))
        try:
            await visitors.come(arguments.rate, arguments.visits)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.wait(beside)
            print(visitors.summary(), flush=True)


def positive(text: str) -> float:
    """Read a number above 0."""
    if not 0 < (number := float(text)) < float("inf"):
        raise ValueError
    return number


def failure(text: str) -> tuple[str, float]:
    """Read NAME or NAME=SHARE."""
    name, _, share = text.partition("=")
    return name, float(share or 1)


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    parser = argparse.ArgumentParser(prog="python -m examples.content_service.load", description=__doc__)
    parser.add_argument("url", help="where the service is, such as http://127.0.0.1:8000")
    parser.add_argument("--rate", type=positive, default=1, metavar="N", help="visitors a second (1)")
    parser.add_argument("--visits", type=int, metavar="N", help="how many come (for ever)")
    parser.add_argument(
        "--fail", type=failure, action="append", metavar="NAME[=SHARE]", help="switch on a failure; GET /failures lists"
    )
    parser.add_argument("--fail-after", type=float, default=0, metavar="SECONDS", help="when it begins (at once)")
    parser.add_argument("--fail-for", type=positive, default=600, metavar="SECONDS", help="for how long (600)")
    return parser


def main(arguments: Sequence[str]) -> None:
    """Run until all have come, or Ctrl-C."""
    with suppress(KeyboardInterrupt):
        asyncio.run(run(parser().parse_args(arguments)))


if __name__ == "__main__":
    main(sys.argv[1:])
