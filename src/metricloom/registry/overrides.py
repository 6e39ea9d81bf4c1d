"""A registry as one site has it: its overrides made, its names put in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from metricloom.errors import Problem, did_you_mean
from metricloom.monitoring.prices import Budget, Price
from metricloom.registry.registry import Registry
from metricloom.registry.renames import renamed
from metricloom.registry.site import Site
from metricloom.registry.subsystem import Subsystem
from metricloom.rules.alerts import Alert
from metricloom.rules.thresholds import Condition, Threshold


def for_site(registry: Registry, site: Site) -> Registry:
    """Return *registry* as *site* has it: still a registry, with nothing left to override."""
    subsystems = tuple(_overridden(subsystem, site) for subsystem in registry.subsystems)
    docs_url = site.docs_url or registry.docs_url
    changed = replace(registry, subsystems=subsystems, sites=(), site=site, docs_url=docs_url)
    changed = replace(changed, identity=_identity(registry, site))
    return renamed(changed, site.rename) if site.rename else changed


def faulty_sites(registry: Registry) -> Iterator[Problem]:
    """Yield what is wrong with the sites of *registry*, which is right by itself."""
    for site in registry.sites:
        problems = [*unknown_overrides(registry, site), *_wrong_scope(registry, site)]
        yield from problems or for_site(registry, site).problems()


def _wrong_scope(registry: Registry, site: Site) -> Iterator[Problem]:
    own = {label.name for label in registry.labels}
    for label in site.scope_labels:
        if label in registry.replica or label in own:
            yield site.fault(
                "M128",
                "site",
                f"site {site.name}: its scope is on {label!r}, which rules aggregate away, or only some metrics have",
                f"scope it by a label of the deployment: {', '.join(registry.identity)}, or another of its targets",
            )


def unknown_overrides(registry: Registry, site: Site) -> Iterator[Problem]:
    """Yield a problem for each override of *site* that names nothing in *registry*."""
    alerts = {alert.name: alert for alert in registry.alerts}
    with_threshold = [name for name, alert in alerts.items() if alert.threshold is not None]
    names = {metric.name for metric in registry.families} | {label.name for label in registry.labels}
    yield from _unknown(site, "thresholds", site.thresholds, with_threshold)
    yield from _unknown(site, "for_", site.for_, alerts)
    yield from _unknown(site, "severities", site.severities, alerts)
    yield from _unknown(site, "off", site.off, alerts)
    yield from _unknown(site, "prices", site.prices, [price.name for price in registry.prices])
    yield from _unknown(site, "budgets", site.budgets, [budget.name for budget in registry.budgets])
    yield from _unknown(site, "rename", site.rename, names)


def _unknown(site: Site, what: str, given: Iterable[str], known: Iterable[str]) -> Iterator[Problem]:
    names = list(known)
    for name in given:
        if name not in names:
            yield site.fault(
                "M128",
                "site",
                f"site {site.name}: {what} names {name!r}, which the registry does not have",
                did_you_mean(str(name), names),
            )


def _overridden(subsystem: Subsystem, site: Site) -> Subsystem:
    return replace(
        subsystem,
        alerts=[_alert(alert, site) for alert in subsystem.alerts if alert.name not in site.off],
        prices=[_price(price, site) for price in subsystem.prices],
        budgets=[_budget(budget, site) for budget in subsystem.budgets],
    )


def _identity(registry: Registry, site: Site) -> tuple[str, ...]:
    """Return the labels that rules keep: those of the scope among them, for the records are selected by it, too."""
    return tuple(dict.fromkeys((*registry.identity, *site.scope_labels)))


def _alert(alert: Alert, site: Site) -> Alert:
    changes: dict[str, Any] = {}
    if alert.name in site.for_:
        changes["for_"] = site.for_[alert.name]
    if alert.name in site.severities:
        changes["severity"] = site.severities[alert.name]
    if alert.name in site.thresholds and isinstance(alert.condition, Condition):
        threshold = _threshold(site.thresholds[alert.name], alert.condition.threshold, site)
        changes["condition"] = replace(alert.condition, threshold=threshold)
    return replace(alert, **changes) if changes else alert


def _threshold(given: float | Threshold, declared: Threshold, site: Site) -> Threshold:
    own = given if isinstance(given, Threshold) else Threshold(given, at=site.at)
    return replace(own, at_most=declared.at_most)


def _price(price: Price, site: Site) -> Price:
    given = site.prices.get(price.name, price)
    if isinstance(given, Price):
        return given
    return replace(price, dollars=given, changes={}, source=f"site {site.name}", note="", at=site.at)


def _budget(budget: Budget, site: Site) -> Budget:
    return replace(budget, dollars=site.budgets.get(budget.name, budget.dollars))
