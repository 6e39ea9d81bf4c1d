"""Expressions of a thousand operators: flat to a reader, and deep as trees. No check may call itself for each."""

from __future__ import annotations

import pytest

from metricloom import checks
from metricloom.sources.model import Sources, World
from metricloom.sources.rule_files import read_rule_file

OPERATORS = (
    "+",
    "-",
    "*",
    "/",
    "or",
    "and",
    "unless",
    "== ",
    "> bool",
    "and on (job)",
    "* on (job) group_left ()",
    "^",
)


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("operand", ["up", "sum(up)"])
def test_a_chain_of_hundreds_of_operands_is_checked(operator: str, operand: str) -> None:
    chain = f" {operator} ".join([operand] * 900)
    text = f"groups: [{{name: g, rules: [{{alert: A, expr: '{chain}'}}]}}]\n"
    found = read_rule_file("r.yml", text)
    assert found.problems == ()
    world = World(open=True)
    assert isinstance(checks.run(Sources(world, found.groups)), list)
