"""Values in the texts of alerts: shown in the unit that they have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from metricloom.checks.model import Finding, Reading, check, rules
from metricloom.errors import Severity
from metricloom.monitoring.units import SECONDS
from metricloom.promql.nodes import COMPARISONS, Aggregation, Binary, Call, Node, Number
from metricloom.promql.operators import EVENT_UNITS
from metricloom.promql.shares import LATE_SHARE
from metricloom.promql.types import Inferred, Kind
from metricloom.sources.model import Mention, Names, Rule, Template


@check(
    "T404",
    "humanize-unit-mismatch",
    visits=Rule,
    bad=(
        rules("""
- alert: SlowCalls
  expr: histogram_quantile(0.95, sum by (job, le) (rate(call_seconds_bucket[5m]))) > 60
  annotations: {summary: "95 % take no longer than {{ $value | humanizePercentage }}"}
"""),
        rules("""
- alert: Late
  expr: time() - last_success_timestamp_seconds > 3600
  annotations: {summary: "Last success was {{ $value | humanizeTimestamp }}"}
"""),
        rules("""
- alert: Failures
  expr: sum by (job) (rate(failures_total[5m])) / sum by (job) (rate(calls_total[5m])) > 0.1
  annotations: {summary: '{{ $value | printf "%.2f" }}% of the calls fail'}
"""),
    ),
    good=rules("""
- alert: SlowCalls
  expr: histogram_quantile(0.95, sum by (job, le) (rate(call_seconds_bucket[5m]))) > 60
  annotations: {summary: "95 % take no longer than {{ $value | humanizeDuration }}"}
- alert: Late
  expr: time() - last_success_timestamp_seconds > 3600
  annotations: {summary: "Last success was {{ $value | humanizeDuration }} ago"}
- alert: Failures
  expr: sum by (job) (rate(failures_total[5m])) / sum by (job) (rate(calls_total[5m])) > 0.1
  annotations: {summary: "{{ $value | humanizePercentage }} of the calls fail"}
"""),
)
def humanize_unit_mismatch(reading: Reading, rule: Rule) -> Iterator[Finding]:
    """A value is shown as what it is not: a person reads 6000% for a minute, or 1970 for an hour."""
    for field, template in (*rule.annotations.items(), *rule.labels.items()):
        for mention in template.mentions:
            wrong = _wrong(reading, template, mention) if mention.what is Names.VALUE else None
            if wrong:
                severity = Severity.WARNING if wrong is _TWICE else None
                yield Finding(f"its {field}: {wrong[0]}", wrong[1], mention.span, severity, on=template.written)


def _wrong(reading: Reading, template: Template, mention: Mention) -> tuple[str, str] | None:
    """Return what is wrong with one value as it is shown, and what to write instead."""
    sort, last = _sort_of(reading), mention.functions[-1] if mention.functions else ""
    if sort is not None and last in sort.misleading:
        return f"{last} of {sort.shown}", f"write {{{{ $value | {sort.right} }}}}" if sort.right else "leave it out"
    if not _followed_by_percent(template.written.text, mention):
        return None
    if last == _PERCENTAGE:
        return _TWICE
    if sort is _SHARE and last in ("humanize", "printf", ""):
        return "a share of 1 is shown with a %: 0.05 reads 0.05%", "write {{ $value | humanizePercentage }}, without %"
    return None


_TWICE: Final = ("humanizePercentage writes the % itself: this says 5%%", "leave out the % after it")


class _Sort(NamedTuple):
    """What a value surely is, and which functions show it as something else."""

    shown: str
    misleading: frozenset[str]
    right: str = ""


_PERCENTAGE, _DURATION, _TIMESTAMP, _1024 = (
    f"humanize{name}" for name in ("Percentage", "Duration", "Timestamp", "1024")
)
_AGE: Final = _Sort("a time span", frozenset({_PERCENTAGE, _TIMESTAMP, _1024}), _DURATION)
_TIME: Final = _Sort("a Unix time", frozenset({_PERCENTAGE, _DURATION, _1024, "humanize"}), _TIMESTAMP)
_SECONDS: Final = _Sort("a value in seconds", frozenset({_PERCENTAGE, _1024}), _DURATION)
_SHARE: Final = _Sort("a share of 1", frozenset({_DURATION, _TIMESTAMP, _1024}), _PERCENTAGE)
_PERCENT: Final = _Sort("a number from 0 to 100", frozenset({_PERCENTAGE}))
_BYTES: Final = _Sort("a value in bytes", frozenset({_PERCENTAGE, _DURATION, _TIMESTAMP}), _1024)
_NO_TIME: Final = frozenset({Kind.QUANTILE, Kind.MEAN, Kind.RATE, Kind.INCREASE})


def _sort_of(reading: Reading) -> _Sort | None:
    """Return what the value of an alert is; None where that is not sure: names of counts leave their units out."""
    value = _compared(reading.root)
    if value is None:
        return None
    return _AGE if _is_age(value) else _sort_of_type(reading.type_of(value))


def _sort_of_type(found: Inferred) -> _Sort | None:
    if not found.is_known or found.unit is None:
        return _PERCENT if found.low == 0 and found.high in (100, 100 * LATE_SHARE) else None
    if found.kind is Kind.TIMESTAMP:
        return _TIME
    if found.kind is Kind.RATIO:
        return _SHARE
    if found.unit == SECONDS:
        return _AGE if found.kind in _NO_TIME else _SECONDS
    if ("bytes", 1) in found.unit.powers:
        return _BYTES
    if found.unit in EVENT_UNITS:
        return None
    return _Sort(f"a value in {found.unit}", _BYTES.misleading | _AGE.misleading, "humanize")


def _compared(root: Node | None) -> Node | None:
    """Return the part of a condition whose value the alert has, before a comparison narrows it."""
    while isinstance(root, Binary) and (root.op in COMPARISONS or root.op in ("and", "unless")):
        root = root.rhs if isinstance(root.lhs, Number) else root.lhs
    return root


def _is_age(value: Node) -> bool:
    """Whether the value is what is left of now after a time is taken away."""
    while isinstance(value, Aggregation) and value.op in ("min", "max", "avg"):
        value = value.expr
    return (
        isinstance(value, Binary) and value.op == "-" and isinstance(value.lhs, Call) and value.lhs.function == "time"
    )


def _followed_by_percent(text: str, mention: Mention) -> bool:
    start = mention.span[1]
    inside = text.rfind("{{", 0, start) > text.rfind("}}", 0, start)
    if inside:
        start = text.find("}}", start) + 2
    return text[start : start + 2].lstrip(" ").startswith("%")
