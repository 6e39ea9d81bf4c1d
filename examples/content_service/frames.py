"""The frames of a video that shows how its sound looks, and how far it has come; and PNG, still and animated.

Grey, 8 bits a pixel. An animated PNG plays in every browser, and zlib of the standard library is all that it takes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator

from examples.content_service.speech import Speech

WIDTH, HEIGHT = 320, 180
FRAMES_PER_SECOND = 4
PAPER, AHEAD, HEARD = b"\x10", b"\x60", b"\xe0"

Frame = bytes


def frames(speech: Speech) -> Iterator[Frame]:
    """Yield the frames."""
    heights = _heights(speech)
    ahead, heard = _picture(heights, AHEAD), _picture(heights, HEARD)
    count = max(1, round(speech.seconds * FRAMES_PER_SECOND))
    for number in range(count):
        x = WIDTH * number // count
        yield b"".join(heard[y][:x] + ahead[y][x:] for y in range(HEIGHT))


def _heights(speech: Speech) -> list[int]:
    """Return how loud each column's part of the sound is, in pixels from the middle."""
    step = max(1, len(speech.samples) // WIDTH)
    peaks = [max(speech.samples[x * step : (x + 1) * step], default=0) for x in range(WIDTH)]
    loudest = max(1, *peaks)
    return [1 + peak * (HEIGHT // 2 - 10) // loudest for peak in peaks]


def _picture(heights: list[int], colour: bytes) -> list[bytes]:
    return [b"".join(colour if abs(y - HEIGHT // 2) < height else PAPER for height in heights) for y in range(HEIGHT)]


def png(frame: Frame) -> bytes:
    """Return one frame as a picture."""
    return b"".join([SIGNATURE, _header(), _chunk(b"IDAT", _packed(frame)), _chunk(b"IEND", b"")])


def animated_png(all_frames: Iterable[Frame]) -> bytes:
    """Return the frames as an animated picture, which plays once.

    Source: https://www.w3.org/TR/png-3/#apng-frame-based-animation
    """
    body: list[bytes] = []
    count = numbers = 0
    for count, frame in enumerate(all_frames, 1):
        control = struct.pack(">5I2H2B", numbers, WIDTH, HEIGHT, 0, 0, 1, FRAMES_PER_SECOND, 0, 0)
        body.append(_chunk(b"fcTL", control))
        numbers += 1
        if count == 1:  # the first one is also what a reader without animation shows
            body.append(_chunk(b"IDAT", _packed(frame)))
        else:
            body.append(_chunk(b"fdAT", struct.pack(">I", numbers) + _packed(frame)))
            numbers += 1
    return b"".join([SIGNATURE, _header(), _chunk(b"acTL", struct.pack(">2I", count, 1)), *body, _chunk(b"IEND", b"")])


SIGNATURE = b"\x89PNG\r\n\x1a\n"


def _header() -> bytes:
    return _chunk(b"IHDR", struct.pack(">2I5B", WIDTH, HEIGHT, 8, 0, 0, 0, 0))


def _packed(frame: Frame) -> bytes:
    """Compress rows, each after a byte that says that it stands unfiltered."""
    return zlib.compress(b"".join(b"\0" + frame[y * WIDTH : (y + 1) * WIDTH] for y in range(HEIGHT)))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
