"""`metricloom explain`: what a code means, with a wrong and a right example."""

from __future__ import annotations

import click


@click.command(name="explain", short_help="Explain a code, or list them all.")
@click.argument("code", required=False, metavar="[CODE|NAME]")
@click.option("--markdown", is_flag=True, help="Print the pages of all codes as Markdown.")
def command(code: str | None, markdown: bool) -> None:
    """Explain why a problem is one, and show it at work: a wrong example with what is said of it, and a right one.

    CODE|NAME is that of a problem, such as Q204 or raw-counter; without one, all are listed.
    """
    from metricloom.checks.handbook import handbook, list_text, page_text
    from metricloom.checks.pages import page

    if markdown:
        if code is not None:
            raise click.UsageError("--markdown prints all pages: leave the code out")
        click.echo(handbook(), nl=False)
    else:
        click.echo(list_text() if code is None else page_text(page(code)))
