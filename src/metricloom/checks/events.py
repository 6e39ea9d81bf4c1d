"""Events that take their time: what an alert on those that ended can know of those that go on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from metricloom.checks.model import Finding, check, declarations
from metricloom.errors import Severity
from metricloom.monitoring.metrics import Counter, Histogram
from metricloom.monitoring.operations import Operation
from metricloom.monitoring.units import SECONDS
from metricloom.promql.durations import shown_seconds
from metricloom.promql.nodes import Selector
from metricloom.promql.parse import parse
from metricloom.sources.model import Rule, Sources, Use

_EXAMPLE: Final = """
CALLS = Counter("calls_total", "Calls that ended")
FAILED = Counter("call_failures_total", "Calls that failed", subset_of=CALLS)
SECONDS = Histogram("call_seconds", "Time of a call", buckets=(1, 10, 60, 600), timeout=600)
RECORD = Operation("record_call", "CallMetrics", arguments=["duration", "success"],
                   effects=[CALLS.inc(), FAILED.inc(on="failure"), SECONDS.observe("duration")])
FAILING = Alert("CallsFail", ratio(FAILED, CALLS, window="{window}") > Threshold(0.1), "5m", "warning", "s", "d", "n")
"""


@check(
    "A513",
    "window-under-longest-event",
    visits=Sources,
    severity=Severity.WARNING,
    bad=declarations(_EXAMPLE.format(window="5m")),
    good=declarations(_EXAMPLE.format(window="10m")),
)
def window_under_longest_event(sources: Sources, _all: Sources) -> Iterator[Finding]:
    """An event is counted when it ends. Where all hang, none ends until the time-out: a shorter window is empty for
    so long, and its alert is silent in the worst of cases.
    """
    longest = _longest_events(sources)
    if not longest:
        return
    records = {rule.name: rule for group in sources.groups for rule in group.rules if rule.use is Use.RECORD}
    watched = _watched_in_flight(sources, records)
    for group in sources.groups:
        for rule in group.rules:
            if rule.use is Use.ALERT:
                yield from _too_short(rule, _windows(rule, records), longest, watched)


def _too_short(
    rule: Rule, windows: Mapping[str, list[float]], longest: Mapping[str, tuple[float, str]], watched: frozenset[str]
) -> Iterator[Finding]:
    for name in sorted(windows.keys() & longest.keys()):
        seconds, operation = longest[name]
        window = max(windows[name])
        if window < seconds and operation not in watched:
            yield Finding(
                f"{rule.shown} looks back {shown_seconds(window)}, and what {name} counts may take "
                f"{shown_seconds(seconds)}: while all hang, none ends, and the alert is silent",
                f"write a window of {shown_seconds(seconds)} or more, or alert on those in flight: Timer(in_flight=…)",
                at=rule.at,
            )
            return  # the other metrics of the operation say the same


def _longest_events(sources: Sources) -> Mapping[str, tuple[float, str]]:
    """Return for each series how long what it counts may take, and the operation that counts it."""
    found: dict[str, tuple[float, str]] = {}
    for operation in sources.registry.every_operation if sources.registry else ():
        timeouts = [
            metric.timeout
            for metric in operation.metrics
            if isinstance(metric, Histogram) and metric.timeout and metric.measured_in == SECONDS
        ]
        counted = [each for each in operation.metrics if isinstance(each, Counter | Histogram)] if timeouts else []
        for name in (name for metric in counted for name in metric.series_names):
            found[name] = max(timeouts), str(operation)
    return found


def _watched_in_flight(sources: Sources, records: Mapping[str, Rule]) -> frozenset[str]:
    """Return the operations of which some alert reads how many are under way, or since when."""
    alerts = [rule for group in sources.groups for rule in group.rules if rule.use is Use.ALERT]
    read = {name for rule in alerts for name in _names(rule, records)}
    operations = sources.registry.every_operation if sources.registry else ()
    return frozenset(str(operation) for operation in operations if _gauges(operation) & read)


def _gauges(operation: Operation) -> set[str]:
    timer = operation.declared_timer
    return (
        {gauge.name for gauge in (timer.in_flight, timer.oldest) if gauge is not None} if timer is not None else set()
    )


def _names(rule: Rule, records: Mapping[str, Rule]) -> set[str]:
    return {node.name for node in _selectors(rule, records) if node.name}


def _windows(rule: Rule, records: Mapping[str, Rule]) -> Mapping[str, list[float]]:
    """Return the windows over which a rule reads each series, by itself or by way of records."""
    found: dict[str, list[float]] = defaultdict(list)
    for node in _selectors(rule, records):
        if node.name and node.range_seconds:
            found[node.name].append(node.range_seconds)
    return found


def _selectors(rule: Rule, records: Mapping[str, Rule]) -> Iterator[Selector]:
    """Yield the selectors of a rule, and of the records that it reads."""
    seen, waiting = {rule.name}, [rule]
    while waiting:
        for node in parse(waiting.pop().query.text).nodes:
            if isinstance(node, Selector):
                yield node
                record = records.get(node.name or "")
                if record is not None and record.name not in seen:
                    seen.add(record.name)
                    waiting.append(record)
