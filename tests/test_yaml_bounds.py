"""Small files that unfold to large ones, or hold the same fault a hundred thousand times: what is said is bounded."""

from __future__ import annotations

import pytest

from metricloom.sources.fields import MAX_ALIKE
from metricloom.sources.rule_files import read_rule_file
from metricloom.sources.test_files import read_test_file

RULE = "  - &rule\n    alert: A\n    expr: up == 0\n    labels: {a: b}\n"


def groups_of_one_list(count: int) -> str:
    copies = "".join(f"- {{name: n{number}, rules: *rules}}\n" for number in range(count))
    return "groups:\n- name: g\n  rules: &rules\n" + RULE * 10 + copies


def merged_rules(count: int) -> str:
    return "groups:\n- name: g\n  rules:\n" + RULE + "  - <<: *rule\n" * count


@pytest.mark.parametrize("text", [groups_of_one_list(10_000), merged_rules(100_000)])
def test_aliases_that_repeat_a_hundred_thousand_rules_are_refused(text: str) -> None:
    [problem] = read_rule_file("r.yml", text).problems
    assert (problem.code, problem.message) == ("F901", "aliases repeat more than 250,000 values")


@pytest.mark.parametrize("text", [groups_of_one_list(500), merged_rules(5_000)])
def test_aliases_that_repeat_five_thousand_rules_are_read(text: str) -> None:
    found = read_rule_file("r.yml", text)
    assert found.problems == ()
    assert sum(len(group.rules) for group in found.groups) > 5_000


def test_of_very_many_faults_alike_the_first_are_told() -> None:
    twice = "    expr: up\n" * 5_000
    problems = read_rule_file("r.yml", f"groups:\n- name: g\n  rules:\n{RULE}{twice}    colour: red\n").problems
    assert [problem.code for problem in problems].count("F903") == MAX_ALIKE + 1
    more = [problem for problem in problems if "more problems" in problem.message]
    assert [(each.message, each.at and each.at.line) for each in more] == [
        ("4,900 more problems of this sort from here on", 8 + MAX_ALIKE)
    ]
    assert "F907" in {problem.code for problem in problems}


def test_so_it_is_with_tests_of_rules() -> None:
    _, problems = read_test_file("t.yml", "rule_files: [r.yml]\ntests:\n" + "- {colour: red}\n" * 1_000)
    assert len(problems) == MAX_ALIKE + 1
    assert problems[-1].message == "900 more problems of this sort from here on"
