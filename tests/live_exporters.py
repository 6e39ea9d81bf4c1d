"""Programs that no one here wrote, and their metrics: Alertmanager and node_exporter, from Debian's packages."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.live_prometheus import OPENER, STARTS_WITHIN_SECONDS, until

ROOT = Path(__file__).parent.parent
TEMPLATES = "usr/share/prometheus/alertmanager"
CONFIG = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"


def unpacked(package: str) -> Path:
    """Return the folder of a Debian package, fetched if it is not there yet; skip the test where it can't be."""
    folder = ROOT / ".tools" / package
    folder.parent.mkdir(exist_ok=True)
    with (folder.parent / f"{package}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run in several processes
        if not (folder / "usr").is_dir():
            script = ROOT / "scripts/apt-unpack.sh"
            done = subprocess.run([script, package, folder], capture_output=True, text=True, check=False)
            if done.returncode:
                pytest.skip(f"Debian's {package} can't be fetched: {done.stderr.strip()[-200:]}")
    return folder


def node_exporter(address: str, _folder: Path) -> list[str]:
    """Return the command that serves metrics of this machine."""
    found = shutil.which("prometheus-node-exporter")
    program = found or str(unpacked("prometheus-node-exporter") / "usr/bin/prometheus-node-exporter")
    return [program, f"--web.listen-address={address}"]


def alertmanager(address: str, folder: Path) -> list[str]:
    """Return the command that runs an Alertmanager.

    Debian's reads its templates at a fixed place: where the package is not installed, it has to see its own folder as
    the root of the file system.
    """
    options = ["--storage.path=/tmp/alerts", f"--web.listen-address={address}", "--cluster.listen-address="]
    if Path("/", TEMPLATES).is_dir() and (found := shutil.which("prometheus-alertmanager")):
        (folder / "alertmanager.yml").write_text(CONFIG)
        return [found, f"--config.file={folder / 'alertmanager.yml'}", f"--storage.path={folder}", *options[1:]]
    root = shutil.copytree(unpacked("prometheus-alertmanager"), folder / "root")
    program = root / "usr/bin/prometheus-alertmanager"
    for library in _libraries(program):
        (root / library[1:]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, root / library[1:])
    (root / "tmp").mkdir(exist_ok=True)
    (root / "alertmanager.yml").write_text(CONFIG)
    as_root = [] if os.geteuid() == 0 else ["unshare", "-r"]
    return [
        *as_root,
        shutil.which("chroot") or "/usr/sbin/chroot",  # where the PATH of a user who is not root does not lead
        str(root),
        "/usr/bin/prometheus-alertmanager",
        "--config.file=/alertmanager.yml",
        *options,
    ]


def _libraries(program: Path) -> list[str]:
    said = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return [word for word in said.split() if word.startswith("/")]


@contextmanager
def serving_metrics(command: Sequence[str], address: str, log: Path) -> Iterator[str]:
    """Run *command*; yield where it exposes its metrics. Skip the test where this machine doesn't let it run."""
    url = f"http://{address}/metrics"
    with log.open("w") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            until(lambda: _answers(url) or process.poll() is not None, STARTS_WITHIN_SECONDS)
            if "Operation not permitted" in log.read_text():
                pytest.skip(f"{command[0]} is not permitted here")
            assert process.poll() is None, log.read_text()[-3000:]
            yield url
        finally:
            process.kill()


def _answers(url: str) -> bool:
    try:
        with OPENER.open(urllib.request.Request(url), timeout=10) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def free_address() -> str:
    """Return an address of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"
