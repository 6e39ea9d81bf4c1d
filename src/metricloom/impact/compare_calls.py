"""What changed of the instrumentation: what code that calls it must know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from metricloom.impact.changes import Change, change
from metricloom.impact.match import Match
from metricloom.impact.model import Argument, Operation
from metricloom.impact.pairs import Pairs, paired


def call_changes(match: Match) -> Iterator[Change]:
    """Yield what changed of operations, their arguments and timers."""
    for call in match.operations.removed:
        yield change("call-removed", "call", call.full_name, "is removed", f"{call.helper}.{call.signature}")
    for before, after in match.operations.renamed:
        old, new = f"{before.helper}.{before.signature}", f"{after.helper}.{after.signature}"
        yield change("call-renamed", "call", before.full_name, f"is renamed to {after.full_name}", old, new)
    for call in match.operations.added:
        yield change("call-added", "call", call.full_name, "is added", after=f"{call.helper}.{call.signature}")
    for before, after in match.operations.both:
        for compared in _OF_CALL:
            yield from compared(match, before, after)


def _labels(_match: Match, before: Operation, after: Operation) -> Iterator[Change]:
    if before.labels != after.labels:
        message = f"takes {_listed(after.labels)} first, and took {_listed(before.labels)}"
        yield change("call-labels", "call", after.full_name, message, before.signature, after.signature)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "no label"


def _arguments(_match: Match, before: Operation, after: Operation) -> Iterator[Change]:
    """Tell of each argument by itself. One that is renamed stands where it stood, and is what it was."""
    pairs = _paired(before, after)
    name, signatures = after.full_name, (before.signature, after.signature)
    for argument in pairs.removed:
        yield change("argument-removed", "call", name, f"takes no {argument.name} any more", *signatures)
    for old, new in pairs.renamed:
        yield change("argument-renamed", "call", name, f"takes {new.name}, which was {old.name}", *signatures)
    for argument in pairs.added:
        kind = "argument-required" if argument.required else "argument-added"
        words = f"must be given {argument.name}" if argument.required else f"may be given {argument.name}"
        yield change(kind, "call", name, words, *signatures)
    for old, new in pairs.both:
        yield from _argument(name, old, new)


def _paired(before: Operation, after: Operation) -> Pairs[Argument]:
    places = {id(one): index for call in (before, after) for index, one in enumerate(call.arguments)}
    return paired(
        before.arguments,
        after.arguments,
        lambda argument: argument.name,
        [lambda argument: (places[id(argument)], argument.required, argument.default, argument.keyword_only)],
    )


def _argument(call: str, before: Argument, after: Argument) -> Iterator[Change]:
    if after.required and not before.required:
        yield change("argument-required", "call", call, f"must be given {after.name}", before.default)
    elif before.required and not after.required:
        message = f"may be called without {after.name}"
        yield change("argument-optional", "call", call, message, after=after.default)
    elif before.default != after.default:
        message = f"takes {after.default} for {after.name} where it is left out"
        yield change("argument-default", "call", call, message, before.default, after.default)
    if after.keyword_only and not before.keyword_only:
        yield change("argument-by-name", "call", call, f"takes {after.name} by its name only")
    elif before.keyword_only and not after.keyword_only:
        yield change("argument-by-place", "call", call, f"takes {after.name} by its place, too")


def _order(_match: Match, before: Operation, after: Operation) -> Iterator[Change]:
    """Tell of arguments that are given by their place, and have another one now."""
    old, new = ([one.name for one in call.arguments if not one.keyword_only] for call in (before, after))
    if any(name in new and new.index(name) != place for place, name in enumerate(old)):
        message = "takes its arguments in another order"
        yield change("argument-order", "call", after.full_name, message, before.signature, after.signature)


def _effects(match: Match, before: Operation, after: Operation) -> Iterator[Change]:
    names = {old.name: new.name for old, new in match.metrics.renamed}
    old = sorted((names.get(metric, metric), how) for metric, how in before.effects)
    if old != sorted(after.effects):
        then, now = {metric for metric, _ in old}, after.metrics
        words = [f"no longer {', '.join(sorted(then - now))}"] if then - now else []
        words += [f"also {', '.join(sorted(now - then))}"] if now - then else []
        message = f"records {' and '.join(words)}" if words else "records its metrics in another way"
        yield change("call-effects", "call", after.full_name, message)


def _outcomes(_match: Match, before: Operation, after: Operation) -> Iterator[Change]:
    if before.outcomes != after.outcomes:
        message = "tells outcomes apart in another way"
        yield change("call-outcomes", "call", after.full_name, message, before.outcomes, after.outcomes)


def _timers(_match: Match, before: Operation, after: Operation) -> Iterator[Change]:
    for method in before.timer_methods:
        if method not in after.timer_methods:
            yield change("timer-removed", "call", after.full_name, f"has no {method}() any more", method)
    for method in after.timer_methods:
        if method not in before.timer_methods:
            yield change("timer-added", "call", after.full_name, f"has {method}()", after=method)


def _moved(_match: Match, before: Operation, after: Operation) -> Iterator[Change]:
    if before.subsystem != after.subsystem:
        message = "is declared by another subsystem"
        yield change("call-moved", "call", after.full_name, message, before.subsystem, after.subsystem)


def _help(_match: Match, before: Operation, after: Operation) -> Iterator[Change]:
    if before.help != after.help:
        message = "is documented in other words"
        yield change("call-help", "call", after.full_name, message, before.help, after.help)


_OF_CALL: Final = (_labels, _arguments, _order, _effects, _outcomes, _timers, _moved, _help)
