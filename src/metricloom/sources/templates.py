"""Templates of annotations and labels: what they name."""

from __future__ import annotations

import re
from typing import Final

from metricloom.sources.model import Mention, Names, Template, Written

_FILLED_IN: Final = re.compile(r"\$labels\.([A-Za-z_][A-Za-z0-9_]*)|\$value\b")


def notation(written: Written) -> Template:
    """Return a text of a registry's alert as a template: it is literal, but for `$value` and `$labels.NAME`."""
    if "$" not in written.text:
        return Template(written)
    found = _FILLED_IN.finditer(written.text)
    return Template(written, tuple(_mention(match) for match in found))


def _mention(match: re.Match[str]) -> Mention:
    return Mention(Names.LABEL, match[1], match.span()) if match[1] else Mention(Names.VALUE, "value", match.span())
