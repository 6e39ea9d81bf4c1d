"""Video with the sound that it shows: by ffmpeg where there is one, else an animated picture without sound."""

from __future__ import annotations

import asyncio
import tempfile
from asyncio.subprocess import DEVNULL, PIPE
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from instrumentation.metrics import VideoMetrics

from examples.content_service.frames import FRAMES_PER_SECOND, HEIGHT, WIDTH, animated_png, frames
from examples.content_service.speech import Speech

TIMEOUT_SECONDS = 3600


class RenderError(Exception):
    """A video could not be rendered."""


@dataclass(frozen=True, slots=True)
class Video:
    """A file, and what its name ends in."""

    data: bytes
    suffix: str


class Renderer(Protocol):
    """Renders videos."""

    name: str

    async def draw(self, speech: Speech) -> Video:
        """Return the video of a speech."""
        ...


async def render(renderer: Renderer, speech: Speech) -> Video:
    """Render a video. The time limit is within the timer: what takes too long is a failure."""
    async with VideoMetrics.timer(renderer.name) as rendering, asyncio.timeout(TIMEOUT_SECONDS):
        video = await renderer.draw(speech)
        rendering.output_seconds = speech.seconds
        return video


class AnimatedPicture:
    """Needs nothing but Python."""

    name = "apng"

    async def draw(self, speech: Speech) -> Video:
        """Return an animated PNG."""
        data = await asyncio.to_thread(lambda: animated_png(frames(speech)))
        return Video(data, ".apng")


class FFmpeg:
    """The program."""

    name = "ffmpeg"

    def __init__(self, program: str) -> None:
        self._program = program

    async def draw(self, speech: Speech) -> Video:
        """Return an MP4 file.

        Raises:
            RenderError: ffmpeg failed.
        """
        pictures = await asyncio.to_thread(lambda: b"".join(frames(speech)))
        with tempfile.TemporaryDirectory() as folder:
            sound, made = Path(folder, "voice.wav"), Path(folder, "video.mp4")
            await asyncio.to_thread(sound.write_bytes, speech.wav())
            await self._run(self._arguments(sound, made), pictures)
            return Video(await asyncio.to_thread(made.read_bytes), ".mp4")

    def _arguments(self, sound: Path, made: Path) -> list[str]:
        raw = ["-f", "rawvideo", "-pixel_format", "gray", "-video_size", f"{WIDTH}x{HEIGHT}"]
        read = [*raw, "-framerate", str(FRAMES_PER_SECOND), "-i", "pipe:0", "-i", str(sound)]
        return ["-loglevel", "error", *read, "-pix_fmt", "yuv420p", str(made)]

    async def _run(self, arguments: list[str], pictures: bytes) -> None:
        """Run ffmpeg, and leave none behind when the render is given up."""
        process = await asyncio.create_subprocess_exec(
            self._program, *arguments, stdin=PIPE, stdout=DEVNULL, stderr=PIPE
        )
        try:
            _, said = await process.communicate(pictures)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            raise RenderError(f"ffmpeg ended with {process.returncode}: {said.decode(errors='replace')[-300:]}")


def renderer_of(ffmpeg: str | None) -> Renderer:
    """Return the best renderer that the machine has."""
    return FFmpeg(ffmpeg) if ffmpeg else AnimatedPicture()
