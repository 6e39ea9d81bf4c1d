"""The command line: parses, calls a verb, prints, exits. Each verb is one file in `commands`, loaded when needed."""

from __future__ import annotations

import gc
import importlib
import io
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import click

from metricloom.errors import UserError, did_you_mean

VERBS = ("generate", "check", "test", "list", "explain", "infer", "diff", "verify", "init", "prices")


def _be_verbose(ctx: click.Context, _option: click.Parameter, asked: bool) -> None:
    if asked:
        ctx.find_root().obj = True


def _require_folder() -> None:
    try:
        Path.cwd()
    except OSError as error:
        raise UserError(f"the current folder: {error.strerror}", "go to one that exists: cd …") from error


VERBOSE = click.Option(
    ["--verbose"],
    is_flag=True,
    expose_value=False,
    callback=_be_verbose,
    help="Show the traceback of an error in a registry.",
)
"""Before the verb or after it."""


class Verbs(click.Group):
    """A group whose commands are modules: the name of a verb is that of its file."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the verbs in the order in which a person meets them."""
        return list(VERBS)

    def invoke(self, ctx: click.Context) -> object:
        """Run a verb; print what a person can mend without a traceback, unless they ask for it."""
        try:
            _require_folder()
            return super().invoke(ctx)
        except UserError as error:
            from metricloom.commands.printing import print_error

            print_error(error, verbose=bool(ctx.obj))
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            ctx.exit(128 + signal.SIGINT)  # as a shell has it: 1 would say that problems were found

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        """Load the module of a verb."""
        if cmd_name not in VERBS:
            ctx.fail(f"there is no verb {cmd_name!r}: {did_you_mean(cmd_name, VERBS)}")
        command: click.Command = importlib.import_module(f"metricloom.commands.{cmd_name}").command
        if VERBOSE not in command.params:
            command.params.append(VERBOSE)
        return command


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="metricloom")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Generate a monitoring bundle from one registry, check it, and prove that its alerts fire."""
    if os.environ.get("NO_COLOR"):
        ctx.color = False


cli.params.append(VERBOSE)


def main() -> None:
    """Run the command line.

    Exit: 0 clean, 1 problems found or bundle stale, 2 wrong usage, 3 a tool is missing or failed.
    """
    gc.disable()  # what a run makes it keeps until it ends: looking for cycles would cost a quarter of its time
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))  # so that promtool is ended, too
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a title may hold what this terminal cannot show
    try:
        try:
            cli(prog_name="metricloom")
        except SystemExit as ended:
            _end(ended.code)
    except OSError as error:
        _end_unheard(error)


def _end(code: object) -> NoReturn:
    """End the process at once: Python would first free each object of a run, a tenth of the time of a large one."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


def _end_unheard(error: OSError) -> NoReturn:
    """End a run that could not write what it had to say: its disk is full, for example."""
    with suppress(OSError):
        click.echo(f"error: {error}", err=True)
    # Python would try once more as it exits, and fail with a status of its own.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.exit(UserError.exit_code)
