"""metricloom as a person runs it: a real process in a folder."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

METRICLOOM = Path(sys.executable).with_name("metricloom")


def metricloom(
    here: Path, *arguments: str | Path, env: Mapping[str, str] | None = None, given: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run metricloom in the folder *here*, with *given* on its standard input. No user's mistake has a traceback."""
    done = subprocess.run(
        [METRICLOOM, *arguments],
        cwd=here,
        env={**os.environ, **(env or {})},
        input=given,
        stdin=subprocess.DEVNULL if given is None else None,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert "Traceback" not in done.stderr or "--verbose" in arguments
    return done
