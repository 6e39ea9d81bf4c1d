"""What tells alerts and records apart, and whom alerts reach."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from metricloom.checks.model import Finding, Reading, check, declarations, rules
from metricloom.errors import Severity, did_you_mean
from metricloom.promql.nodes import Binary, Number
from metricloom.promql.parse import parse
from metricloom.sources.model import Group, Rule, Sources, Template, Use

_RANKS: Final[Mapping[str, int]] = {
    **dict.fromkeys(("none", "info", "notice", "notification"), 0),
    **dict.fromkeys(("warning", "warn", "ticket", "minor"), 1),
    **dict.fromkeys(("error", "high", "major"), 2),
    **dict.fromkeys(("critical", "page", "emergency", "disaster", "crit"), 3),
}
"""How bad the usual severities are."""


def _labels(group: Group, rule: Rule) -> dict[str, Template]:
    return {**group.labels, **rule.labels}


@check(
    "A506",
    "severity-not-routed",
    visits=Rule,
    bad=rules("""
- alert: LongQueue
  expr: queue_items > 10
  labels: {severity: critcal}
"""),
    good=rules("""
- alert: LongQueue
  expr: queue_items > 10
  labels: {severity: critical}
"""),
)
def severity_not_routed(reading: Reading, rule: Rule) -> Iterator[Finding]:
    """Nobody is told of an alert whose severity leads to no one."""
    routed = reading.world.severities
    severity = rule.labels.get("severity")
    if routed is None or severity is None or rule.use is not Use.ALERT or "{{" in severity.written.text:
        return
    text = severity.written.text
    if text not in routed:
        yield Finding(
            f"severity {text!r} is routed to nobody",
            did_you_mean(text, routed).replace("declared are", "those routed are"),
            (0, len(text)),
            on=severity.written,
        )


class _Tier(NamedTuple):
    """An alert that compares something with a number, and how bad it is said to be."""

    rule: Rule
    number: float
    rank: int


@check(
    "A507",
    "tiers-not-monotonic",
    visits=Sources,
    severity=Severity.WARNING,
    bad=rules("""
- {alert: LongQueue, expr: queue_items > 50, labels: {severity: warning}}
- {alert: LongQueue, expr: queue_items > 30, labels: {severity: critical}}
"""),
    good=rules("""
- {alert: LongQueue, expr: queue_items > 30, labels: {severity: warning}}
- {alert: LongQueue, expr: queue_items > 50, labels: {severity: critical}}
- {alert: ShortQueue, expr: queue_items < 2, labels: {severity: warning}}
- {alert: ShortQueue, expr: queue_items < 1, labels: {severity: critical}}
"""),
)
def tiers_not_monotonic(sources: Sources, _all: Sources) -> Iterator[Finding]:
    """Of two alerts on one value the worse one fires first: whoever gets the milder one has long got the other."""
    for (_, op), tiers in _tiers(sources).items():
        sign = 1 if op in (">", ">=") else -1
        by_number = sorted(tiers, key=lambda tier: sign * tier.number)
        last = {tier.rank: tier for tier in by_number}
        for bad in tiers:
            for mild in last.values():
                if bad.rank > mild.rank and sign * bad.number < sign * mild.number:
                    yield _sooner(bad, mild, op)


def _sooner(bad: _Tier, mild: _Tier, op: str) -> Finding:
    return Finding(
        f"{bad.rule.shown} ({_severity(bad)}) fires from {op} {bad.number:g} on, "
        f"{mild.rule.name} ({_severity(mild)}) only from {op} {mild.number:g}",
        "exchange the thresholds: the milder alert comes first",
        at=bad.rule.at,
        related=(mild.rule.at,),
    )


def _severity(tier: _Tier) -> str:
    return tier.rule.labels["severity"].written.text


def _tiers(sources: Sources) -> Mapping[tuple[str, str], list[_Tier]]:
    """Return the alerts of known severities by what they compare, in which direction."""
    found: dict[tuple[str, str], list[_Tier]] = defaultdict(list)
    for group in sources.groups:
        for rule in group.rules:
            severity = rule.labels.get("severity")
            rank = _RANKS.get(severity.written.text.lower()) if severity and rule.use is Use.ALERT else None
            root = parse(rule.query.text).root if rank is not None else None
            if isinstance(root, Binary) and root.op in ("<", "<=", ">", ">=") and isinstance(root.rhs, Number):
                value = "".join(rule.query.text.rpartition(root.op)[0].split())
                found[value, root.op].append(_Tier(rule, root.rhs.value, rank or 0))
    return found


@check(
    "A512",
    "duplicate-identity",
    visits=Sources,
    severity=Severity.WARNING,
    bad=(
        rules("""
- {alert: LongQueue, expr: queue_items > 10}
- {alert: LongQueue, expr: queue_items > 10}
"""),
        declarations("""
JOBS = Counter("jobs_total", "Jobs that ended")
MORE = Counter("jobs_total", "Jobs that ended, too")
"""),
    ),
    good=(
        rules("""
- {alert: LongQueue, expr: queue_items > 10, labels: {severity: warning}}
- {alert: LongQueue, expr: queue_items > 50, labels: {severity: critical}}
"""),
        declarations("""
JOBS = Counter("jobs_total", "Jobs that ended")
MORE = Counter("other_jobs_total", "Other jobs that ended")
"""),
    ),
)
def duplicate_identity(sources: Sources, _all: Sources) -> Iterator[Finding]:
    """Two things of one name can't be told apart: of two equal rules each alert is sent twice, of two records with one
    name and the same labels each overwrites what the other wrote. A registry that declares a name twice is refused.
    """
    first: dict[tuple[object, ...], Rule] = {}
    for group in sources.groups:
        for rule in group.rules:
            labels = sorted((name, each.written.text) for name, each in _labels(group, rule).items())
            same = first.setdefault((rule.use, rule.name, *labels), rule)
            if same is not rule:
                yield _same_identity(rule, same)


def _same_identity(rule: Rule, same: Rule) -> Finding:
    """Return a finding; of two expressions, one may hold where the other does not."""
    equal = rule.query.text.split() == same.query.text.split()
    return Finding(
        f"{rule.shown} has the name and the labels of another, at {same.at}"
        + ("" if equal else ", and another expression"),
        "remove one" if equal else "rename one, or give them a label that tells them apart",
        severity=None if equal else Severity.NOTE,
        at=rule.at,
        related=(same.at,),
    )
