"""One generated test as a value, and the statements that many of them share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from metricloom.generators.instrumentation.source import Group, Source, call, flat, layout, line, literal, text


@dataclass(frozen=True, slots=True)
class Test:
    """One test: its name, its lines, what it takes, what stands above it."""

    name: str
    body: tuple[str, ...]
    arguments: str = "page: Page"
    decorator: str = ""

    def text(self, name: str) -> str:
        """Return the function, called *name*."""
        head = layout(Group(f"def {name}(", self.arguments.split(", "), ") -> None:"), 0)
        return f"{self.decorator}{head}\n" + "\n".join(self.body)


def assert_changes(changes: Mapping[str, float | str]) -> str:
    """Return the statement that compares what changed with what should have."""
    return line(4, "assert page.changes() == ", expected(changes))


def expected(changes: Mapping[str, float | str]) -> Source:
    """Return a dict of changes, as source; a change that is a text is source already."""
    return Group("{", [f"{text(name)}: {_shown(change)}" for name, change in changes.items()], "}")


def change_of(variable: str, metric: str, labels: Mapping[str, str]) -> str:
    """Return the statement that asks by how much one series changed; *labels* are source."""
    shown = Group("{", [f"{text(name)}: {value}" for name, value in labels.items()], "}")
    return line(4, f"{variable} = ", call("page.change_of", text(metric), shown))


def dropped(family: str, reason: str) -> str:
    """Return the statement that asks how often something was dropped."""
    return line(4, "dropped = ", call("production.dropped", text(family), text(reason)))


def texts(labels: Mapping[str, str]) -> dict[str, str]:
    """Return label values as source."""
    return {name: text(value) for name, value in labels.items()}


def numbers(values: Mapping[str, float]) -> dict[str, str]:
    """Return numbers as source."""
    return {name: flat(literal(value)) for name, value in values.items()}


def _shown(change: float | str) -> str:
    return change if isinstance(change, str) else flat(literal(change))
