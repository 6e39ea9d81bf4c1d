"""Pages of /metrics and a real Prometheus: what it drops is told, and what it shows of itself is read."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import yaml
from prometheus_client.parser import text_string_to_metric_families as read_classic

from metricloom.exposition.fetch import page_text
from metricloom.exposition.page import NO_UTF8, read_page
from metricloom.exposition.table import table_of
from metricloom.promql.types import Kind
from tests.live_prometheus import Prometheus, running, server_program, until
from tests.test_exposition_page import FAULTS, shown, shown_by_the_client

GOOD = ("x 1", 'x{a="b"} NaN', "# TYPE x counter", "")
BYTES = (
    'x{a="\udcff"} 1',
    'x{a="\udcc3"} 1',
    "# HELP x \udcff",
    "x\udcff 1",
    'x{a="é"} 1',
    "# HELP x é",
)
"""Those that are no UTF-8 are written as Python writes them in a text."""

LINES = (*(line for line, _, _ in FAULTS), *GOOD, *BYTES)
CLASSIC, OPENMETRICS = "text/plain; version=0.0.4", "application/openmetrics-text; version=1.0.0"


@contextmanager
def serving(pages: Sequence[tuple[str, str]], then: Sequence[tuple[str, str]] = ()) -> Iterator[str]:
    """Serve each page, a type and a text, under its number, and *then* those after the first; yield the address."""
    served: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, text = (then if served and then else pages)[int(self.path.removeprefix("/"))]
            served.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(text.encode("utf-8", NO_UTF8))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def config(folder: Path, address: str, pages: int) -> Path:
    targets = [{"targets": [address], "labels": {"__metrics_path__": f"/{n}", "page": f"{n}"}} for n in range(pages)]
    jobs = [{"job_name": "pages", "static_configs": targets}]
    path = folder / "prometheus.yml"
    path.write_text(
        yaml.safe_dump({"global": {"scrape_interval": "5s", "scrape_timeout": "5s"}, "scrape_configs": jobs}),
        encoding="utf-8",
    )
    return path


def scraped(prometheus: Prometheus, pages: int) -> dict[int, bool]:
    """Return for each page whether Prometheus took it, once it has asked for all."""

    def answers() -> dict[int, bool]:
        targets = prometheus.ask("targets")["activeTargets"]
        known = {int(each["labels"]["page"]): each["health"] == "up" for each in targets if each["health"] != "unknown"}
        return known if len(known) == pages else {}

    return until(answers, 30)


def test_prometheus_drops_the_pages_with_faults_and_no_others(tmp_path: Path) -> None:
    pages = [(CLASSIC, f"before 1\n{line}\nafter 1\n") for line in LINES]
    pages += [(OPENMETRICS, f"before 1\n{line}\n# EOF\n") for line in LINES if line]
    with (
        serving(pages) as address,
        running(server_program(), config(tmp_path, address, len(pages)), tmp_path) as prometheus,
    ):
        taken = scraped(prometheus, len(pages))
    differ = [text for number, (_, text) in enumerate(pages) if taken[number] == bool(read_page(text).problems)]
    assert differ == []


def test_what_prometheus_shows_of_itself_is_read_as_the_client_reads_it(tmp_path: Path) -> None:
    with running(server_program(), config(tmp_path, "127.0.0.1:1", 0), tmp_path) as prometheus:
        lines = list(page_text(f"{prometheus.url}/metrics"))
    page = read_page(lines)
    assert page.problems == ()
    assert shown(page.families) == shown_by_the_client(read_classic("\n".join(lines)), classic=True)
    table = table_of(page)
    assert table["process_start_time_seconds"].kind is Kind.TIMESTAMP
    assert table["prometheus_http_request_duration_seconds_bucket"].kind is Kind.BUCKETS
    assert table["prometheus_http_requests_total"].labels >= {"code", "handler", "job", "instance"}
