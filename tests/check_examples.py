"""The examples of checks, run, for the tests of checks."""

from metricloom.checks.example_world import REPLICA, WORLD
from metricloom.checks.examples import AT, of_expression, problems_in, registry_of, rules_read

__all__ = ["AT", "REPLICA", "WORLD", "of_expression", "problems_in", "registry_of", "rules_read"]
