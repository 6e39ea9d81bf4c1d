"""The parts of `registry.json`: each declaration as plain data."""
