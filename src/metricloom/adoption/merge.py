"""What is found on a page and in code, put together: values from the page, words and places from the code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from metricloom.adoption.model import Findings, Found, FoundLabel, FoundSeries
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


def united(pages: Iterable[Findings]) -> Findings:
    """Return the metrics of several pages of one service, in the order in which they are first met."""
    metrics: dict[str, Found] = {}
    remarks: list[str] = []
    for page in pages:
        remarks += page.remarks
        for found in page.metrics:
            first = metrics.setdefault(found.name, found)
            if first is not found:
                metrics[found.name] = _of_two_pages(first, found)
                if FamilyType.UNKNOWN not in (first.type, found.type) and first.type is not found.type:
                    where = f"{first.type.with_article} on one page and {found.type.with_article} on another"
                    remarks.append(f"{found.name} is {where}: what the first says is declared")
    return Findings(list(metrics.values()), remarks)


def _of_two_pages(one: Found, other: Found) -> Found:
    seen = [bound for bound in (one.low, one.high, other.low, other.high) if bound is not None]
    series = {each.name: each for each in one.series}
    for each in other.series:
        known = series.get(each.name, each)
        labels = tuple(dict.fromkeys((*known.labels, *each.labels)))
        series[each.name] = FoundSeries(each.name, labels, known.counts or each.counts)
    return replace(
        one,
        type=other.type if one.type is FamilyType.UNKNOWN else one.type,
        help=one.help or other.help,
        unit=one.unit or other.unit,
        labels=_all_labels(one.labels, other.labels),
        buckets=one.buckets or other.buckets,
        low=min(seen, default=None),
        high=max(seen, default=None),
        series=tuple(series.values()),
        born=one.born or other.born,
    )


def _all_labels(one: Iterable[FoundLabel], other: Iterable[FoundLabel]) -> tuple[FoundLabel, ...]:
    labels = {label.name: label for label in one}
    for label in other:
        known = labels.get(label.name, label)
        values = tuple(dict.fromkeys((*known.values, *label.values)))
        labels[label.name] = FoundLabel(label.name, values, known.complete and label.complete)
    return tuple(labels.values())


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
