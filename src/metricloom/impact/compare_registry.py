"""What changed of the registry as a whole, of its subsystems, and of what things cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from metricloom.declaration import seconds
from metricloom.impact.changes import Change, Effect, What, change
from metricloom.impact.match import Match
from metricloom.impact.model import Amount


def registry_changes(match: Match) -> Iterator[Change]:
    """Yield what changed of what is said once for all of a registry."""
    for compared in _OF_REGISTRY:
        yield from compared(match)


def _setting(match: Match, key: str) -> tuple[str, str]:
    return match.old.settings[key], match.new.settings[key]


def _items(match: Match, key: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return match.old.lists[key], match.new.lists[key]


def _name(match: Match) -> Iterator[Change]:
    old, new = _setting(match, "name")
    if old != new:
        yield change("registry-name", "registry", new, f"was called {old}", old, new)


def _title(match: Match) -> Iterator[Change]:
    old, new = _setting(match, "title")
    if old != new:
        yield change("registry-title", "registry", match.new.settings["name"], "has another title", old, new)


def _target(match: Match) -> Iterator[Change]:
    old, new = _setting(match, "target")
    if old != new:
        message = "has other labels in its examples"
        yield change("registry-target", "registry", match.new.settings["name"], message, old, new)


def _site(match: Match) -> Iterator[Change]:
    old, new = _setting(match, "site")
    if old != new:
        message = (
            f"is of {f'the site {new}' if new else 'no site'}, and was of {f'the site {old}' if old else 'no site'}"
        )
        yield change("site", "bundle", "", message, old, new)


def _sites(match: Match) -> Iterator[Change]:
    if match.old.settings["site"] or match.new.settings["site"]:
        return  # a bundle of one site tells nothing of the others
    if "sites" not in match.old.lists or "sites" not in match.new.lists:
        return  # an earlier release did not say them
    old, new = _items(match, "sites")
    yield from (change("site-removed", "site", name, "is removed", name) for name in old if name not in new)
    yield from (change("site-added", "site", name, "is added", after=name) for name in new if name not in old)


def _scope(match: Match) -> Iterator[Change]:
    old, new = _items(match, "scope")
    if old != new:
        effects = [Effect(What.PLACEHOLDER, "", "its selectors read other series")]
        yield change("scope", "scope", "", "of all selectors is another one", old, new, effects)


def _identity(match: Match) -> Iterator[Change]:
    old, new = _items(match, "identity")
    for name in old:
        if name not in new:
            effects = [Effect(What.PLACEHOLDER, "identity", f"it keeps the label {name} no more", label=name)]
            yield change("identity-removed", "identity", name, "is no identity any more", name, effects=effects)
    for name in new:
        if name not in old:
            effects = [Effect(What.PLACEHOLDER, "identity", f"it keeps the label {name}, too", label=name, now=name)]
            yield change("identity-added", "identity", name, "is part of the identity", after=name, effects=effects)


def _replica(match: Match) -> Iterator[Change]:
    old, new = _items(match, "replica")
    if old != new:
        effects = [Effect(What.PLACEHOLDER, "replica", "it aggregates other labels away")]
        yield change("replica", "replica labels", "", "are others", old, new, effects)


def _scrape_interval(match: Match) -> Iterator[Change]:
    old, new = _setting(match, "scrape_interval")
    if old != new:
        why = f"targets are scraped every {new}, not every {old}"
        effects = [Effect(What.SCRAPES, "", why, seconds=(_seconds(old), _seconds(new)))]
        yield change("scrape-interval", "scrape interval", "", f"is {new}", old, new, effects)


def _seconds(duration: str) -> float:
    """Return a duration; 0 for what is none, or longer than anybody writes one."""
    return (len(duration) < 40 and seconds(duration)) or 0.0


def _evaluation_interval(match: Match) -> Iterator[Change]:
    old, new = _setting(match, "evaluation_interval")
    if old != new:
        yield change("evaluation-interval", "evaluation interval", "", f"is {new}", old, new)


def _min_prometheus(match: Match) -> Iterator[Change]:
    old, new = _setting(match, "min_prometheus")
    if old != new:
        raised = _version(new) > _version(old)
        kind = "min-prometheus-raised" if raised else "min-prometheus-lowered"
        yield change(kind, "oldest Prometheus", "", f"is {new}", old, new)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isascii() and part.isdigit() and len(part) < 10)


def _docs_url(match: Match) -> Iterator[Change]:
    old, new = _setting(match, "docs_url")
    if old != new:
        yield change("docs-url", "address of the guide", "", f"is {new or 'not known'}", old, new)


_OF_REGISTRY: Final = (
    _name,
    _title,
    _target,
    _site,
    _sites,
    _scope,
    _identity,
    _replica,
    _scrape_interval,
    _evaluation_interval,
    _min_prometheus,
    _docs_url,
)


# --- subsystems -----------------------------------------------------------------------------------------------

_ATTRIBUTES: Final = ("title", "owner", "service", "about")


def subsystem_changes(match: Match) -> Iterator[Change]:
    """Yield what changed of subsystems, but for what is in them."""
    for part in match.subsystems.removed:
        yield change("subsystem-removed", "subsystem", part.name, "is removed", part.title)
    for part in match.subsystems.added:
        yield change("subsystem-added", "subsystem", part.name, "is added", after=part.title)
    for before, after in match.subsystems.both:
        for name in _ATTRIBUTES:
            old, new = getattr(before, name), getattr(after, name)
            if old != new:
                words = "text in the guide" if name == "about" else name
                message = f"has another {words}"
                effects = _owned(after.name, name, new)
                yield change(f"subsystem-{name}", "subsystem", after.name, message, old, new, effects)


def _owned(subsystem: str, attribute: str, new: str) -> list[Effect]:
    if attribute not in ("owner", "service"):
        return []
    return [Effect(What.OWNER, subsystem, f"its label {attribute} is {new or 'gone'}", label=attribute)]


# --- prices and budgets ---------------------------------------------------------------------------------------


def amount_changes(match: Match) -> Iterator[Change]:
    """Yield what changed of prices and budgets."""
    for amount in match.amounts.removed:
        yield change(f"{amount.sort}-removed", amount.sort, amount.name, "is removed", amount.terms)
    for amount in match.amounts.added:
        yield change(f"{amount.sort}-added", amount.sort, amount.name, "is added", after=amount.terms)
    for before, after in match.amounts.both:
        yield from _of_amount(before, after)


def _of_amount(before: Amount, after: Amount) -> Iterator[Change]:
    if before.terms != after.terms:
        effects = [Effect(What.PLACEHOLDER, after.placeholder, f"the {after.sort} {after.name} is another one")]
        message = "is another one"
        yield change(f"{after.sort}-changed", after.sort, after.name, message, before.terms, after.terms, effects)
    if before.source != after.source:
        message = "is said to come from elsewhere"
        yield change(f"{after.sort}-source", after.sort, after.name, message, before.source, after.source)
    if before.subsystem != after.subsystem:
        message = "is declared by another subsystem"
        yield change(f"{after.sort}-moved", after.sort, after.name, message, before.subsystem, after.subsystem)
