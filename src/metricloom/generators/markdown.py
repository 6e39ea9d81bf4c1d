"""The Markdown of the guide: texts of the registry as lines, cells, code and prose."""

from __future__ import annotations

import re
from collections.abc import Iterator

from metricloom.markdown import code_span, escaped, fence_around

LINE_START = re.compile(r"(\d+)([.)])(?=\s|$)|([#+=>-])")
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
    return code_span(value)


def block(value: str, language: str = "promql") -> str:
    """Return *value* as a block of code, ready to copy."""
    fence = fence_around([value])
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
