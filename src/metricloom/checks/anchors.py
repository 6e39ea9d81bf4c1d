"""Headings of a guide in Markdown, as the anchors that links name."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

MAX_BYTES: Final = 5_000_000
_HEADING: Final = re.compile(r"^ {0,3}#{1,6}[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
_OTHER_HEADING: Final = re.compile(r"^(?=\S)(.+)\n(?:=+|-+)[ \t]*$", re.MULTILINE)
_OWN: Final = re.compile(r"""\{#([\w:.-]+)\}|<\w+[^>]*?\s(?:id|name)=["']?([\w:.-]+)""")
_LINK: Final = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_DROPPED: Final = re.compile(r"[^\w\- ]")


def guide_of(link: str, rule_file: str) -> Path | None:
    """Return the Markdown file that *link* names: beside the rule file, or beside the folder that holds it.

    None where the link is an address, names no section, or nothing is there.
    """
    path, hash_sign, anchor = link.partition("#")
    if not hash_sign or not anchor or "://" in path or not path.endswith((".md", ".markdown")):
        return None
    folder = Path(rule_file).parent
    try:
        there = [each / path for each in (folder, folder.parent) if (each / path).is_file()]
    except (OSError, ValueError):  # a name that no file can have
        return None
    return there[0] if there and there[0].stat().st_size <= MAX_BYTES else None


@lru_cache(maxsize=64)
def anchors_of(guide: Path) -> frozenset[str]:
    """Return what a link may name of *guide*, in lower case: its headings, and the anchors that are set by hand."""
    text = guide.read_text(encoding="utf-8", errors="replace")
    headings = (match[1] for pattern in (_HEADING, _OTHER_HEADING) for match in pattern.finditer(text))
    own = (match[1] or match[2] for match in _OWN.finditer(text))
    return frozenset((*(_anchor(heading) for heading in headings), *(each.lower() for each in own)))


def _anchor(heading: str) -> str:
    """Return the anchor of a heading as GitHub and others make it."""
    return _DROPPED.sub("", _LINK.sub(r"\1", heading).lower()).strip().replace(" ", "-")
