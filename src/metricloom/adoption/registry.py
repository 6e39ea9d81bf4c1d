"""The text of a first registry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from metricloom.adoption.decide import Choice, Group, decided, help_of, unit_to_say
from metricloom.adoption.labels import GUESSES, Labels, Shared, shared_labels
from metricloom.adoption.model import Findings, Found
from metricloom.adoption.names import Names, common_word, words
from metricloom.adoption.proposals import Made, Share, alerts, panels, shares
from metricloom.adoption.python import Bracket, Item, Node, Text, call, comment, listed, literal, statement
from metricloom.exposition.model import FamilyType
from metricloom.monitoring.metrics import External, Gauge, Histogram
from metricloom.monitoring.prices import number

WINDOWS: Final = ("5m", "15m")
MAX_PLACES: Final = 3
MAX_VALUES: Final = 8
MAX_VALUE: Final = 40
SERVICE: Final = "service"
GENERAL: Final = "general"

_INTRODUCTION: Final = '''\
"""What {title} measures: a first registry, made by `metricloom init` of {sources}.

It says what there is. What it can't know is marked TODO: who is told, what is normal, and how much is too much. Keep
what is right, and change the rest: nothing writes to this file again.
"""

import metricloom as ml

OWNER = "nobody"  # TODO: who is told; the label `owner` of each alert
'''


@dataclass(frozen=True, slots=True)
class Written:
    """The text of a registry, and what there is in it."""

    text: str
    metrics: int
    externals: int
    subsystems: int
    left_out: int


def registry_text(findings: Findings, sources: str) -> Written:
    """Return a registry of all that was found in *sources*."""
    common = common_word([found.name for found in findings.metrics])
    service = common or SERVICE
    groups = decided(findings.metrics, GENERAL)
    names = Names(common)
    parts = [(group, names.unique(group.name)) for group in groups]
    labels = shared_labels(groups, names)
    writer = _Writer(labels, names)
    blocks = [_INTRODUCTION.format(title=words(common) or "this service", sources=sources)]
    blocks += writer.label_blocks()
    blocks += [block for group, variable in parts for block in writer.subsystem(group, variable)]
    subsystems = listed([variable for _, variable in parts])
    blocks.append(_text(statement("REGISTRY", call("ml.Registry", Text(service), subsystems))))
    choices = [choice for group in groups for choice in group.choices]
    return Written(
        "\n".join(blocks),
        sum(choice.metric is not None for choice in choices),
        sum(len(choice.externals) for choice in choices),
        len(groups),
        sum(choice.metric is None and not choice.externals for choice in choices),
    )


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True)
class _Writer:
    labels: Labels
    names: Names

    def label_blocks(self) -> Iterator[str]:
        """Yield the labels, those of several subsystems and of one alike: a person looks for them in one place."""
        if self.labels.shared:
            yield _text(["# --- labels ---"])
            yield "".join(_text(_label(each)) for each in self.labels.shared)

    def subsystem(self, group: Group, variable: str) -> Iterator[str]:
        """Yield the blocks of a subsystem: its metrics, what is external to it, and how it is watched."""
        yield _text([f"# --- {words(group.name).lower()} ---"])
        made: list[Made] = []
        constants: list[Item] = []
        blocks: list[str] = []
        for choice in group.choices:
            if choice.metric is not None:
                constant = self.names.constant(choice.found.name)
                labels = self.labels.of(group.name, choice.found.label_names)
                made.append(Made(choice, constant, tuple(labels), words(self.names.own(choice.found.name))))
                constants.append(constant)
        found = shares(made)
        yield "".join(_text(_metric(each, found)) for each in _wholes_first(made, found))
        for choice in group.choices:
            if choice.metric is None:
                own = [self.names.constant(external.name) for external in choice.externals]
                constants += own
                blocks.append(_text(_externals(choice, own, self.names)))
        yield from blocks
        yield self._watched(group, variable, made, found, constants)

    def _watched(
        self, group: Group, variable: str, made: Sequence[Made], found: Sequence[Share], constants: Sequence[Item]
    ) -> str:
        pairs = {share.failed.name: self._windows(share) for share in found}
        rules = [f"*{constant}.rules" for pair in pairs.values() for constant in pair]
        lines = [line for share in found for line in _over_windows(share, pairs[share.failed.name])]
        named: dict[str, Sequence[Item]] = {
            "metrics": constants,
            "recordings": rules,
            "alerts": alerts(made, found, pairs),
            "panels": panels(made, found),
        }
        kept: dict[str, Node | None] = {key: listed(items) if items else None for key, items in named.items()}
        declared = call("ml.Subsystem", Text(group.name), title=Text(words(group.name)), owner="OWNER", **kept)
        return _text([*lines, *statement(variable, declared)])

    def _windows(self, share: Share) -> tuple[str, str]:
        short, long = (self.names.unique(f"{share.failed.constant}_{window}".upper()) for window in WINDOWS)
        return short, long


def _over_windows(share: Share, constants: Sequence[str]) -> Iterator[str]:
    for constant, window in zip(constants, WINDOWS, strict=True):
        failures = call("ml.failures_over", Text(window), share.failed.constant, share.whole.constant, "[]")
        yield from statement(constant, failures)


def _wholes_first(made: Sequence[Made], found: Sequence[Share]) -> list[Made]:
    """Return the metrics in their order, but each that another is a part of before that."""
    wholes = {share.failed.name: share.whole for share in found}
    order: dict[str, Made] = {}
    for each in made:
        chain = [each]
        while (whole := wholes.get(chain[-1].name)) is not None and whole not in chain:
            chain.append(whole)
        order.update({one.name: one for one in reversed(chain) if one.name not in order})
    return list(order.values())


def _label(label: Shared) -> list[str]:
    values = listed([Text(value) for value in label.values]) if label.listed else None
    declared = call("ml.Label", Text(label.name), Text(words(label.name)), values=values)
    lines = statement(label.constant, Bracket(declared.opening, [*declared.items, ("max_values", str(label.bound))]))
    return [*comment(_about_values(label)), *lines]


def _about_values(label: Shared) -> str:
    if label.listed:
        return ""
    if not label.values:
        return "TODO: how many values may it have? Better, list them: values=[…]"
    shown = ", ".join(literal(value[:MAX_VALUE]) for value in list(label.values)[:MAX_VALUES])
    return f"Seen: {shown}{', …' if len(label.values) > MAX_VALUES or not label.complete else ''}"


def _metric(made: Made, found: Sequence[Share]) -> list[str]:
    metric = made.choice.metric
    whole = next((share.whole.constant for share in found if share.failed is made), None)
    buckets = Bracket("(", [number(bound) for bound in metric.buckets]) if isinstance(metric, Histogram) else None
    declared = call(
        f"ml.{type(metric).__name__}",
        Text(made.name),
        Text(help_of(made.choice.found)),
        labels=listed([label.constant for label in made.labels]) if made.labels else None,
        unit=_unit(made.choice.found),
        buckets=buckets,
        copies=Text("shared") if isinstance(metric, Gauge) and metric.copies == "shared" else None,
        subset_of=whole,
    )
    unborn = "No series yet: its labels are not known." if _labels_unknown(made.choice.found) else ""
    return [*comment(_places(made.choice.found)), *comment(unborn), *statement(made.constant, declared)]


def _labels_unknown(found: Found) -> bool:
    return not found.born and not found.places


def _unit(found: Found) -> Node | None:
    unit = unit_to_say(found)
    return Text(unit) if unit is not None else None


def _places(found: Found) -> str:
    more = f" and {len(found.places) - MAX_PLACES} more" if len(found.places) > MAX_PLACES else ""
    return ", ".join(found.places[:MAX_PLACES]) + more


def _externals(choice: Choice, constants: Sequence[str], names: Names) -> Iterator[str]:
    name = choice.found.name
    yield from comment(_places(choice.found))
    yield from comment(choice.why if choice.why.startswith(name) else f"{name}: {choice.why}")
    if not constants:
        yield from comment("It is left out of this registry.")
    if choice.found.type is FamilyType.INFO and not choice.found.born:
        yield from comment("TODO: name its labels, which the code gives to info(…): labels=[…]")
    if choice.found.has_computed_buckets:
        yield from comment("TODO: better, in place of these:")
        yield from (f"# {line}" for line in statement(names.constant(name), _histogram(choice.found)))
    for external, constant in zip(choice.externals, constants, strict=True):
        yield from statement(constant, _external(external))


def _histogram(found: Found) -> Bracket:
    """Return the declaration of a histogram whose buckets a person is to fill in, with labels of its own."""
    labels = [call("ml.Label", Text(name), Text(words(name)), max_values=str(GUESSES[0])) for name in found.label_names]
    return call(
        "ml.Histogram",
        Text(found.name),
        Text(help_of(found)),
        labels=listed(labels) if labels else None,
        buckets="TODO",
    )


def _external(external: External) -> Bracket:
    labels = listed([Text(label) for label in external.labels]) if external.labels else None
    kind = Text("counter") if external.kind == "counter" else None
    return call("ml.External", Text(external.name), Text(external.help), labels=labels, kind=kind, of_service="True")
