"""How long an alert waits: `for`, the interval of its group, and the windows that it reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from metricloom.checks.conditions import EVENTS, compared, windows_in
from metricloom.checks.model import Finding, Reading, check, rules
from metricloom.errors import Severity
from metricloom.promql.durations import shown_seconds
from metricloom.promql.nodes import Node
from metricloom.sources.model import Rule, Use

_LONG_WINDOW: Final = 3600
"""From this on, people take the window for the time until the alert fires."""


@check(
    "A503",
    "for-under-two-evals",
    visits=Rule,
    severity=Severity.WARNING,
    bad=rules("""
groups:
- name: queues
  interval: 1m
  rules:
  - {alert: LongQueue, expr: queue_items > 1, for: 10s}
"""),
    good=rules("""
groups:
- name: queues
  interval: 1m
  rules:
  - {alert: LongQueue, expr: queue_items > 1, for: 2m}
  - {alert: VeryLongQueue, expr: queue_items > 100}
"""),
)
def for_under_two_evals(reading: Reading, rule: Rule) -> Iterator[Finding]:
    """A condition is looked at once in an interval: a `for` below it says one time, and waits another."""
    group = reading.site.group
    interval = (group.interval_seconds if group else None) or reading.world.evaluation_seconds
    if interval and 0 < rule.for_seconds < interval:
        yield Finding(
            f"`for` is {shown_seconds(rule.for_seconds)}, and the rule is evaluated every {shown_seconds(interval)}: "
            "it fires at the second evaluation that finds it, whatever `for` says below that",
            f"write for: {shown_seconds(2 * interval)}, or leave `for` out to fire at once",
            at=rule.for_at or rule.at,
        )


@check(
    "A504",
    "for-needs-continuous",
    visits=Node,
    severity=Severity.WARNING,
    bad=rules("- {alert: Failures, expr: 'increase(failures_total[5m]) > 0', for: 10m}"),
    good=rules("""
- {alert: Failures, expr: 'increase(failures_total[15m]) > 0', for: 10m}
- {alert: ManyFailures, expr: 'increase(failures_total[5m]) > 100', for: 10m}
"""),
)
def for_needs_continuous(reading: Reading, _root: Node) -> Iterator[Finding]:
    """An event is in the window for as long as the window is: with a `for` above that, a single event never fires, and
    two that are further apart than the window do not either.
    """
    rule = reading.site.rule
    if rule is None or rule.use is not Use.ALERT:
        return
    for node, value, op, number in compared(reading):
        if op not in (">", "!=") or number != 0 or reading.type_of(value).kind not in EVENTS:
            continue
        longest = max(windows_in(value), default=0.0)
        if 0 < longest < rule.for_seconds:
            yield Finding(
                f"an event is seen for {shown_seconds(longest)}, and `for` is {shown_seconds(rule.for_seconds)}: this "
                "fires only where events never pause for longer than the window",
                f"write a window of more than {shown_seconds(rule.for_seconds)}, or a shorter `for`",
                reading.span(node),
            )


@check(
    "A514",
    "late-by-window",
    visits=Node,
    severity=Severity.WARNING,
    bad=rules("- {alert: NoRuns, expr: 'sum(increase(calls_total[24h])) == 0', for: 25h}"),
    good=rules("""
- {alert: NoRuns, expr: 'sum(increase(calls_total[24h])) == 0', for: 10m}
- {alert: NoCalls, expr: 'sum(rate(calls_total[5m])) == 0', for: 10m}
"""),
)
def late_by_window(reading: Reading, _root: Node) -> Iterator[Finding]:
    """That nothing happened in a window is true a whole window after the last event: only then `for` begins."""
    rule = reading.site.rule
    if rule is None or rule.use is not Use.ALERT:
        return
    for node, value, op, number in compared(reading):
        if not ((op in ("==", "<=") and number == 0) or (op == "<" and 0 < number <= 1)):
            continue
        longest = max(windows_in(value), default=0.0)
        if longest >= _LONG_WINDOW and rule.for_seconds >= longest / 2:
            late = shown_seconds(longest + rule.for_seconds)
            yield Finding(
                f"this fires {late} after the last event: the window of {shown_seconds(longest)}, and `for` after that",
                "write a short `for`, such as 10m: the window waits already",
                reading.span(node),
            )
