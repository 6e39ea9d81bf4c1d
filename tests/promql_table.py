"""Types of a few series, for tests of inference and of checks: those of the examples."""

from metricloom.checks.example_world import BUCKETS, OTHERS, TABLE, TARGET, counter, gauge

__all__ = ["BUCKETS", "OTHERS", "TABLE", "TARGET", "counter", "gauge"]
