"""Labels: what tells the series of one metric apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from metricloom.declaration import Declaration
from metricloom.errors import Problem, did_you_mean

LABEL_NAME = re.compile(r"[a-z_][a-z0-9_]*")
ANY_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
"""What Prometheus takes: ours are lower-case."""
RESERVED_LABELS = frozenset({"le", "quantile", "alertname", "alertstate", "severity"})
TARGET_LABELS = frozenset({"job", "instance", "cluster", "namespace", "pod"})
MAX_VALUE_LENGTH = 256

LABEL_HINT = "use letters, digits and _, not beginning with a digit"

OTHER = "other"
"""The value under which everything beyond a label's bound is counted."""
UNKNOWN = "unknown"
"""The value for what is no label value at all: None, an empty or over-long text."""


@dataclass(frozen=True, eq=False)
class Label(Declaration):
    """A label, with the values known in advance, or how many it may have at most, or both.

    *values* alone closes the set: anything else is counted under `other`. With *max_values* the set is open up to that
    many values. A label with neither is unbounded, which check M105 reports. *aliases* are other names of known values,
    each with the value that it is counted under: a model's dated name, an old name of a queue.
    """

    name: str
    help: str
    values: Sequence[str] = ()
    max_values: int | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return str(self.name)  # of a wrong type, it is still shown

    @property
    def is_closed(self) -> bool:
        """Whether *values* are all that there will ever be (beside `other` and `unknown`)."""
        return bool(self.values) and self.max_values is None

    def check(self) -> Iterator[Problem]:
        yield from self._check_name()
        yield from self._check_values()
        yield from self._check_aliases()

    def _check_name(self) -> Iterator[Problem]:
        if not LABEL_NAME.fullmatch(self.name) or self.name.startswith("__"):
            yield self.fault(
                "M103",
                "reserved-suffix-or-label",
                f"label {self.name!r} is not a name that Prometheus users can write",
                "use lower-case letters, digits and _, not beginning with a digit or __",
            )
        elif self.name in RESERVED_LABELS:
            yield self.fault(
                "M103", "reserved-suffix-or-label", f"label {self.name!r} is Prometheus's own", "choose another name"
            )
        elif self.name in TARGET_LABELS:
            yield self.fault(
                "M110",
                "target-label-clash",
                f"label {self.name!r} is a target label: Prometheus would rename yours to exported_{self.name}",
                "say what it is of: peer, upstream, tenant …",
            )

    def _check_values(self) -> Iterator[Problem]:
        for value in sorted({value for value in self.values if self.values.count(value) > 1}):
            yield self.fault(
                "M144", "duplicate-value", f"label {self.name!r}: value {value!r} stands twice", "keep one"
            )
        for value in self.values:
            if not value or len(value) > MAX_VALUE_LENGTH:
                yield self.fault(
                    "M145",
                    "label-value",
                    f"label {self.name!r}: value {value[:40]!r} is empty or over-long",
                    f"give 1 to {MAX_VALUE_LENGTH} characters",
                )
        if self.max_values is not None and self.max_values < max(1, len(self.values)):
            yield self.fault(
                "M105",
                "unbounded-label",
                f"label {self.name!r}: max_values={self.max_values} is less than its known values",
                f"give at least {max(1, len(self.values))}",
            )

    def _check_aliases(self) -> Iterator[Problem]:
        for alias, value in self.aliases.items():
            if value not in self.values:
                yield self.fault(
                    "M146",
                    "label-alias",
                    f"label {self.name!r}: alias {alias!r} stands for {value!r}, which is not among its values",
                    did_you_mean(value, self.values),
                )
            if alias in {*self.values, OTHER, UNKNOWN}:
                yield self.fault(
                    "M146",
                    "label-alias",
                    f"label {self.name!r}: alias {alias!r} is a value itself",
                    "leave it out of aliases, or out of values",
                )
