"""A registry in which metrics and labels have the names that a service already gives them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from metricloom.errors import Location
from metricloom.monitoring.labels import Label
from metricloom.monitoring.metrics import Metric, Part
from metricloom.promql.query import Query
from metricloom.promql.text import rename

if TYPE_CHECKING:
    from metricloom.registry.registry import Registry

EXPRESSIONS: Final = frozenset({"expression", "condition", "guard", "queries"})
"""Fields that hold PromQL where they hold a text."""
BY_LABEL: Final = frozenset({"labels", "firing", "target"})
"""Fields that hold mappings from a label's name."""
TEXTS: Final = frozenset({"summary", "description", "next_steps"})
"""Fields in which `$labels.NAME` stands for a label."""


def renamed(registry: Registry, names: Mapping[str, str]) -> Registry:
    """Return *registry* with its metrics and labels renamed as *names* says, wherever they are read or written."""
    series = {
        old: names[metric.name] + old.removeprefix(metric.name)
        for metric in registry.families
        if metric.name in names
        for old in metric.series_names
    }
    labels = {label.name: names[label.name] for label in registry.labels if label.name in names}
    rewriter = _Rewriter(names, series, labels)
    return replace(
        registry, subsystems=rewriter.value(registry.subsystems), dashboards=rewriter.value(registry.dashboards)
    )


@dataclass(slots=True)
class _Rewriter:
    """Rebuilds declarations from the leaves up; one that is met twice becomes one again."""

    names: Mapping[str, str]
    series: Mapping[str, str]
    labels: Mapping[str, str]
    done: dict[int, Any] = field(default_factory=dict)

    def value(self, value: Any, of_field: str = "") -> Any:
        if isinstance(value, str):
            return self.text(value, of_field)
        if isinstance(value, tuple | list):
            return tuple(self.value(item, of_field) for item in value)
        if isinstance(value, Mapping):
            return {self._key(key, of_field): self.value(item, of_field) for key, item in value.items()}
        if of_field == "examples":
            return self.examples(value)
        if is_dataclass(value) and not isinstance(value, type | Location):
            return self.declaration(value)
        return value

    def text(self, value: str, of_field: str) -> str:
        if of_field in EXPRESSIONS:
            return rename(value, self.series, self.labels)
        if of_field in TEXTS:
            return re.sub(r"\$labels\.(\w+)", lambda match: f"$labels.{self.labels.get(match[1], match[1])}", value)
        return value

    def declaration(self, value: Any) -> Any:
        if id(value) not in self.done:
            changes = {
                each.name: self.value(getattr(value, each.name), each.name) for each in fields(value) if each.init
            }
            if isinstance(value, Metric | Label):
                changes["name"] = self.names.get(value.name, value.name)
            elif isinstance(value, Part):
                changes["name"] = self.series.get(value.name, value.name)
            elif isinstance(value, Query):
                changes["text"] = rename(value.text, self.series, self.labels)
            # The old value is kept beside the new one: its id must not be given to another object meanwhile.
            self.done[id(value)] = (replace(value, **changes), value)
        return self.done[id(value)][0]

    def examples(self, examples: Callable[[float], Any]) -> Callable[[float], Any]:
        return lambda threshold: self.value(examples(threshold))

    def _key(self, key: Any, of_field: str) -> Any:
        return self.labels.get(key, key) if of_field in BY_LABEL and isinstance(key, str) else key
