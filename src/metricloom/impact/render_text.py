"""A comparison for a person at a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby

from metricloom.impact.changes import Change, Consequence, Verdict
from metricloom.impact.compare import Comparison
from metricloom.impact.escape import lines_of, one_line
from metricloom.impact.kinds import Impact

Paint = Callable[[str, Impact], str]


def plain(text: str, _impact: Impact) -> str:
    """Return *text* in no colour."""
    return text


def render_text(comparison: Comparison, paint: Paint = plain) -> str:
    """Return *comparison* as text: what is worst stands first. *paint* colours a word by how bad it is."""
    lines = [summary(comparison)]
    for change in comparison.changes:
        lines += ["", *_change(change, paint)] if change.impact > Impact.COMPATIBLE else []
    compatible = [change for change in comparison.changes if change.impact is Impact.COMPATIBLE]
    lines += [""] if compatible else []
    lines += [_headline(change, paint) for change in compatible]
    return "\n".join(lines) + "\n"


def summary(comparison: Comparison) -> str:
    """Return how many changes there are of each impact, in words."""
    counts = [(impact.word, len(comparison.of(impact))) for impact in sorted(Impact, reverse=True)]
    named = [f"{count} {word}" for word, count in counts if count]
    sides = f"{one_line(comparison.old)} → {one_line(comparison.new)}"
    if not named:
        return f"{sides}: no changes"
    total = len(comparison.changes)
    return f"{sides}: {total} {'change' if total == 1 else 'changes'} ({', '.join(named)})"


def _headline(change: Change, paint: Paint) -> str:
    word = paint(f"{change.impact.word:<10}", change.impact)
    return f"{word} {one_line(f'{change.subject} {change.message}')} [{change.kind.name}]"


def _change(change: Change, paint: Paint) -> Iterator[str]:
    yield _headline(change, paint)
    if change.place:
        yield f"    {one_line(change.place)}"
    if change.impact is change.kind.impact:
        yield f"    {change.kind.why}"
    if "\n" in f"{change.before}{change.after}" or (change.before and change.after):
        yield from (f"    - {line}" for line in lines_of(change.before))
        yield from (f"    + {line}" for line in lines_of(change.after))
    for one in change.consequences:
        if one.verdict is not Verdict.FOLLOWS:
            yield from _consequence(one, paint)
    follows = [one for one in change.consequences if one.verdict is Verdict.FOLLOWS]
    for sort, same in groupby(follows, key=lambda one: one.sort):
        yield f"    changed along: {sort} {', '.join(one_line(one.name) for one in same)}"


def _consequence(one: Consequence, paint: Paint) -> Iterator[str]:
    word = paint(one.verdict.value, one.verdict.impact)
    yield f"    {word} {one_line(one.shown)} ({one_line(one.place)})"
    yield from (f"        {one_line(reason)}" for reason in one.reasons)
    if one.via:
        yield f"        through {one_line(' → '.join(one.via))}"
