"""Files that metricloom did not write: read, checked in a world, and mended."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from metricloom.artifact.single import replace_file
from metricloom.checks import Found, found
from metricloom.checks.run import in_order
from metricloom.errors import Problem, UserError
from metricloom.promql.infer import PROMETHEUS_SERIES
from metricloom.promql.nodes import Selector
from metricloom.promql.parse import Parsed, parse
from metricloom.reports.model import Owner, Owners
from metricloom.sources.dashboard_files import read_dashboard
from metricloom.sources.edits import fixed_text
from metricloom.sources.files import FileKind, kind_of
from metricloom.sources.model import Group, PanelQuery, RuleTest, Sources, World
from metricloom.sources.rule_files import read_rule_file
from metricloom.sources.tables import with_records
from metricloom.sources.test_files import read_test_file

SUFFIXES = frozenset({".yml", ".yaml", ".json"})


@dataclass(frozen=True)
class Files:
    """What was read: *problems* are those of reading."""

    texts: Mapping[str, str]
    groups: Sequence[Group]
    panels: Sequence[PanelQuery]
    tests: Sequence[RuleTest]
    problems: Sequence[Problem]

    def found(self, known: World) -> list[Found]:
        """Return what the checks find in the world *known*, to which the files' own records belong."""
        sources = Sources(with_records(known, self.groups), self.groups, self.panels, self.tests)
        return list(found(sources))

    def unknown_share(self, known: World) -> tuple[int, int]:
        """Return how many of the names that are read *known* has not, and how many are read."""
        own = {rule.name for group in self.groups for rule in group.rules}
        names = set(self._names()) - own - PROMETHEUS_SERIES.keys()
        return len(names - known.table.keys()), len(names)

    def _names(self) -> Iterator[str]:
        for group in self.groups:
            for rule in group.rules:
                yield from _names_in(parse(rule.query.text))
        for panel in self.panels:
            yield from _names_in(parse(panel.query.text, variables=True))

    @cached_property
    def owners(self) -> Owners:
        """The rule or the panel that each problem is about."""
        by_path = _Owners()
        for group in self.groups:
            for rule in group.rules:
                by_path.add(rule.at.path, Owner(rule.shown, rule.lines))
        for panel in self.panels:
            by_path.add(panel.at.path, _owner_of(panel))
        return Owners(by_path.of, by_path.described)


def _names_in(parsed: Parsed) -> Iterator[str]:
    return (node.name for node in parsed.nodes if isinstance(node, Selector) and node.name is not None)


def _owner_of(panel: PanelQuery) -> Owner:
    text = panel.description
    line = panel.query.location((0, 0)).line
    return Owner(panel.shown, (line, line), text.text if text else "", text.at if text else None)


@dataclass(frozen=True, slots=True)
class _Owners:
    """Owners by path and first line."""

    by_path: dict[str, dict[int, Owner]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, path: str, owner: Owner) -> None:
        self.by_path[path].setdefault(owner.lines[0], owner)

    @property
    def described(self) -> tuple[Owner, ...]:
        return tuple(owner for owners in self.by_path.values() for owner in owners.values() if owner.description)

    def of(self, problem: Problem) -> Owner | None:
        if problem.at is None or problem.at.path not in self.by_path:
            return None
        owners = self.by_path[problem.at.path]
        begins = sorted(owners)
        index = bisect_right(begins, problem.at.line)
        owner = owners[begins[index - 1]] if index else None
        return owner if owner is not None and problem.at.line <= owner.lines[1] else None


def is_file(target: str) -> bool:
    """Whether *target* names files to check, and no registry."""
    path = Path(target)
    return path.suffix.lower() in SUFFIXES or path.is_dir() or (path.is_file() and path.suffix != ".py")


def read(targets: Iterable[str]) -> Files:
    """Read files, and those in folders that hold rules, tests of rules or dashboards.

    Raises:
        UserError: there is no such file, or it cannot be read.
    """
    texts, groups, panels, tests, problems = {}, list[Group](), list[PanelQuery](), list[RuleTest](), list[Problem]()
    for path, asked_for in _paths(targets):
        text = _text(path)
        match kind_of(path, text):
            case FileKind.DASHBOARD:
                board = read_dashboard(path, text)
                panels += board.panels
                problems += board.problems
            case FileKind.TEST:
                test, wrong = read_test_file(path, text)
                tests += [test]
                problems += wrong
            case FileKind.RULES:
                rules = read_rule_file(path, text)
                groups += rules.groups
                problems += rules.problems
            case _ if not asked_for:
                continue
            case _:
                raise UserError(f"{path} holds neither rules, tests of rules nor a dashboard", "name another file")
        texts[path] = text
    return Files(texts, groups, panels, tests, problems)


def _paths(targets: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Yield each file once, and whether it was named itself."""
    seen: set[Path] = set()
    for target in targets:
        place = Path(target)
        inside = (
            sorted(each for each in place.rglob("*") if each.suffix.lower() in SUFFIXES) if place.is_dir() else None
        )
        for path in [place] if inside is None else inside:
            if path.is_file() or inside is None:
                real = path.resolve()
                if real not in seen:
                    seen.add(real)
                    yield str(path), inside is None


def _text(path: str) -> str:
    try:
        return Path(path).read_bytes().decode("utf-8", errors="surrogateescape")
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}", "name a file that can be read") from error


def mend(files: Files, wanted: Iterable[Found]) -> dict[str, int]:
    """Write the fixes of *wanted* into their files; return how many went into each.

    Raises:
        UserError: a file cannot be written.
    """
    by_path: dict[str, list[Found]] = defaultdict(list)
    for each in wanted:
        if each.finding.fix and each.on is not None and each.on.at.path in files.texts:
            by_path[each.on.at.path].append(each)
    done = {}
    for path, these in by_path.items():
        edits = [(each.on, each.finding.fix) for each in these if each.on is not None]
        text = fixed_text(files.texts[path], edits)
        if text != files.texts[path]:
            replace_file(Path(path), text.encode("utf-8", errors="surrogateescape"))
            done[path] = len(these)
    return done


def problems_of(files: Files, known: World) -> list[Problem]:
    """Return what is wrong with *files*, by place."""
    return in_order([*files.problems, *(each.problem for each in files.found(known))])
