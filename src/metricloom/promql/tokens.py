"""The words of a PromQL text, each with its place.

promql-parser gives no positions and refuses what Grafana and our own placeholders add, so whatever
must point into a text, or change one, reads these tokens instead. Any text can be read: what is not
PromQL becomes an `ERROR` token, and the tokens joined are the text again.
"""

from __future__ import annotations

import math
import re
from enum import StrEnum
from typing import Final, NamedTuple


class TokenKind(StrEnum):
    """What a token is, before anybody knows what it is for."""

    SPACE = "space"
    COMMENT = "comment"
    STRING = "string"
    DURATION = "duration"
    NUMBER = "number"
    NAME = "name"
    VARIABLE = "variable"  # of Grafana, or a name, number or duration with one in it
    OPERATOR = "operator"
    PUNCTUATION = "punctuation"
    ERROR = "error"


class Token(NamedTuple):
    """A stretch of the text: `text[start:end]` is `token.text`."""

    kind: TokenKind
    text: str
    start: int

    @property
    def end(self) -> int:
        """Where the next token starts."""
        return self.start + len(self.text)

    @property
    def span(self) -> tuple[int, int]:
        """First column and the column after the last."""
        return self.start, self.end


BLANK: Final = frozenset({TokenKind.SPACE, TokenKind.COMMENT})
"""What PromQL skips."""

# Possessive repeats (`*+`) and bounded ones keep every pattern linear. An unterminated string is one
# error to the end of its line: were it one character, a line of quotes would be scanned again from each.
_PATTERNS: Final = (
    ("SPACE", r"[ \t\r\n]++"),
    ("COMMENT", r"#[^\r\n]*+"),
    ("STRING", r'"[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+"'),
    ("STRING_SINGLE", r"'[^'\\\n]*+(?:\\[^\n][^'\\\n]*+)*+'"),
    ("STRING_RAW", r"`[^`]*+`"),
    ("VARIABLE", None),
    ("DURATION", r"(?:[0-9]++(?:ms|[smhdwy]))++(?![A-Za-z0-9_])"),
    ("NUMBER", r"0[xX][0-9a-fA-F_]++|(?:[0-9][0-9_]*+(?:\.[0-9_]*+)?|\.[0-9][0-9_]*+)(?:[eE][+-]?[0-9][0-9_]*+)?"),
    ("NAME", None),
    ("OPERATOR", r"==|!=|<=|>=|=~|!~|</|>/|[-+*/%^=<>@]"),
    ("PUNCTUATION", r"[(){}\[\],:]"),
    ("ERROR", r"[\"'][^\n]*+|`.*+|[^\x00-\x7f]++|."),
)
_KINDS: Final[dict[str | None, TokenKind]] = {
    name: TokenKind.STRING if name.startswith("STRING") else TokenKind[name] for name, _ in _PATTERNS
}


_VARIABLE: Final = r"\$\{[^{}\n\"'$]{1,200}\}|\$[A-Za-z_][A-Za-z0-9_]*+|\[\[[A-Za-z_][A-Za-z0-9_:]*+\]\]"


def _compiled(letters: str) -> re.Pattern[str]:
    """Return the pattern of a token where a name consists of *letters* and digits.

    What a variable of Grafana touches belongs to it: `calls_${kind}_total`, `0.$quantile`, `1d${hours}h`.
    """
    name, rest = f"[{letters}][{letters}0-9]*+", f"(?:[{letters}0-9]++|{_VARIABLE})*+"
    given = {"NAME": name, "VARIABLE": f"(?:{name}|[0-9][{letters}0-9.]*+)?(?:{_VARIABLE}){rest}"}
    return re.compile("|".join(f"(?P<{key}>{pattern or given[key]})" for key, pattern in _PATTERNS), re.DOTALL)


# Between `[` and `]` a colon parts a range from its step; elsewhere it belongs to the name of a record.
_OUTSIDE: Final = _compiled("A-Za-z_:")
_INSIDE: Final = _compiled("A-Za-z_")


VARIABLES: Final = re.compile(_VARIABLE)
"""A variable of Grafana by itself, wherever it stands: also in a string."""


def tokens(text: str) -> list[Token]:
    """Return the tokens of *text*, spaces and comments included. Never raises; linear in its length."""
    found: list[Token] = []
    pattern, position = _OUTSIDE, 0
    while match := pattern.match(text, position):
        token = Token(_KINDS[match.lastgroup], match.group(), position)
        if token.text == "[":
            pattern = _INSIDE
        elif token.text == "]":
            pattern = _OUTSIDE
        found.append(token)
        position = match.end()
    return found


def number(literal: str) -> float:
    """Return the value of a number, by Go's rules: digits may be parted by `_`; NaN where it is none."""
    digits = literal.replace("_", "").lower()
    try:
        return float(int(digits, 16)) if digits.startswith("0x") else float(digits)
    except (ValueError, OverflowError):
        return math.nan


def variable_name(token: Token) -> str:
    """Return `model` for `$model`, `${model}`, `${model:regex}` and `[[model]]`."""
    return token.text.strip("${}[]").partition(":")[0]


_ESCAPES: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ESCAPE: Final = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))", re.DOTALL)


def unquote(literal: str) -> str:
    """Return the value of a string literal, by Go's rules."""
    body = literal[1:-1]
    return body if literal.startswith("`") or "\\" not in body else _ESCAPE.sub(_unescaped, body)


def _unescaped(match: re.Match[str]) -> str:
    octal, plain = match.group(4), match.group(5)
    if plain is not None:
        return _ESCAPES.get(plain, plain)
    hexadecimal = match.group(1) or match.group(2) or match.group(3)
    code = int(octal, 8) if octal else int(hexadecimal, 16)
    return chr(code) if code < 0x110000 else "\ufffd"


def quote(value: str) -> str:
    """Return *value* as a double-quoted string literal."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
