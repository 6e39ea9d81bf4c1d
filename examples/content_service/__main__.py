"""The example: the service, visitors, and a Prometheus that loads the bundle. Ctrl-C ends all of it."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from examples.content_service.load import positive
from examples.content_service.supervise import ProgramEndedError, Supervisor
from examples.content_service.watching import command, configure

ROOT = Path(__file__).parents[2]
HOST = "127.0.0.1"
QUICK = {"CONTENT_TOKENS_PER_SECOND": "400", "CONTENT_KEEP_SECONDS": "60", "CONTENT_CLEANUP_SECONDS": "20"}
WITHOUT_PROMETHEUS = """\
Prometheus   not found: the service runs without it. `make prometheus` fetches one where it can; or put one on PATH,
             or name it with --prometheus, and start again."""
DASHBOARD = """\
Dashboard    in Grafana: Connections › Data sources › Prometheus with the URL above, then
             Dashboards › New › Import › {board}"""
TO_TRY = """\
To try       curl -X POST {url}/content -d '{{"topic": "tea"}}'
             curl -X PUT {url}/failures/provider-errors -d '{{"share": 1}}'    # 0 switches it off
             curl {url}/failures    # what else can fail, and what it fires"""


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    parser = argparse.ArgumentParser(prog="python -m examples.content_service", description=__doc__)
    parser.add_argument("--bundle", type=Path, default=Path("bundle"), help="what was generated (bundle)")
    parser.add_argument("--port", type=int, default=0, help="of the service (a free one)")
    parser.add_argument("--prometheus-port", type=int, default=0, help="of Prometheus (a free one)")
    parser.add_argument(
        "--prometheus",
        default=os.environ.get("METRICLOOM_PROMETHEUS") or "prometheus",
        help="which Prometheus (METRICLOOM_PROMETHEUS, or the one on PATH)",
    )
    parser.add_argument("--rate", type=positive, default=1, help="visitors a second (1)")
    parser.add_argument("--no-visitors", action="store_true", help="nobody comes but you")
    parser.add_argument("--quick", action="store_true", help="scrape each second and let no alert wait: for impatience")
    return parser


async def run(options: argparse.Namespace) -> None:
    """Run all of it, until a signal cancels this or a program ends."""
    port, url = port_of("--port", options.port)
    with TemporaryDirectory(prefix="content-service-") as folder:
        async with Supervisor(Path(folder)) as supervisor:
            if program := shutil.which(options.prometheus):
                await start_prometheus(supervisor, program, Path(folder), options, f"{HOST}:{port}")
            else:
                say(WITHOUT_PROMETHEUS)
            await start_service(supervisor, Path(folder), options, port)
            if not options.no_visitors:
                visitors = [sys.executable, "-m", "examples.content_service.load", url, f"--rate={options.rate}"]
                await supervisor.start("Visitors", visitors, environment(options.bundle))
            say(TO_TRY.format(url=url))
            say(f"Processes    {supervisor.processes()}\nCtrl-C ends all of it.")
            await supervisor.watch()


async def start_prometheus(
    supervisor: Supervisor, program: str, folder: Path, options: argparse.Namespace, target: str
) -> None:
    """Start Prometheus on the bundle's rules, and say where it is."""
    port, url = port_of("--prometheus-port", options.prometheus_port)
    config = configure(options.bundle, target, folder, quick=options.quick)
    prometheus = await supervisor.start("Prometheus", command(program, config, port))
    await supervisor.ready(prometheus, f"{url}/-/ready")
    say(f"Prometheus   {url}    its alerts: {url}/alerts")
    say(DASHBOARD.format(board=next((options.bundle / "dashboards").glob("*.json"))))


async def start_service(supervisor: Supervisor, folder: Path, options: argparse.Namespace, port: int) -> None:
    """Start the web service, and say where it is."""
    uvicorn = [sys.executable, "-m", "uvicorn", "--factory", "examples.content_service.app:create"]
    # Calls that hang would hold up the end for as long as they hang.
    flags = [f"--host={HOST}", f"--port={port}", "--no-access-log", "--timeout-graceful-shutdown=1"]
    defaults = {"CONTENT_FOLDER": str(folder / "artifacts"), **(QUICK if options.quick else {})}
    within = {"TMPDIR": str(folder)}  # what a service that is killed leaves behind goes when all goes
    environ = defaults | environment(options.bundle) | within
    service = await supervisor.start("Service", [*uvicorn, *flags], environ)
    url = f"http://{HOST}:{port}"
    await supervisor.ready(service, f"{url}/health")
    say(f"Service      {url}    its metrics: {url}/metrics")


def environment(bundle: Path) -> dict[str, str]:
    """Return the environment in which `instrumentation`, of the bundle, and `examples` can be imported."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(bundle.resolve()), str(ROOT)])}


def port_of(option: str, asked: int) -> tuple[int, str]:
    """Return a port that is free now, and the URL there.

    Raises:
        SystemExit: the one asked for is not.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, asked))
        except OSError as error:
            raise SystemExit(f"{option} {asked}: {error.strerror}. Give another port, or 0 for a free one.") from error
        port: int = probe.getsockname()[1]
        return port, f"http://{HOST}:{port}"


def say(text: str) -> None:
    """Say it now, also where the output is a file."""
    print(text, flush=True)


def main(arguments: Sequence[str]) -> int:
    """Run the example; return its exit status."""
    options = parser().parse_args(arguments)
    module = options.bundle / "instrumentation/metrics.py"
    if not module.is_file():
        say(f"{module} is not there. Write the bundle with `make generate`, or name it with --bundle.")
        return 2
    try:
        asyncio.run(run(options))
    except asyncio.CancelledError:
        say("All of it has ended.")
    except ProgramEndedError as error:
        say(f"{error}\nAll else has been ended, too.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
