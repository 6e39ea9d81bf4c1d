"""Texts that Grafana would change: it puts a variable's value wherever a title or a legend names one."""

from __future__ import annotations

import re
from collections.abc import Collection

_VARIABLE = re.compile(r"\$(\w+)|\$\{(\w+)[^}]*\}|\[\[(\w+)[^\]]*\]\]")


def interpolated(text: str, variables: Collection[str]) -> list[str]:
    """Return the parts of *text* that Grafana replaces: names of *variables*, and of its own, which begin with `__`.

    A `$` before any other word stays as it is: Grafana leaves what it does not know.
    """
    return [
        match[0]
        for match in _VARIABLE.finditer(text)
        if (name := match[1] or match[2] or match[3]) in variables or name.startswith("__")
    ]


def literal_markdown(text: str, variables: Collection[str]) -> str:
    """Return *text* so that Grafana shows it as it is, where it renders Markdown: in descriptions and text panels.

    Grafana has no escape of its own; a character reference is none of its syntax, and reads `$` or `[` on the page.
    """
    for part in interpolated(text, variables):
        text = text.replace(part, f"&#{ord(part[0])};{part[1:]}")
    return text
