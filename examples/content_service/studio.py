"""Content: a script, the voice that reads it, a picture and a video."""

from __future__ import annotations

import asyncio
from itertools import islice

from examples.content_service.frames import frames, png
from examples.content_service.speech import synthesise
from examples.content_service.storage import Artifact, Store
from examples.content_service.video import Renderer, render
from examples.content_service.writing import Writer


class Studio:
    """Makes content, and keeps it."""

    def __init__(self, writer: Writer, renderer: Renderer, store: Store) -> None:
        self._writer, self._renderer, self._store = writer, renderer, store

    async def make(self, model: str, topic: str) -> list[Artifact]:
        """Return the four artifacts of a topic, each kept as soon as it is there.

        Raises:
            ProviderError, TimeoutError: no script was written.
            RenderError: no video was rendered.
            OSError: something could not be stored.
        """
        script = await self._writer.write(model, topic)
        made = [await self._keep("script", ".txt", script.encode())]
        speech = await synthesise(script)
        made.append(await self._keep("voiceover", ".wav", speech.wav()))
        [cover] = islice(frames(speech), 1)
        made.append(await self._keep("image", ".png", png(cover)))
        video = await render(self._renderer, speech)
        made.append(await self._keep("video", video.suffix, video.data))
        return made

    async def _keep(self, artifact_type: str, suffix: str, data: bytes) -> Artifact:
        return await asyncio.to_thread(self._store.put, artifact_type, suffix, data)
