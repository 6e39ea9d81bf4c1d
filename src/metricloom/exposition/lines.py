"""The lines of a page, in the classic text format of Prometheus and in that of OpenMetrics.

What only one of the two allows is read in either: which of them a page is in can't be known before its end.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from metricloom.exposition.model import FamilyType

END: Final = "# EOF"
NAME: Final = "__name__"

# Possessive repeats keep the patterns linear on lines that do not match.
_BLANK: Final = r"[ \t]*+"
_NAME: Final = r"[A-Za-z_:][A-Za-z0-9_:]*+"
_LABEL: Final = r"[A-Za-z_][A-Za-z0-9_]*+"
_STRING: Final = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_SET: Final = rf"{_BLANK}={_BLANK}{_STRING}"
_TERM: Final = rf"{_BLANK}(?:{_LABEL}{_SET}|{_STRING}(?:{_SET})?+){_BLANK}"
# Prometheus reads labels without the comma between them, too.
_BRACES: Final = rf"\{{(?:{_TERM}(?:,?{_TERM})*+(?:,{_BLANK})?+|{_BLANK})\}}"
_NUMBER: Final = (
    r"(?:[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?"
    r"|[+-]?[iI][nN][fF](?:[iI][nN][iI][tT][yY])?|[nN][aA][nN])"
)
_EXEMPLAR: Final = rf"[ \t]++#[ \t]++{_BRACES}[ \t]++{_NUMBER}(?:[ \t]++{_NUMBER})?"
_HEAD: Final = re.compile(rf"{_BLANK}(?P<name>{_NAME})?{_BLANK}(?P<braces>{_BRACES})?{_BLANK}")
_SAMPLE: Final = re.compile(
    rf"{_HEAD.pattern}(?P<value>{_NUMBER})(?:[ \t]++{_NUMBER})?(?P<exemplar>{_EXEMPLAR})?{_BLANK}"
)
_PARTS: Final = re.compile(rf"(?:({_LABEL})|({_STRING}))(?:{_BLANK}={_BLANK}({_STRING}))?")
_METADATA: Final = re.compile(r"[ \t]*+#[ \t]++(HELP|TYPE|UNIT)[ \t]++(.*)", re.DOTALL)
_ABOUT: Final = re.compile(rf"(?:({_NAME})|({_STRING}))(?:[ \t](.*))?", re.DOTALL)
_ESCAPES: Final = {"\\\\": "\\", "\\n": "\n", '\\"': '"'}
_TYPES: Final = {**{each.value: each for each in FamilyType}, "untyped": FamilyType.UNKNOWN}


class LineError(Exception):
    """A line for which Prometheus refuses the page. *column* counts from 0."""

    def __init__(self, message: str, column: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.column = column


class Sample(NamedTuple):
    """A value of a series. Of its time and exemplar nobody asks more than whether it has one."""

    name: str
    labels: Mapping[str, str]
    value: float
    exemplar: bool = False


class Metadata(NamedTuple):
    """What `# HELP`, `# TYPE` or `# UNIT` says of a family."""

    keyword: str
    name: str
    text: str


def read_line(line: str) -> Sample | Metadata | None:
    """Return what a line holds; None for a comment and a blank line.

    Raises:
        LineError: it is none of these.
    """
    if match := _SAMPLE.fullmatch(line):
        return _sample(match)
    stripped = line.lstrip(" \t")
    if not stripped:
        return None
    if not stripped.startswith("#"):
        raise _fault(line)
    match = _METADATA.fullmatch(line)
    return None if match is None else _metadata(match[1], match[2], match.start(2))


def _sample(match: re.Match[str]) -> Sample:
    name, braces, value = match["name"] or "", match["braces"], float(match["value"])
    if math.isinf(value) and "n" not in match["value"].lower():
        raise LineError(f"{match['value'][:40]} is more than a number can be", match.start("value"))
    labels: dict[str, str] = {}
    for bare, quoted, text in _PARTS.findall(braces) if braces else ():
        label = bare or unquoted(quoted)
        if not text and not name:
            name = label
        elif not text or label in labels or (label == NAME and name):
            raise LineError(f"{label!r} stands twice", match.start("braces"))
        else:
            labels[label] = unquoted(text)
    if not name:
        raise LineError("there is no name", match.start("braces") if braces else 0)
    return Sample(name, labels, value, match["exemplar"] is not None)


def _metadata(keyword: str, rest: str, column: int) -> Metadata:
    about = _ABOUT.fullmatch(rest)
    if about is None:
        raise LineError(f"# {keyword} is followed by no name of a metric", column)
    name, text = about[1] or unquoted(about[2]), about[3] or ""
    if keyword == "TYPE" and text not in _TYPES:
        raise LineError(f"{text!r} is no type: it is one of {', '.join(sorted(_TYPES))}", column)
    return Metadata(keyword, name, text)


def type_of(metadata: Metadata) -> FamilyType:
    """Return the type that a `# TYPE` names."""
    return _TYPES[metadata.text]


def unquoted(string: str) -> str:
    """Return what a quoted string stands for. An escape that the format does not have stays as it is."""
    inside = string[1:-1]
    return unescaped(inside) if "\\" in inside else inside


def unescaped(text: str, *, quotes: bool = True) -> str:
    """Return *text* without escapes; those of *quotes* are one in strings, and in the help texts of OpenMetrics."""
    pattern = r'\\[\\n"]' if quotes else r"\\[\\n]"
    return re.sub(pattern, lambda match: _ESCAPES[match.group()], text)


def _fault(line: str) -> LineError:
    """Return what is wrong with a line that is no sample, by how far it can be read."""
    head = _HEAD.match(line)
    column = head.end() if head else 0
    rest = line[column:]
    if not column or not (head and (head["name"] or head["braces"])):
        return LineError("a line begins with the name of a series, with { or with #", column)
    if rest.startswith("{"):
        return LineError(
            'labels are written {name="value", …}, with \\", \\\\ and \\n for what can\'t stand in quotes', column
        )
    if not rest:
        return LineError("there is no value", column)
    value = re.match(_NUMBER + r"(?![^ \t])", rest)
    if value is None:
        return LineError(f"{rest.split(' ')[0][:40]!r} is no number", column)
    return LineError("after the value stands only a time, and an exemplar", column + value.end())
