"""Markdown (GitHub's) in which a text from the registry says just what it says: no markup, no HTML, no broken table."""

from __future__ import annotations

import re
from collections.abc import Iterator

BACKSLASHED = re.compile(r"[\\`*\[\]]|(?<![^\W_])_|_(?![^\W_])")
"""What begins markup. An underscore inside a word does not."""
REFERENCES = {"<": "&lt;", "|": "&#124;", "~": "&#126;", "$": "&#36;", "{": "&#123;", "&": "&amp;"}
"""What begins HTML, a cell, a strike, mathematics, a template or a reference: a backslash does not tame them all."""
REFERRED = re.compile(r"[<|~]|(?<![A-Za-z])\$(?=\S)|\{(?=[{%#])|&(?=#?\w+;)")
LINE_START = re.compile(r"(\d+)([.)])(?=\s|$)|([#+=>-])")
BACKTICKS = re.compile(r"`+")

CODE_SPAN = re.compile(r"(?<![\\`])(`+)(?!`)[^\n]*?[^`\n]\1(?!`)")
AUTOLINK = re.compile(r"<https?://[^\s<>`\"]*>")
HTML = re.compile(r"<(?=[A-Za-z/!?])")
FENCE = re.compile(r"(`{3,})[^`]*|(~{3,}).*")
HEADING = re.compile(r" {0,3}(#{1,6})(?=[ \t]|$)")
UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*")
TOP_LEVEL = 4
"""The level of a heading in prose: below those of the guide itself."""


def text(value: str) -> str:
    """Return *value* on one line, shown as it is wherever Markdown has text: in a paragraph, a list or a table."""
    return begun(escaped(" ".join(value.split())))


def escaped(value: str) -> str:
    """Return a part of a line, shown as it is."""
    marked = BACKSLASHED.sub(r"\\\g<0>", _printable(value))
    return REFERRED.sub(lambda match: REFERENCES[match[0]], marked)


def begun(line: str) -> str:
    """Return *line* so that its begin makes it no heading, list or underline."""
    match = LINE_START.match(line)
    if match is None:
        return line
    return f"{match[1]}\\{line[len(match[1]) :]}" if match[1] else f"\\{line}"


def code(value: str) -> str:
    """Return *value* as code in a line, also of a table. What cannot be code there is text."""
    if not value.strip() or "|" in value:  # a table would take the bar for the end of its cell
        return text(value) or '""'
    shown = _printable(value)
    fence = "`" * (_longest_run(shown) + 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def block(value: str, language: str = "promql") -> str:
    """Return *value* as a block of code, ready to copy."""
    fence = "`" * max(3, _longest_run(value) + 1)
    return f"{fence}{language}\n{value}\n{fence}"


def prose(value: str) -> str:
    """Return *value*, which is Markdown, with its HTML shown instead of obeyed, and headings below the guide's."""
    return "\n".join(_prose_lines(value.strip().splitlines()))


def slug(heading: str) -> str:
    """Return the anchor that GitHub and others give to a heading of this text."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _prose_lines(lines: list[str]) -> Iterator[str]:
    """Yield the lines. Where it is in doubt whether something is code, it is none, and its HTML is shown."""
    fence, loose = "", False
    for line in lines:
        opening = FENCE.fullmatch(line)
        if fence:
            fence = "" if re.fullmatch(rf" {{0,3}}{fence[0]}{{{len(fence)},}}\s*", line) else fence
            yield line
        elif opening is not None:
            fence = opening[1] or opening[2]
            yield line
        else:
            # A run of backticks without its like on the line may end in a later one, up to the next blank line.
            loose = bool(line.strip()) and (loose or "`" in CODE_SPAN.sub("", line))
            yield _without_html(_lowered(line), loose)
    if fence:
        yield fence


def _lowered(line: str) -> str:
    if UNDERLINE.fullmatch(line):
        return f"\\{line.lstrip()}"  # would make a heading of the line above, of the guide's own levels
    match = HEADING.match(line)
    return line if match is None else "#" * min(6, len(match[1]) + TOP_LEVEL - 1) + line[match.end() :]


def _without_html(line: str, loose: bool) -> str:
    kept = [] if loose else sorted(found.span() for kind in (CODE_SPAN, AUTOLINK) for found in kind.finditer(line))
    parts, end = [], 0
    for start, stop in kept:
        if start >= end:
            parts += [HTML.sub("&lt;", line[end:start]), line[start:stop]]
            end = stop
    return "".join([*parts, HTML.sub("&lt;", line[end:])])


def _printable(value: str) -> str:
    """Return *value* with what has no shape of its own (control characters, line ends) as Python writes it."""
    if value.isprintable():
        return value
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in value)


def _longest_run(value: str) -> int:
    return max((len(run) for run in BACKTICKS.findall(value)), default=0)
