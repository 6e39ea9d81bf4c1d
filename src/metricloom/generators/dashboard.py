"""Dashboards: Grafana's JSON, built with grafanalib, then made what Grafana itself would save.

grafanalib costs 80 ms to import: it is imported when a dashboard is rendered, and only below `generators.grafana`.
"""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

from metricloom.artifact import Artifact
from metricloom.generators.grafana.context import Context, SeriesLabels
from metricloom.generators.grafana.lint import lint_file
from metricloom.registry.boards import dashboards, rows
from metricloom.registry.registry import Registry

FOLDER = PurePosixPath("dashboards")


def render(registry: Registry) -> list[Artifact]:
    """Return each dashboard, and the configuration of dashboard-linter that explains what it would ask for besides."""
    labels = SeriesLabels(registry)
    rendered = {board.slug: dashboard_json(Context(board, labels)) for board in dashboards(registry)}
    files = [Artifact(FOLDER / f"{slug}.json", to_json(content)) for slug, content in rendered.items()]
    return [*files, Artifact(FOLDER / ".lint", lint_file(registry, rendered.values()))] if files else []


def dashboard_json(context: Context) -> dict[str, Any]:
    """Return one dashboard as Grafana would save it."""
    from metricloom.generators.grafana.board import board
    from metricloom.generators.grafana.normalise import normalise

    return normalise(board(context, rows(context.registry, context.dashboard)))


def to_json(content: dict[str, Any]) -> str:
    """Return *content* as a file: the same bytes each time."""
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
