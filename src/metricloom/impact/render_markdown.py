"""A comparison as a comment on a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from metricloom.impact.changes import Change, Consequence, Verdict
from metricloom.impact.compare import Comparison
from metricloom.impact.escape import code, lines_of, markdown, sentence
from metricloom.impact.kinds import Impact
from metricloom.markdown import fence_around
from metricloom.wording import counted

MOST_CHARACTERS: Final = 60_000
"""GitHub takes 65,536 in a comment."""
FOLDED_FROM: Final = 6
"""Tables of so many rows are folded."""
_TITLES: Final = {Impact.BREAKING: "Breaking", Impact.ALTERING: "Altering", Impact.COMPATIBLE: "Compatible"}
_WORDS: Final = {Verdict.BREAKS: "**breaks**", Verdict.ALTERS: "alters", Verdict.FOLLOWS: "changed along"}


def render_markdown(comparison: Comparison) -> str:
    """Return *comparison* as Markdown: what is worst stands first, long tables are folded, and it fits a comment."""
    parts = [f"### {_summary(comparison)}\n\n{code(comparison.old)} → {code(comparison.new)}\n"]
    room = MOST_CHARACTERS - len(parts[0])
    left = list(comparison.changes)
    title = ""
    while left:
        change = left[0]
        heading = f"\n#### {_TITLES[change.impact]}\n" if title != _TITLES[change.impact] else ""
        part = heading + "\n".join(["", *_change(change), ""])
        if len(part) > room:
            parts.append(f"\nAnd {counted(len(left), 'change')} more: `metricloom diff` on a terminal shows all.\n")
            break
        parts.append(part)
        room, title = room - len(part), _TITLES[change.impact]
        left.pop(0)
    return "".join(parts)


def _summary(comparison: Comparison) -> str:
    counts = [(impact, len(comparison.of(impact))) for impact in sorted(Impact, reverse=True)]
    named = [f"{count} {impact.word}" for impact, count in counts if count]
    return f"Monitoring: {', '.join(named)}" if named else "Monitoring: no changes"


def _change(change: Change) -> Iterator[str]:
    subject = f"{markdown(change.sort)} {code(change.name)}" if change.name else markdown(change.sort)
    yield f"**{subject}** {sentence(change.message)} (`{change.kind.name}`)"
    if change.impact is Impact.COMPATIBLE:
        return
    if change.place:
        yield f"<br>{code(change.place)}"
    if change.impact is change.kind.impact:
        yield f"<br>{change.kind.why}"
    yield from _difference(change)
    if change.consequences:
        yield from _folded(change.consequences)


def _difference(change: Change) -> Iterator[str]:
    if change.before and change.after:
        lines = [f"- {line}" for line in lines_of(change.before)] + [f"+ {line}" for line in lines_of(change.after)]
        fence = fence_around(lines)
        yield from ("", f"{fence}diff", *lines, fence)


def _folded(consequences: Sequence[Consequence]) -> Iterator[str]:
    rows = [_row(one) for one in consequences]
    table = ["", "| | what | where | why |", "|---|---|---|---|", *rows]
    if len(rows) < FOLDED_FROM:
        yield from table
        return
    yield from ("", f"<details><summary>{_counts(consequences)}</summary>", *table, "", "</details>")


def _counts(consequences: Sequence[Consequence]) -> str:
    counts = {verdict: sum(one.verdict is verdict for one in consequences) for verdict in Verdict}
    words = {Verdict.BREAKS: "broken", Verdict.ALTERS: "altered", Verdict.FOLLOWS: "changed along"}
    return ", ".join(f"{count} {words[verdict]}" for verdict, count in counts.items() if count)


def _row(one: Consequence) -> str:
    via = f" (through {' → '.join(map(code, one.via))})" if one.via else ""
    why = "<br>".join(map(sentence, one.reasons)) + via
    return f"| {_WORDS[one.verdict]} | {one.sort} {code(one.name)} | {code(one.place)} | {why} |"
