"""What is found on a page and in code, put together: values from the page, words and places from the code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from metricloom.adoption.model import Findings, Found, FoundLabel
from metricloom.exposition.model import FamilyType


def merged(page: Findings, code: Findings) -> Findings:
    """Return the metrics of both, those of the page first, in its order."""
    in_code = {found.name: found for found in code.metrics}
    remarks = [*page.remarks, *code.remarks]
    metrics = []
    for found in page.metrics:
        other = in_code.pop(found.name, None)
        metrics.append(found if other is None else _both(found, other))
        if other is not None and _differ(found, other):
            where = f"{found.type.with_article} on the page and {other.type.with_article} at {other.places[0]}"
            remarks.append(f"{found.name} is {where}: what the page says is declared")
    if page.metrics and in_code:
        remarks.append(f"only in the code, and not on the page: {_some(in_code)}")
    return Findings([*metrics, *in_code.values()], remarks)


def _differ(page: Found, code: Found) -> bool:
    """Return whether the two are of types that do not go together."""
    if page.type is FamilyType.GAUGE and code.type in (FamilyType.INFO, FamilyType.STATESET):
        return False  # the classic format has no other word for these
    return page.type not in (FamilyType.UNKNOWN, code.type)


def _both(page: Found, code: Found) -> Found:
    return replace(
        page,
        type=code.type if page.type is FamilyType.UNKNOWN and not page.born else page.type,
        help=page.help if page.help.strip() else code.help,
        labels=_labels(page, code),
        buckets=page.buckets or code.buckets,
        places=code.places,
    )


def _labels(page: Found, code: Found) -> tuple[FoundLabel, ...]:
    """Return the labels that the page has, in the order of the code; those of the code before there is a series."""
    if not page.born:
        return code.labels
    order = {name: number for number, name in enumerate(code.label_names)}
    return tuple(sorted(page.labels, key=lambda label: order.get(label.name, len(order))))


def _some(names: Iterable[str], most: int = 5) -> str:
    """Return the first of *names*, and how many more there are."""
    every = list(names)
    return ", ".join(every[:most]) + (f" and {len(every) - most} more" if len(every) > most else "")
