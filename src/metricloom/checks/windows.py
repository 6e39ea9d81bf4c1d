"""Windows, steps and offsets: how far back an expression reads, and how finely."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from metricloom.checks.model import Example, Finding, Reading, check
from metricloom.errors import Severity
from metricloom.promql.durations import shown_seconds
from metricloom.promql.functions import OF_COUNTERS
from metricloom.promql.nodes import Call, Node, Selector, Subquery, bottom_up
from metricloom.sources.model import Use

LOOKBACK_SECONDS: Final = 300
"""How old a sample may be that an instant still shows, unless `--query.lookback-delta` says otherwise."""


@check(
    "Q208",
    "window-under-4x-scrape",
    visits=Call,
    of=OF_COUNTERS,
    bad=("rate(calls_total[15s]) > 1", "rate(calls_total[20s]) > 1"),
    good=("rate(calls_total[1m]) > 1", "rate(calls_total[5m]) > 1"),
)
def window_under_4x_scrape(reading: Reading, node: Call) -> Iterator[Finding]:
    """A rate needs two samples in its window. One of a scrape interval has them never: an error. Below two intervals
    it depends on the moments of scrape and evaluation, which stay as they are: a warning. Below four, one lost scrape
    empties it: a note.
    """
    scrape = reading.world.scrape_seconds
    # Grafana chooses a panel's window.
    if scrape is None or reading.site.use is Use.PANEL:
        return
    for argument in node.args:
        if isinstance(argument, Selector) and argument.range_seconds and argument.range_seconds < 4 * scrape:
            yield _short_window(reading, node, argument, argument.range_seconds, scrape)


def _short_window(reading: Reading, call: Call, node: Selector, window: float, scrape: float) -> Finding:
    enough, span = shown_seconds(4 * scrape), reading.places.window(node)
    severity, holds = _samples_in(window, scrape)
    # A longer window changes the value of increase(), and of a rate() that has one; irate() has that of two samples.
    same = call.function == "irate" or (call.function == "rate" and severity is Severity.ERROR)
    return Finding(
        f"the window of {window:g} s holds {holds} at a scrape interval of {scrape:g} s",
        f"write a window of {enough} or more",
        span or reading.span(node),
        severity,
        fix=((*span, enough),) if span and same else (),
    )


def _samples_in(window: float, scrape: float) -> tuple[Severity, str]:
    """Return how bad a window is, and how many samples are in it."""
    if window <= scrape:
        return Severity.ERROR, "no two samples"
    if window < 2 * scrape:
        return Severity.WARNING, "one sample or two, depending on the moment of the scrape,"
    return Severity.NOTE, "few samples"


@check(
    "Q209",
    "irate-in-alert",
    visits=Call,
    of={"irate"},
    severity=Severity.WARNING,
    bad="sum(irate(calls_total[5m])) > 1",
    good=("sum(rate(calls_total[5m])) > 1", Example("irate(calls_total[5m])", Use.PANEL)),
)
def irate_in_alert(reading: Reading, node: Call) -> Iterator[Finding]:
    """irate() reads the last two samples of its window: one quiet scrape resets `for`, one busy scrape is an outage."""
    if reading.site.use is Use.ALERT:
        text = reading.text_of(node)
        yield Finding(
            "irate() looks at the last two samples only, so the alert depends on a single scrape",
            f"write {text.replace('irate', 'rate', 1)}",
            reading.span(node),
        )


@check(
    "Q210",
    "window-over-retention",
    visits=Node,
    severity=Severity.WARNING,
    bad=("increase(calls_total[30d]) > 1", "max_over_time(sum(rate(calls_total[1d]))[10d:1h] offset 1w) > 1"),
    good=("increase(calls_total[7d]) > 1", "queue_items > 2 * (queue_items offset 1w)"),
)
def window_over_retention(reading: Reading, _root: Node) -> Iterator[Finding]:
    """What is older than the retention is gone: the result is of less time than is written, or there is none."""
    kept = reading.world.retention_seconds
    if kept is None or sum(map(_own_reach, reading.nodes)) <= kept:
        return
    reach: dict[Node, float] = {}
    for node in reading.nodes:
        below = max((reach[child] for child in node.children()), default=0.0)
        reach[node] = below + _own_reach(node)
        if below <= kept < reach[node]:
            yield Finding(
                f"this reads {shown_seconds(reach[node])} back, and samples are kept for {shown_seconds(kept)}",
                "record what is needed at shorter steps and read the record, or keep samples longer",
                reading.span(node),
            )


def _own_reach(node: Node) -> float:
    if not isinstance(node, Selector | Subquery) or node.at:
        return 0.0
    return (node.range_seconds or 0.0) + node.offset_seconds


@check(
    "Q222",
    "subquery-step-under-scrape",
    visits=Subquery,
    severity=Severity.WARNING,
    bad="max_over_time(queue_items[1h:5s]) > 10",
    good=(
        "max_over_time(queue_items[1h:15s]) > 10",
        "max_over_time(queue_items[1h]) > 10",
        "max_over_time(sum(rate(calls_total[5m]))[1h:]) > 10",
    ),
)
def subquery_step_under_scrape(reading: Reading, node: Subquery) -> Iterator[Finding]:
    """Between two scrapes nothing changes: a finer step reads the same samples several times, at a cost. A sum or a
    count of them is then larger, and a coarser step begins elsewhere, so nothing is mended by itself.
    """
    scrape = reading.world.scrape_seconds
    if scrape is None or not node.step_seconds or node.step_seconds >= scrape or reading.site.use is Use.PANEL:
        return
    better, span = shown_seconds(scrape), reading.places.step(node)
    yield Finding(
        f"a step of {shown_seconds(node.step_seconds)} reads each sample several times: there is one every {better}",
        f"write a step of {better} or more",
        span or reading.span(node),
    )


@check(
    "Q223",
    "negative-offset-in-rule",
    visits=Selector,
    bad=("queue_items offset -5m > 1", "rate(calls_total[5m] offset -1m) > 1"),
    good=("queue_items offset 5m > 1", "max_over_time((queue_items offset -5m)[1h:]) > 1"),
)
def negative_offset_in_rule(reading: Reading, node: Selector) -> Iterator[Finding]:
    """A rule is evaluated now, and a negative offset asks for samples of later: there are none yet. A group with a
    `query_offset` is evaluated for a moment that is past: what lies between is there.
    """
    if node.offset_seconds >= 0 or node.at or reading.site.use is Use.PANEL:
        return
    # The earlier steps of a subquery may well have something after them.
    if any(node in bottom_up(each) for each in reading.nodes if isinstance(each, Subquery)):
        return
    yield from _of_later(reading, node)


def _of_later(reading: Reading, node: Selector) -> Iterator[Finding]:
    group = reading.site.group
    late = group.query_offset_seconds if group else 0.0
    window, ahead = node.range_seconds or LOOKBACK_SECONDS, -node.offset_seconds - late
    if ahead <= 0:
        return
    span = reading.places.offset(node)
    dead = ahead >= window
    # An instant is that of the newest sample, with the offset and without it; a window would grow.
    same = not late and (dead or not node.range_seconds)
    yield Finding(
        f"the offset asks for samples of {shown_seconds(ahead)} from now: "
        + ("there are none, ever" if dead else "that part of the window is empty, always"),
        "leave the offset out",
        span or reading.span(node),
        None if dead else Severity.WARNING,
        fix=((*span, ""),) if span and same else (),
    )
