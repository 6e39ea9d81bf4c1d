"""The options with which a verb of the command line reports problems, and what it does with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from metricloom.errors import Problem
    from metricloom.reports.model import Catalogue, Owners
    from metricloom.reports.run import Run
    from metricloom.reports.selection import Selection

FORMATS = ("text", "json", "sarif", "github", "gitlab", "junit")
SEVERITIES = ("error", "warning", "note")
Verb = Callable[..., None]

_CODES = "codes, beginnings of codes, or names, with commas between them"
_OPTIONS = (
    click.option(
        "--format",
        "shape",
        type=click.Choice(FORMATS),
        default="text",
        show_default=True,
        help="How problems are shown.",
    ),
    click.option("--select", multiple=True, metavar="CODES", help=f"Show these only: {_CODES}."),
    click.option("--ignore", multiple=True, metavar="CODES", help="Show all but these."),
    click.option(
        "--severity", type=click.Choice(SEVERITIES), help="Show problems from this severity up.  [default: warning]"
    ),
    click.option(
        "--fail-on",
        type=click.Choice((*SEVERITIES, "never")),
        help="Exit 1 if a problem of this severity or worse is shown.  [default: error]",
    ),
    click.option(
        "--baseline",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Leave out the problems that this file holds.",
    ),
    click.option("--write-baseline", is_flag=True, help="Make the problems of now the baseline, and exit 0."),
)


@dataclass(frozen=True, slots=True)
class Reporting:
    """What the options ask for; `report` does it."""

    shape: str
    selection: Selection
    catalogue: Catalogue
    baseline: Path | None = None
    write_baseline: bool = False
    verb: str = "check"

    def report(
        self,
        problems: Iterable[Problem],
        files: Iterable[str] = (),
        owners: Owners | None = None,
        texts: Mapping[str, str] | None = None,
    ) -> int:
        """Print what is to be shown of *problems*, and return the exit code.

        Problems go to stdout in every format; what else there is to say of the run goes to stderr.

        Args:
            problems: In the order in which they are shown. One that was found twice is one.
            files: All that was checked: their comments are read, and JUnit shows those without a problem, too.
            owners: The rule or panel that each problem is about, where that is known.
            texts: The texts of *files* that were read already: standard input cannot be read again.

        Raises:
            UserError: the baseline cannot be read or written.
        """
        from importlib.metadata import version

        from metricloom.reports.run import baseline_written, reported

        run = self._run(problems, files, owners, texts)
        if self.write_baseline and self.baseline is not None:
            click.echo(baseline_written(run, self.baseline), err=True)
            return 0
        done = reported(run, self.baseline, self.shape, version("metricloom"))
        if done.text:
            click.echo(done.text)
        for remark in done.remarks:
            click.echo(remark, err=True)
        return int(done.fails)

    def shown(self, problems: Iterable[Problem], owners: Owners, texts: Mapping[str, str]) -> list[Problem]:
        """Return those of *problems* that no comment in *texts* excuses, and that were asked for."""
        run = self._run(problems, texts, owners, texts)
        return run.asked_for(run.unexcused.problems)

    def _run(
        self,
        problems: Iterable[Problem],
        files: Iterable[str],
        owners: Owners | None,
        texts: Mapping[str, str] | None,
    ) -> Run:
        from metricloom.reports.model import Owners
        from metricloom.reports.run import Run

        once = tuple(dict.fromkeys(problems))
        today = datetime.now(tz=UTC).date()
        places = tuple(dict.fromkeys(files))
        return Run(once, places, texts or {}, owners or Owners(), self.catalogue, self.selection, today, self.verb)


def report_options(catalogue: Callable[[], Catalogue]) -> Callable[[Verb], Verb]:
    """Give a verb the options of a report: it is called with them as *reporting*. *catalogue* has all their codes.

    A wrong code or table is told before the verb does anything.
    """

    def with_options(verb: Verb) -> Verb:
        @wraps(verb)
        def call(**options: Any) -> None:
            reporting = _reporting(catalogue(), **{name: options.pop(name) for name in _NAMES})
            verb(reporting=reporting, **options)

        wrapped: Verb = call
        for option in reversed(_OPTIONS):
            wrapped = option(wrapped)
        return wrapped

    return with_options


_NAMES = ("shape", "select", "ignore", "severity", "fail_on", "baseline", "write_baseline")


def _reporting(
    catalogue: Catalogue,
    shape: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    severity: str | None,
    fail_on: str | None,
    baseline: Path | None,
    write_baseline: bool,
) -> Reporting:
    """Return what the options ask for. Where one says nothing, the project's pyproject.toml does."""
    from metricloom.project import Project
    from metricloom.reports.selection import selection

    table = Project.here().check
    file = baseline or table.baseline
    if write_baseline and file is None:
        raise click.UsageError("--write-baseline goes with --baseline FILE")
    chosen = selection(
        catalogue, select or table.select, ignore or table.ignore, severity or table.severity, fail_on or table.fail_on
    )
    verb = click.get_current_context().info_name or "check"
    return Reporting(shape, chosen, catalogue, file, write_baseline, verb)
