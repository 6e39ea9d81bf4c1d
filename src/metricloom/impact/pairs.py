"""Declarations of two registries, each beside its like: by name, or else renamed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
Signature = Callable[[T], Hashable | None]


@dataclass(frozen=True, slots=True)
class Pairs(Generic[T]):
    """What two registries both have, what is renamed, and what only one has."""

    kept: tuple[tuple[T, T], ...]
    renamed: tuple[tuple[T, T], ...]
    removed: tuple[T, ...]
    added: tuple[T, ...]

    @property
    def both(self) -> tuple[tuple[T, T], ...]:
        """All that is in both, under whatever name."""
        return (*self.kept, *self.renamed)


def paired(
    old: Iterable[T],
    new: Iterable[T],
    key: Callable[[T], Hashable],
    old_signatures: Sequence[Signature[T]] = (),
    new_signatures: Sequence[Signature[T]] = (),
) -> Pairs[T]:
    """Pair *old* with *new* by *key*; of the rest, those of one signature that no other has are one thing renamed.

    Signatures are tried one after the other; None is the like of nothing. There is one list for each side, for a
    signature of the old side may say what it would be with the names of the new one.
    """
    left, right = _by_key(old, key), _by_key(new, key)
    kept = tuple((item, right[name]) for name, item in left.items() if name in right)
    removed = [item for name, item in left.items() if name not in right]
    added = [item for name, item in right.items() if name not in left]
    renamed: list[tuple[T, T]] = []
    for of_old, of_new in zip(old_signatures, new_signatures or old_signatures, strict=True):
        found = _alike(removed, added, of_old, of_new)
        renamed += found
        gone, come = {id(one) for one, _ in found}, {id(other) for _, other in found}
        removed = [item for item in removed if id(item) not in gone]
        added = [item for item in added if id(item) not in come]
    return Pairs(kept, tuple(renamed), tuple(removed), tuple(added))


def _by_key(items: Iterable[T], key: Callable[[T], Hashable]) -> dict[Hashable, T]:
    found: dict[Hashable, T] = {}
    for item in items:
        found.setdefault(key(item), item)
    return found


def _alike(removed: Iterable[T], added: Iterable[T], of_old: Signature[T], of_new: Signature[T]) -> list[tuple[T, T]]:
    left, right = _by_signature(removed, of_old), _by_signature(added, of_new)
    return [
        (items[0], right[signature][0])
        for signature, items in left.items()
        if len(items) == 1 and len(right.get(signature, ())) == 1
    ]


def _by_signature(items: Iterable[T], signature: Signature[T]) -> dict[Hashable, list[T]]:
    found: dict[Hashable, list[T]] = defaultdict(list)
    for item in items:
        of_item = signature(item)
        if of_item is not None:
            found[of_item].append(item)
    return found
