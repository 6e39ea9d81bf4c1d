"""The configuration of dashboard-linter: what it asks for and does not get, each with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from metricloom.generators.yaml_text import to_yaml
from metricloom.promql.text import selectors
from metricloom.registry.registry import Registry

Json = dict[str, Any]

NO_INSTANCE = (
    "Records aggregate instances away, and alerts and budgets have none: a matcher on them would match nothing."
)
NO_JOB = "What this panel reads has no job, or follows no filter."
_CHECKED = ("stat", "timeseries", "table")


def lint_file(registry: Registry, dashboards: Iterable[Json]) -> str:
    """Return the exclusions for *dashboards*: two rules about instances, one about jobs, and nothing else."""
    boards = list(dashboards)
    of_dashboards = [{"dashboard": board["title"], "reason": NO_INSTANCE} for board in boards]
    of_panels = [_entry(board, panel, NO_INSTANCE) for board in boards for panel in _checked(board)]
    jobless = [_entry(board, panel, NO_JOB) for board in boards for panel in _checked(board) if not _all_by_job(panel)]
    exclusions = {
        "template-instance-rule": {"reason": NO_INSTANCE, "entries": of_dashboards},
        "target-instance-rule": {"reason": NO_INSTANCE, "entries": of_panels},
        **({"target-job-rule": {"reason": NO_JOB, "entries": jobless}} if jobless else {}),
    }
    return to_yaml(registry.name, {"exclusions": exclusions})


def _checked(board: Json) -> Iterator[Json]:
    return (panel for panel in board["panels"] if panel["type"] in _CHECKED)


def _entry(board: Json, panel: Json, reason: str) -> Json:
    return {"dashboard": board["title"], "panel": panel["title"], "reason": reason}


def _all_by_job(panel: Json) -> bool:
    """Whether each selector of the panel has the matcher that the linter asks for."""
    return all(
        any((matcher.label, matcher.op, matcher.value) == ("job", "=~", "$job") for matcher in selector.matchers)
        for target in panel["targets"]
        for selector in selectors(target["expr"])
    )
