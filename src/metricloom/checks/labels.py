"""Labels and their values, in matchers and in lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from metricloom.checks.chosen import labels_are_chosen
from metricloom.checks.model import Finding, Reading, check
from metricloom.errors import Severity, did_you_mean
from metricloom.promql.nodes import Aggregation, Binary, Matcher, Node, Selector, bottom_up
from metricloom.promql.regex import alternatives, readable_regex
from metricloom.promql.types import Kind, Labels, Presence, SeriesType, Shape
from metricloom.promql.variables import VARIABLE
from metricloom.sources.model import Use


@check(
    "Q202",
    "unknown-label",
    visits=Selector,
    bad=('rate(calls_total{modle="a"}[5m]) > 1', 'rate(calls_total{kind=~"a|b"}[5m]) > 1'),
    good=('rate(calls_total{model="a"}[5m]) > 1', 'rate(calls_total{kind="",cluster=~".+"}[5m]) > 1'),
)
def unknown_label(reading: Reading, node: Selector) -> Iterator[Finding]:
    """No series of the metric has the label: a matcher that wants a value matches nothing, any other says nothing, and
    is a warning. So is each where a page of metrics showed the labels once: others may come.
    """
    series = reading.series(node)
    if series is None or series.open or series.kind is Kind.HISTOGRAM or _reads_itself(reading, series):
        return
    for matcher in node.matchers:
        if _is_unknown(matcher.label, series, reading) and not _holds_without(matcher):
            message = f"{series.name} has no label {matcher.label!r}: this matches {_how_many(matcher)}"
            severity = unsure(reading) if matcher.op in ("=", "=~") else Severity.WARNING
            hint = did_you_mean(matcher.label, series.labels | series.possible)
            yield Finding(message, hint, reading.places.matcher(node, matcher.label), severity)


def unsure(reading: Reading, within: str = "") -> Severity | None:
    """Return how bad it is to name a label that no series has, where that is not as bad as the check says.

    A page of metrics shows the labels of one moment, and those that a service discovery adds it never shows. *Within*
    an expression the name of a series is there after rate() where a feature flag of Prometheus 3 is set.
    """
    return Severity.WARNING if reading.world.sampled or within == "__name__" else None


def _reads_itself(reading: Reading, series: SeriesType) -> bool:
    """Whether a record reads its own name: where that is a metric of elsewhere, nothing is known of it."""
    rule = reading.site.rule
    return reading.world.open and rule is not None and rule.use is Use.RECORD and rule.name == series.name


def _is_unknown(label: str, series: SeriesType, reading: Reading) -> bool:
    known = series.labels | series.possible | reading.world.targets
    return label not in known and label != "__name__" and VARIABLE not in label


def _holds_without(matcher: Matcher) -> bool:
    """Whether a matcher asks for the label to be absent, or lets it be, on purpose."""
    if VARIABLE in matcher.value:
        return True
    if matcher.op == "=~":
        pattern = readable_regex(matcher.value)
        return pattern is None or pattern.fullmatch("") is not None
    return matcher.op == "=" and not matcher.value


def _how_many(matcher: Matcher) -> str:
    return "nothing" if matcher.op in ("=", "=~") or not matcher.value else "everything"


@check(
    "Q203",
    "impossible-label-value",
    visits=Selector,
    bad=('rate(tokens_total{kind="vidoe"}[5m]) > 1', 'rate(tokens_total{kind=~"v.d"}[5m]) > 1'),
    good=('rate(tokens_total{kind="video"}[5m]) > 1', 'rate(tokens_total{kind=~"v.*"}[5m]) > 1'),
)
def impossible_label_value(reading: Reading, node: Selector) -> Iterator[Finding]:
    """The label's values are all declared, and none of them is meant."""
    series = reading.series(node)
    for matcher in node.matchers if series is not None else ():
        values = series.values.get(matcher.label) if series is not None else None
        if values is None or VARIABLE in matcher.value or not matcher.value:
            continue
        for wrong in _impossible(matcher, values):
            yield Finding(
                f"label {matcher.label!r} never has the value {wrong!r}",
                did_you_mean(wrong, values),
                reading.places.matcher(node, matcher.label, matcher.value),
                None if matcher.op in ("=", "=~") else Severity.WARNING,
            )


def _impossible(matcher: Matcher, values: Iterable[str]) -> Iterator[str]:
    """Yield what a matcher names and no value can be; of `a|b|c`, each part is meant."""
    known = set(values)
    if matcher.op in ("=", "!="):
        named: tuple[str, ...] = (matcher.value,)
    else:
        named = alternatives(matcher.value)
        pattern = readable_regex(matcher.value)
        if not named and pattern is not None and not any(map(pattern.fullmatch, (*known, ""))):
            yield matcher.value
    yield from (value for value in named if value and value not in known)


# --- lists ------------------------------------------------------------------------------------------


@check(
    "Q227",
    "unknown-label-in-list",
    visits=Aggregation,
    bad="sum by (modle) (rate(calls_total[5m])) > 1",
    good=("sum by (model) (rate(calls_total[5m])) > 1", "sum by (cluster, job) (rate(calls_total[5m])) > 1"),
)
def unknown_label_in_list(reading: Reading, node: Aggregation) -> Iterator[Finding]:
    """An aggregation by a label that its series do not have gives one series without it: a warning for `without`, which
    changes nothing, where a page of metrics showed the labels once, and for a `__name__` that a function took away,
    which a feature flag of Prometheus 3 keeps.
    """
    labels = reading.type_of(node.expr).labels
    for label in () if labels_are_chosen(reading) else _never_there(node.labels, labels, reading):
        if _asked_empty(node, label):
            continue
        found = f"{node.op} {node.grouping} ({label}): " + _why(label, labels)
        severity = Severity.WARNING if node.grouping == "without" else unsure(reading, within=label)
        yield Finding(found, _remedy(label, labels), reading.places.label(label, node), severity)


@check(
    "Q228",
    "unknown-label-in-match",
    visits=Binary,
    bad=(
        "calls_total > on (modle) queue_items",
        "queue_items * on (model) group_left (kind) sum by (model) (rate(calls_total[5m])) > 1",
    ),
    good=(
        "queue_items > on (job, instance, cluster, model) (queue_items offset 1h)",
        "queue_items * on (job) group_left (kind) sum by (job, kind) (rate(tokens_total[5m])) > 1",
    ),
)
def unknown_label_in_match(reading: Reading, node: Binary) -> Iterator[Finding]:
    """A match names a label that neither side has, or takes over one that the other side lacks: to ignore it, or to
    match the only series there is by it, changes nothing, so that is a warning; so is each where a page of metrics
    showed the labels once.
    """
    left, right = reading.type_of(node.lhs), reading.type_of(node.rhs)
    if left.shape is not Shape.VECTOR or right.shape is not Shape.VECTOR or labels_are_chosen(reading):
        return
    known = left.labels.known | right.labels.known
    for label in _never_there(node.labels, left.labels, reading):
        if label in _never_there((label,), right.labels, reading):
            message = f"{node.matching} ({label}): neither side has the label"
            severity = unsure(reading, within=label) if node.matching == "on" and known else Severity.WARNING
            hint = did_you_mean(label, known) if known else f"leave {node.matching} ({label}) out"
            yield Finding(message, hint, reading.places.label(label, node), severity)
    one = right if node.many == "left" else left
    for label in _never_there(node.included, one.labels, reading):
        message = f"group_{node.many} ({label}): " + _why(label, one.labels)
        severity = Severity.WARNING if reading.world.open else unsure(reading, within=label)
        yield Finding(message, _remedy(label, one.labels), reading.places.label(label, node), severity)


def _never_there(names: Iterable[str], labels: Labels, reading: Reading) -> list[str]:
    """Return the names that no series has. Target labels are named everywhere, whether a site has them or not."""
    return [
        name
        for name in names
        if labels.presence(name) is Presence.NEVER and name not in reading.world.targets and VARIABLE not in name
    ]


def _asked_empty(node: Node, label: str) -> bool:
    """Whether a selector asks for a label to be absent, on purpose."""
    selectors = (each for each in bottom_up(node) if isinstance(each, Selector))
    matchers = (matcher for each in selectors for matcher in each.matchers)
    return any(each.label == label and each.op == "=" and not each.value for each in matchers)


def _why(label: str, labels: Labels) -> str:
    return f"the label is not there: {labels.why(label)}"


def _remedy(label: str, labels: Labels) -> str:
    dropped = label in labels.lost or not labels.known
    return f"keep {label} there too, or leave it out here" if dropped else did_you_mean(label, labels.known)
