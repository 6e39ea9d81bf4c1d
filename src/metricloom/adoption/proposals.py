"""What follows from the kind of a metric: a panel, the share of failures, an alert where no number must be guessed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from metricloom.adoption.decide import NO_HELP, Choice, help_of
from metricloom.adoption.labels import Shared
from metricloom.adoption.names import camel
from metricloom.adoption.python import Bracket, Comment, Item, Node, Text, call, commented, listed, literal
from metricloom.monitoring.metrics import Counter, Gauge, Histogram
from metricloom.monitoring.units import is_timestamp
from metricloom.wording import counted

MOST_PANELS: Final = 8
"""In a subsystem: a row of the dashboard holds no more."""

MAX_ABOUT: Final = 200
MAX_TITLE: Final = 50
_NORMAL: Final = "TODO: what is normal, and what to do when it is not."
_FAILED: Final = re.compile(r"(.+)_(failed|failures?|errors?)_total")
_STATUS: Final = frozenset({"status", "code", "status_code", "http_status", "http_code", "response_code"})
_OF_HTTP: Final = re.compile(r"[1-5](\d\d|xx)")
_SUCCEEDS: Final = frozenset({"successful", "success", "healthy", "ready"})


@dataclass(frozen=True, slots=True)
class Made:
    """A metric that is declared, its constant, the labels that it has, and what a person would call it."""

    choice: Choice
    constant: str
    labels: tuple[Shared, ...]
    title: str

    @property
    def name(self) -> str:
        """The metric's name."""
        return self.choice.found.name

    @property
    def about(self) -> str:
        """What its help text says, as the beginning of a description."""
        if help_of(self.choice.found) == NO_HELP:
            return self.title
        text = re.sub(r"[^\w .,:;()/'%-]", " ", help_of(self.choice.found))[:MAX_ABOUT]
        return " ".join(text.split()).rstrip(".") or self.title


@dataclass(frozen=True, slots=True)
class Share:
    """Failures, and what they are a part of, as their names say."""

    failed: Made
    whole: Made
    stem: str


def shares(made: Sequence[Made]) -> list[Share]:
    """Return the pairs of counters of which one counts the failures of the other."""
    counters = {each.name: each for each in made if isinstance(each.choice.metric, Counter)}
    return [share for each in counters.values() if (share := _share(each, counters)) is not None]


def _share(failed: Made, counters: Mapping[str, Made]) -> Share | None:
    match = _FAILED.fullmatch(failed.name)
    if match is None:
        return None
    for name in _wholes(match[1]):
        whole = counters.get(name)
        if whole is not None and whole is not failed and _may_be(failed, whole):
            return Share(failed, whole, match[1])
    return None


def _wholes(stem: str) -> Iterator[str]:
    plural = f"{stem[:-1]}ies" if stem.endswith("y") else f"{stem}es" if stem.endswith(("s", "x", "ch")) else f"{stem}s"
    yield from (f"{stem}_total", f"{plural}_total", f"{stem}_requests_total", f"{stem}_calls_total")


def _may_be(failed: Made, whole: Made) -> bool:
    """Return whether labels, and the values that were seen, allow for the one to be a part of the other."""
    if not all(label in whole.labels for label in failed.labels):
        return False
    part, of = failed.choice.found.high, whole.choice.found.high
    return part is None or of is None or part <= of


# --- panels -----------------------------------------------------------------------------------------


def panels(made: Sequence[Made], found: Sequence[Share]) -> list[Item]:
    """Return the panels of a subsystem: the likeliest to be looked at, in the order of the metrics."""
    titles: set[str] = set()
    shown = [(0, _of_share(share, titles)) for share in found]
    for each in made:
        query = _query(each)
        if query is not None:
            shown.append((_rank(each), _panel(each, query, titles)))
    kept = sorted(sorted(range(len(shown)), key=lambda number: shown[number][0])[:MOST_PANELS])
    left = len(shown) - len(kept)
    more = [Comment([f"# {counted(left, 'metric')} more without a panel: a row holds {MOST_PANELS}."])] if left else []
    return [*(shown[number][1] for number in kept), *more]


def _rank(made: Made) -> int:
    metric, unborn = made.choice.metric, 10 * (not made.choice.found.born and not made.choice.found.places)
    return unborn + (1 if isinstance(metric, Histogram) else 2 if isinstance(metric, Counter) else 3)


def _query(made: Made) -> Node | None:
    metric = made.choice.metric
    by = _by(made)
    if isinstance(metric, Histogram):
        return call("ml.quantile", "0.95", made.constant, by=by)
    if isinstance(metric, Counter):
        return call("ml.rate", made.constant, by=by)
    if is_timestamp(made.name):
        return call("ml.time_since", made.constant)
    if isinstance(metric, Gauge) and metric.copies == "shared" and made.labels:
        # What can't be added up over replicas can't be over labels, either.
        every = listed([label.constant for label in made.labels])
        return call("ml.total", made.constant, by=every) if len(made.labels) <= 2 else None
    return call("ml.total", made.constant, by=by)


def _by(made: Made) -> Node | None:
    """Return the label to tell series apart by: one with few values, if there is one."""
    few = [label for label in made.labels if label.listed]
    return listed([few[0].constant]) if few else None


def _panel(made: Made, query: Node, titles: set[str]) -> Bracket:
    p95 = ": p95" if isinstance(made.choice.metric, Histogram) else ""
    title = _title(made.title.removesuffix(" total")[:MAX_TITLE] + p95, titles)
    return call("ml.TimeSeries", Text(title), query, Text(f"{made.about}. {_NORMAL}"))


def _of_share(share: Share, titles: set[str]) -> Bracket:
    title = _title(f"{share.whole.title.removesuffix(' total')[:MAX_TITLE]}: failed", titles)
    text = f"Share of {share.whole.name} that {share.failed.name} counts. Normal is near 0. {_NORMAL}"
    return call("ml.TimeSeries", Text(title), call("ml.ratio", share.failed.constant, share.whole.constant), Text(text))


def _title(wanted: str, taken: set[str]) -> str:
    title, number = wanted, 2
    while title in taken:
        title, number = f"{wanted} ({number})", number + 1
    taken.add(title)
    return title


# --- alerts -----------------------------------------------------------------------------------------


def alerts(made: Sequence[Made], found: Sequence[Share], constants: Mapping[str, tuple[str, str]]) -> list[Item]:
    """Return the alerts of a subsystem: as comments those that need a number which only a person can give."""
    items: list[Item] = [_commented("How large a share may fail?", _of_failures(each, constants)) for each in found]
    wholes = [share.whole for share in found]
    for each in made:
        if each not in wholes and (label := _status(each)) is not None:
            items.append(_commented("How large a share may fail?", _of_status(each, label)))
        if _tells_success(each):
            items.append(_of_success(each))
        elif is_timestamp(each.name) and "success" in each.name and not each.labels:
            items.append(_commented("How old may it be, in seconds?", _of_age(each)))
    return items


def _commented(question: str, node: Bracket) -> Comment:
    """Return what is to be considered, as comments in a list."""
    note = f"# {question} Put a number for TODO, and take the # away:"
    return Comment([note, *commented(node).lines])


def _status(made: Made) -> Shared | None:
    """Return the label of a counter that says with which status of HTTP an event ended, if it has one."""
    if not isinstance(made.choice.metric, Counter):
        return None
    named = (label for label in made.labels if label.name in _STATUS)
    return next((label for label in named if not label.values or any(map(_OF_HTTP.fullmatch, label.values))), None)


def _tells_success(made: Made) -> bool:
    found = made.choice.found
    return (
        isinstance(made.choice.metric, Gauge)
        and found.name.rpartition("_")[2] in _SUCCEEDS
        and not found.labels
        and {found.low, found.high} <= {0.0, 1.0}
    )


def _alert(
    name: str, condition: Node, summary: str, description: str, examples: Node, guard: Node | None = None
) -> Bracket:
    return call(
        "ml.Alert",
        Text(name),
        condition,
        for_=Text("10m"),
        severity=Text("warning"),
        guard=guard,
        summary=Text(summary),
        description=Text(description),
        next_steps=Text("TODO: where to look first, and what to do then."),
        examples=examples,
    )


def _of_success(made: Made) -> Bracket:
    least = f"min by ($identity) ({made.name}) == 0"
    examples = [_example("it is 0", [_samples(made, '"0x30"')], "fires_at", '"25m"')]
    examples += [_example("it is 1", [_samples(made, '"1x30"')], "silent_at", '"25m"')]
    return _alert(
        f"{camel(made.name)}IsZero",
        Text(least),
        f"{made.name} is 0",
        f"{made.about}: it has been 0 for 10 minutes.",
        examples=_lambda("_", examples),
    )


def _of_failures(share: Share, constants: Mapping[str, tuple[str, str]]) -> Bracket:
    short, long = constants[share.failed.name]
    all_fail = [_samples(share.whole, '"0+60x60"'), _samples(share.failed, '"0+60x60"')]
    none_fails = [_samples(share.whole, '"0+60x60"'), _samples(share.failed, '"0x60"')]
    return _alert(
        f"High{camel(share.stem)}FailureRatio",
        f"{short}.ratio > ml.Threshold(TODO)",
        f"$value of {share.whole.name} fail",
        f"More than $threshold of {share.whole.name} have failed for 10 minutes.",
        guard=call("ml.enough_failures", short, long),
        examples=_lambda(
            "_",
            [
                _example("all fail", all_fail, "fires_at", '"40m"'),
                _example("none fails", none_fails, "silent_at", '"40m"'),
            ],
        ),
    )


def _of_status(made: Made, label: Shared) -> Bracket:
    failing = ("part_where", literal(f'{label.name}=~"5.."'))
    share = call("ml.ratio", made.constant, made.constant, failing, window=Text("5m"))
    examples = [
        _example("all fail", [_samples(made, '"0+60x60"', {label.name: "500"})], "fires_at", '"40m"'),
        _example("none fails", [_samples(made, '"0+60x60"', {label.name: "200"})], "silent_at", '"40m"'),
    ]
    return _alert(
        f"High{camel(made.name.removesuffix('_total'))}5xxRatio",
        Bracket(share.opening, share.items, ") > ml.Threshold(TODO)"),
        f"$value of {made.name} end with a 5xx",
        f"More than $threshold of {made.name} have had a {label.name} of 500 or more for 10 minutes.",
        examples=_lambda("_", examples),
    )


def _of_age(made: Made) -> Bracket:
    held = 'f"1x{int(limit / 240) + 30}"'
    example = [
        _example("long ago", [_samples(made, held)], "fires_at", 'f"{int(limit) + 3600}s"', '"4m"'),
        _example("just now", [_samples(made, '"1x30"')], "silent_at", '"1m"'),
    ]
    return _alert(
        f"{camel(made.name.removesuffix('_timestamp_seconds'))}TooOld",
        Bracket("", [], f"ml.time_since({made.constant}) > ml.Threshold(TODO)"),
        f"{made.name} is $value ago",
        f"{made.about}: it is longer ago than $threshold.",
        examples=_lambda("limit", example),
    )


def _lambda(parameter: str, examples: Sequence[Node]) -> Bracket:
    return Bracket(f"lambda {parameter}: [", examples, "]")


def _example(title: str, series: Sequence[Node], key: str, time: str, interval: str | None = None) -> Bracket:
    times: dict[str, Node | None] = {key: listed([time]), "interval": interval}
    return call("ml.Example", Text(title), listed(series), **times)


def _samples(made: Made, values: str, given: Mapping[str, str] = MappingProxyType({})) -> Bracket:
    """Return the samples of one series; its labels in a dictionary, for they may be words of Python."""
    if not made.labels:
        return call("ml.samples", made.constant, values)
    shown = {label.name: next(iter(label.values), "a") for label in made.labels} | dict(given)
    labels = [(literal(name), Text(value)) for name, value in shown.items()]
    return call("ml.Samples", made.constant, values, Bracket("{", labels, "}", ": "))
