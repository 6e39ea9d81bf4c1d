"""What fixes change, asked of promtool: where there was a result it stays, or the problem was that there is none.

The series end where they are looked at, as they do in a rule that is evaluated now.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random

import pytest
import yaml

from metricloom.checks.examples import of_expression
from metricloom.checks.run import Found, found
from metricloom.errors import Severity
from metricloom.promql.text import edited
from metricloom.promtool import find_promtool

SCRAPE_SECONDS, SAMPLES = 15, 81
NOW = "1207s"
"""Seven seconds after the last sample: no window of one scrape interval has two."""

LABELS = 'job="api",instance="a",model="m"'
INFINITE = frozenset({"H306"})
"""What has a result, always the same: an infinite one."""


def _increments(random: Random) -> Iterator[str]:
    """Yield the samples of a counter that starts again at times, and misses scrapes."""
    value = 0
    for _ in range(SAMPLES):
        value = 0 if random.random() < 0.05 else value + random.randint(0, 9)
        yield "_" if random.random() < 0.05 else str(value)


def _input(random: Random) -> list[Mapping[str, str]]:
    series = [f"calls_total{{{LABELS}}}", f"queue_items{{{LABELS}}}"]
    counting = [{"series": each, "values": " ".join(_increments(random))} for each in series]
    bounds = {"0.5": 1, "1.0": 3, "5.0": 4, "60.0": 7, "600.0": 8, "+Inf": 9}
    buckets = {
        f'call_seconds_bucket{{{LABELS},le="{bound}"}}': f"0+{step}x{SAMPLES - 1}" for bound, step in bounds.items()
    }
    return [*counting, *({"series": each, "values": values} for each, values in buckets.items())]


def _texts(random: Random) -> Iterator[str]:
    function = random.choice(["rate", "irate", "increase", "delta", "max_over_time"])
    window, offset = random.randint(5, 90), random.choice(["", " offset 30s", " offset -20s", " offset -90s"])
    name = random.choice(["calls_total", "queue_items"])
    yield f"{function}({name}[{window}s]{offset})"
    yield f"sum by (job) ({function}(calls_total{{model='m'}}[{window}s]))"
    yield f"{name} offset -{random.choice([10, 100, 299, 300, 400])}s"
    yield f"{random.choice(['max', 'sum', 'last'])}_over_time({name}[5m:5s])"
    le, quantile = random.choice(["0.5", "1", "5.0", "60", "600"]), random.choice([0.5, 1.5, 9, 50, 95, 99.9, 100])
    yield f'rate(call_seconds_bucket{{le="{le}"}}[5m])'
    yield f"histogram_quantile({quantile}, sum by (le) (rate(call_seconds_bucket[5m])))"
    yield f"quantile_over_time({quantile}, {name}[5m])"


def _fixed(texts: list[str]) -> Iterator[tuple[str, Found]]:
    for text in texts:
        for each in found(of_expression(text)):
            if each.finding.fix:
                yield text, each


def _asked(text: str, each: Found) -> str:
    """Return an expression that has no result where a fix keeps its word."""
    if each.problem.code in INFINITE:
        return f"({text}) < +Inf"
    if each.problem.severity is Severity.ERROR:
        return text
    mended = edited(text, each.finding.fix)
    return f"({text}) unless (({text}) == ({mended}))"


@pytest.mark.parametrize("seed", [1, 2])
def test_a_fix_changes_no_result_that_there_was(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    fixed = list(_fixed([text for _ in range(40) for text in _texts(random)]))
    assert {each.problem.code for _, each in fixed} == {"Q208", "Q223", "H306", "H307"}
    asked = dict.fromkeys(_asked(text, each) for text, each in fixed)
    tests = [{"expr": expr, "eval_time": NOW, "exp_samples": []} for expr in asked]
    content = {"tests": [{"interval": f"{SCRAPE_SECONDS}s", "input_series": _input(random), "promql_expr_test": tests}]}
    (tmp_path / "fixes.yml").write_text(yaml.safe_dump(content))
    command = [str(find_promtool().path), "test", "rules", "fixes.yml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
