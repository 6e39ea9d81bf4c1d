"""The literals of Go templates, and the functions that Prometheus gives them."""

from __future__ import annotations

import re
from typing import Final

from metricloom.errors import nearest
from metricloom.sources.template_words import TemplateFault, Word, WordKind

BUILTINS: Final = frozenset({
    "and", "call", "html", "index", "slice", "js", "len", "not", "or", "print", "printf", "println", "urlquery",
    "eq", "ge", "gt", "le", "lt", "ne",
})  # fmt: skip
FUNCTIONS: Final = BUILTINS | {
    "query", "first", "label", "value", "strvalue", "sortByLabel", "args",
    "reReplaceAll", "match", "title", "toUpper", "toLower", "stripPort", "stripDomain", "safeHtml", "urlQueryEscape",
    "humanize", "humanize1024", "humanizeDuration", "humanizePercentage", "humanizeTimestamp",
    "toTime", "toDuration", "now", "parseDuration", "pathPrefix", "externalURL", "graphLink", "tableLink",
}  # fmt: skip
"""What a text of an alert may call in Prometheus 3.16."""

_INTEGER: Final = re.compile(
    r"([+-]?)(?:0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO]?(?:_?[0-7])+|[1-9](?:_?[0-9])*|0)"
)
_DIGITS: Final = r"[0-9](?:_?[0-9])*"
_DECIMAL: Final = re.compile(rf"[+-]?(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][+-]?{_DIGITS})?")
_HEXADECIMAL: Final = re.compile(r"[+-]?0[xX](?:_?[0-9a-fA-F]+)+(?:\.[0-9a-fA-F]*)?[pP][+-]?[0-9]+")
_ESCAPED: Final = (
    r"\\(?:[abfnrtv\\{quote}]|x[0-9a-fA-F]{{2}}|[0-3][0-7]{{2}}"
    r"|u(?![dD][89a-fA-F])[0-9a-fA-F]{{4}}|U00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{{4}})"
)
_STRING: Final = re.compile(rf'"(?:[^"\\]|{_ESCAPED.format(quote=chr(34))})*+"|`[^`]*+`')
_CHARACTER: Final = re.compile(rf"'(?:[^'\\]|{_ESCAPED.format(quote=chr(39))})'")


def check_literal(word: Word) -> None:
    """Refuse what Go cannot read, and a function that there is none of.

    Raises:
        TemplateFault: It is refused.
    """
    match word.kind:
        case WordKind.NAME:
            _check_function(word)
        case WordKind.STRING:
            _check_string(word)
        case WordKind.CHARACTER if not _CHARACTER.fullmatch(word.text):
            raise TemplateFault(f"{word.text[:60]} is not one character", word.span)
        case WordKind.NUMBER if not _is_number(word.text):
            raise TemplateFault(f"{word.text[:60]} is no number that Go reads", word.span)


def _check_function(word: Word) -> None:
    if word.text not in FUNCTIONS:
        close = nearest(word.text[:100], FUNCTIONS)
        hint = f"did you mean {close}?" if close else "labels are written `$labels.name`, the value `$value`"
        raise TemplateFault(f"there is no function {word.text[:60]}: {hint}", word.span)


def _check_string(word: Word) -> None:
    if not _STRING.fullmatch(word.text):
        raise TemplateFault("the string has an escape that Go does not know: write `\\\\` for a backslash", word.span)


def _is_number(text: str) -> bool:
    if text.endswith("i") and text[:-1].count("i") == 0:
        return _is_float(text[:-1]) or any(
            _is_float(text[:cut]) and _is_float(text[cut:-1]) for cut in range(1, len(text) - 1) if text[cut] in "+-"
        )
    if match := _INTEGER.fullmatch(text):
        value = _integer(text)
        return -(2**63) <= value < (2**64 if not match[1] else 2**63)
    return any(letter in text for letter in ".eEpP") and _is_float(text)


def _integer(text: str) -> int:
    digits = text.replace("_", "")
    bare = digits.lstrip("+-")
    if len(bare) > 100:
        return 2**64
    octal = bare.startswith("0") and bare[1:].isdigit()
    value = int(bare, 8 if octal else 0)
    return -value if digits.startswith("-") else value


def _is_float(text: str) -> bool:
    if _DECIMAL.fullmatch(text):
        return float(text) not in (float("inf"), float("-inf"))
    return bool(_HEXADECIMAL.fullmatch(text))
