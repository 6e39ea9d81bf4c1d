"""What can be said of each code there is: of checks, and of what loading, reading and promtool report."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from metricloom.checks.declared import DECLARED
from metricloom.checks.declared.page import Page
from metricloom.checks.model import CHECKS, Check
from metricloom.errors import UserError, nearest


@cache
def pages() -> Mapping[str, Page]:
    """Return all pages by code, in the order of the codes."""
    every = (*map(_of_check, CHECKS.values()), *DECLARED)
    return {one.code: one for one in sorted(every, key=lambda one: one.code)}


def _of_check(check: Check) -> Page:
    why = " ".join(check.why.split())
    return Page(check.code, check.name, check.severity, why, check.bad, check.good)


def page(code_or_name: str) -> Page:
    """Return the page of a code or a name.

    Raises:
        UserError: there is none.
    """
    wanted = code_or_name.strip()
    for one in pages().values():
        if wanted.upper() == one.code or wanted.lower() == one.name:
            return one
    close = nearest(wanted, [name for one in pages().values() for name in (one.code, one.name)])
    hint = f"did you mean {close}?" if close else "`metricloom explain` lists them all"
    raise UserError(f"there is no code or name {code_or_name!r}", hint)
