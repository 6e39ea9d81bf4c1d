"""Getting a page of /metrics: from a file, from standard input, or from a service over HTTP."""

from __future__ import annotations

import http.client
import re
import sys
import time
import urllib.request
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from http import HTTPStatus
from itertools import chain
from typing import BinaryIO, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from metricloom.bounded import open_file
from metricloom.errors import ToolError, UserError
from metricloom.exposition.page import MAX_LINE, NO_UTF8
from metricloom.wording import printable, short

STDIN: Final = "-"
SCHEMES: Final = ("http://", "https://")
TIMEOUT_SECONDS: Final = 10.0
"""For the answer to begin, and for each piece of it; Prometheus's own limit for a whole page is as long by default."""

MAX_SECONDS: Final = 30.0
"""For a page to end: three times as long as Prometheus waits for one by default."""

MAX_BYTES: Final = 512 * 2**20
"""Of a page, unpacked: far more than Prometheus is asked to read of one target."""

MAX_LINES: Final = 5_000_000
"""Of a page: lines take time where they take no space, as those of an archive may."""

MAX_SHOWN: Final = 200
"""How much of a URL, or of what a service says, stands in a message."""

ACCEPT: Final = "text/plain;version=0.0.4,application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1"
_ADDRESS: Final = re.compile(r"[A-Za-z0-9.-]{1,100}:[0-9]{1,5}(/[!-~]{0,100})?")  # `localhost:8000/metrics`
_THIS_MACHINE: Final = ("localhost", "127.", "[::1]")
_CHUNK: Final = 2**16
_GZIP: Final = b"\x1f\x8b"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_BOM: Final = b"\xef\xbb\xbf"
_ENOUGH: Final = 3  # bytes at the beginning, to tell these


def page_text(place: str) -> Iterator[str]:
    """Yield the lines of the page at *place*: a file, `-` for standard input, or a URL.

    Raises:
        UserError: a file that cannot be read, or is no text.
        ToolError: a URL that cannot be reached, or answers with no page.
    """
    if is_url(place):
        yield from _lines(_limited(_unpacked(_from_url(place), place), place), place)
        return
    if "://" in place:
        raise UserError(
            f"{_shown(place)}: only http:// and https:// can be read", "give one of these, a file, or - for a pipe"
        )
    chunks = _from_stdin() if place == STDIN else _from_file(place)
    # A page that was saved on Windows.
    yield from (line.removesuffix("\r") for line in _lines(_limited(_unpacked(chunks, place), place), place))


def is_url(place: str) -> bool:
    """Return whether the page at *place* is asked for over HTTP."""
    return place.lower().startswith(SCHEMES)


def is_file(place: str) -> bool:
    """Return whether *place* is a file: what a report says of a line of it can be looked up."""
    return place != STDIN and not is_url(place)


# --- where the bytes come from ----------------------------------------------------------------------


def _from_stdin() -> Iterator[bytes]:
    if sys.stdin.isatty():
        raise UserError("nothing is piped to standard input", "pipe a page: curl -s http://localhost:8000/metrics | …")
    return _chunks(sys.stdin.buffer)


def _from_file(path: str) -> Iterator[bytes]:
    try:
        with open_file(path, pipe=True) as file:
            yield from _chunks(file)
    except OSError as error:
        message = f"{_shown(path)} cannot be read: {error.strerror}"
        meant = f"is it a URL? then write http://{path}" if _ADDRESS.fullmatch(path) else ""
        raise UserError(message, meant or "give a file, a URL, or - for a pipe") from error


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk


def _from_url(url: str) -> Iterator[bytes]:
    headers = {"Accept": ACCEPT, "Accept-Encoding": "gzip", "User-Agent": "metricloom"}
    request = urllib.request.Request(_checked(url), headers=headers)  # noqa: S310 - it is http or https
    began = time.monotonic()
    try:
        with closing(_opener(request.host).open(request, timeout=TIMEOUT_SECONDS)) as answer:
            _refuse_other_types(url, answer)
            while chunk := answer.read1(_CHUNK):
                yield chunk
                if time.monotonic() - began > MAX_SECONDS:
                    raise ToolError(f"{_shown(url)} was still sending after {MAX_SECONDS:g} s", _ENDLESS)
            if answer.length:
                raise ToolError(f"{_shown(url)} broke off {answer.length:,} bytes before its end", _SAVE)
    except HTTPError as error:
        error.close()
        message = f"{_shown(url)} answers {error.code} {_shown(str(error.reason))}"
        raise ToolError(message, _hint_of_status(error.code) or _hint(url)) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = error.reason if isinstance(error, URLError) else error
        why = _shown(str(reason)) or type(error).__name__
        raise ToolError(f"{_shown(url)} cannot be reached: {why}", _REACH) from error


def _hint_of_status(code: int) -> str:
    if code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return f"it wants to know who asks: {_SAVE}: curl -H 'Authorization: Bearer …' -o page.txt URL"
    if code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return f"the service fails at it: look into its log, or {_SAVE} when it works again"
    return ""


_SAVE: Final = "save the page, and give the file"
_ENDLESS: Final = f"is it a page of metrics? {_SAVE}: curl --max-time 300 -o page.txt URL"
_REACH: Final = "start the service, or save its page and give the file"


def _checked(url: str) -> str:
    """Return *url*.

    Raises:
        UserError: it is none, or holds a password.
    """
    try:
        parts = urlsplit(url)
        well_formed = (
            bool(parts.hostname) and parts.port != 0 and url.isascii() and url.isprintable() and " " not in url
        )
    except ValueError:
        well_formed = False
    if not well_formed:
        raise UserError(f"{short(repr(url), MAX_SHOWN)} is no URL", "write http://host:port/metrics")
    if parts.username is not None:
        raise UserError("a URL with a password is not asked: it would stand in logs", f"{_SAVE}: curl --user …")
    return url


def _opener(host: str) -> urllib.request.OpenerDirector:
    """Return what opens HTTP and nothing else, so that no answer can lead to a file of this machine.

    A proxy of the environment is not asked for this machine itself, which it cannot know.
    """
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler({} if host.startswith(_THIS_MACHINE) else None),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _refuse_other_types(url: str, answer: http.client.HTTPResponse) -> None:
    kind = answer.headers.get_content_type()
    if kind in ("text/html", "application/json") or kind.endswith("protobuf"):
        raise ToolError(f"{_shown(url)} answers with {_shown(kind)}, which is no page of metrics", _hint(url))


def _shown(text: str) -> str:
    """Return *text*, of which the one who is asked may have chosen each character, as it does no harm to a terminal."""
    return short(printable(text, keep=""), MAX_SHOWN)


def _hint(url: str) -> str:
    path = urlsplit(url).path
    return _SAVE if path.endswith("/metrics") else "metrics stand mostly at /metrics"


# --- from bytes to lines ----------------------------------------------------------------------------


def _unpacked(chunks: Iterator[bytes], place: str) -> Iterator[bytes]:
    """Yield the bytes as they were before gzip, if they went through it; no more at once than a chunk."""
    first = b""
    while len(first) < _ENOUGH and (chunk := next(chunks, b"")):
        first += chunk
    chunks = chain([first], chunks)
    if not first.startswith(_GZIP):
        yield from chunks
        return
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        for chunk in chunks:
            yield unpacker.decompress(chunk, _CHUNK)
            while unpacker.unconsumed_tail:
                yield unpacker.decompress(unpacker.unconsumed_tail, _CHUNK)
        yield unpacker.flush()
        if not unpacker.eof:
            raise _failed(place, "its gzip ends too early")
    except zlib.error as error:
        raise _failed(place, f"its gzip is broken ({error})") from error


def _limited(chunks: Iterable[bytes], place: str) -> Iterator[bytes]:
    size = lines = 0
    for chunk in chunks:
        size += len(chunk)
        lines += chunk.count(b"\n")
        if lines > MAX_LINES:
            raise _failed(place, f"it has more than {MAX_LINES:,} lines")
        if size > MAX_BYTES:
            raise _failed(place, f"it has more than {MAX_BYTES // 2**20} MiB")
        yield chunk


def _lines(chunks: Iterable[bytes], place: str) -> Iterator[str]:
    """Yield the lines, without their ends; of a line that is too long only as much as shows it."""
    rest, first = b"", True
    for chunk in chunks:
        data = rest + chunk
        if first and data:
            if data.startswith(_UTF16):
                raise _failed(place, "it is UTF-16, not UTF-8")
            data, first = data.removeprefix(_BOM), False
        whole, end, rest = data.rpartition(b"\n")
        if end:
            yield from whole.decode("utf-8", NO_UTF8).split("\n")
        rest = rest[: MAX_LINE + 1]
    if rest:
        yield rest.decode("utf-8", NO_UTF8)


def _failed(place: str, reason: str) -> UserError:
    """Return the error for a page that cannot be used: a URL is a tool that failed, a file is the user's."""
    kind = ToolError if is_url(place) else UserError
    return kind(
        f"{_shown(place)} is no page of metrics: {reason}", "give the page as its service writes it: text, in UTF-8"
    )
