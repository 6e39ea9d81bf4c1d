"""The traps of the content platform: what the first version of its rules got wrong, and what its registry says of it.

The checker names each at its place, and finds nothing in the right form; what no expression shows is in the guide.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from metricloom.checks import run
from metricloom.checks.examples import of_expression
from metricloom.content_platform import REGISTRY
from metricloom.errors import Location, Severity
from metricloom.generators import guide
from metricloom.sources.model import Sources, Use, World
from metricloom.sources.registry import sources_of, world_of
from metricloom.sources.rule_files import read_rule_file

WORLD = world_of(REGISTRY)
BEFORE = replace(WORLD, table={name: one for name, one in WORLD.table.items() if name != "storage_bytes_deleted_total"})
"""The world of that version: nothing counted the bytes that were deleted."""

IDENTITY = "cluster, namespace, job"
SUMMED = f"sum by ({IDENTITY}, model) (rate(llm_{{}}_total[5m]))"

QUANTILE = 'llm_call_seconds{quantile="0.95"} > 60'
HELD = "storage_bytes_written_total - storage_bytes_deleted_total"
RATIO = "rate(llm_failures_total[5m]) / rate(llm_calls_total[5m])"
CLEANED = """
groups:
- name: retention
  rules:
  - alert: RetentionCleanupFailed
    expr: rate(retention_cleanup_runs_total[24h]) == 0
    for: 25h
"""

WRONG = [
    (QUANTILE, Use.ALERT, WORLD, "Q224", QUANTILE.removesuffix(" > 60"), "histogram_quantile(0.95, "),
    (f"{HELD} > 1e12", Use.ALERT, BEFORE, "Q201", "storage_bytes_deleted_total", ""),
    (HELD, Use.PANEL, BEFORE, "Q201", "storage_bytes_deleted_total", ""),
    (HELD, Use.PANEL, WORLD, "Q204", "storage_bytes_written_total", "rate(storage_bytes_written_total[5m])"),
    (f"{RATIO} > 0.1", Use.ALERT, WORLD, "Q225", RATIO, "sum both sides before the division"),
]


@pytest.mark.parametrize(("text", "use", "world", "code", "marked", "hint"), WRONG)
def test_a_trap_is_named_at_its_place(text: str, use: Use, world: World, code: str, marked: str, hint: str) -> None:
    found = next(each for each in run(of_expression(text, use, world)) if each.code == code)
    assert found.span is not None
    assert found.source[slice(*found.span)] == marked
    assert hint in found.hint
    assert found.severity is not Severity.NOTE


def test_a_clean_up_that_is_asked_of_a_counter_is_named() -> None:
    sources = Sources(WORLD, read_rule_file("rules.yml", CLEANED).groups)
    [found] = [each for each in run(sources) if each.code == "A514"]
    assert found.at == Location("rules.yml", 6, 11)
    assert found.span is not None
    assert found.source[slice(*found.span)] == "rate(retention_cleanup_runs_total[24h]) == 0"
    assert "49" in found.message


RIGHT = [
    "histogram_quantile(0.95, sum by (model, le) (rate(llm_call_seconds_bucket[5m]))) > 60",
    "max by (artifact_type) (storage_used_bytes) > 1e12",
    f"{SUMMED.format('failures')} / {SUMMED.format('calls')} > 0.1",
    f"time() - max by ({IDENTITY}) (max_over_time(retention_cleanup_last_success_timestamp_seconds[26h]) > 0) > 86400",
    'absent(retention_cleanup_last_success_timestamp_seconds{job="content"})',
]


@pytest.mark.parametrize("text", RIGHT)
def test_the_right_form_is_clean(text: str) -> None:
    assert [each.message for each in run(of_expression(text, Use.ALERT, WORLD))] == []


def test_the_shipped_rules_and_panels_have_no_problem() -> None:
    found = run(sources_of(REGISTRY))
    assert [each.message for each in found if each.severity is not Severity.NOTE] == []
    assert {each.code for each in found} <= {"M112", "R607"}  # contract metrics that nothing reads; one sum twice


@pytest.mark.parametrize(
    "said", ["A counter holds no time.", "One price for all tokens of a model is wrong by factors"]
)
def test_what_no_expression_shows_is_in_the_guide(said: str) -> None:
    [written] = guide.render(REGISTRY)
    assert said in " ".join(written.text.split())
