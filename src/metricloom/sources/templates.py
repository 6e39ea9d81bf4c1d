"""Texts of alerts as Prometheus reads them, Go templates, and as a registry writes them."""

from __future__ import annotations

import re
from typing import Final

from metricloom.sources.model import Mention, Names, Template, Written

_NOTATION: Final = re.compile(r"\$labels\.([A-Za-z_][A-Za-z0-9_]*)|\$value\b")


def template(written: Written) -> Template:
    """Return what the Go template *written* fills in. Never raises."""
    return Template(written)


def notation(written: Written) -> Template:
    """Return what the text of a registry's alert fills in: `$labels.NAME` and `$value`, and nothing else."""
    return Template(written, tuple(_mentioned(match) for match in _NOTATION.finditer(written.text)))


def _mentioned(match: re.Match[str]) -> Mention:
    label = match[1]
    return Mention(Names.VALUE if label is None else Names.LABEL, label or "value", match.span())
