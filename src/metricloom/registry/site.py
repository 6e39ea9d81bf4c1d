"""A site: the few lines in which one deployment differs from the registry."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from metricloom.declaration import Declaration, seconds
from metricloom.errors import Problem
from metricloom.monitoring.prices import Price
from metricloom.promql.nodes import Selector
from metricloom.promql.parse import parse
from metricloom.promql.text import MatcherText, SelectorText, selectors
from metricloom.rules.thresholds import Threshold

NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


@dataclass(frozen=True, eq=False)
class Site(Declaration):
    """What differs, by the name of what it changes: alerts, prices, budgets, metrics and labels.

    *scope* is a list of matchers (`job=~"content-.*"`) that then stand in every selector. *target* gives the target
    labels of the series in examples; what an equality matcher of the scope says need not be repeated.
    """

    name: str
    scope: str = ""
    target: Mapping[str, str] = field(default_factory=dict)
    thresholds: Mapping[str, float | Threshold] = field(default_factory=dict)
    for_: Mapping[str, str] = field(default_factory=dict)
    severities: Mapping[str, str] = field(default_factory=dict)
    prices: Mapping[str, float | Price | None] = field(default_factory=dict)
    budgets: Mapping[str, float | None] = field(default_factory=dict)
    off: Sequence[str] = ()
    rename: Mapping[str, str] = field(default_factory=dict)
    docs_url: str = ""

    @property
    def matchers(self) -> tuple[str, ...]:
        """The matchers of the scope, one by one, as text."""
        return tuple(
            self._braced[matcher.label_span[0] : matcher.value_span[1]]
            for selector in self._selectors
            for matcher in selector.matchers
        )

    @property
    def scope_labels(self) -> tuple[str, ...]:
        """The labels that the scope selects by."""
        return tuple(matcher.label for selector in self._selectors for matcher in selector.matchers)

    @property
    def _braced(self) -> str:
        return f"{{{self.scope}}}"

    @property
    def _selectors(self) -> list[SelectorText]:
        return selectors(self._braced)

    @property
    def target_labels(self) -> Mapping[str, str]:
        """The target labels of the examples: given, or said by an equality matcher of the scope."""
        equal = {
            matcher.label: matcher.value
            for selector in self._selectors
            for matcher in selector.matchers
            if matcher.op == "="
        }
        return {**equal, **self.target}

    def check(self) -> Iterator[Problem]:
        if not NAME.fullmatch(self.name):
            yield self.fault(
                "M128", "site", f"site {self.name!r} cannot name a folder", "use lower-case letters, digits, - and _"
            )
        if self.scope.strip() and not self._is_list_of_matchers():
            yield self.fault(
                "M128",
                "site",
                f"site {self.name}: scope {self.scope!r} is no list of matchers",
                'write job=~"content-.*"',
            )
        for duration in self.for_.values():
            if not isinstance(duration, str) or seconds(duration) is None:
                yield self.fault(
                    "Q200", "parse-error", f"site {self.name}: {duration!r} is not a duration", "write 5m, 1h30m …"
                )
        yield from self._check_target()

    def _is_list_of_matchers(self) -> bool:
        root = parse(f"x{self._braced}").root
        return isinstance(root, Selector) and root.range_seconds is None and len(root.matchers) == len(self.matchers)

    def _check_target(self) -> Iterator[Problem]:
        """Yield a fault for each matcher of the scope that the series in examples would not meet."""
        target = self.target_labels
        for matcher in (matcher for selector in self._selectors for matcher in selector.matchers):
            if not _matches(matcher, target.get(matcher.label, "")):
                yield self.fault(
                    "M128",
                    "site",
                    f"site {self.name}: the examples' {matcher.label} is not in its scope",
                    f"give target={{{matcher.label!r}: …}} a value that {matcher.op} {matcher.value!r} takes",
                )


def _matches(matcher: MatcherText, value: str) -> bool:
    """Return whether *value* meets *matcher*; a regular expression that Python does not know is left to Prometheus."""
    if matcher.op in ("=", "!="):
        return (value == matcher.value) == (matcher.op == "=")
    try:
        return (re.fullmatch(matcher.value, value) is not None) == (matcher.op == "=~")
    except re.error:
        return True
