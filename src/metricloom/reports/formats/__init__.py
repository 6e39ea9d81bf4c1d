"""One module for each format in which problems are shown: a report in, a text out."""

from collections.abc import Callable, Mapping

from metricloom.reports.formats import github, gitlab, json, junit, sarif, text
from metricloom.reports.model import Report

FORMATS: Mapping[str, Callable[[Report], str]] = {
    "text": text.render,
    "json": json.render,
    "sarif": sarif.render,
    "github": github.render,
    "gitlab": gitlab.render,
    "junit": junit.render,
}

__all__ = ["FORMATS"]
