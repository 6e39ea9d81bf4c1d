"""Values in the texts of alerts: shown in the unit that they have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from metricloom.checks.model import Finding, Reading, check, rules
from metricloom.monitoring.units import BYTES, SECONDS
from metricloom.promql.nodes import COMPARISONS, Binary, Call, Node
from metricloom.promql.operators import EVENT_UNITS
from metricloom.promql.types import Inferred, Kind
from metricloom.sources.model import Mention, Names, Rule, Template

_NOT_A_TIME: Final = frozenset({Kind.QUANTILE, Kind.MEAN, Kind.RATE, Kind.INCREASE, Kind.RATIO})


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
                yield Finding(f"its {field}: {wrong[0]}", wrong[1], mention.span, on=template.written)


def _wrong(reading: Reading, template: Template, mention: Mention) -> tuple[str, str] | None:
    """Return what is wrong with one value as it is shown, and what to write instead."""
    found, last = reading.result, mention.functions[-1] if mention.functions else ""
    if not found.is_known:
        return None
    if last.startswith("humanize"):
        right = _function_for(reading, found)
        if _misleads(last, reading, found):
            return f"{last} of {_shown(reading, found)}", f"write {{{{ $value | {right} }}}}"
        twice = last == "humanizePercentage" and _followed_by_percent(template.written.text, mention)
        return ("humanizePercentage writes the % itself: this says 5%%", "leave out the % after it") if twice else None
    if found.kind is Kind.RATIO and found.high <= 1 and _followed_by_percent(template.written.text, mention):
        return "a share of 1 is shown with a %: 0.05 reads 0.05%", "write {{ $value | humanizePercentage }}, without %"
    return None


def _misleads(function: str, reading: Reading, found: Inferred) -> bool:
    """Whether a function shows a value surely as what it is not; a count may be anything, for names leave units out."""
    sure = found.unit is not None and found.unit not in EVENT_UNITS
    match function:
        case "humanizePercentage":
            return (sure or found.high == 100) and found.kind is not Kind.RATIO  # 100 * a share
        case "humanizeDuration":
            return (sure and found.unit != SECONDS) or found.kind in (Kind.RATIO, Kind.TIMESTAMP)
        case "humanizeTimestamp":
            return (sure and found.unit != SECONDS) or found.kind in _NOT_A_TIME or _is_age(reading.root)
        case "humanize1024":
            return (sure and not _holds_bytes(found)) or found.kind in (Kind.RATIO, Kind.TIMESTAMP)
    return found.kind is Kind.TIMESTAMP  # humanize: 1.7G


def _holds_bytes(found: Inferred) -> bool:
    return found.unit is not None and ("bytes", 1) in found.unit.powers


def _is_age(root: Node | None) -> bool:
    """Whether the value is what is left of now after a time is taken away."""
    while isinstance(root, Binary) and (root.op in COMPARISONS or root.op in ("and", "unless")):
        root = root.lhs
    return isinstance(root, Binary) and root.op == "-" and isinstance(root.lhs, Call) and root.lhs.function == "time"


def _function_for(reading: Reading, found: Inferred) -> str:
    if found.kind is Kind.RATIO:
        return "humanizePercentage"
    if found.kind is Kind.TIMESTAMP and not _is_age(reading.root):
        return "humanizeTimestamp"
    return {SECONDS: "humanizeDuration", BYTES: "humanize1024"}.get(found.unit or SECONDS * SECONDS, "humanize")


def _shown(reading: Reading, found: Inferred) -> str:
    if found.kind is Kind.TIMESTAMP and not _is_age(reading.root):
        return "a Unix time"
    if found.kind is Kind.RATIO:
        return "a share of 1"
    if found.high == 100 and found.unit in (None, *EVENT_UNITS):
        return "a number from 0 to 100"
    return f"a value in {found.unit}"


def _followed_by_percent(text: str, mention: Mention) -> bool:
    start = mention.span[1]
    inside = text.rfind("{{", 0, start) > text.rfind("}}", 0, start)
    if inside:
        start = text.find("}}", start) + 2
    return text[start : start + 2].lstrip(" ").startswith("%")
