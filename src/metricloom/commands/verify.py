"""`metricloom verify`: whether a service exposes what its registry declares."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from metricloom.commands.check import catalogue
from metricloom.errors import UserError
from metricloom.reports.options import Reporting, report_options
from metricloom.wording import counted

if TYPE_CHECKING:
    from metricloom.exposition.model import Page

REGISTRY_FILE: Final = "registry.py"
"""What `metricloom init` calls the file that it writes."""


@click.command(name="verify", short_help="Compare a page of /metrics with the registry.")
@click.argument("page", metavar="URL|FILE|-")
@click.option(
    "--registry", metavar="REGISTRY", help="What declares the metrics.  [default: the one that pyproject.toml names]"
)
@click.option("--site", metavar="NAME", help="The site of the registry whose service this is.")
@report_options(catalogue)
def command(page: str, registry: str | None, site: str | None, reporting: Reporting) -> None:
    """Compare a page of /metrics, of a running service or saved, with the registry, so that neither drifts.

    What is missing, not declared, of another type, or has other labels, values or buckets, is an error; another help
    text is a warning; what may come with the next event is a note (`--severity note`). What the client library exposes
    by itself is known.
    """
    from metricloom.commands.printing import progress
    from metricloom.exposition.fetch import is_file, page_text
    from metricloom.exposition.page import read_page
    from metricloom.exposition.verify import at_declarations, verified
    from metricloom.registry.by_name import declared

    name = registry or _of_project()
    known = declared(registry, site)
    with progress(f"reading {page}"):
        read = read_page(page_text(page), page)
    found = verified(read, known, page)
    problems = found.problems if is_file(page) else at_declarations(found.problems, known, page)
    code = reporting.report(problems, [page])
    click.echo(f"compared with {name}: {_summary(read, str(found.coverage))}", err=True)
    if code:
        raise SystemExit(code)


def _of_project() -> str:
    """Return the name of the project's registry: a service is not held against the one that ships with metricloom.

    Raises:
        UserError: the project names none.
    """
    from metricloom.project import Project
    from metricloom.reports.paths import relative

    project = Project.here()
    if project.folder is None:
        file = REGISTRY_FILE if Path(REGISTRY_FILE).is_file() else "FILE"
        raise UserError(
            f"name the registry: --registry {file}",
            f'or name it for all verbs in pyproject.toml: [tool.metricloom] registry = "{file}"; '
            "`metricloom init` writes a first one",
        )
    return relative(project.registry)


def _summary(page: Page, coverage: str) -> str:
    unsaid = page.faults - len(page.problems)
    return f"{coverage}; faults in {counted(unsaid, 'line')} more" if unsaid > 0 else coverage
