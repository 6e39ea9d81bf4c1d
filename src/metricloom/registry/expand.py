"""The texts of a registry with their placeholders filled in, as Prometheus and Grafana read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from metricloom.monitoring.prices import Budget, Price
from metricloom.promql.strings import one_of, quoted
from metricloom.promql.text import add_matchers, expand
from metricloom.rules.alerts import Alert

if TYPE_CHECKING:
    from metricloom.registry.registry import Registry


def rule_text(registry: Registry, text: str) -> str:
    """Return *text* as a rule holds it: with identity and replica labels, prices, budgets, and the site's scope."""
    if text not in registry.rule_texts:
        registry.rule_texts[text] = _rule_text(registry, text)
    return registry.rule_texts[text]


def _rule_text(registry: Registry, text: str) -> str:
    lists = {"identity": registry.identity, "deployment": registry.identity, "replica": registry.replica}
    expanded = expand(text, lists, _amounts(registry))
    return expanded if registry.site is None else add_matchers(expanded, registry.scope_of)


def panel_text(registry: Registry, text: str, matchers_for: Callable[[str | None], Sequence[str]]) -> str:
    """Return *text* as a panel holds it: aggregated over what its variables select, so without identity labels.

    `$deployment` keeps them: what is found for each deployment first, and then added up, is not the same as over all.
    *matchers_for* gives the matchers, of scope and variables, that a series takes.
    """
    lists: Mapping[str, Sequence[str]] = {"identity": (), "deployment": registry.identity, "replica": ()}
    return add_matchers(expand(text, lists, _amounts(registry)), matchers_for)


def alert_text(registry: Registry, alert: Alert) -> str:
    """Return the whole expression of *alert*, with its thresholds."""
    threshold = alert.threshold
    if threshold is None:
        return rule_text(registry, alert.text(0))
    if threshold.label is None or not threshold.by_value:
        return rule_text(registry, alert.text(threshold.value))
    label = threshold.label.name
    cases = [(f'{label}!~"{one_of(threshold.by_value)}"', threshold.value)]
    cases += [(f'{label}="{quoted(value)}"', own) for value, own in threshold.by_value.items()]
    return "\nor\n".join(f"({_for_values(registry, alert, label, *case)})" for case in cases)


def _for_values(registry: Registry, alert: Alert, label: str, matcher: str, threshold: float) -> str:
    """Return the expression for the values that *matcher* selects, wherever a series has the label."""

    def matchers_for(name: str | None) -> Sequence[str]:
        series = registry.series_types.get(name or "")
        return (matcher,) if series is not None and label in series.labels else ()

    return add_matchers(rule_text(registry, alert.text(threshold)), matchers_for)


def _amounts(registry: Registry) -> dict[str, str]:
    amounts: list[Price | Budget] = [*registry.prices, *registry.budgets]
    return {str(amount).removeprefix("$"): amount.scalar for amount in amounts}
