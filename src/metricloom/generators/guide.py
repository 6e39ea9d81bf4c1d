"""`docs/monitoring.md`: what a person reads who is on call, instruments the service, asks Prometheus, or pays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from metricloom.artifact import Artifact
from metricloom.generators.chapters.alerts import NOTES, alert_sections
from metricloom.generators.chapters.costs import budget_rows, dollar_records, price_rows
from metricloom.generators.chapters.limits import limits
from metricloom.generators.chapters.metrics import (
    ExternalRow,
    LabelRow,
    MetricSection,
    external_rows,
    label_rows,
    metric_section,
)
from metricloom.generators.chapters.operations import OperationSection, operation_section, operations_by_metric
from metricloom.generators.chapters.queries import Pasted, shortest_window
from metricloom.generators.chapters.readers import readers
from metricloom.generators.chapters.records import RecordSection, record_sections
from metricloom.generators.chapters.wording import codes, joined
from metricloom.generators.lookback import retention_days
from metricloom.generators.markdown import block, code, prose, slug, text
from metricloom.generators.registry_data import owned_metrics
from metricloom.generators.templating import fill
from metricloom.monitoring.operations import Operation
from metricloom.registry.registry import Registry
from metricloom.registry.subsystem import Subsystem

PATH = PurePosixPath("docs/monitoring.md")


@dataclass(frozen=True, slots=True)
class Chapter:
    """One subsystem; all texts are Markdown."""

    title: str
    anchor: str
    about: str
    owner: str
    service: str
    metrics: list[MetricSection]
    labels: list[LabelRow]
    externals: list[ExternalRow]
    operations: list[OperationSection]
    helpers: str
    records: list[RecordSection]


def render(registry: Registry) -> list[Artifact]:
    """Return the guide. Alerts come first in it, so that no other heading can take their anchors."""
    site, chapters = registry.site, _chapters(registry)
    written = fill(
        "guide.md.jinja",
        name=code(registry.name),
        title=text(registry.shown_title),
        site=code(site.name) if site is not None else "",
        scope=block(", ".join(site.matchers), "text") if site is not None and site.matchers else "",
        identity=codes(registry.identity),
        replica=codes(registry.replica),
        scrape_interval=registry.scrape_interval,
        evaluation_interval=registry.evaluation_interval,
        min_prometheus=text(registry.min_prometheus),
        window=f"{shortest_window(registry) / 60:g}m",
        retention_days=retention_days(registry),
        notes=NOTES,
        alerts=alert_sections(registry),
        chapters=chapters,
        contents=joined(f"[{chapter.title}](#{chapter.anchor})" for chapter in chapters),
        prices=price_rows(registry),
        budgets=budget_rows(registry),
        dollar_records=dollar_records(registry),
        limits=limits(registry),
    )
    return [Artifact(PATH, written)]


def _chapters(registry: Registry) -> list[Chapter]:
    pasted, read_by, changed_by = Pasted.of(registry), readers(registry), operations_by_metric(registry)
    metrics: dict[Subsystem, list[MetricSection]] = {part: [] for part in registry.subsystems}
    for owner, metric in owned_metrics(registry):
        metrics[owner].append(metric_section(metric, pasted, read_by, changed_by))
    return [_chapter(registry, part, metrics[part], each) for part, each in registry.operations.items()]


def _chapter(
    registry: Registry, part: Subsystem, metrics: list[MetricSection], operations: Sequence[Operation]
) -> Chapter:
    return Chapter(
        title=text(part.title),
        anchor=slug(f"Metrics: {part.title}"),
        about=prose(part.about),
        owner=text(part.owner),
        service=text(part.service),
        metrics=metrics,
        labels=label_rows(part),
        externals=external_rows(part),
        operations=[operation_section(operation) for operation in operations],
        helpers=", ".join(dict.fromkeys(operation.helper for operation in operations)),
        records=record_sections(registry, part),
    )
