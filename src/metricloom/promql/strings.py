"""Values as they stand between double quotes in PromQL."""

from collections.abc import Iterable

SPECIAL = frozenset(r"\.+*?()|[]{}^$")


def quoted(value: str) -> str:
    """Return *value* for an equality matcher."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def one_of(values: Iterable[str]) -> str:
    """Return a regular expression, for `=~`, that matches just *values*: `model=~"{one_of(MODELS)}"`."""
    escaped = ("".join(f"\\{char}" if char in SPECIAL else char for char in value) for value in values)
    return quoted("|".join(escaped))
