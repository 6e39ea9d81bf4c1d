"""A page: what can be said of one code."""

from __future__ import annotations

from dataclasses import dataclass

from metricloom.checks.model import Example, declarations
from metricloom.errors import Severity


@dataclass(frozen=True, slots=True)
class Page:
    """Why there is a code, and what it says of wrong and of right examples: none, where a few lines show nothing."""

    code: str
    name: str
    severity: Severity
    why: str
    bad: tuple[Example, ...] = ()
    good: tuple[Example, ...] = ()


def entry(code: str, name: str, why: str, bad: str = "", good: str = "", severity: Severity = Severity.ERROR) -> Page:
    """Return the page of a code that no check reports; the examples are declarations."""
    return Page(code, name, severity, why, _declared(bad), _declared(good))


def _declared(text: str) -> tuple[Example, ...]:
    return (declarations(f"{text.strip()}\n"),) if text else ()
