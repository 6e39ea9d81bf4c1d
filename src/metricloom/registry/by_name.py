"""A registry by its name, or the project's: as it is declared, or as its sites have it."""

from __future__ import annotations

from collections.abc import Sequence

from metricloom.errors import UserError, did_you_mean
from metricloom.project import Project
from metricloom.registry.load import load
from metricloom.registry.overrides import for_site
from metricloom.registry.registry import Registry
from metricloom.registry.site import Site


def declared(name: str | None, site: str | None = None) -> Registry:
    """Return a registry as it is declared, or as one site has it.

    Raises:
        RegistryError: the registry does not load.
        UserError: there is no such site.
    """
    return _loaded(name)[0] if site is None else of_sites(name, site)[0]


def of_sites(name: str | None, site: str | None = None) -> list[Registry]:
    """Return a registry as one site has it, or all that are wanted; as it is, where it declares none.

    Raises:
        RegistryError: the registry does not load.
        UserError: there is no such site.
    """
    registry, of_project = _loaded(name)
    wanted = (site,) if site is not None else of_project
    if not registry.sites and not wanted:
        return [registry]
    return [for_site(registry, one) for one in _chosen(registry, wanted)]


def _loaded(name: str | None) -> tuple[Registry, Sequence[str]]:
    """Return a registry, and the sites that the project wants of it; with a name, nothing is asked of the project."""
    if name is not None:
        return load(name), ()
    project = Project.here()
    return load(project.registry, project.folder), project.sites


def _chosen(registry: Registry, wanted: Sequence[str]) -> list[Site]:
    known = {site.name: site for site in registry.sites}
    for name in wanted:
        if name not in known:
            raise UserError(f"{registry.name} has no site {name!r}", did_you_mean(name, known))
    return [known[name] for name in wanted or known]
