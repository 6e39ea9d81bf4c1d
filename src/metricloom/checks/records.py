"""Recording rules: what their names promise, and what they and other rules add to the series."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from metricloom.checks.fixed import fixed_labels
from metricloom.checks.model import Finding, Reading, check, declarations, rules
from metricloom.declaration import seconds
from metricloom.errors import Severity
from metricloom.promql.durations import shown_seconds
from metricloom.promql.nodes import Selector, Subquery
from metricloom.promql.types import Presence
from metricloom.sources.model import Names, Rule, Use

_PARTS: Final = 3  # level:metric:operations
_SHORTER, _LONGER = 0.999, 1.1
"""A window may be a scrape interval longer than its name, or a millisecond shorter, so that one meets the next."""
_NAMED_WINDOW: Final = re.compile(r"(?:rate|increase|delta|deriv|over_time)([0-9]+(?:ms|[smhdwy]))(?=_|$)")

_CALLS: Final = 'CALLS = Counter("calls_total", "Calls")'


def _parts(rule: Rule) -> tuple[str, ...]:
    parts = tuple(rule.name.split(":"))
    return parts if rule.use is Use.RECORD and len(parts) == _PARTS else ()


@check(
    "R601",
    "record-level-mismatch",
    visits=Rule,
    severity=Severity.NOTE,
    bad=(
        rules("- record: model:calls:rate5m\n  expr: sum by (kind) (rate(tokens_total[5m]))"),
        rules("- record: job:calls:rate5m\n  expr: sum by (job, model) (rate(calls_total[5m]))"),
    ),
    good=(
        rules("- record: model:calls:rate5m\n  expr: sum by (job, model) (rate(calls_total[5m]))"),
        rules("- record: cluster_name:x:sum\n  expr: sum by (cluster_name) (max by (name, cluster_name) (nodes))"),
    ),
)
def record_level_mismatch(reading: Reading, rule: Rule) -> Iterator[Finding]:
    """The level of a record, the first part of its name, says by which labels it is aggregated: whoever reads the name
    relies on them. Labels of targets need not be named.
    """
    level = next(iter(_parts(rule)), "")
    if not level:
        return
    labels = reading.result.labels
    named = any(_names(level, label) for label in labels.sure)  # else the level is no list of labels
    rest = _without(level, labels.known)
    gone = [label for label in labels.lost if _names(rest, label) and label not in rule.labels]
    more = [label for label in sorted(labels.sure - reading.world.targets) if not _names(level, label)]
    if gone:
        yield Finding(
            f"its level says {' and '.join(gone)}, which is not there: {labels.lost[gone[0]]}",
            f"keep {' and '.join(gone)} in the expression, or name the level after what is kept",
            reading.span(reading.root) if reading.root else None,
        )
    elif more and named:
        yield Finding(
            f"its level {level!r} leaves out {' and '.join(more)}, by which it is kept apart",
            f"name it {'_'.join([level, *more])}:…, or aggregate {' and '.join(more)} away",
            reading.span(reading.root) if reading.root else None,
        )


def _without(level: str, labels: Iterable[str]) -> str:
    """Return a level without the *labels* that it names: `cluster_name` names no `name`."""
    for label in sorted(labels, key=len, reverse=True):
        level = re.sub(rf"(?:^|(?<=_)){re.escape(label)}(?=_|$)", "", level)
    return level


def _names(level: str, label: str) -> bool:
    return f"_{label}_" in f"_{level}_"


@check(
    "R602",
    "record-window-mismatch",
    visits=Rule,
    severity=Severity.WARNING,
    bad=rules("- record: job:calls:rate5m\n  expr: sum by (job) (rate(calls_total[1m]))"),
    good=(
        rules("- record: job:calls:rate5m\n  expr: sum by (job) (rate(calls_total[5m]))"),
        rules("- record: job:calls:increase5m\n  expr: sum by (job) (increase(calls_total[315s])) * 300 / 315"),
    ),
)
def record_window_mismatch(reading: Reading, rule: Rule) -> Iterator[Finding]:
    """The operations of a record, the last part of its name, say over which window it is taken: whoever reads the name
    relies on it.
    """
    parts = _parts(rule)
    if not parts:
        return
    named = _NAMED_WINDOW.search(parts[-1])
    used = [node.range_seconds for node in reading.nodes if isinstance(node, Selector | Subquery)]
    windows = sorted({window for window in used if window})
    wanted = seconds(named[1]) if named else None
    if wanted and windows and not any(wanted * _SHORTER <= window <= wanted * _LONGER for window in windows):
        shown = " and ".join(map(shown_seconds, windows))
        yield Finding(
            f"its name says a window of {named[1] if named else ''}, and the expression reads one of {shown}",
            f"read a window of {shown_seconds(wanted)}, or name the record after the one that is read",
            reading.span(reading.root) if reading.root else None,
        )


@check(
    "R605",
    "record-shadows-metric",
    visits=Rule,
    severity=Severity.WARNING,
    bad=(
        rules("- {record: queue_items, expr: sum by (job) (used_bytes)}"),
        declarations(f'{_CALLS}\nRULE = RecordingRule("calls_rate", rate(CALLS, window="5m"))'),
    ),
    good=(
        rules('- {record: "job:used_bytes:sum", expr: sum by (job) (used_bytes)}'),
        declarations(f'{_CALLS}\nRULE = RecordingRule("job:calls:rate5m", rate(CALLS, window="5m"))'),
    ),
)
def record_shadows_metric(reading: Reading, rule: Rule) -> Iterator[Finding]:
    """A record named like a scraped metric is taken for one, and added up with it. The form level:metric:operations
    says that a rule makes it, and of what.
    """
    series = reading.world.table.get(rule.name) if rule.use is Use.RECORD and ":" not in rule.name else None
    if series is not None and not series.record:
        yield Finding(
            f"{rule.name} is a metric already: whoever reads the name gets both",
            f"name it level:metric:operations, such as job:{rule.name}:sum",
            at=rule.at,
        )


@check(
    "R606",
    "rule-label-overrides-series",
    visits=Rule,
    severity=Severity.WARNING,
    bad=rules("- alert: ManyCalls\n  expr: rate(calls_total[5m]) > 1\n  labels: {model: any}"),
    good=(
        rules("- alert: ManyCalls\n  expr: sum by (job) (rate(calls_total[5m])) > 1\n  labels: {model: any}"),
        rules("- alert: ManyCalls\n  expr: rate(calls_total[5m]) > 1\n  labels: {model: 'x-{{ $labels.model }}'}"),
        rules("- alert: ManyCalls\n  expr: rate(calls_total{model='a'}[5m]) > 1\n  labels: {model: a}"),
    ),
)
def rule_label_overrides_series(reading: Reading, rule: Rule) -> Iterator[Finding]:
    """A label of the rule replaces that of the series: what told series apart is gone, and where two become one
    Prometheus gives an error and the rule does nothing.
    """
    for name, template in rule.labels.items():
        if reading.result.labels.presence(name) is not Presence.SURELY or _has_one_value(reading, name):
            continue
        if not any(each.what is Names.LABEL and each.name == name for each in template.mentions):
            yield Finding(
                f"its label {name} replaces the {name} of the series, which then can't be told apart",
                f"name the label otherwise, or aggregate {name} away in the expression",
                on=template.written,
                span=(0, len(template.written.text)),
            )


def _has_one_value(reading: Reading, label: str) -> bool:
    """Whether there is one value of a label: the selectors leave no other, or a record has it of its rule."""
    read = (reading.series(node) for node in reading.nodes if isinstance(node, Selector))
    recorded = any(series is not None and series.record and label in series.labels for series in read)
    return recorded or (reading.root is not None and label in fixed_labels(reading.root))
