"""What an animated PNG holds, read as its specification says: for tests of what was drawn."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def frames_of(picture: bytes) -> list[bytes]:
    """Return the grey pixels of each frame; of a picture that is not animated, its one."""
    chunks = list(_chunks(picture))
    assert [chunks[0][0], chunks[-1]] == [b"IHDR", (b"IEND", b"")]
    width, height, depth, colour = struct.unpack(">2I2B", chunks[0][1][:10])
    assert (depth, colour) == (8, 0)
    packed = [data[4:] if kind == b"fdAT" else data for kind, data in chunks if kind in {b"IDAT", b"fdAT"}]
    animation = [data for kind, data in chunks if kind == b"acTL"]
    assert not animation or struct.unpack(">2I", animation[0])[0] == len(packed)
    numbers = [struct.unpack(">I", data[:4])[0] for kind, data in chunks if kind in {b"fcTL", b"fdAT"}]
    assert numbers == list(range(len(numbers)))
    return [_pixels(zlib.decompress(each), width, height) for each in packed]


def _chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    assert picture.startswith(SIGNATURE)
    at = len(SIGNATURE)
    while at < len(picture):
        length, kind = struct.unpack(">I4s", picture[at : at + 8])
        data = picture[at + 8 : at + 8 + length]
        assert struct.unpack(">I", picture[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + data)
        yield kind, data
        at += 12 + length


def _pixels(rows: bytes, width: int, height: int) -> bytes:
    assert len(rows) == (width + 1) * height
    assert set(rows[:: width + 1]) == {0}, "each row stands unfiltered"
    return b"".join(rows[y * (width + 1) + 1 : (y + 1) * (width + 1)] for y in range(height))
