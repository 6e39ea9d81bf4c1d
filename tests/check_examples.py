"""The examples of checks, run, for the tests of checks."""

from metricloom.checks.example_world import REPLICA, WORLD
from metricloom.checks.examples import AT, of_expression, of_rules, problems_in, registry_of

__all__ = ["AT", "REPLICA", "WORLD", "of_expression", "of_rules", "problems_in", "registry_of"]
