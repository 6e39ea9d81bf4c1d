"""A whole bundle, compared byte for byte: what a change of metricloom does to a user's files is seen in its diff.

`make golden` generates it anew.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
METRICLOOM = Path(sys.executable).with_name("metricloom")


def test_the_example_generates_the_golden_bundle() -> None:
    command = [
        str(METRICLOOM),
        "generate",
        "examples/http_service.py",
        "--output",
        "tests/golden/http_service",
        "--check",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout
