"""`metricloom verify`: whether a service exposes what its registry declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from metricloom.commands.check import catalogue
from metricloom.reports.options import Reporting, report_options

if TYPE_CHECKING:
    from metricloom.exposition.model import Page


@click.command(name="verify", short_help="Compare a page of /metrics with the registry.")
@click.argument("page", metavar="URL|FILE|-")
@click.option("--registry", metavar="REGISTRY", help="What declares the metrics.  [default: the project's]")
@click.option("--site", metavar="NAME", help="The site of the registry whose service this is.")
@report_options(catalogue)
def command(page: str, registry: str | None, site: str | None, reporting: Reporting) -> None:
    """Compare a page of /metrics, of a running service or saved, with the registry, so that neither drifts.

    What is missing, not declared, of another type, or has other labels, values or buckets, is an error; another help
    text is a warning; what may come with the next event is a note (`--severity note`). What the client library exposes
    by itself is known.
    """
    from metricloom.commands.printing import progress
    from metricloom.exposition.fetch import page_text
    from metricloom.exposition.page import read_page
    from metricloom.exposition.verify import verified
    from metricloom.registry.by_name import declared

    known = declared(registry, site)
    with progress(f"reading {page}"):
        read = read_page(page_text(page), page)
    found = verified(read, known, page)
    code = reporting.report(found.problems, [page])
    click.echo(_summary(read, str(found.coverage)), err=True)
    if code:
        raise SystemExit(code)


def _summary(page: Page, coverage: str) -> str:
    unsaid = page.faults - len(page.problems)
    return f"{coverage}; {unsaid} more lines have faults" if unsaid > 0 else coverage
