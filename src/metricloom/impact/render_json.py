"""A comparison for programs."""

from __future__ import annotations

import json
from typing import Any, Final

from metricloom.impact.changes import Change, Consequence
from metricloom.impact.compare import Comparison
from metricloom.impact.kinds import Impact

FORMAT: Final = 1
"""Raised when a reader could go wrong; keys may be added without it."""


def render_json(comparison: Comparison) -> str:
    """Return *comparison* as JSON."""
    worst = comparison.worst
    data = {
        "format": FORMAT,
        "old": comparison.old,
        "new": comparison.new,
        "impact": None if worst is None else worst.word,
        "counts": {impact.word: len(comparison.of(impact)) for impact in sorted(Impact, reverse=True)},
        "changes": [_change(change) for change in comparison.changes],
    }
    return json.dumps(data, indent=2, ensure_ascii=True) + "\n"


def _change(change: Change) -> dict[str, Any]:
    return {
        "code": "D901",
        "kind": change.kind.name,
        "impact": change.impact.word,
        "sort": change.sort,
        "name": change.name,
        "place": change.place,
        "message": change.message,
        "why": change.kind.why,
        "before": change.before,
        "after": change.after,
        "consequences": [_consequence(one) for one in change.consequences],
    }


def _consequence(one: Consequence) -> dict[str, Any]:
    return {
        "verdict": one.verdict.value,
        "sort": one.sort,
        "name": one.name,
        "place": one.place,
        "reasons": list(one.reasons),
        "via": list(one.via),
    }
