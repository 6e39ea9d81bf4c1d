"""The series of a helper, found by label values."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Generic, TypeVar

from .bounds import Bound
from .declarations import OTHER, Label, Metric
from .families import Families

Row = TypeVar("Row")


class Table(Generic[Row]):
    """The series of a helper by label values: a row is made whole, each series at 0."""

    def __init__(
        self,
        families: Families,
        make: Callable[..., Row],
        metric: Metric,
        *labels: Label,
    ) -> None:
        self._families, self._make, self._metric = families, make, metric
        self._bounds = [families.bound(label) for label in labels]
        self._rows: dict[tuple[str, ...], Row] = {}
        self._found: dict[tuple[object, ...], Row] = {}  # the same, and by other names
        families.may_drop(metric.name, "bad_label")
        families.may_drop(metric.name, "label_overflow")
        for values in itertools.product(*(label.values for label in labels)):
            self._row(values)
        families.hold(self)

    def of(self, *values: object) -> Row:
        """Return the row of these values, or of "other" or "unknown" in their place."""
        try:
            row = self._found.get(values)
        except TypeError:  # a list, a dict
            row = None
        if row is not None:
            return row
        admitted = tuple(map(self._admit, self._bounds, values))
        row = self._row(admitted)
        if OTHER not in admitted and self._are_names(values, admitted):
            self._found[values] = row
        return row

    def _are_names(self, values: tuple[object, ...], admitted: tuple[str, ...]) -> bool:
        return all(map(Bound.is_name, self._bounds, values, admitted))

    def _admit(self, bound: Bound, value: object) -> str:
        admitted, reason = bound.admit(value)
        if reason:
            wrong_type = not isinstance(value, str)
            self._families.drop(
                self._metric,
                reason,
                bound.name,
                value,
                wrong_type=wrong_type,
            )
        return admitted

    def _row(self, values: tuple[str, ...]) -> Row:
        row = self._rows.get(values)
        return self._new_row(values) if row is None else row

    def _new_row(self, values: tuple[str, ...]) -> Row:
        with self._families.gate:
            if values not in self._rows:
                row = self._make(self._families, *values)
                self._rows[values] = self._found[values] = row
            return self._rows[values]

    def restart(self) -> None:
        """Fill the same rows, which timers hold, with new series."""
        for values, row in self._rows.items():
            vars(row).update(vars(self._make(self._families, *values)))


class Choice:
    """One label whose values are all declared, given as an argument: an outcome."""

    def __init__(self, families: Families, metric: Metric, label: Label) -> None:
        self._families, self._metric, self._label = families, metric, label
        families.may_drop(metric.name, "bad_label")

    def checked(self, value: str) -> str:
        """Return the value, or "other" for one that is not declared."""
        wrong_type = not isinstance(value, str)
        if not wrong_type:
            value = self._label.aliases.get(value, value)
            if value in self._label.values:
                return value
        self._families.drop(
            self._metric,
            "bad_label",
            self._label.name,
            value,
            wrong_type=wrong_type,
        )
        return OTHER
