"""Load, check, render, write: what the verbs of the command line share."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from metricloom.artifact import MANIFEST, Artifact, Plan, plan, write
from metricloom.checks import run
from metricloom.errors import Location, Problem, Severity
from metricloom.generators import GENERATORS, prometheus, registry_data, rule_tests, rules
from metricloom.promtool import Promtool
from metricloom.registry.by_name import of_sites
from metricloom.registry.registry import Registry
from metricloom.sources.registry import sources_of


@dataclass(frozen=True, slots=True)
class Bundle:
    """One bundle to make: a registry as one site has it, and its folder below the output folder."""

    registry: Registry
    folder: Path

    def artifacts(self) -> list[Artifact]:
        """Return all files of the bundle."""
        return [artifact for render in GENERATORS for artifact in render(self.registry)]

    def problems(self) -> list[Problem]:
        """Return what the checker finds."""
        return run(sources_of(self.registry))

    def files(self) -> list[str]:
        """Return the files in which something of the registry is declared."""
        declared = [*self.registry.subsystems, *sources_of(self.registry).declarations()]
        return sorted({declaration.at.path for declaration in declared})

    def plan(self, output: Path) -> Plan:
        """Return what has to be written below *output*."""
        return _planned(output / self.folder, self.artifacts())


def bundles(name: str | None, site: str | None = None) -> list[Bundle]:
    """Return the bundles of a registry: of one site, of all, or of the registry itself where it declares none.

    Raises:
        RegistryError: the registry does not load.
        UserError: there is no such site.
    """
    return [Bundle(one, Path(one.site.name) if one.site else Path()) for one in of_sites(name, site)]


def errors_of(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems for which no bundle is written."""
    return [problem for problem in problems if problem.severity is Severity.ERROR]


def abandoned(output: Path, made: Sequence[Bundle]) -> list[Plan]:
    """Return plans to remove the bundles below *output* that are ours, and that none of *made* writes any more.

    That is of a site which is no longer declared, or of the registry itself where it has sites now.
    """
    wanted = {bundle.folder for bundle in made}
    folders = [Path(), *sorted(path.relative_to(output) for path in output.glob("*") if path.is_dir())]
    there = [folder for folder in folders if folder not in wanted and (output / folder / MANIFEST).is_file()]
    return [plan(output / folder, (), "") for folder in there]


def write_all(plans: Sequence[Plan], *, force: bool) -> list[Plan]:
    """Write the bundles; none of them where a person edited a file of one."""
    if not force:
        for one in plans:
            one.refuse_edited()
    return [write(one, force=force) for one in plans]


def promtool_problems(bundle: Bundle, tool: Promtool) -> list[Problem]:
    """Return what promtool finds in the rules and the Prometheus configuration of *bundle*."""
    with _written(bundle) as folder:
        places = rules.places(bundle.registry)
        files = _files(folder, "rules/*.yml")
        found = tool.check_rules(folder, files, places) if files else []
        found += tool.check_config(folder, prometheus.PATH, places)
        return [_in_bundle(problem, bundle, folder) for problem in found]


def test_problems(bundle: Bundle, tool: Promtool) -> Iterator[tuple[PurePosixPath, list[Problem]]]:
    """Run the rule tests of *bundle*; yield each file with what failed in it, as it ends."""
    with _written(bundle) as folder:
        files = _files(folder, "rules/tests/*.yml")
        for file, found in tool.test_rules(folder, files, rules.places(bundle.registry)):
            yield file, [_in_bundle(problem, bundle, folder) for problem in found]


def _in_bundle(problem: Problem, bundle: Bundle, folder: Path) -> Problem:
    """Return *problem* with places in *folder*, which is gone when a person reads it, as places in the bundle."""

    def moved(at: Location) -> Location:
        path = Path(at.path)
        inside = path.is_relative_to(folder)
        return replace(at, path=str(bundle.folder / path.relative_to(folder))) if inside else at

    at = moved(problem.at) if problem.at is not None else None
    related = tuple(moved(place) for place in problem.related)
    return replace(problem, at=at, related=related, hint=problem.hint or _failed_examples(problem, bundle))


def _failed_examples(problem: Problem, bundle: Bundle) -> str:
    titles = [repr(example.title) for example in rule_tests.examples_in(bundle.registry, problem.message)]
    return f"in the example {' or '.join(titles)}" if titles else ""


@contextmanager
def _written(bundle: Bundle) -> Iterator[Path]:
    """Give a folder that holds the whole bundle, for as long as promtool reads it."""
    with TemporaryDirectory(prefix="metricloom-") as name:
        folder = Path(name).resolve()
        write(_planned(folder, bundle.artifacts()))
        yield folder


def _planned(folder: Path, artifacts: Sequence[Artifact]) -> Plan:
    """Return what has to be written. The registry as data, a part of the bundle, tells one registry from another."""
    [data] = [artifact for artifact in artifacts if artifact.path == registry_data.PATH]
    return plan(folder, artifacts, hashlib.sha256(data.content).hexdigest())


def _files(folder: Path, pattern: str) -> list[PurePosixPath]:
    return sorted(PurePosixPath(path.relative_to(folder).as_posix()) for path in folder.glob(pattern))
