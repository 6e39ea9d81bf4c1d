"""Histograms: their buckets, and quantiles of them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Final

from metricloom.checks.model import Finding, Reading, check
from metricloom.errors import Severity
from metricloom.monitoring.metrics import bound_text, bound_texts
from metricloom.promql.comparisons import against_number
from metricloom.promql.nodes import COMPARISONS, Aggregation, Binary, Call, Node, Number, Selector
from metricloom.promql.regex import alternatives, readable_regex
from metricloom.promql.text import Span
from metricloom.promql.types import RAW, Kind, Presence
from metricloom.promql.variables import VARIABLE

QUANTILES: Final = frozenset({"histogram_quantile", "histogram_quantiles"})


def _shown(bounds: tuple[float, ...]) -> str:
    return ", ".join(f"{bound:g}" for bound in bounds)


@check(
    "H301",
    "quantile-beyond-top-bucket",
    visits=Binary,
    of=COMPARISONS,
    bad=(
        "histogram_quantile(0.95, sum by (le) (rate(call_seconds_bucket[5m]))) > 600",
        "900 <= max(histogram_quantile(0.5, rate(call_seconds_bucket[5m])))",
    ),
    good=(
        "histogram_quantile(0.95, sum by (le) (rate(call_seconds_bucket[5m]))) > 60",
        "histogram_quantile(0.95, sum by (le) (rate(call_seconds_bucket[5m]))) >= 600",
        "clamp_min(histogram_quantile(0.95, sum by (le) (rate(call_seconds_bucket[5m]))), 900) > 600",
        "predict_linear(histogram_quantile(0.95, sum by (le) (rate(call_seconds_bucket[5m])))[1h:5m], 3600) > 600",
    ),
)
def quantile_beyond_top_bucket(reading: Reading, node: Binary) -> Iterator[Finding]:
    """A quantile is never above the highest finite bucket, however long the events take: this can never fire."""
    compared = against_number(node, reading.typing)
    if compared is not None and compared.is_above_buckets:
        found = compared.found
        yield Finding(
            f"a quantile of {found.histogram} is here never above {found.high:g}: this is never true",
            f"compare with less than {found.high:g}, or add buckets above {compared.limit:g}",
            reading.span(node),
        )


@check(
    "H302",
    "quantile-threshold-off-bucket",
    visits=Binary,
    of=COMPARISONS,
    severity=Severity.NOTE,
    bad="histogram_quantile(0.95, sum by (le) (rate(call_seconds_bucket[5m]))) > 30",
    good="histogram_quantile(0.95, sum by (le) (rate(call_seconds_bucket[5m]))) > 60",
)
def quantile_threshold_off_bucket(reading: Reading, node: Binary) -> Iterator[Finding]:
    """Between two buckets a quantile is a guess along a straight line: a threshold there depends on the guess."""
    compared = against_number(node, reading.typing)
    if compared is None or compared.found.kind is not Kind.QUANTILE or not compared.found.buckets:
        return
    limit, bounds = compared.limit, compared.found.buckets
    if bounds[0] < limit < bounds[-1] and limit not in bounds:
        below = max(bound for bound in bounds if bound < limit)
        above = min(bound for bound in bounds if bound > limit)
        yield Finding(
            f"{limit:g} lies between two buckets of {compared.found.histogram}, where a quantile is a guess",
            f"compare with {below:g} or {above:g}, or add a bucket of {limit:g}",
            reading.span(node),
        )


# --- le ---------------------------------------------------------------------------------------------


@check(
    "H303",
    "le-not-declared",
    visits=Selector,
    bad=('rate(call_seconds_bucket{le="30"}[5m]) > 1', 'rate(call_seconds_bucket{le=~"2|30"}[5m]) > 1'),
    good=('rate(call_seconds_bucket{le="60.0"}[5m]) > 1', 'rate(call_seconds_bucket{le="+Inf"}[5m]) > 1'),
)
def le_not_declared(reading: Reading, node: Selector) -> Iterator[Finding]:
    """No bucket has the bound, so no series is matched."""
    for matcher, bounds in _le_matchers(reading, node):
        values = _le_values(matcher[0], matcher[1])
        wrong = [value for value in values if _bound(value) not in (*bounds, math.inf)]
        pattern = readable_regex(matcher[1]) if matcher[0] == "=~" and not values else None
        if pattern is not None and not any(pattern.fullmatch(form) for bound in bounds for form in bound_texts(bound)):
            wrong = [matcher[1]]
        for value in wrong:
            yield Finding(
                f"no bucket of {node.name} has le={value!r}",
                f"its bounds are {_shown(bounds)}, +Inf",
                reading.places.matcher(node, "le", matcher[1]),
            )


@check(
    "H307",
    "le-text-form",
    visits=Selector,
    bad='rate(call_seconds_bucket{le="1"}[5m]) > 1',
    good=('rate(call_seconds_bucket{le="1.0"}[5m]) > 1', 'rate(call_seconds_bucket{le=~"1(\\\\.0)?"}[5m]) > 1'),
)
def le_text_form(reading: Reading, node: Selector) -> Iterator[Finding]:
    """A bound is a text to a matcher, and a whole number is written `1.0` by Python's client and by Prometheus 3. An
    error for a histogram of the registry, and from `min_prometheus` 3.0 on. Before, Prometheus keeps what a target
    writes: where a page of metrics showed the histogram, it is a warning.
    """
    world = reading.world
    sure = not world.sampled or (world.min_prometheus or ()) >= (3,)
    for (op, text), bounds in _le_matchers(reading, node):
        bound = _bound(text)
        if op == "=" and bound in bounds and text != bound_text(bound):
            yield _other_form(text, bound_text(bound), reading.places.matcher(node, "le", text), sure=sure)


def _other_form(text: str, form: str, span: Span | None, *, sure: bool) -> Finding:
    if not sure:
        both = "|".join(re.escape(each).replace("\\", r"\\") for each in (text, form))
        message = f"Prometheus 3 and Python's client write the bound {form!r}, where le={text!r} matches nothing"
        return Finding(message, f'write le=~"{both}"', span, Severity.WARNING)
    fix = ((*span, f'"{form}"'),) if span else ()
    return Finding(f"le={text!r} matches nothing: the bound is written {form!r}", f'write le="{form}"', span, fix=fix)


def _le_matchers(reading: Reading, node: Selector) -> Iterator[tuple[tuple[str, str], tuple[float, ...]]]:
    series = reading.series(node)
    if series is None or series.kind is not Kind.BUCKETS or not series.buckets:
        return
    for matcher in node.matchers:
        if matcher.label == "le" and matcher.op in ("=", "=~") and matcher.value and VARIABLE not in matcher.value:
            yield (matcher.op, matcher.value), series.buckets


def _le_values(op: str, text: str) -> tuple[str, ...]:
    return (text,) if op == "=" else alternatives(text)


def _bound(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


# --- histogram_quantile -----------------------------------------------------------------------------


@check(
    "H304",
    "le-dropped",
    visits=Call,
    of=QUANTILES,
    bad=(
        "histogram_quantile(0.95, sum by (model) (rate(call_seconds_bucket[5m]))) > 1",
        "histogram_quantile(0.95, rate(call_seconds_sum[5m])) > 1",
    ),
    good=(
        "histogram_quantile(0.95, sum by (model, le) (rate(call_seconds_bucket[5m]))) > 1",
        "histogram_quantile(0.95, sum by (model) (rate(wait_seconds[5m]))) > 1",
    ),
)
def le_dropped(reading: Reading, node: Call) -> Iterator[Finding]:
    """histogram_quantile() finds the buckets by `le`: without it there is no result. Of a metric that nobody declared,
    only the name says that it has buckets.
    """
    buckets = _buckets_argument(node)
    if reading.type_of(buckets).labels.presence("le") is not Presence.NEVER:
        return
    found = reading.type_of(buckets)
    if _VICTORIA in found.labels.known:
        return
    named = reading.selector_below(buckets, lambda _found: True)
    if found.kind in (Kind.HISTOGRAM, Kind.NATIVE) or not (found.is_known or _is_named_bucket(named)):
        return
    reason = found.labels.lost.get("le")
    yield Finding(
        f"histogram_quantile() has no label `le` to read: {reason or 'these are no buckets'}",
        "keep le: sum by (…, le) (rate(x_bucket[5m]))" if reason else "read rate(x_bucket[5m])",
        reading.span(buckets),
        None if found.is_known else Severity.WARNING,
    )


_VICTORIA: Final = "vmrange"
"""The label of the buckets of VictoriaMetrics, whose own histogram_quantile() reads it."""


def _is_named_bucket(selector: Selector | None) -> bool:
    return selector is not None and (selector.name or "").endswith("_bucket")


@check(
    "H305",
    "quantile-of-raw-buckets",
    visits=Call,
    of=QUANTILES,
    bad="histogram_quantile(0.95, sum by (le) (call_seconds_bucket)) > 1",
    good="histogram_quantile(0.95, sum by (le) (rate(call_seconds_bucket[5m]))) > 1",
)
def quantile_of_raw_buckets(reading: Reading, node: Call) -> Iterator[Finding]:
    """Raw buckets count since the process began: the quantile hardly moves, whatever happens now. Of a metric that
    nobody declared, only the name says that it has buckets.
    """
    buckets = _buckets_argument(node)
    if not _has_le(reading, buckets):
        return
    raw, named = reading.type_of(buckets).kind in RAW, _is_raw_by_name(reading, buckets)
    if raw or named:
        selector = reading.selector_below(buckets, lambda found: named or found.kind is Kind.BUCKETS)
        text = reading.text_of(selector or buckets)
        yield Finding(
            f"{text} counts since the process began, so this quantile is over its whole life",
            f"read rate({text}[5m])",
            reading.span(selector or buckets),
            None if raw else Severity.WARNING,
        )


def _is_raw_by_name(reading: Reading, node: Node) -> bool:
    """Whether buckets are read without a rate, as far as the name of a metric tells of which nothing is known."""
    while isinstance(node, Aggregation) and node.op == "sum":
        node = node.expr
    return isinstance(node, Selector) and reading.series(node) is None and _is_named_bucket(node)


def _has_le(reading: Reading, node: Node) -> bool:
    return reading.type_of(node).labels.presence("le") is not Presence.NEVER


def _buckets_argument(node: Call) -> Node:
    return node.args[1] if node.function == "histogram_quantile" else node.args[0]


@check(
    "H306",
    "quantile-range",
    visits=Call,
    of={"histogram_quantile", "quantile_over_time"},
    bad=(
        "histogram_quantile(95, sum by (le) (rate(call_seconds_bucket[5m]))) > 1",
        "quantile_over_time(95, queue_items[1h]) > 1",
    ),
    good="histogram_quantile(0.95, sum by (le) (rate(call_seconds_bucket[5m]))) > 1",
)
def quantile_range(reading: Reading, node: Call) -> Iterator[Finding]:
    """A quantile is a number from 0 to 1: outside of it the result is infinite."""
    yield from _outside(reading, node.args[0])


@check(
    "H311",
    "quantile-range-of-aggregation",
    visits=Aggregation,
    of={"quantile"},
    bad="quantile(95, queue_items) > 1",
    good="quantile(0.95, queue_items) > 1",
)
def quantile_range_of_aggregation(reading: Reading, node: Aggregation) -> Iterator[Finding]:
    """As in histogram_quantile(), a quantile is a number from 0 to 1."""
    if node.param is not None:
        yield from _outside(reading, node.param)


def _outside(reading: Reading, node: Node) -> Iterator[Finding]:
    value = reading.type_of(node).value
    if value is not None and not 0 <= value <= 1:
        # 95 is a percentage; 1.5 and 9 may be anything.
        percent, span = 50 <= value < 100, reading.span(node)
        yield Finding(
            f"quantile {value:g} is not in 0 to 1",
            f"write {value / 100:g}" if percent else "write 0.95 for p95",
            span,
            fix=((*span, f"{value / 100:g}"),) if percent and span and isinstance(node, Number) else (),
        )
