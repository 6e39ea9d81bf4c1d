"""Speech, of a kind: a tone for each letter, by the standard library alone."""

from __future__ import annotations

import asyncio
import io
import math
import sys
import wave
from array import array
from dataclasses import dataclass
from functools import lru_cache

from instrumentation.metrics import TTSMetrics

PROVIDER = "local"
SAMPLES_PER_SECOND = 8000
LETTER_SECONDS = 0.04
LOWEST_HERTZ = 110
LOUDEST = 12_000  # of 32,767


@dataclass(frozen=True, slots=True)
class Speech:
    """One voice, 16 bits a sample."""

    samples: array[int]

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / SAMPLES_PER_SECOND

    def wav(self) -> bytes:
        """Return it as a file."""
        little_endian = array("h", self.samples)
        if sys.byteorder == "big":
            little_endian.byteswap()
        written = io.BytesIO()
        with wave.open(written, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(SAMPLES_PER_SECOND)
            file.writeframes(little_endian.tobytes())
        return written.getvalue()


async def synthesise(text: str) -> Speech:
    """Read a text aloud."""
    async with TTSMetrics.timer(PROVIDER) as synthesis:
        speech = await asyncio.to_thread(_spoken, text)
        synthesis.characters = len(text)
        return speech


def _spoken(text: str) -> Speech:
    samples = array("h")
    for letter in text.lower():
        samples.extend(_tone(letter))
    return Speech(samples)


@lru_cache(maxsize=256)
def _tone(letter: str) -> array[int]:
    """Return a tone that swells and fades; of what is no letter, a pause."""
    length = int(SAMPLES_PER_SECOND * LETTER_SECONDS)
    if not letter.isalnum():
        return array("h", bytes(2 * length))
    hertz = LOWEST_HERTZ * 2 ** (ord(letter) % 24 / 12)  # two octaves
    turn = 2 * math.pi * hertz / SAMPLES_PER_SECOND
    return array("h", [int(LOUDEST * math.sin(math.pi * i / length) * math.sin(turn * i)) for i in range(length)])
