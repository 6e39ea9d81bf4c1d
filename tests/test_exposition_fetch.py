"""Pages of /metrics from files, pipes and services: what cannot be had is said, and never a traceback."""

import gzip
import io
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from metricloom.errors import Location, ToolError, UserError
from metricloom.exposition import fetch
from metricloom.exposition.fetch import page_text
from metricloom.exposition.page import MAX_LINE, read_page
from tests.command_line import metricloom

PAGE = '# TYPE x_total counter\nx_total{a="é"} 1\n'
Answer = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def service(answer: Answer) -> Iterator[str]:
    """Serve *answer* on a port of this machine; yield the address of the page."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer(self)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/metrics"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answering(body: bytes, status: int = 200, **headers: str) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in {"Content_Type": "text/plain; version=0.0.4", **headers}.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return answer


def refusal(place: str, kind: type[UserError]) -> str:
    with pytest.raises(UserError) as raised:
        list(page_text(place))
    assert type(raised.value) is kind
    assert raised.value.hint
    return raised.value.message


# --- files and pipes --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        PAGE.encode(),
        gzip.compress(PAGE.encode()),
        b"\xef\xbb\xbf" + PAGE.encode(),
        PAGE.replace("\n", "\r\n").encode(),
        PAGE.rstrip("\n").encode(),
    ],
    ids=["text", "gzip", "byte order mark", "saved on Windows", "without a last line end"],
)
def test_a_saved_page_is_read(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "page.txt").write_bytes(data)
    found = read_page(page_text(str(tmp_path / "page.txt")))
    assert found.problems == ()
    assert [(each.name, each.series["x_total"].values_of("a")) for each in found.families] == [("x_total", ("é",))]


def test_only_a_line_feed_ends_a_line(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_bytes('x{a="\u2028\x85\x0b"} 1\ny 1'.encode())
    assert list(page_text(str(tmp_path / "page.txt"))) == ['x{a="\u2028\x85\x0b"} 1', "y 1"]


def test_a_page_of_many_pieces_is_the_same_page(tmp_path: Path) -> None:
    rows = [f'x{{a="{"é" * (number % 50)}{number}"}} 1' for number in range(20_000)]
    (tmp_path / "page.txt").write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert list(page_text(str(tmp_path / "page.txt"))) == rows


def test_an_empty_page_has_no_line(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_bytes(b"")
    assert list(page_text(str(tmp_path / "page.txt"))) == []


def test_a_line_without_end_is_cut(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_bytes(b"x" * (5 * MAX_LINE) + b"\ny 1\n")
    first, second = page_text(str(tmp_path / "page.txt"))
    assert (len(first) > MAX_LINE, len(first) < 2 * MAX_LINE, second) == (True, True, "y 1")


def test_a_page_is_piped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(PAGE.encode()))))
    assert "\n".join(page_text("-")) + "\n" == PAGE


def test_a_terminal_is_no_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    assert refusal("-", UserError) == "nothing is piped to standard input"


def test_a_file_that_cannot_be_read_is_the_users_error(tmp_path: Path) -> None:
    assert "No such file" in refusal(str(tmp_path / "none.txt"), UserError)
    assert "it is a folder" in refusal(str(tmp_path), UserError)
    assert "null" in refusal("a\0b", UserError)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (PAGE.encode("utf-16"), "UTF-16"),
        (gzip.compress(PAGE.encode())[:-10], "its gzip ends too early"),
        (b"\x1f\x8b" + b"x" * 100, "its gzip is broken"),
    ],
)
def test_a_file_that_is_no_text_is_the_users_error(tmp_path: Path, data: bytes, reason: str) -> None:
    (tmp_path / "page.txt").write_bytes(data)
    assert reason in refusal(str(tmp_path / "page.txt"), UserError)


def test_a_page_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "MAX_BYTES", 2**20)
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(b"x" * 2**24))
    assert "more than 1 MiB" in refusal(str(tmp_path / "bomb.gz"), UserError)
    with service(answering(b"x 1\n" * 2**19)) as url:
        assert "more than 1 MiB" in refusal(url, ToolError)


def test_bytes_that_are_no_utf8_are_told_at_their_line(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_bytes('y{a="é"} 1\nx{a="'.encode() + b'\xff"} 1\n# any \xff\nz 1\n')
    page = read_page(page_text(str(tmp_path / "page.txt")), "page")
    (problem,) = page.problems
    assert (problem.code, problem.at, problem.source) == ("E101", Location("page", 2, 6), 'x{a="?"} 1')
    assert "no UTF-8" in problem.message
    assert [family.name for family in page.families] == ["y", "z"]
    done = metricloom(tmp_path, "verify", "page.txt", "--registry", "metricloom.content_platform:REGISTRY")
    assert 'x{a="' in done.stdout


def test_a_page_of_too_many_lines_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "MAX_LINES", 1_000)
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(b"\n" * 2**20))
    assert "more than 1,000 lines" in refusal(str(tmp_path / "bomb.gz"), UserError)


@pytest.mark.parametrize("place", ["localhost:18761", "10.0.0.1:80/metrics", "my-service.example:9100/x?y=z"])
def test_an_address_without_its_scheme_is_told_how_to_be_written(place: str) -> None:
    with pytest.raises(UserError) as raised:
        list(page_text(place))
    assert raised.value.hint == f"is it a URL? then write http://{place}"


# --- services ---------------------------------------------------------------------------------------


def test_a_service_is_asked_for_text_and_may_pack_it() -> None:
    asked: dict[str, str] = {}

    def answer(request: BaseHTTPRequestHandler) -> None:
        asked.update(request.headers)
        answering(gzip.compress(PAGE.encode()), Content_Encoding="gzip")(request)

    with service(answer) as url:
        assert "\n".join(page_text(url)) + "\n" == PAGE
    assert asked["Accept"].startswith("text/plain;version=0.0.4,")
    assert asked["Accept-Encoding"] == "gzip"


def test_no_proxy_is_asked_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with service(answering(PAGE.encode())) as url:
        assert "\n".join(page_text(url)) + "\n" == PAGE
        assert "\n".join(page_text(url.replace("127.0.0.1", "localhost"))) + "\n" == PAGE


def test_an_answer_that_comes_byte_by_byte_is_read() -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        for byte in gzip.compress(PAGE.encode()):
            request.wfile.write(b"1\r\n" + bytes([byte]) + b"\r\n")
            request.wfile.flush()
        request.wfile.write(b"0\r\n\r\n")

    with service(answer) as url:
        assert "\n".join(page_text(url)) + "\n" == PAGE


def test_a_redirect_to_another_page_is_followed() -> None:
    with service(answering(PAGE.encode())) as target, service(answering(b"", 302, Location=target)) as url:
        assert "\n".join(page_text(url)) + "\n" == PAGE


@pytest.mark.parametrize("scheme", ["file", "ftp", "data"])
def test_a_redirect_leads_to_no_file(tmp_path: Path, scheme: str) -> None:
    (tmp_path / "secret").write_text("secret 1\n", encoding="utf-8")
    target = {"file": f"file://{tmp_path}/secret", "ftp": "ftp://127.0.0.1/x", "data": "data:,secret%201"}[scheme]
    with service(answering(b"", 302, Location=target)) as url:
        assert "secret 1" not in refusal(url, ToolError)


def test_a_circle_of_redirects_ends() -> None:
    with service(answering(b"", 302, Location="/metrics")) as url:
        assert "302" in refusal(url, ToolError)


def test_what_is_no_page_of_metrics_is_told() -> None:
    with service(answering(b"not here", 404)) as url:
        assert refusal(url, ToolError) == f"{url} answers 404 Not Found"
    for status, what in ((401, "who asks"), (403, "who asks"), (500, "its log"), (503, "its log")):
        with service(answering(b"", status)) as url, pytest.raises(ToolError) as raised:
            list(page_text(url))
        assert what in raised.value.hint
    with service(answering(b"<html>", Content_Type="text/html; charset=utf-8")) as url:
        assert "answers with text/html" in refusal(url, ToolError)


def test_an_address_without_a_path_is_told_where_metrics_stand() -> None:
    with service(answering(b"<html>", 404)) as url, pytest.raises(ToolError) as raised:
        list(page_text(url.removesuffix("/metrics")))
    assert raised.value.hint == "metrics stand mostly at /metrics"


def test_a_service_that_cannot_be_reached_is_a_failed_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    assert "Connection refused" in refusal(f"http://127.0.0.1:{port}/metrics", ToolError)
    assert "cannot be reached" in refusal("http://name.invalid/metrics", ToolError)
    monkeypatch.setattr(fetch, "TIMEOUT_SECONDS", 0.5)
    with service(answering(b"x 1\n")) as url:
        assert "cannot be reached" in refusal(url.replace("http:", "https:"), ToolError)


def test_an_answer_that_breaks_off_or_never_ends_is_a_failed_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "1000")
        request.end_headers()
        request.wfile.write(b"x 1\n")
        request.close_connection = True

    released = threading.Event()

    def silent(request: BaseHTTPRequestHandler) -> None:
        released.wait(10)
        request.close_connection = True

    with service(broken) as url:
        assert "broke off 996 bytes before its end" in refusal(url, ToolError)
    monkeypatch.setattr(fetch, "TIMEOUT_SECONDS", 0.2)
    with service(silent) as url:
        assert "timed out" in refusal(url, ToolError)
        released.set()
    monkeypatch.setattr(fetch, "MAX_SECONDS", 0.0)
    with service(answering(PAGE.encode())) as url:
        assert "still sending" in refusal(url, ToolError)


def test_a_service_cannot_write_to_the_terminal() -> None:
    def coloured(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 503 \x1b[31mred\x1b]0;title\x07\x9b2J\r\nContent-Length: 0\r\n\r\n")
        request.close_connection = True

    with service(coloured) as url:
        said = refusal(url, ToolError)
    assert said.isprintable()
    assert r"503 \x1b[31mred" in said
    with service(answering(b"", 503, X="x" * 10)) as url, pytest.raises(ToolError) as raised:
        list(page_text(f"{url}?{'a' * 60_000}"))
    assert len(raised.value.message) < 300


def test_an_empty_page_with_a_long_address_is_said_shortly(tmp_path: Path) -> None:
    (tmp_path / "r.yml").write_text("groups: [{name: g, rules: [{alert: A, expr: up == 0}]}]\n")
    with service(answering(b"")) as url:
        done = metricloom(tmp_path, "check", "r.yml", "--metrics", f"{url}?{'a' * 50_000}")
    assert (done.returncode, len(done.stderr) < 500) == (2, True)
    assert "is no page of metrics" in done.stderr


def test_a_long_name_is_shown_in_part() -> None:
    assert len(refusal("http://" + "a" * 70_000, ToolError)) < 500
    assert len(refusal("http://a b" + "a" * 70_000, UserError)) < 300
    assert len(refusal("ftp://" + "a" * 70_000, UserError)) < 300
    assert len(refusal("a" * 70_000, UserError)) < 300


@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "http://:80/x",
        "http://a:b/x",
        "http://[::1/x",
        "http://a b/",
        "http://é/x",
        "http://a:99999/x",
        "http://a\n/x",
    ],
)
def test_what_is_no_url_is_the_users_error(url: str) -> None:
    assert "is no URL" in refusal(url, UserError)


def test_other_schemes_and_passwords_are_refused_and_not_repeated() -> None:
    assert "only http:// and https://" in refusal("file:///etc/passwd", UserError)
    assert "hunter2" not in refusal("http://me:hunter2@127.0.0.1/metrics", UserError)
