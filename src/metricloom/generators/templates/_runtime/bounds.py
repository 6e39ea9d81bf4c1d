"""Which values of one label may have series of their own."""

from __future__ import annotations

import threading

from .declarations import OTHER, UNKNOWN, Label

LONGEST_LABEL_VALUE = 256  # characters
ROOM_IF_UNDECLARED = 100  # values of a label that declares neither values nor a bound


class Bound:
    """Which values of one label may have series of their own."""

    def __init__(self, label: Label, gate: threading.RLock) -> None:
        self.name = label.name
        self._aliases = label.aliases
        self._admitted = {*label.values, OTHER, UNKNOWN}
        room = 0 if label.values else ROOM_IF_UNDECLARED
        if label.max_values is not None:
            room = label.max_values - len(label.values)
        self._room = iter(range(room))
        self._is_full = False
        self._gate = gate

    def admit(self, value: object) -> tuple[str, str]:
        """Return the value to count under, and if it is another, the reason."""
        if not isinstance(value, str):
            return UNKNOWN, "bad_label"
        value = str.__str__(value)  # the text itself of a StrEnum, or an Enum of str
        if not 0 < len(value) <= LONGEST_LABEL_VALUE or not _encodable(value):
            return UNKNOWN, "bad_label"
        value = self._aliases.get(value, value)
        if value in self._admitted or self._admit_new(value):
            return value, ""
        return OTHER, "label_overflow"

    def is_name(self, value: object, admitted: str) -> bool:
        """Tell whether this text always counts under that one: of such there are few."""
        return type(value) is str and self._aliases.get(value, value) == admitted

    def _admit_new(self, value: str) -> bool:
        """Admit a value if there is room: each place is taken once, whoever asks."""
        if self._is_full:
            return False
        with self._gate:
            if value in self._admitted:
                return True
            if next(self._room, None) is None:
                self._is_full = True
                return False
            self._admitted.add(value)
            return True


def _encodable(value: str) -> bool:
    """Tell whether a page can hold the text: a lone surrogate fails every scrape."""
    try:
        return value.isascii() or bool(value.encode())
    except UnicodeEncodeError:
        return False
