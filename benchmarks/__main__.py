"""`python -m benchmarks`: print how metricloom compares, and fail if it takes more than it may."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import Comparison, compare
from metricloom.promtool import find_promtool

PYTHON = sys.executable
METRICLOOM = Path(PYTHON).with_name("metricloom")
LARGE_REGISTRY = Path(__file__).with_name("large_registry.py")
LARGE_MEGABYTES = 400


def starting() -> Comparison:
    """Return what `--help` takes, against the library that parses it."""
    return compare(
        "--help : import click", [str(METRICLOOM), "--help"], [PYTHON, "-c", "import click"], most=2, runs=15
    )


def generating(folder: Path) -> Comparison:
    """Return what a whole `generate` of the content platform takes, against the libraries that it needs."""
    libraries = "import click, jinja2, yaml, grafanalib.core"
    generate = [str(METRICLOOM), "generate", "-o", str(folder / "content_platform")]
    return compare("generate : import its libraries", generate, [PYTHON, "-c", libraries], most=6)


def generating_much(folder: Path) -> Comparison:
    """Return what a large registry takes, against promtool's own check of its rules."""
    output = folder / "large"
    generate = [str(METRICLOOM), "generate", str(LARGE_REGISTRY), "-o", str(output)]
    subprocess.run(generate, check=True, stdout=subprocess.DEVNULL)  # so that there are rules to check
    check = [str(find_promtool().path), "check", "rules", *map(str, sorted((output / "rules").glob("*.yml")))]
    return compare("generate 5,000 rules : promtool check rules", generate, check, most=8, runs=3)


def main() -> int:
    """Print the table; return 1 if a bound is broken."""
    with tempfile.TemporaryDirectory() as name:
        found = [starting(), generating(Path(name)), generating_much(Path(name))]
    print(f"{'':<46} ratio, most                    ours                 theirs")
    print("\n".join(map(str, found)))
    memory = found[-1].ours.megabytes
    print(f"{'memory for 5,000 rules':<46} {memory:6.0f} of {LARGE_MEGABYTES} MB")
    return int(memory > LARGE_MEGABYTES or not all(one.holds for one in found))


sys.exit(main())
