"""`metricloom init` on pages that no one here wrote: declared, checked, generated, proved and verified, each live."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from metricloom.promtool import MissingPromtoolError, find_promtool
from tests.command_line import metricloom
from tests.live_exporters import alertmanager, free_address, node_exporter, serving_metrics
from tests.live_prometheus import server_program
from tests.test_init import assert_formatted

Command = Callable[[str, Path], list[str]]


def prometheus(address: str, folder: Path) -> list[str]:
    (folder / "prometheus.yml").write_text("global: {scrape_interval: 15s}\n")
    config, data = folder / "prometheus.yml", folder / "data"
    return [
        server_program(),
        f"--config.file={config}",
        f"--storage.tsdb.path={data}",
        f"--web.listen-address={address}",
    ]


@pytest.fixture(scope="module", autouse=True)
def _promtool() -> None:
    try:
        find_promtool(None)
    except MissingPromtoolError as error:
        pytest.skip(error.message)


@pytest.mark.parametrize(
    ("command", "declared"),
    [
        pytest.param(prometheus, 'ml.Counter("prometheus_http_requests_total"', id="prometheus"),
        pytest.param(alertmanager, "subset_of=NOTIFICATIONS", id="alertmanager"),
        pytest.param(node_exporter, '"node_memory_MemFree_bytes"', id="node_exporter"),
    ],
)
def test_the_page_of_a_program_becomes_a_registry_that_it_verifies_against(
    command: Command, declared: str, tmp_path: Path
) -> None:
    address = free_address()
    folder = tmp_path / "server"
    folder.mkdir()
    with serving_metrics(command(address, folder), address, tmp_path / "log") as url:
        written = metricloom(tmp_path, "init", "--from-metrics", url)
        assert (written.returncode, written.stderr) == (0, "")
        text = (tmp_path / "registry.py").read_text()
        assert_formatted(text)
        assert max(map(len, text.splitlines())) <= 120
        assert declared in " ".join(text.split())

        checked = metricloom(tmp_path, "check", "registry.py", "--fail-on", "warning")
        assert (checked.returncode, checked.stdout, checked.stderr) == (0, "no problems\n", "")
        assert metricloom(tmp_path, "generate", "registry.py").returncode == 0
        proved = metricloom(tmp_path, "test", "registry.py")
        assert proved.returncode == 0, proved.stdout

        verified = metricloom(tmp_path, "verify", url, "--registry", "registry.py", "--fail-on", "warning")
        assert (verified.returncode, verified.stdout) == (0, "no problems\n")
        assert "not declared" not in verified.stderr
