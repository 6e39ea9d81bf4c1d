"""What can be set from outside: each setting is one variable of the environment."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PROVIDERS = "local", "openai"


@dataclass(frozen=True, slots=True)
class Settings:
    """How the service works. The retention is a laptop's: minutes, where a company has days."""

    folder: Path
    provider: str
    base_url: str
    api_key: str
    tokens_per_second: float
    llm_timeout_seconds: float
    keep_seconds: float
    cleanup_seconds: float
    ffmpeg: str | None

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read the environment.

        Raises:
            SystemExit: a variable holds what it cannot be.
        """
        return cls(
            folder=Path(environ.get("CONTENT_FOLDER", "artifacts")),
            # To be asked for: a key in the environment for other reasons must not be billed for a demonstration.
            provider=_one_of(PROVIDERS, environ, "CONTENT_PROVIDER"),
            base_url=environ.get("OPENAI_BASE_URL", "https://api.openai.com/v1"),
            api_key=environ.get("OPENAI_API_KEY", ""),
            tokens_per_second=_positive(environ, "CONTENT_TOKENS_PER_SECOND", 80),
            llm_timeout_seconds=_positive(environ, "CONTENT_LLM_TIMEOUT_SECONDS", 600),
            keep_seconds=_positive(environ, "CONTENT_KEEP_SECONDS", 1800),
            cleanup_seconds=_positive(environ, "CONTENT_CLEANUP_SECONDS", 300),
            ffmpeg=shutil.which(environ.get("CONTENT_FFMPEG", "ffmpeg")),
        )


def _one_of(choices: Sequence[str], environ: Mapping[str, str], name: str) -> str:
    chosen = environ.get(name, choices[0])
    if chosen not in choices:
        raise SystemExit(f"{name}={chosen} is none of {', '.join(choices)}")
    return chosen


def _positive(environ: Mapping[str, str], name: str, default: float) -> float:
    text = environ.get(name, str(default))
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0 < number < float("inf"):
        raise SystemExit(f"{name}={text} is no number above 0: give it one, or leave it unset for {default:g}")
    return number
