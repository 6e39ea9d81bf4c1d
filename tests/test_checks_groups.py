"""Checks of groups: fields that only some versions read, the order of their rules, and circles of records."""

from __future__ import annotations

from dataclasses import replace

import pytest

from metricloom.checks import run
from metricloom.checks.example_world import WORLD
from metricloom.checks.examples import AT, rules_read
from metricloom.errors import Problem, Severity
from metricloom.sources.model import Group, Rule, Sources, Use, World, Written


def found(text: str, code: str, world: World = WORLD) -> list[Problem]:
    with rules_read(text, world) as (sources, problems):
        assert problems == ()
        return [problem for problem in run(sources) if problem.code == code]


def severities(text: str, code: str, world: World = WORLD) -> list[Severity]:
    return [problem.severity for problem in found(text, code, world)]


# --- groups ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "versions"),
    [("limit: 10", {(2, 30), (2, 31)}), ("query_offset: 1m", {(2, 52), (2, 53)}), ("labels: {}", {(2, 55), (3, 0)})],
)
def test_a_field_of_a_group_needs_its_version(field: str, versions: set[tuple[int, int]]) -> None:
    text = f"groups:\n- name: g\n  {field}\n  rules:\n  - {{alert: Example, expr: queue_items > 1}}"
    seen = {one: severities(text, "R609", replace(WORLD, min_prometheus=one)) for one in sorted(versions)}
    assert list(seen.values()) == [["error"], []]


@pytest.mark.parametrize(
    ("offset", "ahead", "severity"),
    [("5m", "5m", None), ("4m", "5m", "warning"), ("4m", "10m", "error"), ("0s", "5m", "error")],
)
def test_a_group_that_is_evaluated_late_sees_what_was_later(offset: str, ahead: str, severity: str | None) -> None:
    text = (
        f"groups:\n- name: g\n  query_offset: {offset}\n  rules:\n"
        f"  - {{alert: Example, expr: queue_items offset -{ahead} > 1}}"
    )
    assert severities(text, "Q223") == ([severity] if severity else [])


# --- order ------------------------------------------------------------------------------------------


def records(*pairs: tuple[str, str]) -> str:
    return "\n".join(f"- {{record: 'job:{name}:sum', expr: '{expr}'}}" for name, expr in pairs)


def test_records_in_a_circle_and_what_only_reads_them_are_told_apart() -> None:
    text = records(
        ("a", "job:b:sum"), ("b", "job:c:sum"), ("c", "job:a:sum"), ("d", "job:a:sum"), ("e", "sum by (job) (up)")
    )
    assert [problem.message.split()[0] for problem in found(text, "R604")] == [f"job:{n}:sum" for n in "abc"]
    assert found(records(("a", "job:a:sum + 1")), "R604") == []
    assert severities(records(("a", "job:b:sum"), ("b", "sum by (job) (up)")), "R604") == ["warning"]


@pytest.mark.parametrize(
    ("first", "second", "severity"),
    [
        ("job:b:sum * 2", "job:a:sum + 1", "error"),
        ("job:b:sum and on (job) up", "(up > 0) * job:a:sum", "error"),
        ("job:b:sum * 2", "up unless job:a:sum", "warning"),
        ("job:b:sum + 1 or sum by (job) (queue_items)", "job:a:sum", "warning"),
        ("job:b:sum * 2", "absent(job:a:sum)", "warning"),
        ("job:b:sum * 2", "vector(scalar(job:a:sum))", "warning"),
    ],
)
def test_a_circle_is_dead_where_nothing_comes_from_outside(first: str, second: str, severity: str) -> None:
    assert severities(records(("a", first), ("b", second)), "R604") == [severity, severity]


def test_a_circle_that_another_group_fills_is_alive() -> None:
    circle = [
        Rule(Use.RECORD, "a:b:c", Written("d:e:f * 2", AT), AT),
        Rule(Use.RECORD, "d:e:f", Written("a:b:c", AT), AT),
    ]
    other = Group("other", AT, (Rule(Use.RECORD, "a:b:c", Written("queue_items", AT), AT),))
    found_in = run(Sources(WORLD, [Group("circle", AT, tuple(circle)), other]))
    assert {each.severity for each in found_in if each.code == "R604"} == {Severity.WARNING}


def test_a_long_chain_of_records_takes_no_longer_than_its_length() -> None:
    chain = [(f"r{n}", f"job:r{n + 1}:sum") for n in range(3000)]
    text = records(*chain, ("r3000", "sum by (job) (up)"))
    assert len(found(text, "R604")) == 3000


def test_a_record_of_two_groups_is_read_in_its_own() -> None:
    group = """- name: {}
  rules:
  - {{record: "job:q:sum", expr: sum by (job) (queue_items), labels: {{from: {}}}}}
"""
    reads = '  - {alert: A, expr: "job:q:sum > 1"}\n'
    text = "groups:\n" + group.format("a", "a") + reads + group.format("b", "b")
    assert found(text, "R603") == []
    other = text.replace(reads, "") + "- name: c\n  rules:\n" + reads
    assert severities(other, "R603") == ["note"]
