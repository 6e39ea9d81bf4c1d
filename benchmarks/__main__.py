"""`python -m benchmarks`: print how metricloom compares, and fail if it takes more than it may."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.instrumentation import recording
from benchmarks.large_rules import write
from benchmarks.measure import Comparison, compare, measured
from metricloom.promtool import find_promtool

PYTHON = sys.executable
METRICLOOM = Path(PYTHON).with_name("metricloom")
LARGE_REGISTRY = Path(__file__).with_name("large_registry.py")
LARGE_MEGABYTES = 400
RULES = 10_000
PROPORTION = 12
"""What ten times as many rules may take: in proportion, and a little for what a larger memory costs."""


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


def checking_rules(folder: Path) -> Comparison:
    """Return what all checks of a rule file take, against promtool's own check of the same file."""
    file = folder / "rules.yml"
    write(file, RULES)
    check = [str(METRICLOOM), "check", str(file)]
    theirs = [str(find_promtool().path), "check", "rules", str(file)]
    # The aim is 3, of promtool 3. What is left is spread over reading, parsing, inference and some sixty checks.
    return compare(f"check a file of {RULES:,} rules : promtool check rules", check, theirs, most=6, runs=5)


def checking_more_rules(folder: Path, of: Comparison) -> tuple[float, float]:
    """Return how much longer ten times as many rules take, and how much more memory they need."""
    file = folder / "more_rules.yml"
    write(file, RULES * 10)
    run = measured([str(METRICLOOM), "check", str(file)])
    return run.seconds / of.ours.seconds, run.megabytes / of.ours.megabytes


def main() -> int:
    """Print the table; return 1 if a bound is broken."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = [starting(), generating(folder), generating_much(folder), checking_rules(folder)]
        longer, larger = checking_more_rules(folder, found[-1])
    print(f"{'':<46} ratio, most                    ours                 theirs")
    print("\n".join(map(str, found)))
    memory = found[2].ours.megabytes
    print(f"{'memory to generate 5,000 rules':<46} {memory:6.0f} of {LARGE_MEGABYTES} MB")
    print(f"{'ten times as many rules: time, memory':<46} {longer:6.2f}, {larger:.2f} of {PROPORTION}")
    recorded = recording()
    print("\n".join(map(str, recorded)))
    broken = memory > LARGE_MEGABYTES or max(longer, larger) > PROPORTION or not all(one.holds for one in recorded)
    return int(broken or not all(one.holds for one in found))


sys.exit(main())
