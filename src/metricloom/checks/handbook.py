"""The pages of codes as people read them: on a terminal, and as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import groupby
from textwrap import fill, indent
from typing import Final

from metricloom.checks.declared.page import Page
from metricloom.checks.example_world import WORLD
from metricloom.checks.examples import problems_in
from metricloom.checks.model import CHECKS, Example, Language
from metricloom.checks.pages import pages
from metricloom.errors import Problem
from metricloom.promql.types import SeriesType
from metricloom.sources.model import Use

WIDTH: Final = 100

GROUPS: Final[Mapping[str, str]] = {
    "M": "Metrics, labels, operations, and what else a registry declares",
    "Q": "Expressions",
    "H": "Histograms",
    "R": "Recording rules",
    "T": "Texts of alerts",
    "A": "Alerts",
    "U": "Tests of rules",
    "S": "Service levels",
    "D": "Dashboards",
    "P": "What promtool says",
    "F": "Files",
    "E": "Pages of metrics",
    "V": "Pages of metrics beside the registry",
    "X": "Comments that excuse a problem",
}
"""What codes are about, by their first letter."""

_INTRODUCTION: Final = """\
# What metricloom finds

Each problem has a code and a name. `metricloom explain CODE` prints what stands here. This page is made from the
checks themselves (`make docs`): each wrong example is found with its code, each right one is not.

## Severities

- **error**: provably dead or lying. It can never match, never fire, compares seconds with bytes, asks for what does not
  exist, or is refused by Prometheus. `generate` writes nothing while there is one, and `check` exits with 1.
- **warning**: most likely not what was meant, but a case can be thought of in which it was.
- **note**: worth knowing, and often fine. Shown with `--severity note`.

One check may have several severities: the text below says the usual one. In an open world (`--open-world`), where there
are series that nobody declared, nothing is said of what depends on them.

## Choosing

`--select` and `--ignore` take codes, beginnings of codes, or names; `--fail-on` says from which severity on the exit
code is 1. A single problem is excused where it stands, with a reason:

```yaml
- alert: ManyCalls
  expr: calls_total > 1000  # metricloom: ignore Q204 -- it is reset every night
```

In a registry the comment stands in the line of the declaration or above it, in a dashboard in the panel's description
(without the `#`). What a registry is refused for can't be excused.

## The examples

An expression stands in an alert, unless it says otherwise. They read these series, scraped every 15 s:

"""


@cache
def problem_of(page: Page, example: Example) -> Problem | None:
    """Return what is said of a bad *example*."""
    return next((each for each in problems_in(example) if each.code == page.code), None)


def can_be_excused(page: Page) -> bool:
    """Whether a comment can excuse it: not what stops the reading of a registry or a file."""
    return page.code in CHECKS


# --- on a terminal ----------------------------------------------------------------------------------


def page_text(page: Page) -> str:
    """Return a page as a terminal shows it."""
    parts = [f"{page.code} {page.name} ({page.severity})", fill(page.why, WIDTH)]
    parts += [part for example in page.bad for part in _bad_text(page, example)]
    parts += [f"right{_used(example)}:\n{indent(example.text.strip(), '    ')}" for example in _together(page.good)]
    if can_be_excused(page):
        parts.append(f"to excuse one where it stands: # metricloom: ignore {page.code} -- the reason")
    return "\n\n".join(parts)


def _bad_text(page: Page, example: Example) -> Iterator[str]:
    yield f"wrong{_used(example)}:\n{indent(example.text.strip(), '    ')}"
    if problem := problem_of(page, example):
        yield (
            indent(fill(problem.message, WIDTH - 2), "  ") + "\n" + indent(fill(f"-> {problem.hint}", WIDTH - 2), "  ")
        )


def _together(examples: Iterable[Example]) -> Iterator[Example]:
    """Yield right examples, expressions of one use as the lines of one text."""
    for key, some in groupby(examples, lambda one: (one.language, one.use)):
        if key[0] is Language.PROMQL:
            yield Example("\n".join(one.text for one in some), key[1])
        else:
            yield from some


def _used(example: Example) -> str:
    promql = example.language is Language.PROMQL
    return f", in a {example.use}" if promql and example.use is not Use.ALERT else ""


def list_text() -> str:
    """Return all codes, one in a line."""
    width = max(len(page.name) for page in pages().values())
    return "\n".join(
        f"{page.code}  {page.name:<{width}}  {page.severity:<7}  {_first_sentence(page.why)}"
        for page in pages().values()
    )


def _first_sentence(text: str) -> str:
    """Return the beginning of *text*, short enough for a line."""
    end = min((at for at in (text.find(". "), text.find(": ")) if at > 0), default=len(text))
    return text[:end].rstrip(".")


# --- as Markdown ------------------------------------------------------------------------------------


def handbook() -> str:
    """Return all pages, with what holds for all of them before."""
    chapters = [_INTRODUCTION + _world()]
    for letter, title in GROUPS.items():
        own = [page for page in pages().values() if page.code.startswith(letter)]
        if own:
            chapters.append(f"## {title}\n\n" + "\n".join(map(_section, own)))
    return "\n".join(chapters)


def _world() -> str:
    rows = [_series_row(series) for series in WORLD.table.values()]
    return "\n".join(["| series | what it is | its own labels |", "|---|---|---|", *rows, ""])


def _series_row(series: SeriesType) -> str:
    labels = sorted(series.labels - {"job", "instance"})
    shown = [f"{label} ({', '.join(series.values[label])})" if label in series.values else label for label in labels]
    unit = f" in {series.unit}" if series.unit is not None and series.unit.powers else ""
    return f"| `{series.name}` | {'recorded ' if series.record else ''}{series.kind}{unit} | {', '.join(shown)} |"


def _section(page: Page) -> str:
    lines = [f"### {page.name}", "", f"`{page.code}`, {page.severity}. {page.why}", ""]
    for example in page.bad:
        lines += [f"Wrong{_used(example)}:", "", *_block(example), ""]
        if problem := problem_of(page, example):
            lines += [f"> {_escaped(problem.message)}", f"> → {_escaped(problem.hint)}", ""]
    for example in _together(page.good):
        lines += [f"Right{_used(example)}:", "", *_block(example), ""]
    return "\n".join(lines)


def _block(example: Example) -> list[str]:
    return [f"```{example.language}", example.text.strip(), "```"]


def _escaped(text: str) -> str:
    """Return *text* so that Markdown shows it as it is."""
    return "".join(f"\\{char}" if char in "\\`*_<>[]|" else char for char in text)
