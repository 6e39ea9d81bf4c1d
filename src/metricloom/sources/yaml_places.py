"""Where each character of a YAML scalar stands in its file: quotes, escapes, folded lines and indentation undone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

BREAK: Final = r"(?:\r\n|[\n\r\x85\u2028\u2029])"
"""What ends a line in YAML 1.1, by which libyaml and Prometheus read."""


class Run(NamedTuple):
    """Characters of a text and of its file that belong together.

    They are the same, one by one, or one character of the text that is written as several: an escape, a line's end.
    """

    text_start: int
    text_end: int
    start: int
    end: int

    @property
    def same(self) -> bool:
        """Whether the text says what the file does."""
        return self.text_end - self.text_start == self.end - self.start


Piece = tuple[int, int, int]  # start and end in the source, and how many characters of the text it is

_BREAK: Final = re.compile(BREAK)
_LINE: Final = re.compile(rf"([^\n\r\x85\u2028\u2029]*+)({BREAK}|\Z)")
# The look-behind lets a run of blanks be tried once, from its start, and not again from each blank.
_MORE: Final = rf"(?:[ \t]*+{BREAK})*[ \t]*+"
_FOLD: Final = rf"(?:(?:(?<![ \t])|(?<=\\[ \t]))[ \t]*+{BREAK}|{BREAK}){_MORE}"
_FOLDED_PLAIN: Final = re.compile(_FOLD)
_FOLDED_SINGLE: Final = re.compile(rf"''|{_FOLD}")
_FOLDED_DOUBLE: Final = re.compile(
    rf"\\(?:x[0-9a-fA-F]{{2}}|u[0-9a-fA-F]{{4}}|U[0-9a-fA-F]{{8}}|{BREAK}{_MORE}|.)|{_FOLD}", re.DOTALL
)
_FOLDED: Final = {"": _FOLDED_PLAIN, "'": _FOLDED_SINGLE, '"': _FOLDED_DOUBLE}


def runs(source: str, style: str, text: str) -> tuple[Run, ...]:
    """Return where the characters of *text* stand in *source*, its scalar as it is written; () if that is not known."""
    pieces = _chomped(source, text, style) if style in ("|", ">") else _flow(source, style)
    found = tuple(_numbered(pieces))
    return found if _agree(found, source, text) else ()


def _numbered(pieces: Iterator[Piece]) -> Iterator[Run]:
    position = 0
    for start, end, characters in pieces:
        if characters:
            yield Run(position, position + characters, start, end)
            position += characters


def _agree(found: Sequence[Run], source: str, text: str) -> bool:
    """Whether *found* covers the whole text, and what is written verbatim says the same in both."""
    if (found[-1].text_end if found else 0) != len(text):
        return False
    return all(
        text[run.text_start : run.text_end] == source[run.start : run.end]
        for run in found
        if run.same and not _BREAK.match(source, run.start)
    )


# --- plain and quoted ---------------------------------------------------------------------------------


def _flow(source: str, style: str) -> Iterator[Piece]:
    position, end = len(style), len(source) - len(style)
    for match in _FOLDED[style].finditer(source, position, end):
        if match.start() > position:
            yield position, match.start(), match.start() - position
        yield from _unfolded(match)
        position = match.end()
    if position < end:
        yield position, end, end - position


def _unfolded(match: re.Match[str]) -> Iterator[Piece]:
    """Yield what an escape or a fold says: one line end is a space, and those after the first are themselves."""
    breaks = list(_BREAK.finditer(match[0]))
    escaped = match[0].startswith("\\")
    if not breaks:
        yield match.start(), match.end(), 1
        return
    if not escaped and (len(breaks) == 1 or breaks[0][0] in "\u2028\u2029"):
        yield match.start(), match.start() + breaks[0].end() if len(breaks) > 1 else match.end(), 1
    for each in breaks[1:]:
        end = match.end() if each is breaks[-1] else match.start() + each.end()
        yield match.start() + each.start(), end, 1


# --- blocks -------------------------------------------------------------------------------------------


class _Line(NamedTuple):
    start: int  # of its content, after the indentation
    end: int
    next: int  # where the line after it starts

    @property
    def empty(self) -> bool:
        return self.end <= self.start


def _chomped(source: str, text: str, style: str) -> Iterator[Piece]:
    """Yield what is in a block, without the ends of lines that chomping drops."""
    left = len(text)
    for piece in _block(source, text, folded=style == ">"):
        if left <= 0:
            return
        yield piece
        left -= piece[2]


def _block(source: str, text: str, *, folded: bool) -> Iterator[Piece]:
    """Yield the lines of a block and what stands between them, by libyaml's rules of folding."""
    waiting: list[_Line] = []  # the last line with content, and the empty ones after it: their ends wait for what comes
    spaced = False
    for line in _block_lines(source, text):
        if not line.empty:
            starts_spaced = source[line.start] in " \t"
            foldable = folded and not spaced and not starts_spaced
            yield from _between(waiting, line.start, source, foldable=foldable)
            yield line.start, line.end, line.end - line.start
            waiting, spaced = [line], starts_spaced
        else:
            waiting.append(line)
    yield from ((line.end, line.next, 1) for line in waiting if line.next > line.end)


def _between(waiting: Sequence[_Line], start: int, source: str, *, foldable: bool) -> Iterator[Piece]:
    """Yield the ends of the lines that *waiting* holds, before content that begins at *start*."""
    ends = [(line.end, line.next, 1) for line in waiting]
    first_folds = foldable and waiting and not waiting[0].empty and source[waiting[0].end] not in "\u2028\u2029"
    if first_folds and len(ends) > 1:
        del ends[0]
    if ends:
        ends[-1] = (ends[-1][0], start, 1)
    yield from ends


def _block_lines(source: str, text: str) -> Iterator[_Line]:
    header = _BREAK.search(source)
    if header is None:
        return
    indent = _indent(source, header.end(), text)
    for match in _LINE.finditer(source, header.end()):
        if match.end() > match.start():
            content = min(match.start() + indent, match.end(1))
            yield _Line(content, match.end(1), match.end())


def _indent(source: str, position: int, text: str) -> int:
    """Return how far the block is indented: what the file has before the first word, and the text has not."""
    return _before_first_word(source, position) - _before_first_word(text, 0)


def _before_first_word(text: str, position: int) -> int:
    """Return how many spaces stand before the first word, or how many there are in a line if there is no word."""
    longest = 0
    for match in _LINE.finditer(text, position):
        if match[1].strip(" "):
            return len(match[1]) - len(match[1].lstrip(" "))
        longest = max(longest, len(match[1]))
    return longest
